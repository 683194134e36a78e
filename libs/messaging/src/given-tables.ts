/** The ground that the tests of this library stand on: a local DynamoDB with a state table and an outbox. */
import {
  type AttributeDefinition,
  type CreateTableCommandInput,
  CreateTableCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type StandaloneDynamoDb, startStandaloneDynamoDb } from '@distributed-patterns/local-cloud/dynamodb';
import { type OutboxItem, outboxItemSchema } from './outbox.ts';
import { outboxTableKeys, type StateIndex, stateTableKeys } from './table-keys.ts';

/** The tables' names. */
export const STATE = 'state';
export const OUTBOX = 'outbox';

/** The index of the state table: an item is in it while it has both attributes. */
export const WAITING = { name: 'waiting', partitionKey: 'queue', sortKey: 'since' } as const satisfies StateIndex;

/** A DynamoDB that starts empty. */
export interface GivenTables {
  readonly client: DynamoDBDocumentClient;
  readonly faults: StandaloneDynamoDb['faults'];
  /** Puts messages into the outbox. */
  record(...items: readonly OutboxItem[]): Promise<void>;
  /** The ids of what is in the outbox, sorted. */
  left(): Promise<string[]>;
  /** Every item of the state table, in no order. */
  state(): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** Starts a DynamoDB on a free port, with both tables. */
export async function givenTables(): Promise<GivenTables> {
  const server = await startStandaloneDynamoDb();
  const plain = new DynamoDBClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const client = DynamoDBDocumentClient.from(plain);
  await createTable(plain, STATE, stateTableKeys.partitionKey, withIndex(WAITING));
  await createTable(plain, OUTBOX, outboxTableKeys.partitionKey);
  const scan = async (TableName: string) => (await client.send(new ScanCommand({ TableName }))).Items ?? [];
  return {
    client,
    faults: server.faults,
    record: async (...items) => {
      for (const Item of items) await client.send(new PutCommand({ TableName: OUTBOX, Item }));
    },
    left: async () => (await scan(OUTBOX)).map((item) => outboxItemSchema.parse(item).id).sort(),
    state: () => scan(STATE),
    stop: async () => {
      plain.destroy();
      await server.stop();
    },
  };
}

async function createTable(
  client: DynamoDBClient,
  name: string,
  key: string,
  further: Partial<CreateTableCommandInput> = {},
): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      AttributeDefinitions: [stringAttribute(key)],
      ...further,
    }),
  );
}

function withIndex({ name, partitionKey, sortKey }: StateIndex): Partial<CreateTableCommandInput> {
  return {
    AttributeDefinitions: [stateTableKeys.partitionKey, partitionKey, sortKey].map(stringAttribute),
    GlobalSecondaryIndexes: [
      {
        IndexName: name,
        KeySchema: [
          { AttributeName: partitionKey, KeyType: 'HASH' },
          { AttributeName: sortKey, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  };
}

function stringAttribute(name: string): AttributeDefinition {
  return { AttributeName: name, AttributeType: 'S' };
}
