/** GetItem, PutItem, UpdateItem and DeleteItem: keys, conditions, projections, capacity and what is refused. */
import { openWorkbench, tableWith, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = openWorkbench();
  await bench.call('CreateTable', tableWith('items', 'pk'));
  await bench.call('CreateTable', tableWith('ranged', 'pk', 'sk:N'));
});
afterEach(() => bench.close());

const put = (item: object, further: object = {}) =>
  bench.call('PutItem', { TableName: 'items', Item: item, ...further });
const get = (pk: string, further: object = {}) =>
  bench.call('GetItem', { TableName: 'items', Key: { pk: { S: pk } }, ...further });

describe('an item (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html)', () => {
  it('comes back as it was put, its numbers in canonical form', async () => {
    await put({
      pk: { S: 'a' },
      n: { N: '1.10' },
      big: { N: '1e20' },
      b: { B: 'AQID' },
      m: { M: { l: { L: [{ NULL: true }] } } },
    });
    expect(await get('a')).toMatchObject({
      Item: {
        pk: { S: 'a' },
        n: { N: '1.1' },
        big: { N: '100000000000000000000' },
        b: { B: 'AQID' },
        m: { M: { l: { L: [{ NULL: true }] } } },
      },
    });
  });

  it('is replaced whole, and the old one answered on demand', async () => {
    await put({ pk: { S: 'a' }, x: { S: '1' } });
    expect((await put({ pk: { S: 'a' }, y: { S: '2' } }, { ReturnValues: 'ALL_OLD' })).Attributes).toEqual({
      pk: { S: 'a' },
      x: { S: '1' },
    });
    expect((await get('a')).Item).toEqual({ pk: { S: 'a' }, y: { S: '2' } });
  });

  it('is told apart by both key attributes, numbers by value', async () => {
    const key = (sk: string) => ({ pk: { S: 'a' }, sk: { N: sk } });
    await bench.call('PutItem', { TableName: 'ranged', Item: { ...key('1'), v: { S: 'one' } } });
    await bench.call('PutItem', { TableName: 'ranged', Item: { ...key('2'), v: { S: 'two' } } });
    expect((await bench.call('GetItem', { TableName: 'ranged', Key: key('1.0') })).Item).toMatchObject({
      v: { S: 'one' },
    });
  });

  it('is gone once deleted; deleting what is not there succeeds', async () => {
    await put({ pk: { S: 'a' } });
    const remove = { TableName: 'items', Key: { pk: { S: 'a' } }, ReturnValues: 'ALL_OLD' };
    expect((await bench.call('DeleteItem', remove)).Attributes).toEqual({ pk: { S: 'a' } });
    expect((await bench.call('DeleteItem', remove)).Attributes).toBeUndefined();
    expect((await get('a')).Item).toBeUndefined();
  });

  it('is made by an update that changes nothing', async () => {
    await bench.call('UpdateItem', { TableName: 'items', Key: { pk: { S: 'a' } } });
    expect((await get('a')).Item).toEqual({ pk: { S: 'a' } });
  });
});

describe('a projection (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html)', () => {
  it('keeps the parts that it names', async () => {
    await put({
      pk: { S: 'a' },
      m: { M: { x: { S: '1' }, y: { S: '2' } } },
      l: { L: ['0', '1', '2'].map((S) => ({ S })) },
      z: { S: 'z' },
    });
    const { Item } = await get('a', {
      ProjectionExpression: '#m.x, l[2], l[0], absent, #m.gone.deeper',
      ExpressionAttributeNames: { '#m': 'm' },
    });
    expect(Item).toEqual({ m: { M: { x: { S: '1' } } }, l: { L: [{ S: '0' }, { S: '2' }] } });
  });
});

describe('a failed condition (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html)', () => {
  it('shows the item where the request says so', async () => {
    await put({ pk: { S: 'a' }, v: { N: '1' } });
    const again = { TableName: 'items', Item: { pk: { S: 'a' } }, ConditionExpression: 'attribute_not_exists(pk)' };
    expect(await bench.refusal('PutItem', again)).toMatchObject({
      code: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
      members: {},
    });
    const shown = await bench.refusal('PutItem', { ...again, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
    expect(shown.members).toEqual({ Item: { pk: { S: 'a' }, v: { N: '1' } } });
  });
});

describe('ReturnConsumedCapacity (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html)', () => {
  const text = (bytes: number) => ({ S: 'x'.repeat(bytes) });

  it('counts a write per kilobyte of the larger image, a read per four, half where it may be stale', async () => {
    const capacity = { ReturnConsumedCapacity: 'TOTAL' };
    expect(await put({ pk: { S: 'a' }, v: text(2500) }, capacity)).toMatchObject({
      ConsumedCapacity: { TableName: 'items', CapacityUnits: 3 },
    });
    expect(await put({ pk: { S: 'a' } }, capacity)).toMatchObject({ ConsumedCapacity: { CapacityUnits: 3 } });
    await put({ pk: { S: 'a' }, v: text(5000) });
    expect(await get('a', capacity)).toMatchObject({ ConsumedCapacity: { CapacityUnits: 1 } });
    expect(await get('a', { ...capacity, ConsistentRead: true })).toMatchObject({
      ConsumedCapacity: { CapacityUnits: 2 },
    });
    expect(await get('none', capacity)).toMatchObject({ ConsumedCapacity: { CapacityUnits: 0.5 } });
    expect(await get('a')).not.toHaveProperty('ConsumedCapacity');
  });

  it('counts each index that a write touches', async () => {
    const GlobalSecondaryIndexes = [
      {
        IndexName: 'byOwner',
        KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ];
    const AttributeDefinitions = ['pk', 'owner'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
    await bench.call(
      'CreateTable',
      tableWith('indexed', 'pk', undefined, { GlobalSecondaryIndexes, AttributeDefinitions }),
    );
    const write = (item: object) =>
      bench.call('PutItem', {
        TableName: 'indexed',
        Item: { pk: { S: 'a' }, ...item },
        ReturnConsumedCapacity: 'INDEXES',
      });
    expect(await write({ owner: { S: 'x' } })).toMatchObject({
      ConsumedCapacity: {
        CapacityUnits: 2,
        Table: { CapacityUnits: 1 },
        GlobalSecondaryIndexes: { byOwner: { CapacityUnits: 1 } },
      },
    });
    expect(await write({ owner: { S: 'x' }, other: { S: '1' } })).toMatchObject({
      ConsumedCapacity: { CapacityUnits: 1 },
    });
    expect(await write({ owner: { S: 'y' } })).toMatchObject({ ConsumedCapacity: { CapacityUnits: 3 } });
  });
});

describe('a request is refused (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html)', () => {
  it.each([
    [
      'a table that is not there',
      { TableName: 'none', Item: { pk: { S: 'a' } } },
      'ResourceNotFoundException',
      'Requested resource not found',
    ],
    [
      'a missing key',
      { Item: { x: { S: 'a' } } },
      'ValidationException',
      'One or more parameter values were invalid: Missing the key pk in the item',
    ],
    [
      'a key of another type',
      { Item: { pk: { N: '1' } } },
      'ValidationException',
      'One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N',
    ],
    [
      'an empty key',
      { Item: { pk: { S: '' } } },
      'ValidationException',
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
    ],
    [
      'an empty set',
      { Item: { pk: { S: 'a' }, s: { SS: [] } } },
      'ValidationException',
      'One or more parameter values were invalid: An string set  may not be empty',
    ],
    [
      'a value of two types',
      { Item: { pk: { S: 'a', N: '1' } } },
      'ValidationException',
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    ],
    [
      'ALL_NEW of a put',
      { Item: { pk: { S: 'a' } }, ReturnValues: 'ALL_NEW' },
      'ValidationException',
      'ReturnValues can only be ALL_OLD or NONE',
    ],
    [
      'an item over 400 KB',
      { Item: { pk: { S: 'a' }, v: { S: 'x'.repeat(410_000) } } },
      'ValidationException',
      'Item size has exceeded the maximum allowed size',
    ],
    ['a member of the wrong shape', { Item: 'a' }, 'SerializationException', 'Unexpected field type'],
    [
      'a legacy parameter',
      { Item: { pk: { S: 'a' } }, Expected: {} },
      'NotImplemented',
      'local-cloud does not implement the parameter Expected of PutItem',
    ],
  ])('for %s', async (_, request, code, message) => {
    expect(await bench.refusal('PutItem', { TableName: 'items', ...request })).toMatchObject({ code, message });
  });

  it('for a missing member, in coral words', async () => {
    expect((await bench.refusal('GetItem', { TableName: 'x' })).message).toBe(
      "2 validation errors detected: Value 'x' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3; " +
        "Value null at 'key' failed to satisfy constraint: Member must not be null",
    );
  });

  it('for a key with too few or too many attributes', async () => {
    const message = 'The provided key element does not match the schema';
    expect(await bench.refusal('GetItem', { TableName: 'ranged', Key: { pk: { S: 'a' } } })).toMatchObject({ message });
    expect(
      await bench.refusal('GetItem', { TableName: 'items', Key: { pk: { S: 'a' }, x: { S: 'b' } } }),
    ).toMatchObject({ message });
  });

  it('for an operation that there is not', async () => {
    expect(await bench.refusal('ExecuteStatement')).toMatchObject({ code: 'NotImplemented' });
  });

  it('leaves an item as it was when an update makes it too large', async () => {
    await put({ pk: { S: 'a' }, v: { S: 'x'.repeat(300_000) } });
    const grow = { TableName: 'items', Key: { pk: { S: 'a' } }, UpdateExpression: 'SET w = v' };
    expect((await bench.refusal('UpdateItem', grow)).message).toBe(
      'Item size to update has exceeded the maximum allowed size',
    );
    expect((await get('a')).Item).not.toHaveProperty('w');
  });
});

describe('permissions (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html)', () => {
  it('each operation asks for its action on its table', async () => {
    bench.asked.length = 0;
    await put({ pk: { S: 'a' } });
    await get('a');
    await bench.call('UpdateItem', { TableName: 'items', Key: { pk: { S: 'a' } } });
    await bench.call('DeleteItem', { TableName: 'items', Key: { pk: { S: 'a' } } });
    const resource = 'arn:aws:dynamodb:us-east-1:000000000000:table/items';
    expect(bench.asked).toEqual(
      ['PutItem', 'GetItem', 'UpdateItem', 'DeleteItem'].map((name) => ({ action: `dynamodb:${name}`, resource })),
    );
  });
});
