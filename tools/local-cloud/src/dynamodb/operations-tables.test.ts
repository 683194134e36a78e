/** Tables made by callers: CreateTable, DescribeTable, ListTables, DeleteTable. */
import { openWorkbench, tableWith, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(() => {
  bench = openWorkbench();
});
afterEach(() => bench.close());

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
  expect(await bench.call('ListTables', { ExclusiveStartTableName: 'items' })).toMatchObject({ TableNames: ['other'] });
  await bench.call('DeleteTable', { TableName: 'items' });
  expect(await bench.refusal('DescribeTable', { TableName: 'items' })).toMatchObject({
    code: 'ResourceNotFoundException',
    message: 'Requested resource not found: Table: items not found',
  });
  await bench.call('CreateTable', tableWith('items', 'pk', 'sk:N'));
  expect(await bench.call('Scan', { TableName: 'items' })).toMatchObject({ Count: 0 });
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
  ['provisioned capacity', { ...tableWith('new', 'pk'), BillingMode: 'PROVISIONED' }, 'NotImplemented', /BillingMode/],
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
