/** Update expressions: SET, REMOVE, ADD and DELETE, each seeing the item as it was. */
import { openWorkbench, tableWith, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = openWorkbench();
  await bench.call('CreateTable', tableWith('items', 'pk'));
});
afterEach(() => bench.close());

/** Updates an item that has these attributes, and answers what it is then, less its key. */
async function updated(
  before: object | undefined,
  UpdateExpression: string,
  values?: object,
  names?: object,
): Promise<object> {
  if (before !== undefined) await bench.call('PutItem', { TableName: 'items', Item: { pk: { S: 'a' }, ...before } });
  const { Attributes: { pk: _, ...rest } = {} } = await bench.call(
    'UpdateItem',
    request(UpdateExpression, values, names),
  );
  return rest;
}

function request(UpdateExpression: string, values?: object, names?: object): object {
  return {
    TableName: 'items',
    Key: { pk: { S: 'a' } },
    UpdateExpression,
    ReturnValues: 'ALL_NEW',
    ...(values !== undefined && { ExpressionAttributeValues: values }),
    ...(names !== undefined && { ExpressionAttributeNames: names }),
  };
}

describe('SET (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html)', () => {
  it('assigns, adds, subtracts and copies what was there before', async () => {
    expect(
      await updated({ a: { N: '5' }, b: { S: 'x' } }, 'SET a = a + :d, c = a - :d, d = b, b = :y', {
        ':d': { N: '0.1' },
        ':y': { S: 'y' },
      }),
    ).toEqual({ a: { N: '5.1' }, c: { N: '4.9' }, d: { S: 'x' }, b: { S: 'y' } });
  });

  it('makes the item where there is none', async () => {
    expect(
      await updated(undefined, 'SET n = if_not_exists(n, :zero) + :one', { ':zero': { N: '0' }, ':one': { N: '1' } }),
    ).toEqual({ n: { N: '1' } });
  });

  it('keeps an attribute that exists with if_not_exists', async () => {
    expect(
      await updated({ n: { S: 'old' } }, 'SET n = if_not_exists(n, :new), m = if_not_exists(m, :new)', {
        ':new': { S: 'new' },
      }),
    ).toEqual({
      n: { S: 'old' },
      m: { S: 'new' },
    });
  });

  it('appends lists on either side', async () => {
    const values = { ':l': { L: [{ S: 'new' }] }, ':none': { L: [] } };
    expect(
      await updated(
        { l: { L: [{ S: 'old' }] } },
        'SET l = list_append(l, :l), k = list_append(:l, if_not_exists(k, :none))',
        values,
      ),
    ).toEqual({
      l: { L: [{ S: 'old' }, { S: 'new' }] },
      k: { L: [{ S: 'new' }] },
    });
  });

  it('reaches into maps and lists, and appends what lies beyond the end of a list', async () => {
    const before = { m: { M: { deep: { M: { n: { N: '1' } } } } }, l: { L: [{ S: '0' }, { S: '1' }] } };
    expect(
      await updated(
        before,
        'SET m.deep.#n = :v, l[0] = :v, l[9] = :w, l[7] = :v',
        { ':v': { S: 'v' }, ':w': { S: 'w' } },
        { '#n': 'n' },
      ),
    ).toEqual({
      m: { M: { deep: { M: { n: { S: 'v' } } } } },
      l: { L: [{ S: 'v' }, { S: '1' }, { S: 'v' }, { S: 'w' }] },
    });
  });

  it('brings numbers into their canonical form', async () => {
    expect(await updated({}, 'SET n = :n, l = :l', { ':n': { N: '1.50e2' }, ':l': { NS: ['007', '1.0'] } })).toEqual({
      n: { N: '150' },
      l: { NS: ['7', '1'] },
    });
  });
});

describe('REMOVE (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html)', () => {
  it('takes attributes, members and elements by their indexes before the update', async () => {
    const before = {
      gone: { S: 'x' },
      m: { M: { a: { S: 'a' }, b: { S: 'b' } } },
      l: { L: ['0', '1', '2', '3'].map((S) => ({ S })) },
    };
    expect(await updated(before, 'REMOVE gone, m.a, l[1], l[2], l[9], never')).toEqual({
      m: { M: { b: { S: 'b' } } },
      l: { L: [{ S: '0' }, { S: '3' }] },
    });
  });
});

describe('ADD and DELETE (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html)', () => {
  it('ADD counts, begins at zero, and unites sets', async () => {
    const values = { ':n': { N: '-2' }, ':s': { SS: ['b', 'c'] } };
    expect(await updated({ n: { N: '5' }, s: { SS: ['a', 'b'] } }, 'ADD n :n, k :n, s :s, t :s', values)).toEqual({
      n: { N: '3' },
      k: { N: '-2' },
      s: { SS: ['a', 'b', 'c'] },
      t: { SS: ['b', 'c'] },
    });
  });

  it('DELETE takes members away, and the attribute with the last one', async () => {
    const before = { s: { SS: ['a', 'b'] }, t: { NS: ['1'] } };
    expect(
      await updated(before, 'DELETE s :s, t :t, u :s', { ':s': { SS: ['b', 'z'] }, ':t': { NS: ['1.0'] } }),
    ).toEqual({ s: { SS: ['a'] } });
  });

  it('all sections work on the item as it was', async () => {
    expect(
      await updated({ a: { N: '1' }, b: { N: '2' } }, 'SET c = a REMOVE a ADD b :one', { ':one': { N: '1' } }),
    ).toEqual({ b: { N: '3' }, c: { N: '1' } });
  });
});

describe('an update is refused (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html)', () => {
  it.each([
    ['SET a = absent + :n', 'The provided expression refers to an attribute that does not exist in the item'],
    ['SET a = s + :n', 'An operand in the update expression has an incorrect data type'],
    ['SET m.x.y = :n', 'The document path provided in the update expression is invalid for update'],
    ['SET s[0] = :n', 'The document path provided in the update expression is invalid for update'],
    [
      'SET pk = :n',
      'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key',
    ],
    [
      'SET a = :n, a = :n',
      'Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]',
    ],
    ['ADD s :n', 'An operand in the update expression has an incorrect data type'],
  ])('%s', async (expression, message) => {
    await bench.call('PutItem', { TableName: 'items', Item: { pk: { S: 'a' }, s: { S: 'text' } } });
    const error = await bench.refusal('UpdateItem', request(expression, { ':n': { N: '1' } }));
    expect(error).toMatchObject({ code: 'ValidationException', message });
    const { Item } = await bench.call('GetItem', { TableName: 'items', Key: { pk: { S: 'a' } } });
    expect(Item).toEqual({ pk: { S: 'a' }, s: { S: 'text' } });
  });
});

describe('ReturnValues (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html)', () => {
  it.each([
    ['NONE', undefined],
    ['ALL_OLD', { pk: { S: 'a' }, n: { N: '1' }, m: { M: { x: { S: '1' }, y: { S: '2' } } } }],
    ['UPDATED_OLD', { n: { N: '1' }, m: { M: { x: { S: '1' } } } }],
    ['UPDATED_NEW', { n: { N: '2' }, m: { M: { x: { N: '1' } } } }],
    ['ALL_NEW', { pk: { S: 'a' }, n: { N: '2' }, m: { M: { x: { N: '1' }, y: { S: '2' } } } }],
  ])('%s', async (ReturnValues, attributes) => {
    await bench.call('PutItem', {
      TableName: 'items',
      Item: { pk: { S: 'a' }, n: { N: '1' }, m: { M: { x: { S: '1' }, y: { S: '2' } } } },
    });
    const answer = await bench.call('UpdateItem', {
      ...request('SET n = n + :one, m.x = :one', { ':one': { N: '1' } }),
      ReturnValues,
    });
    expect(answer.Attributes).toEqual(attributes);
  });
});
