/** Requests that meet a transaction in flight: who is refused, with which error, and that nothing is lost or doubled. */
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { startStandaloneDynamoDb } from './standalone.ts';
import { openWorkbench, tableWith, type Workbench } from './workbench.ts';

const CONFLICTS =
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling';
const CONFLICT = { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };

let bench: Workbench;
beforeEach(async () => {
  bench = openWorkbench();
  await bench.call('CreateTable', tableWith('items', 'pk'));
});
afterEach(() => bench.close());

const key = (pk: string) => ({ TableName: 'items', Key: { pk: { S: pk } } });
const put = (pk: string, further: object = {}) => ({
  Put: { TableName: 'items', Item: { pk: { S: pk } }, ...further },
});
const add = (pk: string) => ({
  Update: { ...key(pk), UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': { N: '1' } } },
});
const check = (pk: string) => ({ ConditionCheck: { ...key(pk), ConditionExpression: 'attribute_not_exists(gone)' } });
const write = (TransactItems: object[], further: object = {}) =>
  bench.call('TransactWriteItems', { TransactItems, ...further });
const refused = (TransactItems: object[], further: object = {}) =>
  bench.refusal('TransactWriteItems', { TransactItems, ...further });
const read = async (pk: string) => (await bench.call('GetItem', key(pk))).Item;

describe(`TransactWriteItems, while another one is in flight (${CONFLICTS})`, () => {
  it('is cancelled where they share an item, with a reason for each of its items', async () => {
    const first = write([add('a'), add('b')]);
    expect(await refused([add('c'), add('b'), add('d')])).toMatchObject({
      code: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, TransactionConflict, None]',
      members: { CancellationReasons: [{ Code: 'None' }, CONFLICT, { Code: 'None' }] },
    });
    await first;
    expect([await read('b'), await read('c')]).toEqual([{ pk: { S: 'b' }, n: { N: '1' } }, undefined]);
  });

  it('goes through where they share a table only', async () => {
    await Promise.all([write([add('a')]), write([add('b')]), write([put('c')])]);
    expect(await read('c')).toBeDefined();
  });

  it('conflicts on items that are only checked, too', async () => {
    const first = write([check('a')]);
    expect((await refused([check('a')])).members).toEqual({ CancellationReasons: [CONFLICT] });
    await first;
  });

  it('conflicts with what a cancelled one had been granted, not with what that one was refused', async () => {
    const first = refused([add('granted'), put('refused', { ConditionExpression: 'attribute_exists(pk)' })]);
    const [second] = await Promise.all([refused([add('granted')]), write([add('refused')])]);
    expect(second.members).toEqual({ CancellationReasons: [CONFLICT] });
    expect((await first).members).toMatchObject({ CancellationReasons: [{}, { Code: 'ConditionalCheckFailed' }] });
    await write([add('granted')]);
  });

  it('never meets a client’s own that was answered before', async () => {
    for (let count = 0; count < 50; count++) {
      await write([add('a'), check('b')]);
      await bench.call('DeleteItem', key('b'));
      await refused([add('a'), put('b', { ConditionExpression: 'attribute_exists(pk)' })]);
    }
    expect(await read('a')).toMatchObject({ n: { N: '50' } });
  });
});

describe(`other operations, while a transaction is in flight (${CONFLICTS})`, () => {
  it.each([
    ['PutItem', { TableName: 'items', Item: { pk: { S: 'a' } } }],
    ['UpdateItem', key('a')],
    ['DeleteItem', key('a')],
  ])('%s of one of its items is refused', async (operation, request) => {
    const first = write([add('a')]);
    expect(await bench.refusal(operation, request)).toMatchObject({
      code: 'TransactionConflictException',
      message: 'Transaction is ongoing for the item',
    });
    await first;
    await bench.call(operation, request);
  });

  it('PutItem of another item is not refused', async () => {
    const first = write([add('a')]);
    await bench.call('PutItem', { TableName: 'items', Item: { pk: { S: 'b' } } });
    await first;
  });

  it('BatchWriteItem leaves its items unprocessed, and writes the others', async () => {
    const first = write([add('a')]);
    const requests = [{ DeleteRequest: { Key: { pk: { S: 'a' } } } }, { PutRequest: { Item: { pk: { S: 'b' } } } }];
    expect(await bench.call('BatchWriteItem', { RequestItems: { items: requests } })).toMatchObject({
      UnprocessedItems: { items: [requests[0]] },
    });
    await first;
    expect([await read('a'), await read('b')]).toEqual([{ pk: { S: 'a' }, n: { N: '1' } }, { pk: { S: 'b' } }]);
  });

  it('TransactGetItems is cancelled, and single reads are not', async () => {
    const first = write([add('a')]);
    const gets = [{ Get: key('b') }, { Get: key('a') }];
    expect((await bench.refusal('TransactGetItems', { TransactItems: gets })).members).toEqual({
      CancellationReasons: [{ Code: 'None' }, CONFLICT],
    });
    await bench.call('GetItem', key('a'));
    await bench.call('Scan', { TableName: 'items' });
    await first;
    await Promise.all([1, 2].map(() => bench.call('TransactGetItems', { TransactItems: gets })));
  });
});

describe('ClientRequestToken (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html)', () => {
  it('a repeat of a transaction that is not answered yet is told so', async () => {
    const token = { ClientRequestToken: 'token' };
    const first = write([add('a')], token);
    expect(await refused([add('a')], token)).toMatchObject({
      code: 'TransactionInProgressException',
      message: 'The transaction with the given request token is already in progress.',
    });
    await first;
    await write([add('a')], token);
    expect(await read('a')).toMatchObject({ n: { N: '1' } });
  });

  it('a repeat meets no conflict, whoever holds its items now', async () => {
    const token = { ClientRequestToken: 'token' };
    await write([add('a')], token);
    const other = write([add('a')]);
    await write([add('a')], token);
    await other;
    expect(await read('a')).toMatchObject({ n: { N: '2' } });
  });
});

describe(`many clients on one item (${CONFLICTS})`, () => {
  it('some conflict, each answer is true, and with retries nothing is lost or counted twice', async () => {
    const dynamodb = await startStandaloneDynamoDb();
    const clients = Array.from(
      { length: 8 },
      () =>
        new DynamoDBClient({
          endpoint: dynamodb.url,
          region: 'us-east-1',
          credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        }),
    );
    try {
      const outcome = await countTogether(clients);
      expect(outcome.conflicts).toBeGreaterThan(0);
      expect(outcome).toMatchObject({ total: '80', others: Array.from(clients, () => '10') });
    } finally {
      for (const client of clients) client.destroy();
      await dynamodb.stop();
    }
  });
});

/** Each client adds ten times to an item of its own and to one that all share, again and again until it is through. */
async function countTogether(
  clients: readonly DynamoDBClient[],
): Promise<{ conflicts: number; total: string | undefined; others: (string | undefined)[] }> {
  const [first] = clients;
  if (first === undefined) throw new Error('no clients');
  await first.send(
    new CreateTableCommand({
      TableName: 'counters',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    }),
  );
  const count = (pk: string) => ({
    Update: {
      TableName: 'counters',
      Key: { pk: { S: pk } },
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    },
  });
  let conflicts = 0;
  const addOnce = async (client: DynamoDBClient, own: string): Promise<void> => {
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems: [count(own), count('shared')] }));
    } catch (error) {
      expect(error).toMatchObject({
        name: 'TransactionCanceledException',
        CancellationReasons: [{ Code: 'None' }, CONFLICT],
      });
      conflicts++;
      await addOnce(client, own);
    }
  };
  await Promise.all(
    clients.map(async (client, at) => {
      for (let times = 0; times < 10; times++) await addOnce(client, `own-${at}`);
    }),
  );
  const valueOf = async (pk: string) =>
    (await first.send(new GetItemCommand({ TableName: 'counters', Key: { pk: { S: pk } } }))).Item?.n?.N;
  return {
    conflicts,
    total: await valueOf('shared'),
    others: await Promise.all(clients.map((_, at) => valueOf(`own-${at}`))),
  };
}

it('each transaction with a span holds its items for as long, and those of nobody else', async () => {
  const span = 500;
  const server = await startStandaloneDynamoDb({ transactionSpan: span });
  const client = new DynamoDBClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  try {
    await client.send(
      new CreateTableCommand({
        TableName: 'items',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
    );
    const send = (pk: string) => client.send(new TransactWriteItemsCommand({ TransactItems: [add(pk)] }));
    const sent = performance.now();
    const outcomes = await Promise.allSettled([send('a'), send('a'), send('b')]);
    // A timer may be early by less than a millisecond.
    expect(performance.now() - sent).toBeGreaterThan(span - 1);
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refusals).toMatchObject([{ CancellationReasons: [CONFLICT] }]);
    await send('a');
    await send('a');
    const { Item: item } = await client.send(new GetItemCommand(key('a')));
    expect(item?.['n']).toEqual({ N: '3' });
  } finally {
    client.destroy();
    await server.stop();
  }
});
