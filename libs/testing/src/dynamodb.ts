/** A DynamoDB in the test's own process, and the tables that every service has. */
import {
  type AttributeDefinition,
  type CreateTableCommandInput,
  CreateTableCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { startStandaloneDynamoDb, type StandaloneDynamoDb } from '@distributed-patterns/local-cloud/dynamodb';
import {
  idempotencyTableKeys,
  outboxTableKeys,
  type StateIndex,
  stateTableKeys,
  type TableKeys,
} from '@distributed-patterns/messaging';

/** A DynamoDB with a client of it. Each one is empty at first, and knows nothing of another. */
export interface TestDynamoDb {
  readonly client: DynamoDBClient;
  /** The URL for further clients (`AWS_ENDPOINT_URL_DYNAMODB`). */
  readonly endpoint: string;
  /** The clock that time to live goes by; `advance` moves it, in milliseconds. */
  readonly clock: StandaloneDynamoDb['clock'];
  /** Faults to inject: `dynamodb.<Operation>`, or `dynamodb.conflict` for a transaction that meets another. */
  readonly faults: StandaloneDynamoDb['faults'];
  /** A further client, as another execution environment has its own, without a socket between: at a third of the cost. */
  inProcessClient(): DynamoDBClient;
  /** A service's own state (`stateTableKeys`), with indexes that hold keys only. */
  createStateTable(name: string, indexes?: readonly StateIndex[]): Promise<void>;
  /** The messages that are recorded and not yet published (`outboxTableKeys`), with its stream. */
  createOutboxTable(name: string): Promise<void>;
  /** Powertools' idempotency records (`idempotencyTableKeys`). */
  createIdempotencyTable(name: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a DynamoDB on a free port of the loopback interface. Call `stop` once the tests are done.
 * @param options `transactionSpan`: how long a transaction holds its items, in milliseconds
 */
export async function startDynamoDb(options: { readonly transactionSpan?: number } = {}): Promise<TestDynamoDb> {
  const server = await startStandaloneDynamoDb(options);
  const client = new DynamoDBClient(access(server));
  return {
    client,
    endpoint: server.url,
    clock: server.clock,
    faults: server.faults,
    inProcessClient: () => inProcessClient(server),
    createStateTable: (name, indexes = []) => createTable(client, name, stateTableKeys, withIndexes(indexes)),
    createOutboxTable: (name) =>
      createTable(client, name, outboxTableKeys, {
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      }),
    createIdempotencyTable: (name) => createTable(client, name, idempotencyTableKeys),
    stop: async () => {
      client.destroy();
      await server.stop();
    },
  };
}

function access({ url }: StandaloneDynamoDb) {
  return {
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
}

class ConnectionReset extends Error {
  override readonly name = 'ConnectionReset';
  /** By which the SDK knows that it may try again. */
  readonly code = 'ECONNRESET';
}

/** Nothing is signed, since nobody would look at it. */
function inProcessClient(server: StandaloneDynamoDb): DynamoDBClient {
  const requestHandler = {
    async handle({ headers, body }: { readonly headers: Record<string, string>; readonly body: Uint8Array }) {
      const answer = await server.answer(headers, body);
      if (answer === undefined) throw new ConnectionReset('the answer was lost');
      return { response: { statusCode: answer.status, headers: answer.headers, body: Buffer.from(answer.body) } };
    },
  };
  return new DynamoDBClient({ ...access(server), requestHandler, signer: { sign: async (request) => request } });
}

/** What a table is created with besides, as `StateTable` of the stacks does it; DynamoDB refuses an empty list of indexes. */
function withIndexes(indexes: readonly StateIndex[]): Partial<CreateTableCommandInput> {
  if (indexes.length === 0) return {};
  const keys = new Set(indexes.flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]));
  return {
    AttributeDefinitions: [stateTableKeys.partitionKey, ...keys].map(stringAttribute),
    GlobalSecondaryIndexes: indexes.map(({ name, partitionKey, sortKey }) => ({
      IndexName: name,
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    })),
  };
}

function stringAttribute(name: string): AttributeDefinition {
  return { AttributeName: name, AttributeType: 'S' };
}

async function createTable(
  client: DynamoDBClient,
  name: string,
  keys: TableKeys,
  further: Partial<CreateTableCommandInput> = {},
): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: keys.partitionKey, KeyType: 'HASH' }],
      AttributeDefinitions: [stringAttribute(keys.partitionKey)],
      ...further,
    }),
  );
  if (keys.ttl === undefined) return;
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: name,
      TimeToLiveSpecification: { AttributeName: keys.ttl, Enabled: true },
    }),
  );
}
