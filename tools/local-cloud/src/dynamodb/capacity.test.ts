/** ReturnConsumedCapacity: AWS's rounding, by item, table and index; half for stale reads, double in transactions. */
import { openWorkbench, tableWith, type Workbench } from './workbench.ts';

const PAGE = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html';

let bench: Workbench;
beforeEach(async () => {
  bench = openWorkbench();
  await bench.call('CreateTable', {
    ...tableWith('items', 'pk', 'sk'),
    AttributeDefinitions: ['pk', 'sk', 'owner'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'owners',
        KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
});
afterEach(() => bench.close());

const TOTAL = { ReturnConsumedCapacity: 'TOTAL' };
const INDEXES = { ReturnConsumedCapacity: 'INDEXES' };
const key = (sk: string) => ({ pk: { S: 'a' }, sk: { S: sk } });
/** An item of so many bytes: eight for names and key, one for the name `v`. */
const sized = (sk: string, bytes: number) => ({ ...key(sk), v: { S: 'x'.repeat(bytes - 7) } });
const put = (Item: object, further: object = TOTAL) => bench.call('PutItem', { TableName: 'items', Item, ...further });
const query = (further: object) =>
  bench.call('Query', {
    TableName: 'items',
    KeyConditionExpression: 'pk = :a',
    ExpressionAttributeValues: { ':a': { S: 'a' } },
    ...further,
  });

describe(`a write (${PAGE})`, () => {
  it.each([
    [1024, 1],
    [1025, 2],
    [2048, 2],
    [2049, 3],
  ])('of %i bytes costs %i', async (bytes, CapacityUnits) => {
    expect(await put(sized('1', bytes))).toMatchObject({ ConsumedCapacity: { TableName: 'items', CapacityUnits } });
  });

  it('costs one even where there is nothing to delete, and what was deleted else', async () => {
    const remove = () => bench.call('DeleteItem', { TableName: 'items', Key: key('1'), ...TOTAL });
    expect(await remove()).toMatchObject({ ConsumedCapacity: { CapacityUnits: 1 } });
    await put(sized('1', 3000));
    expect(await remove()).toMatchObject({ ConsumedCapacity: { CapacityUnits: 3 } });
  });

  it('is rounded for each item of a batch', async () => {
    const puts = ['1', '2', '3'].map((sk) => ({ PutRequest: { Item: sized(sk, 1025) } }));
    expect(await bench.call('BatchWriteItem', { RequestItems: { items: puts }, ...TOTAL })).toMatchObject({
      ConsumedCapacity: [{ TableName: 'items', CapacityUnits: 6 }],
    });
  });

  it('is told by index where that is asked for, and not at all else', async () => {
    expect((await put({ ...key('1'), owner: { S: 'x' } }, INDEXES)).ConsumedCapacity).toEqual({
      TableName: 'items',
      CapacityUnits: 2,
      Table: { CapacityUnits: 1 },
      GlobalSecondaryIndexes: { owners: { CapacityUnits: 1 } },
    });
    expect((await put({ ...key('2'), owner: { S: 'x' } })).ConsumedCapacity).toEqual({
      TableName: 'items',
      CapacityUnits: 2,
    });
    for (const further of [{}, { ReturnConsumedCapacity: 'NONE' }])
      expect(await put(key('1'), further)).not.toHaveProperty('ConsumedCapacity');
  });

  it('has no item collections to tell of without local indexes', async () => {
    expect(await put(key('1'), { ReturnItemCollectionMetrics: 'SIZE' })).toEqual({
      Items: [],
      Records: [],
      ShardIterator: '',
      NextShardIterator: '',
    });
  });
});

describe(`a read (${PAGE})`, () => {
  it.each([
    [4096, 0.5, 1],
    [4097, 1, 2],
    [8192, 1, 2],
    [8193, 1.5, 3],
  ])('of %i bytes costs %d, and consistent %d', async (bytes, stale, consistent) => {
    await put(sized('1', bytes));
    const get = (ConsistentRead: boolean) =>
      bench.call('GetItem', {
        TableName: 'items',
        Key: key('1'),
        ConsistentRead,
        ProjectionExpression: 'pk',
        ...TOTAL,
      });
    expect(await get(false)).toMatchObject({ ConsumedCapacity: { CapacityUnits: stale } });
    expect(await get(true)).toMatchObject({ ConsumedCapacity: { CapacityUnits: consistent } });
  });

  it('is rounded once a page by Query and Scan, filtered items included, and for each item by a batch', async () => {
    for (const sk of ['1', '2', '3', '4', '5']) await put(sized(sk, 1000));
    const never = { FilterExpression: 'attribute_exists(gone)' };
    expect(await query({ ...TOTAL, ...never })).toMatchObject({ Count: 0, ConsumedCapacity: { CapacityUnits: 1 } });
    expect(await bench.call('Scan', { TableName: 'items', ConsistentRead: true, ...TOTAL })).toMatchObject({
      ConsumedCapacity: { CapacityUnits: 2 },
    });
    expect(await query({ ...TOTAL, Select: 'COUNT' })).toMatchObject({
      Count: 5,
      ConsumedCapacity: { CapacityUnits: 1 },
    });
    const Keys = ['1', '2', 'none'].map(key);
    expect(await bench.call('BatchGetItem', { RequestItems: { items: { Keys } }, ...TOTAL })).toMatchObject({
      ConsumedCapacity: [{ TableName: 'items', CapacityUnits: 1.5 }],
    });
  });

  it('of an index is the index’s', async () => {
    await put({ ...key('1'), owner: { S: 'x' } });
    const request = {
      IndexName: 'owners',
      KeyConditionExpression: '#o = :a',
      ExpressionAttributeNames: { '#o': 'owner' },
    };
    expect((await query({ ...INDEXES, ...request })).ConsumedCapacity).toEqual({
      TableName: 'items',
      CapacityUnits: 0.5,
      Table: { CapacityUnits: 0 },
      GlobalSecondaryIndexes: { owners: { CapacityUnits: 0.5 } },
    });
  });
});

describe(`a transaction (${PAGE})`, () => {
  const write = (ClientRequestToken: string) =>
    bench.call('TransactWriteItems', {
      TransactItems: [
        { Put: { TableName: 'items', Item: { ...sized('1', 1025), owner: { S: 'x' } } } },
        { ConditionCheck: { TableName: 'items', Key: key('2'), ConditionExpression: 'attribute_not_exists(pk)' } },
      ],
      ClientRequestToken,
      ...INDEXES,
    });

  it('costs double what its writes would, checks and indexes included; its repeat, what reading would', async () => {
    const units = (count: number) => ({ CapacityUnits: count, WriteCapacityUnits: count });
    expect((await write('token')).ConsumedCapacity).toEqual([
      { TableName: 'items', ...units(10), Table: units(6), GlobalSecondaryIndexes: { owners: units(4) } },
    ]);
    const read = { CapacityUnits: 4, ReadCapacityUnits: 4 };
    expect((await write('token')).ConsumedCapacity).toEqual([{ TableName: 'items', ...read, Table: read }]);
  });

  it('costs double what consistent reads would', async () => {
    await put(sized('1', 4097));
    const TransactItems = ['1', 'none'].map((sk) => ({
      Get: { TableName: 'items', Key: key(sk), ProjectionExpression: 'pk' },
    }));
    expect(await bench.call('TransactGetItems', { TransactItems, ...TOTAL })).toMatchObject({
      ConsumedCapacity: [{ TableName: 'items', CapacityUnits: 6, ReadCapacityUnits: 6 }],
    });
  });
});
