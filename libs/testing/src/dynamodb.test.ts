/** The test DynamoDB as the SDK sees it: answers, errors with their members, tables, streams. */
import {
  ConditionalCheckFailedException,
  DescribeEndpointsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { startDynamoDb, type TestDynamoDb } from './index.ts';

let dynamodb: TestDynamoDb;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
  await dynamodb.createStateTable('state', [{ name: 'by-owner', partitionKey: 'owner', sortKey: 'at' }]);
  await dynamodb.createOutboxTable('outbox');
  await dynamodb.createIdempotencyTable('idempotency');
});
afterAll(() => dynamodb.stop());

it('an item that was put can be read, bytes and numbers as they were', async () => {
  const Item = {
    pk: { S: 'a' },
    n: { N: '12.5' },
    b: { B: Uint8Array.of(1, 2, 255) },
    l: { L: [{ BOOL: true }, { M: { x: { NULL: true } } }] },
  };
  await dynamodb.client.send(new PutItemCommand({ TableName: 'state', Item }));
  const read = await dynamodb.client.send(
    new GetItemCommand({ TableName: 'state', Key: { pk: { S: 'a' } }, ConsistentRead: true }),
  );
  expect(read.Item).toEqual(Item);
});

it('a failed condition is the SDK’s exception, with the item', async () => {
  const put = new PutItemCommand({
    TableName: 'idempotency',
    Item: { id: { S: 'a' }, status: { S: 'INPROGRESS' } },
    ConditionExpression: 'attribute_not_exists(#id)',
    ExpressionAttributeNames: { '#id': 'id' },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  await dynamodb.client.send(put);
  const failure = await dynamodb.client.send(put).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ConditionalCheckFailedException);
  expect(failure).toMatchObject({ Item: { id: { S: 'a' }, status: { S: 'INPROGRESS' } } });
});

it('a cancelled transaction says why, item by item', async () => {
  const Item = { pk: { S: 'once' } };
  const transaction = () =>
    new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: 'outbox', Item: { id: { S: 'm' } } } },
        { Put: { TableName: 'state', Item, ConditionExpression: 'attribute_not_exists(pk)' } },
      ],
    });
  await dynamodb.client.send(transaction());
  const failure = await dynamodb.client.send(transaction()).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(TransactionCanceledException);
  expect(failure).toMatchObject({
    message:
      'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]',
    CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
  });
});

it('an index of the state table holds the keys of what has them', async () => {
  const put = (Item: Record<string, { S: string }>) =>
    dynamodb.client.send(new PutItemCommand({ TableName: 'state', Item }));
  await put({ pk: { S: 'owned' }, owner: { S: 'ann' }, at: { S: '2026' }, colour: { S: 'red' } });
  await put({ pk: { S: 'nobody’s' }, colour: { S: 'red' } });
  const { Items } = await dynamodb.client.send(
    new QueryCommand({
      TableName: 'state',
      IndexName: 'by-owner',
      KeyConditionExpression: '#owner = :owner',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':owner': { S: 'ann' } },
    }),
  );
  expect(Items).toEqual([{ pk: { S: 'owned' }, owner: { S: 'ann' }, at: { S: '2026' } }]);
});

it('the tables have the keys, expiry and stream that the stacks give them', async () => {
  const expiry = async (TableName: string) =>
    (await dynamodb.client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription?.AttributeName;
  expect([await expiry('state'), await expiry('outbox'), await expiry('idempotency')]).toEqual([
    'expiresAt',
    undefined,
    'expiration',
  ]);
  const outbox = await dynamodb.client.send(new DescribeTableCommand({ TableName: 'outbox' }));
  expect(outbox.Table).toMatchObject({
    StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    KeySchema: [{ AttributeName: 'id' }],
  });
});

describe('a client without a socket', () => {
  const Item = { pk: { S: 'without a socket' }, b: { B: Uint8Array.of(1, 2, 255) } };
  const put = new PutItemCommand({ TableName: 'state', Item, ConditionExpression: 'attribute_not_exists(pk)' });
  afterEach(() => dynamodb.faults.remove());

  it('writes what the others read, and is refused like them', async () => {
    await dynamodb.inProcessClient().send(put);
    const read = { TableName: 'state', Key: { pk: Item.pk } };
    expect((await dynamodb.client.send(new GetItemCommand(read))).Item).toEqual(Item);
    const refused = dynamodb.inProcessClient().send(put);
    await expect(refused).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    await expect(refused).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });

  it('asks again where its answer was lost', async () => {
    dynamodb.faults.inject({ at: 'dynamodb.GetItem', effect: 'lose-answer', times: 1 });
    const read = await dynamodb
      .inProcessClient()
      .send(new GetItemCommand({ TableName: 'state', Key: { pk: { S: 'nobody' } } }));
    expect(read.$metadata.attempts).toBe(2);
  });

  it('hears that an operation is not supported', async () => {
    const unsupported = dynamodb.inProcessClient().send(new DescribeEndpointsCommand({}));
    await expect(unsupported).rejects.toMatchObject({ name: 'NotImplemented' });
  });
});
