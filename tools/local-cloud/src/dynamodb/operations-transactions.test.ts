/** TransactWriteItems and TransactGetItems: all or nothing, reasons in order, tokens. */
import { openWorkbench, tableWith, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = openWorkbench();
  await bench.call('CreateTable', tableWith('orders', 'pk'));
  await bench.call('CreateTable', tableWith('outbox', 'id'));
});
afterEach(() => bench.close());

const put = (pk: string, further: object = {}) => ({
  Put: { TableName: 'orders', Item: { pk: { S: pk }, n: { N: '1' } }, ...further },
});
const absent = { ConditionExpression: 'attribute_not_exists(pk)' };
const write = (...TransactItems: object[]) => bench.call('TransactWriteItems', { TransactItems });
const read = async (pk: string) => (await bench.call('GetItem', { TableName: 'orders', Key: { pk: { S: pk } } })).Item;

describe('a transaction (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html)', () => {
  it('puts, updates, deletes and checks together', async () => {
    await write(put('a'), put('b'), put('c'));
    await write(
      put('d', absent),
      {
        Update: {
          TableName: 'orders',
          Key: { pk: { S: 'a' } },
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        },
      },
      { Delete: { TableName: 'orders', Key: { pk: { S: 'b' } } } },
      { ConditionCheck: { TableName: 'orders', Key: { pk: { S: 'c' } }, ConditionExpression: 'attribute_exists(pk)' } },
      { Put: { TableName: 'outbox', Item: { id: { S: 'm' } } } },
    );
    expect([await read('a'), await read('b'), await read('d')]).toEqual([
      { pk: { S: 'a' }, n: { N: '2' } },
      undefined,
      { pk: { S: 'd' }, n: { N: '1' } },
    ]);
  });

  it('changes nothing where one condition fails, and gives the reasons in order', async () => {
    await write(put('a'), put('c'));
    const error = await bench.refusal('TransactWriteItems', {
      TransactItems: [
        put('new'),
        put('a', { ...absent, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
        { Delete: { TableName: 'outbox', Key: { id: { S: 'm' } } } },
        { ConditionCheck: { TableName: 'orders', Key: { pk: { S: 'c' } }, ...absent } },
      ],
    });
    expect(error).toMatchObject({
      code: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, None, ConditionalCheckFailed]',
    });
    expect(error.members).toEqual({
      CancellationReasons: [
        { Code: 'None' },
        {
          Code: 'ConditionalCheckFailed',
          Message: 'The conditional request failed',
          Item: { pk: { S: 'a' }, n: { N: '1' } },
        },
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
      ],
    });
    expect(await read('new')).toBeUndefined();
  });

  it('is cancelled by an update that does not fit its item', async () => {
    const update = { TableName: 'orders', Key: { pk: { S: 'a' } }, UpdateExpression: 'SET n = x' };
    expect((await bench.refusal('TransactWriteItems', { TransactItems: [{ Update: update }] })).members).toEqual({
      CancellationReasons: [
        {
          Code: 'ValidationError',
          Message: 'The provided expression refers to an attribute that does not exist in the item',
        },
      ],
    });
  });

  it('of two on one condition lets exactly one through', async () => {
    const outcomes = await Promise.allSettled([write(put('a', absent)), write(put('a', absent))]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('conflicts where a fault says so', async () => {
    bench.faults.inject({ at: 'dynamodb.conflict', where: { table: 'orders' }, effect: 'error', times: 1 });
    const error = await bench.refusal('TransactWriteItems', {
      TransactItems: [{ Put: { TableName: 'outbox', Item: { id: { S: 'm' } } } }, put('a')],
    });
    expect(error.members).toEqual({
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' },
      ],
    });
    await write(put('a'));
  });

  it('costs twice what its writes would', async () => {
    const answer = await bench.call('TransactWriteItems', {
      TransactItems: [put('a'), put('b')],
      ReturnConsumedCapacity: 'TOTAL',
    });
    expect(answer).toMatchObject({
      ConsumedCapacity: [{ TableName: 'orders', CapacityUnits: 4, WriteCapacityUnits: 4 }],
    });
  });

  it.each([
    [
      'one item twice',
      [put('a'), { Delete: { TableName: 'orders', Key: { pk: { S: 'a' } } } }],
      'Transaction request cannot include multiple operations on one item',
    ],
    [
      'two actions in one',
      [{ ...put('a'), Delete: { TableName: 'orders', Key: { pk: { S: 'b' } } } }],
      'TransactItems can only contain one of Check, Put, Update or Delete',
    ],
    ['no action', [{}], 'TransactItems can only contain one of Check, Put, Update or Delete'],
    [
      'more than 100 items',
      Array.from({ length: 101 }, (_, at) => put(`k${at}`)),
      /Member must have length less than or equal to 100$/,
    ],
    ['no items', [], /Member must have length greater than or equal to 1$/],
    [
      'a check without a condition',
      [{ ConditionCheck: { TableName: 'orders', Key: { pk: { S: 'a' } } } }],
      /'transactItems.1.member.conditionCheck.conditionExpression' failed to satisfy constraint: Member must not be null$/,
    ],
    ['a syntax error', [put('a', { ConditionExpression: 'pk' })], /^Invalid ConditionExpression: Syntax error/],
  ])('is refused for %s', async (_, TransactItems, message) => {
    const error = await bench.refusal('TransactWriteItems', { TransactItems });
    expect(error.code).toBe('ValidationException');
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  it('names a parameter deep inside that there is not', async () => {
    expect(await bench.refusal('TransactWriteItems', { TransactItems: [put('a', { Expected: {} })] })).toMatchObject({
      code: 'NotImplemented',
      message: 'local-cloud does not implement the parameter Expected of TransactWriteItems.TransactItems.0.Put',
    });
  });

  it('asks for the action of each item', async () => {
    await write(put('c'));
    bench.asked.length = 0;
    await write(
      put('a'),
      put('b'),
      { Update: { TableName: 'orders', Key: { pk: { S: 'd' } }, UpdateExpression: 'REMOVE x' } },
      { Delete: { TableName: 'outbox', Key: { id: { S: 'm' } } } },
      { ConditionCheck: { TableName: 'orders', Key: { pk: { S: 'c' } }, ConditionExpression: 'attribute_exists(pk)' } },
    );
    expect(bench.asked.map(({ action, resource }) => `${action} ${resource.split('/')[1]}`)).toEqual([
      'dynamodb:PutItem orders',
      'dynamodb:UpdateItem orders',
      'dynamodb:DeleteItem outbox',
      'dynamodb:ConditionCheckItem orders',
    ]);
  });
});

describe('a client request token (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-apis-txwriteitems)', () => {
  const add = (ClientRequestToken: string, one = '1') =>
    bench.call('TransactWriteItems', {
      ClientRequestToken,
      TransactItems: [
        {
          Update: {
            TableName: 'orders',
            Key: { pk: { S: 'a' } },
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: { ':one': { N: one } },
          },
        },
      ],
    });

  it('makes a repeat within ten minutes harmless', async () => {
    await add('token');
    await add('token');
    expect(await read('a')).toMatchObject({ n: { N: '1' } });
    await bench.clock.advance(10 * 60_000);
    await add('token');
    expect(await read('a')).toMatchObject({ n: { N: '2' } });
  });

  it('refuses another request under the same token', async () => {
    await add('token');
    await expect(add('token', '2')).rejects.toMatchObject({ code: 'IdempotentParameterMismatchException' });
  });

  it('is not used up by a cancelled transaction', async () => {
    const TransactItems = [put('a', { ConditionExpression: 'attribute_exists(pk)' })];
    await bench.refusal('TransactWriteItems', { TransactItems, ClientRequestToken: 'token' });
    await write(put('a'));
    await bench.call('TransactWriteItems', { TransactItems, ClientRequestToken: 'token' });
  });
});

describe('TransactGetItems (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html)', () => {
  it('answers items in order, empty where there is none', async () => {
    await write(put('a'));
    const get = (pk: string) => ({ Get: { TableName: 'orders', Key: { pk: { S: pk } }, ProjectionExpression: 'n' } });
    const answer = await bench.call('TransactGetItems', {
      TransactItems: [get('none'), get('a')],
      ReturnConsumedCapacity: 'TOTAL',
    });
    expect(answer).toMatchObject({
      Responses: [{}, { Item: { n: { N: '1' } } }],
      ConsumedCapacity: [{ TableName: 'orders', CapacityUnits: 4, ReadCapacityUnits: 4 }],
    });
  });

  it('refuses one item twice, and what is no get', async () => {
    const get = { Get: { TableName: 'orders', Key: { pk: { S: 'a' } } } };
    expect(await bench.refusal('TransactGetItems', { TransactItems: [get, get] })).toMatchObject({
      code: 'ValidationException',
      message: 'Transaction request cannot include multiple operations on one item',
    });
    expect(await bench.refusal('TransactGetItems', { TransactItems: [{}] })).toMatchObject({
      message: 'TransactItems can only contain Get',
    });
  });

  it('is cancelled by a key that does not fit its table', async () => {
    const gets = [{ pk: { S: 'a' } }, { id: { S: 'a' } }].map((Key) => ({ Get: { TableName: 'orders', Key } }));
    expect((await bench.refusal('TransactGetItems', { TransactItems: gets })).members).toEqual({
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ValidationError', Message: 'The provided key element does not match the schema' },
      ],
    });
  });
});
