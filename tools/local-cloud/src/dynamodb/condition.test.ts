/** Condition expressions: comparators, functions, nested paths, missing attributes, precedence. */
import { openWorkbench, tableWith, type Workbench } from './workbench.ts';

const item = {
  pk: { S: 'a' },
  name: { S: 'laptop' },
  price: { N: '1299.99' },
  stock: { N: '10' },
  active: { BOOL: true },
  nothing: { NULL: true },
  bin: { B: 'AQID' },
  tags: { SS: ['red', 'blue'] },
  sizes: { NS: ['1', '2'] },
  entries: { L: [{ M: { sku: { S: 'x' }, count: { N: '2' } } }, { S: 'loose' }] },
  address: { M: { city: { S: 'Graz' }, 'post code': { S: '8010' } } },
};

const values = {
  ':laptop': { S: 'laptop' },
  ':lap': { S: 'lap' },
  ':top': { S: 'top' },
  ':nine': { N: '9' },
  ':ten': { N: '10' },
  ':tenpoint': { N: '10.0' },
  ':eleven': { N: '11' },
  ':tenText': { S: '10' },
  ':true': { BOOL: true },
  ':red': { S: 'red' },
  ':two': { N: '2' },
  ':x': { S: 'x' },
  ':loose': { S: 'loose' },
  ':graz': { S: 'Graz' },
  ':swapped': { SS: ['blue', 'red'] },
  ':map': { M: { 'post code': { S: '8010' }, city: { S: 'Graz' } } },
  ':typeN': { S: 'N' },
  ':typeSS': { S: 'SS' },
  ':bytes': { B: 'AQI=' },
  ':byte': { B: 'Ag==' },
};
const names = { '#name': 'name', '#post': 'post code', '#constructor': 'constructor' };

let bench: Workbench;
beforeAll(async () => {
  bench = openWorkbench();
  await bench.call('CreateTable', tableWith('items', 'pk'));
  await bench.call('PutItem', { TableName: 'items', Item: item });
});
afterAll(() => bench.close());

async function holds(expression: string, key = 'a'): Promise<boolean> {
  const used = <T>(all: Record<string, T>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => new RegExp(`${name}\\b`).test(expression)));
  const [usedNames, usedValues] = [used(names), used(values)];
  const check = {
    TableName: 'items',
    Key: { pk: { S: key } },
    ConditionExpression: expression,
    ...(Object.keys(usedNames).length > 0 && { ExpressionAttributeNames: usedNames }),
    ...(Object.keys(usedValues).length > 0 && { ExpressionAttributeValues: usedValues }),
  };
  try {
    await bench.call('TransactWriteItems', { TransactItems: [{ ConditionCheck: check }] });
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'TransactionCanceledException' });
    return false;
  }
}

describe('a condition holds (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html)', () => {
  it.each([
    '#name = :laptop',
    '#name <> :lap',
    'stock = :tenpoint',
    'stock > :nine',
    'stock >= :ten AND stock <= :ten',
    'stock < :eleven',
    'price BETWEEN :eleven AND price',
    '#name IN (:lap, :laptop)',
    'attribute_exists(address.city)',
    'attribute_exists(address.#post)',
    'attribute_exists(entries[0].sku)',
    'attribute_not_exists(absent)',
    'attribute_not_exists(entries[5])',
    'attribute_not_exists(#constructor)',
    'attribute_type(price, :typeN)',
    'attribute_type(tags, :typeSS)',
    'begins_with(#name, :lap)',
    'begins_with(bin, :bytes)',
    'contains(#name, :top)',
    'contains(tags, :red)',
    'contains(sizes, :two)',
    'contains(entries, :loose)',
    'contains(bin, :byte)',
    'size(tags) = :two',
    'size(entries) = :two',
    'size(address) = :two',
    'size(#name) < :ten',
    'size(bin) > :two',
    'entries[0].sku = :x',
    'address = :map',
    'tags = :swapped',
    'active = :true',
    'absent <> :ten',
    'NOT stock = :nine',
    'NOT attribute_exists(absent)',
    'stock = :nine OR stock = :ten AND #name = :laptop',
    '(stock = :nine OR stock = :ten) AND (#name = :laptop)',
    ':nine < stock',
    'stock < price',
  ])('%s', async (expression) => {
    expect(await holds(expression)).toBe(true);
  });
});

describe('a condition does not hold (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html)', () => {
  it.each([
    'stock = :tenText',
    'stock < :tenText',
    'absent = :ten',
    'absent < :ten',
    'attribute_exists(absent)',
    'attribute_not_exists(pk)',
    'begins_with(stock, :lap)',
    'contains(stock, :ten)',
    'size(absent) = :ten',
    'size(stock) = :two',
    'stock BETWEEN :eleven AND :eleven',
    'stock IN (:nine, :eleven)',
    'NOT (stock = :ten AND #name = :laptop)',
    'entries.sku = :x',
    'attribute_exists(nothing.deeper)',
  ])('%s', async (expression) => {
    expect(await holds(expression)).toBe(false);
  });

  it('where there is no item, except by absence', async () => {
    expect(await holds('attribute_exists(pk)', 'none')).toBe(false);
    expect(await holds('attribute_not_exists(pk)', 'none')).toBe(true);
  });
});

describe('a condition is refused (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html)', () => {
  const refusal = async (ConditionExpression: string, further: object = {}) => {
    const error = await bench.refusal('DeleteItem', {
      TableName: 'items',
      Key: { pk: { S: 'a' } },
      ConditionExpression,
      ...further,
    });
    expect(error.code).toBe('ValidationException');
    return error.message;
  };

  it('for a syntax error', async () => {
    expect(await refusal('stock =')).toMatch(/^Invalid ConditionExpression: Syntax error; /);
  });

  it('for a reserved word', async () => {
    expect(await refusal('attribute_exists(status)')).toBe(
      'Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: status',
    );
  });

  it('for a placeholder that is not defined or not used', async () => {
    expect(await refusal('stock = :n')).toBe(
      'Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :n',
    );
    expect(await refusal('attribute_exists(stock)', { ExpressionAttributeValues: { ':n': { N: '1' } } })).toBe(
      'Value provided in ExpressionAttributeValues unused in expressions: keys: {:n}',
    );
    expect(await refusal('attribute_exists(stock)', { ExpressionAttributeNames: { '#n': 'n' } })).toBe(
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}',
    );
  });

  it('for bounds in the wrong order, however often they were right before', async () => {
    const between = (low: string, high: string) => ({
      TableName: 'items',
      Key: { pk: { S: 'none' } },
      ConditionExpression: 'attribute_not_exists(pk) OR stock BETWEEN :low AND :high',
      ExpressionAttributeValues: { ':low': { N: low }, ':high': { N: high } },
    });
    await bench.call('DeleteItem', between('1', '2'));
    expect((await bench.refusal('DeleteItem', between('2', '1'))).message).toMatch(
      /requires upper bound to be greater than or equal/,
    );
  });

  it('for a value that is none', async () => {
    expect(await refusal('stock = :n', { ExpressionAttributeValues: { ':n': { N: 'ten' } } })).toBe(
      'ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: ten for key :n',
    );
  });
});

describe('an expression that was parsed before (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeValues.html)', () => {
  it('takes the values of its own request', async () => {
    const sell = (least: string) => ({
      TableName: 'items',
      Key: { pk: { S: 'a' } },
      UpdateExpression: 'SET sold = :least',
      ConditionExpression: 'stock >= :least',
      ExpressionAttributeValues: { ':least': { N: least } },
    });
    await bench.call('UpdateItem', sell('9'));
    await bench.call('UpdateItem', sell('10'));
    expect((await bench.refusal('UpdateItem', sell('11'))).code).toBe('ConditionalCheckFailedException');
  });
});
