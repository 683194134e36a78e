/** Tables made by callers: CreateTable, DescribeTable, ListTables, DeleteTable. */
import { openWorkbench, tableWith, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(() => {
  bench = openWorkbench();
});
afterEach(() => bench.close());

describe('CreateTable and DeleteTable (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html)', () => {
  it('a table is created, described, listed and deleted', async () => {
    const arn = 'arn:aws:dynamodb:us-east-1:000000000000:table/items';
    expect(await bench.call('CreateTable', tableWith('items', 'pk', 'sk:N'))).toMatchObject({
      TableDescription: { TableName: 'items', TableArn: arn, TableStatus: 'CREATING' },
    });
    await bench.call('PutItem', { TableName: 'items', Item: { pk: { S: 'a' }, sk: { N: '1' } } });
    expect(await bench.call('DescribeTable', { TableName: 'items' })).toMatchObject({
      Table: {
        TableStatus: 'ACTIVE',
        ItemCount: 1,
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      },
    });
    await bench.call('CreateTable', tableWith('other', 'pk'));
    expect(await bench.call('ListTables', { Limit: 1 })).toMatchObject({
      TableNames: ['items'],
      LastEvaluatedTableName: 'items',
    });
    expect(await bench.call('ListTables', { ExclusiveStartTableName: 'items' })).toMatchObject({
      TableNames: ['other'],
    });
    await bench.call('DeleteTable', { TableName: 'items' });
    expect(await bench.refusal('DescribeTable', { TableName: 'items' })).toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Requested resource not found: Table: items not found',
    });
    await bench.call('CreateTable', tableWith('items', 'pk', 'sk:N'));
    expect(await bench.call('Scan', { TableName: 'items' })).toMatchObject({ Count: 0 });
  });

  it('a description tells what an index holds, and which stream came last', async () => {
    const StreamSpecification = { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' };
    await bench.call('CreateTable', {
      ...tableWith('items', 'pk', undefined, { StreamSpecification }),
      AttributeDefinitions: ['pk', 'a'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: ['one', 'two'].map((IndexName) => ({
        IndexName: `index-${IndexName}`,
        KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      })),
    });
    await bench.call('PutItem', { TableName: 'items', Item: { pk: { S: '1' }, a: { S: 'a' } } });
    await bench.call('PutItem', { TableName: 'items', Item: { pk: { S: '2' } } });
    const { Table } = await bench.call('DescribeTable', { TableName: 'items' });
    const ProvisionedThroughput = { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 };
    expect(Table).toMatchObject({
      TableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/items',
      TableId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      CreationDateTime: expect.any(Number),
      ProvisionedThroughput,
      ItemCount: 2,
      TableSizeBytes: expect.any(Number),
      DeletionProtectionEnabled: false,
      StreamSpecification,
      LatestStreamLabel: expect.any(String),
      LatestStreamArn: expect.any(String),
      GlobalSecondaryIndexes: ['one', 'two'].map((name) => ({
        IndexName: `index-${name}`,
        IndexStatus: 'ACTIVE',
        ProvisionedThroughput,
        ItemCount: 1,
        IndexSizeBytes: expect.any(Number),
      })),
    });
  });

  it.each([
    [{ StreamEnabled: true }, 'Table is being created with a stream enabled, UpdateViewType is required'],
    [
      { StreamEnabled: false, StreamViewType: 'NEW_IMAGE' },
      'Table is being created with a stream disabled, UpdateViewType should not be specified',
    ],
  ])('a table is refused for the stream %j', async (StreamSpecification, message) => {
    const request = tableWith('items', 'pk', undefined, { StreamSpecification });
    expect(await bench.refusal('CreateTable', request)).toMatchObject({
      code: 'ValidationException',
      message: `One or more parameter values were invalid: ${message}`,
    });
  });

  it('a definition that no key uses is refused beside indexes too', async () => {
    const request = tableWith('items', 'pk', undefined, {
      AttributeDefinitions: ['pk', 'a', 'b'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'index',
          KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
    expect((await bench.refusal('CreateTable', request)).message).toBe(
      'One or more parameter values were invalid: Some AttributeDefinitions are not used. AttributeDefinitions: [pk, a, b], keys used: [pk, a]',
    );
  });

  it.each([
    ['a name that is taken', tableWith('items', 'pk'), 'ResourceInUseException', 'Table already exists: items'],
    [
      'a key without a definition',
      tableWith('new', 'pk', undefined, { AttributeDefinitions: [{ AttributeName: 'x', AttributeType: 'S' }] }),
      'ValidationException',
      /Some index key attributes are not defined/,
    ],
    [
      'a definition without a use',
      tableWith('new', 'pk', undefined, {
        AttributeDefinitions: ['pk', 'x'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      }),
      'ValidationException',
      /does not exactly match number of attributes/,
    ],
    [
      'a name that is too short',
      tableWith('x', 'pk'),
      'ValidationException',
      'TableName must be at least 3 characters long and at most 255 characters long',
    ],
    [
      'provisioned capacity',
      { ...tableWith('new', 'pk'), BillingMode: 'PROVISIONED' },
      'NotImplemented',
      /BillingMode/,
    ],
    [
      'local secondary indexes',
      tableWith('new', 'pk', undefined, { LocalSecondaryIndexes: [] }),
      'NotImplemented',
      /LocalSecondaryIndexes/,
    ],
  ])('a table is refused for %s', async (_, request, code, message) => {
    await bench.call('CreateTable', tableWith('items', 'pk'));
    const error = await bench.refusal('CreateTable', request);
    expect(error.code).toBe(code);
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  it('a protected table is not deleted', async () => {
    await bench.call('CreateTable', tableWith('items', 'pk', undefined, { DeletionProtectionEnabled: true }));
    expect(await bench.refusal('DeleteTable', { TableName: 'items' })).toMatchObject({
      code: 'ValidationException',
      message: expect.stringMatching(/protected against deletion/),
    });
  });
});
