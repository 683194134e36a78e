/** The tables of one service, empty at first, and what a test looks for in them. */
import { DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type Message, metadataSchema, sources } from '@distributed-patterns/contracts';
import { outboxItemSchema, type StateIndex } from '@distributed-patterns/messaging';
import * as z from 'zod';
import type { TestDynamoDb } from './dynamodb.ts';

/** The names that a service's stores are made with, and a look inside. */
export interface ServiceTables {
  readonly client: DynamoDBDocumentClient;
  readonly stateTable: string;
  readonly outboxTable: string;
  readonly idempotencyTable: string;
  /** Every message that is recorded in the outbox, in the order of their ids. */
  recorded(): Promise<Message[]>;
  /** Every item of the state table, in the order of their keys. */
  items(): Promise<Record<string, unknown>[]>;
  /** The item of the state table with this key. */
  item(pk: string): Promise<Record<string, unknown> | undefined>;
  /** Puts an item into the state table, as somebody else would. */
  put(item: Readonly<Record<string, unknown>>): Promise<void>;
}

const detailSchema = z.object({ metadata: metadataSchema, data: z.unknown() });
let made = 0;

/** Makes the tables of one more service; its state table has these indexes. */
export async function createServiceTables(
  dynamodb: TestDynamoDb,
  { indexes = [] }: { readonly indexes?: readonly StateIndex[] } = {},
): Promise<ServiceTables> {
  const number = ++made;
  const names = {
    stateTable: `state-${number}`,
    outboxTable: `outbox-${number}`,
    idempotencyTable: `idempotency-${number}`,
  };
  await dynamodb.createStateTable(names.stateTable, indexes);
  await dynamodb.createOutboxTable(names.outboxTable);
  await dynamodb.createIdempotencyTable(names.idempotencyTable);
  const client = DynamoDBDocumentClient.from(dynamodb.client);
  const scan = async (TableName: string) => (await client.send(new ScanCommand({ TableName }))).Items ?? [];
  return {
    ...names,
    client,
    recorded: async () => (await scan(names.outboxTable)).map(toMessage).sort(by(({ metadata }) => metadata.id)),
    items: async () => (await scan(names.stateTable)).sort(by(({ pk }) => String(pk))),
    item: async (pk) => (await client.send(new GetCommand({ TableName: names.stateTable, Key: { pk } }))).Item,
    put: async (Item) => void (await client.send(new PutCommand({ TableName: names.stateTable, Item }))),
  };
}

function toMessage(item: unknown): Message {
  const { type, source, detail } = outboxItemSchema.parse(item);
  return { type, source: z.enum(sources).parse(source), ...detailSchema.parse(JSON.parse(detail)) };
}

function by<T>(key: (each: T) => string): (one: T, other: T) => number {
  return (one, other) => (key(one) < key(other) ? -1 : 1);
}

/** The environment in which a function's `wiring.ts` finds these tables. */
export function environmentOf(dynamodb: TestDynamoDb, tables: ServiceTables): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    STATE_TABLE: tables.stateTable,
    OUTBOX_TABLE: tables.outboxTable,
    IDEMPOTENCY_TABLE: tables.idempotencyTable,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
  };
}
