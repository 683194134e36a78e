/**
 * A process that calls DynamoDB through the AWS SDK, as many calls at a time as it is told, and says how it went. It starts
 * with the endpoint as its argument, takes one job after the other over its channel, and ends with it.
 */
import { randomUUID } from 'node:crypto';
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { KEYS, TABLE, job, type JobResult, type Operation } from './dynamodb-job.ts';

const client = new DynamoDBClient({
  endpoint: process.argv[2] ?? '',
  region: 'us-east-1',
  credentials: { accessKeyId: 'benchmark', secretAccessKey: 'benchmark' },
});

/** About 400 bytes, as an order with a line has. */
function item(pk: string): Record<string, AttributeValue> {
  return {
    pk: { S: pk },
    status: { S: 'PENDING' },
    total: { M: { amount: { N: '129999' }, currency: { S: 'USD' } } },
    lines: { L: [{ M: { productId: { S: 'laptop' }, quantity: { N: '1' }, price: { N: '129999' } } }] },
    history: { L: [{ M: { step: { S: 'placed' }, at: { S: '2026-01-01T00:00:00.000Z' } } }] },
    note: { S: 'x'.repeat(150) },
  };
}

const randomKey = () => `item-${Math.floor(Math.random() * KEYS)}`;

const calls: Readonly<Record<Operation, () => Promise<unknown>>> = {
  GetItem: () => client.send(new GetItemCommand({ TableName: TABLE, Key: { pk: { S: randomKey() } } })),
  PutItem: () => client.send(new PutItemCommand({ TableName: TABLE, Item: item(randomKey()) })),
  // The shape of a service's commit: something new on condition, something that changes, a message.
  TransactWriteItems: () => {
    const id = randomUUID();
    const fresh = { TableName: TABLE, Item: item(id), ConditionExpression: 'attribute_not_exists(pk)' };
    const changed = {
      TableName: TABLE,
      Key: { pk: { S: `stock-${id}` } },
      UpdateExpression: 'ADD available :less',
      ExpressionAttributeValues: { ':less': { N: '-1' } },
    };
    const message = { TableName: TABLE, Item: item(`message-${id}`) };
    return client.send(
      new TransactWriteItemsCommand({ TransactItems: [{ Put: fresh }, { Update: changed }, { Put: message }] }),
    );
  },
};

async function work(operation: Operation, concurrency: number, milliseconds: number): Promise<JobResult> {
  const latencies: number[] = [];
  const began = performance.now();
  const until = began + milliseconds;
  const one = async () => {
    while (performance.now() < until) {
      const sent = performance.now();
      await calls[operation]();
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  return { latencies, milliseconds: performance.now() - began };
}

process.on('message', (message) => {
  const { operation, concurrency, milliseconds } = job.parse(message);
  work(operation, concurrency, milliseconds).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
// A Ctrl-C reaches the whole process group; the benchmark decides when this process ends.
process.on('SIGINT', () => undefined);
process.send?.('listening');
