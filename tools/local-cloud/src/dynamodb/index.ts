/** DynamoDB and DynamoDB Streams: tables, items and transactions on SQLite. */
import type { Ground, Part } from '../part.ts';
import type { AwsService } from '../service.ts';
import { ItemStore } from './item-store.ts';
import { batchOperations } from './operations-batch.ts';
import { itemOperations } from './operations-items.ts';
import { queryOperations } from './operations-query.ts';
import { streamOperations } from './operations-streams.ts';
import { tableOperations } from './operations-tables.ts';
import { transactionOperations } from './operations-transactions.ts';
import { StreamLog } from './stream-log.ts';
import { declareTable } from './table-resource.ts';
import { TableStore } from './table-store.ts';
import { TimeToLive } from './time-to-live.ts';
import { TokenStore } from './token-store.ts';
import { TransactionsInFlight } from './transactions-in-flight.ts';
import { Writer } from './writer.ts';

/** How it differs from what is usual. */
export interface DynamoDbOptions {
  /** How long a transaction lasts, and so holds its items, in milliseconds; a turn of the event loop unless told. */
  readonly transactionSpan?: number | undefined;
}

/** Makes the part: services `dynamodb` and `dynamodbstreams`, resource type `AWS::DynamoDB::Table`. */
export function createDynamoDb(
  ground: Pick<Ground, 'clock' | 'database' | 'faults' | 'signals'>,
  { transactionSpan }: DynamoDbOptions = {},
): Part {
  const { clock, database, faults, signals } = ground;
  const tables = new TableStore(database, clock);
  const items = new ItemStore(database);
  const streams = new StreamLog(database, clock, signals);
  const tokens = new TokenStore(database, clock);
  const timeToLive = new TimeToLive(database, clock, (tableId, item) => {
    const table = tables.all().find(({ id }) => id === tableId);
    if (table !== undefined) writer.expire(table, item);
  });
  const writer = new Writer(database, items, streams, timeToLive);
  const inFlight = new TransactionsInFlight(transactionSpan);
  const room = { database, tables, items, writer, streams, timeToLive, tokens, inFlight, faults, clock };

  const dynamodb: AwsService = {
    name: 'dynamodb',
    wire: {
      protocol: 'json',
      version: '1.0',
      targetPrefix: 'DynamoDB_20120810',
      errorNamespace: 'com.amazonaws.dynamodb.v20120810',
    },
    operations: {
      ...tableOperations(room),
      ...itemOperations(room),
      ...queryOperations(room),
      ...batchOperations(room),
      ...transactionOperations(room),
    },
  };
  const dynamodbstreams: AwsService = {
    name: 'dynamodb',
    wire: {
      protocol: 'json',
      version: '1.0',
      targetPrefix: 'DynamoDBStreams_20120810',
      errorNamespace: 'com.amazonaws.dynamodb.v20120810',
    },
    operations: streamOperations(room),
  };

  return {
    services: { dynamodb, dynamodbstreams },
    resources: { 'AWS::DynamoDB::Table': (resource) => declareTable(room, resource) },
    start: () => {
      timeToLive.start();
      streams.start();
    },
    stop: () => {
      timeToLive.stop();
      streams.stop();
    },
  };
}
