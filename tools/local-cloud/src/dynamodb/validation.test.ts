/** What requests are refused for, in DynamoDB's order and words, and the old parameters that nobody here sends. */
import { openWorkbench, tableWith, type Workbench } from './workbench.ts';

const ERRORS = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html';
const LEGACY = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html';
const TYPES = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html';

let bench: Workbench;
beforeAll(async () => {
  bench = openWorkbench();
  await bench.call('CreateTable', tableWith('items', 'pk'));
});
afterAll(() => bench.close());

const Item = { pk: { S: 'a' } };
const Key = Item;

describe(`of several faults, the first in DynamoDB's order is answered (${ERRORS})`, () => {
  const faults = {
    shape: { TableName: 'x' },
    idle: { ExpressionAttributeNames: { '#a': 'a' } },
    value: { Item: { ...Item, s: { SS: [] } } },
    returned: { ReturnValues: 'ALL_NEW' },
    size: { Item: { ...Item, v: { S: 'x'.repeat(410_000) } } },
    expression: { ConditionExpression: 'nonsense' },
    table: { TableName: 'none' },
    key: { Item: { id: { S: 'a' } } },
  };
  it.each([
    [['shape', 'value', 'returned'], /^1 validation error detected: Value 'x' at 'tableName'/],
    [['idle', 'value', 'returned'], /^ExpressionAttributeNames can only be specified when using expressions$/],
    [['value', 'returned', 'expression', 'table'], /An string set {2}may not be empty$/],
    [['returned', 'size', 'expression', 'table'], /^ReturnValues can only be/],
    [['size', 'expression', 'table'], /^Item size has exceeded/],
    [['expression', 'table', 'key'], /^Invalid ConditionExpression: Syntax error/],
    [['table', 'key'], /^Requested resource not found$/],
    [['key'], /Missing the key pk in the item$/],
  ] as const)('%j', async (present, message) => {
    const request = Object.assign({ TableName: 'items', Item }, ...present.map((name) => faults[name]).reverse());
    expect((await bench.refusal('PutItem', request)).message).toMatch(message);
  });

  it('values before expressions, and both before the table', async () => {
    const value = { Key: { pk: { N: 'one' } } };
    const update = { TableName: 'none', Key, UpdateExpression: 'nonsense' };
    expect((await bench.refusal('UpdateItem', { ...update, ...value })).message).toMatch(/numeric value: one$/);
    expect((await bench.refusal('UpdateItem', update)).message).toMatch(/^Invalid UpdateExpression/);
    const returned = { TableName: 'none', Key, ReturnValues: 'UPDATED_OLD', ConditionExpression: 'nonsense' };
    expect((await bench.refusal('DeleteItem', returned)).message).toMatch(/^ReturnValues can only be/);
    const twice = { none: { Keys: [Key, Key] } };
    expect((await bench.refusal('BatchGetItem', { RequestItems: twice })).message).toBe(
      'Provided list of item keys contains duplicates',
    );
  });
});

describe(`the old parameters are refused by name (${LEGACY})`, () => {
  const condition = { a: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'a' }] } };
  it.each([
    ['GetItem', { Key }, { AttributesToGet: ['a'] }],
    ['PutItem', { Item }, { Expected: {} }],
    ['PutItem', { Item }, { ConditionalOperator: 'AND' }],
    ['UpdateItem', { Key }, { AttributeUpdates: {} }],
    ['UpdateItem', { Key }, { Expected: {} }],
    ['DeleteItem', { Key }, { Expected: {} }],
    ['DeleteItem', { Key }, { ConditionalOperator: 'AND' }],
    ['Query', {}, { KeyConditions: condition }],
    ['Query', {}, { QueryFilter: condition }],
    ['Query', {}, { AttributesToGet: ['a'] }],
    ['Scan', {}, { ScanFilter: condition }],
    ['Scan', {}, { AttributesToGet: ['a'] }],
    ['Scan', {}, { ConditionalOperator: 'AND' }],
  ])('%s %j with %j', async (operation, request, legacy) => {
    expect(await bench.refusal(operation, { TableName: 'items', ...request, ...legacy })).toMatchObject({
      code: 'NotImplemented',
      message: `local-cloud does not implement the parameter ${Object.keys(legacy)[0]} of ${operation}`,
    });
  });

  it('BatchGetItem with AttributesToGet, inside', async () => {
    const RequestItems = { items: { Keys: [Key], AttributesToGet: ['pk'] } };
    expect(await bench.refusal('BatchGetItem', { RequestItems })).toMatchObject({
      code: 'NotImplemented',
      message: 'local-cloud does not implement the parameter AttributesToGet of BatchGetItem.RequestItems.items',
    });
  });
});

describe(`values that are none (${TYPES})`, () => {
  const message = async (value: object) =>
    (await bench.refusal('PutItem', { TableName: 'items', Item: { ...Item, value } })).message;

  it.each([
    [{}, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
    [
      { S: 'a', N: '1' },
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    ],
    [
      { NULL: false },
      'One or more parameter values were invalid: Null attribute value types must have the value of true',
    ],
    [{ N: '' }, 'The parameter cannot be converted to a numeric value'],
    [{ N: 'NaN' }, 'The parameter cannot be converted to a numeric value: NaN'],
    [{ N: 'Infinity' }, 'The parameter cannot be converted to a numeric value: Infinity'],
    [{ SS: [] }, 'One or more parameter values were invalid: An string set  may not be empty'],
    [{ NS: [] }, 'One or more parameter values were invalid: An number set  may not be empty'],
    [{ BS: [] }, 'One or more parameter values were invalid: Binary sets should not be empty'],
    [{ SS: ['a', 'a'] }, 'One or more parameter values were invalid: Input collection [a, a] contains duplicates.'],
    [{ NS: ['1', '1.0'] }, 'Input collection contains duplicates'],
    [
      { BS: ['YQ==', 'YQ=='] },
      'One or more parameter values were invalid: Input collection [YQ==, YQ==]of type BS contains duplicates.',
    ],
    [{ L: [{ M: { deep: { N: 'x' } } }] }, 'The parameter cannot be converted to a numeric value: x'],
  ])('%j', async (value, expected) => {
    expect(await message(value)).toBe(expected);
  });

  it('and what no JSON of a value can be', async () => {
    const error = await bench.refusal('PutItem', { TableName: 'items', Item: { pk: { S: 1 } } });
    expect(error).toMatchObject({
      code: 'SerializationException',
      message: 'NUMBER_VALUE cannot be converted to String',
    });
    expect(await bench.refusal('PutItem', { TableName: 'items', Item: { pk: { B: 'no base64' } } })).toMatchObject({
      code: 'SerializationException',
    });
  });

  it('but an empty text that is no key is one', async () => {
    await bench.call('PutItem', { TableName: 'items', Item: { ...Item, s: { S: '' }, b: { B: '' }, l: { L: [] } } });
  });
});

describe(`a table that is not there (${ERRORS})`, () => {
  const TableName = 'none';
  it.each([
    ['GetItem', { TableName, Key }],
    ['PutItem', { TableName, Item }],
    ['UpdateItem', { TableName, Key }],
    ['DeleteItem', { TableName, Key }],
    ['Scan', { TableName }],
    ['Query', { TableName, KeyConditionExpression: 'pk = :a', ExpressionAttributeValues: { ':a': { S: 'a' } } }],
    ['BatchGetItem', { RequestItems: { none: { Keys: [Key] } } }],
    ['BatchWriteItem', { RequestItems: { none: [{ DeleteRequest: { Key } }] } }],
    ['TransactWriteItems', { TransactItems: [{ Delete: { TableName, Key } }] }],
    ['TransactGetItems', { TransactItems: [{ Get: { TableName, Key } }] }],
  ])('is not found by %s', async (operation, request) => {
    expect(await bench.refusal(operation, request)).toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Requested resource not found',
    });
  });

  it.each(['DescribeTable', 'DeleteTable', 'DescribeTimeToLive'])(
    'is not found by %s, which names it',
    async (name) => {
      expect(await bench.refusal(name, { TableName })).toMatchObject({
        code: 'ResourceNotFoundException',
        message: 'Requested resource not found: Table: none not found',
      });
      expect(await bench.refusal(name, {})).toMatchObject({
        code: 'ValidationException',
        message: "The parameter 'TableName' is required but was not present in the request",
      });
    },
  );
});
