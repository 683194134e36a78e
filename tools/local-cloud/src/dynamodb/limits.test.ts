/** Limits of DynamoDB, each from both sides: the last that is allowed, and the first that is refused. */
import { openWorkbench, tableWith, type Workbench } from './workbench.ts';

const CONSTRAINTS = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html';
const API = 'https://docs.aws.amazon.com/amazondynamodb/latest/APIReference';

let bench: Workbench;
beforeEach(async () => {
  bench = openWorkbench();
  await bench.call('CreateTable', tableWith('items', 'pk'));
  await bench.call('CreateTable', tableWith('ranged', 'pk', 'sk'));
});
afterEach(() => bench.close());

const text = (length: number) => ({ S: 'x'.repeat(length) });
const item = (pk: string, further: object = {}) => ({ TableName: 'items', Item: { pk: { S: pk }, ...further } });
const key = (pk: string, further: object = {}) => ({ TableName: 'items', Key: { pk: { S: pk } }, ...further });
const times = <T>(count: number, make: (at: number) => T) => Array.from({ length: count }, (_, at) => make(at));

/** That the first request is answered, and the second refused with this message. */
async function edge(operation: string, allowed: object, beyond: object, message: string | RegExp): Promise<void> {
  await bench.call(operation, allowed);
  const error = await bench.refusal(operation, beyond);
  expect(error.code).toBe('ValidationException');
  if (typeof message === 'string') expect(error.message).toBe(message);
  else expect(error.message).toMatch(message);
}

describe(`an item (${CONSTRAINTS}#limits-items)`, () => {
  /** `pk` and `v` are three bytes, the key's value one. */
  const LARGEST = 400 * 1024 - 4;

  it('has 400 KB at most, names included, when it is put', () =>
    edge(
      'PutItem',
      item('a', { v: text(LARGEST) }),
      item('a', { v: text(LARGEST + 1) }),
      'Item size has exceeded the maximum allowed size',
    ));

  it('has 400 KB at most after an update', async () => {
    const update = (length: number) =>
      key('a', { UpdateExpression: 'SET v = :v', ExpressionAttributeValues: { ':v': text(length) } });
    await edge('UpdateItem', update(LARGEST), update(LARGEST + 1), /^Item size to update has exceeded/);
  });

  it('is too large whatever its condition says, and whether or not there is a table', async () => {
    const tooLarge = item('a', { v: text(LARGEST + 1) });
    const message = 'Item size has exceeded the maximum allowed size';
    const never = { ConditionExpression: 'attribute_exists(pk)' };
    expect(await bench.refusal('PutItem', { ...tooLarge, ...never })).toMatchObject({ message });
    expect(await bench.refusal('PutItem', { ...tooLarge, TableName: 'none' })).toMatchObject({ message });
  });

  it('goes 32 levels deep, its attributes being the first', async () => {
    const nested = (levels: number): object => (levels === 1 ? { S: 'leaf' } : { M: { n: nested(levels - 1) } });
    const listed = (levels: number): object => (levels === 1 ? { S: 'leaf' } : { L: [listed(levels - 1)] });
    const message = /^Nesting Levels have exceeded supported limits/;
    await edge('PutItem', item('a', { v: nested(32) }), item('a', { v: nested(33) }), message);
    await edge('PutItem', item('a', { v: listed(32) }), item('a', { v: listed(33) }), message);
    const set = (path: string, value: object) =>
      key('b', { UpdateExpression: `SET ${path} = :v`, ExpressionAttributeValues: { ':v': value } });
    await bench.call('PutItem', item('b', { m: { M: {} } }));
    await edge('UpdateItem', set('m.x', nested(31)), set('m.x', nested(32)), message);
    await edge('UpdateItem', set('v', nested(32)), set('v', nested(33)), /contains invalid value: Nesting Levels/);
  });
});

describe(`a key (${CONSTRAINTS}#limits-partition-sort-keys)`, () => {
  const put = (pk: number, sk: number) => ({ TableName: 'ranged', Item: { pk: text(pk), sk: text(sk) } });
  const get = (pk: number, sk: number) => ({ TableName: 'ranged', Key: { pk: text(pk), sk: text(sk) } });
  const [partition, sort] = [/Size of hashkey has exceeded .*2048 bytes$/, /range keys has exceeded .*1024 bytes$/];

  it('has 2048 bytes of partition and 1024 of sort key at most, written or asked for', async () => {
    await edge('PutItem', put(2048, 1), put(2049, 1), partition);
    await edge('PutItem', put(1, 1024), put(1, 1025), sort);
    await edge('GetItem', get(2048, 1), get(2049, 1), partition);
    await edge('GetItem', get(1, 1024), get(1, 1025), sort);
  });

  it('counts bytes, not characters', async () => {
    const umlauts = (count: number) => item('ä'.repeat(count));
    await edge('PutItem', umlauts(1024), umlauts(1025), partition);
  });

  it('is no less limited in an index', async () => {
    await bench.call('CreateTable', {
      ...tableWith('indexed', 'pk'),
      AttributeDefinitions: ['pk', 'a', 'b'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'index',
          KeySchema: [
            { AttributeName: 'a', KeyType: 'HASH' },
            { AttributeName: 'b', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
    const indexed = (a: number, b: number) => ({ ...item('x', { a: text(a), b: text(b) }), TableName: 'indexed' });
    await edge('PutItem', indexed(2048, 1024), indexed(2049, 1), partition);
    await edge('PutItem', indexed(1, 1024), indexed(1, 1025), sort);
    const set = (length: number) => ({
      ...key('x', { UpdateExpression: 'SET a = :a', ExpressionAttributeValues: { ':a': text(length) } }),
      TableName: 'indexed',
    });
    await edge(
      'UpdateItem',
      set(2048),
      set(2049),
      'The update expression attempted to update the secondary index key beyond allowed size limits',
    );
  });
});

describe(`a number (${CONSTRAINTS}#limits-data-types-number)`, () => {
  const number = (N: string) => item('a', { n: { N } });

  it.each([
    ['9'.repeat(38), '9'.repeat(39), 'Attempting to store more than 38 significant digits in a Number'],
    [`0.${'1'.repeat(38)}`, `1.${'1'.repeat(38)}`, 'Attempting to store more than 38 significant digits in a Number'],
    [
      `9.${'9'.repeat(37)}E125`,
      '1E126',
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    ],
    [
      `-9.${'9'.repeat(37)}E125`,
      '-1E126',
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    ],
    ['1E-130', '9E-131', 'Number underflow. Attempting to store a number with magnitude smaller than supported range'],
    [
      '-1E-130',
      '-9E-131',
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    ],
  ])('may be %s, but not %s', (allowed, beyond, message) => edge('PutItem', number(allowed), number(beyond), message));

  it('stays within them when it is added to', async () => {
    const add = (N: string) => key('a', { UpdateExpression: 'ADD n :n', ExpressionAttributeValues: { ':n': { N } } });
    await bench.call('PutItem', number('9E125'));
    await edge('UpdateItem', add('9E124'), add('1E125'), /^Number overflow/);
    await bench.call('PutItem', number('1'));
    await edge('UpdateItem', add('1E-37'), add('1E-38'), /^Attempting to store more than 38 significant digits/);
  });

  it('is never minus zero', async () => {
    await bench.call('PutItem', item('a', { n: { N: '-0' }, m: { N: '-0.0e5' }, s: { NS: ['-0', '1'] } }));
    expect((await bench.call('GetItem', key('a'))).Item).toMatchObject({
      n: { N: '0' },
      m: { N: '0' },
      s: { NS: ['0', '1'] },
    });
    expect(await bench.refusal('PutItem', item('a', { s: { NS: ['-0', '0.0'] } }))).toMatchObject({
      message: 'Input collection contains duplicates',
    });
  });
});

describe(`an expression (${CONSTRAINTS}#limits-expression-parameters)`, () => {
  const invalid = (expression: string, message: string) => `Invalid ${expression}: ${message}`;

  it.each([
    ['PutItem', 'ConditionExpression', 'attribute_not_exists(NAME)'],
    ['UpdateItem', 'UpdateExpression', 'REMOVE NAME'],
    ['GetItem', 'ProjectionExpression', 'NAME'],
    ['Scan', 'FilterExpression', 'attribute_exists(NAME)'],
    ['Query', 'KeyConditionExpression', 'pk = :a'],
  ])('of %s has 4096 bytes at most', async (operation, expression, pattern) => {
    const of = (length: number) => ({
      TableName: 'items',
      ...(operation === 'PutItem' && { Item: { pk: { S: 'a' } } }),
      ...((operation === 'GetItem' || operation === 'UpdateItem') && { Key: { pk: { S: 'a' } } }),
      ...(operation === 'Query' && { ExpressionAttributeValues: { ':a': { S: 'a' } } }),
      [expression]: pattern.replace('NAME', 'y'.repeat(length - pattern.length + 4)).padEnd(length),
    });
    const message = 'Expression size has exceeded the maximum allowed size; expression size: 4097';
    await edge(operation, of(4096), of(4097), invalid(expression, message));
  });

  it('has 300 operators at most', async () => {
    const scan = (comparisons: number) => ({
      TableName: 'items',
      FilterExpression: times(comparisons, () => 'a = b').join(' OR '),
    });
    // n comparisons have n - 1 ORs between them.
    const message = 'The expression contains too many operators; operator count: 301';
    await edge(
      'Scan',
      { ...scan(150), FilterExpression: `NOT a = b OR ${scan(149).FilterExpression}` },
      scan(151),
      invalid('FilterExpression', message),
    );
    const update = (functions: number) =>
      key('a', {
        UpdateExpression: `SET ${times(functions, (at) => `a${at}=if_not_exists(b,:n)`).join(',')}`,
        ExpressionAttributeValues: { ':n': { N: '1' } },
      });
    await bench.call('UpdateItem', update(150));
  });

  it('has 100 operands of IN at most, which are one operator', async () => {
    const scan = (operands: number) => ({
      TableName: 'items',
      FilterExpression: `a IN (${times(operands, (at) => `:v${at}`).join(', ')})`,
      ExpressionAttributeValues: Object.fromEntries(times(operands, (at) => [`:v${at}`, { N: String(at) }])),
    });
    const message = 'The IN operator is provided with too many operands; number of operands: 101';
    await edge('Scan', scan(100), scan(101), invalid('FilterExpression', message));
  });

  it('has paths of 32 levels at most', async () => {
    const path = (levels: number) => times(levels, () => 'a').join('.');
    const message = 'The document path has too many nesting levels; nesting levels: 33';
    const project = (levels: number) => key('a', { ProjectionExpression: path(levels) });
    await edge('GetItem', project(32), project(33), invalid('ProjectionExpression', message));
    const filter = (levels: number) => ({
      TableName: 'items',
      FilterExpression: `size(${path(levels)}) > :n`,
      ExpressionAttributeValues: { ':n': { N: '1' } },
    });
    await edge('Scan', filter(32), filter(33), invalid('FilterExpression', message));
    await bench.call('PutItem', item('deep', { a: { M: {} } }));
    const remove = (levels: number) => key('deep', { UpdateExpression: `REMOVE ${path(levels)}` });
    expect(await bench.refusal('UpdateItem', remove(33))).toMatchObject({
      message: invalid('UpdateExpression', message),
    });
  });

  it('has placeholders of 255 bytes at most', async () => {
    const name = (length: number) => `#${'n'.repeat(length - 1)}`;
    const value = (length: number) => `:${'v'.repeat(length - 1)}`;
    const filter = (left: string, right: string) => ({
      TableName: 'items',
      FilterExpression: `${left} = ${right}`,
      ExpressionAttributeNames: { [left]: 'a' },
      ExpressionAttributeValues: { [right]: { S: 'a' } },
    });
    const message = 'contains invalid key: The expression attribute map contains a key that is too long;';
    const allowed = filter(name(255), value(255));
    await edge(
      'Scan',
      allowed,
      filter(name(256), value(1 + 1)),
      `ExpressionAttributeNames ${message} size of key: 256`,
    );
    await edge('Scan', allowed, filter(name(2), value(256)), `ExpressionAttributeValues ${message}`);
  });
});

describe(`a page of Query or Scan (${API}/API_Query.html)`, () => {
  it('ends with the item that reaches one megabyte', async () => {
    // A key of four bytes names and values; two items fill the page to the byte, or lack one.
    const half = 512 * 1024;
    const parts = (last: number) => [400 * 1024, half - 400 * 1024, 400 * 1024, half - 400 * 1024 + last];
    const fill = async (table: string, last: number) => {
      await bench.call('CreateTable', tableWith(table, 'pk', 'sk'));
      for (const [at, size] of [...parts(last), 100].entries()) {
        const Item = { pk: { S: 'a' }, sk: { S: String(at) }, v: text(size - 7) };
        await bench.call('PutItem', { TableName: table, Item });
      }
      const query = { KeyConditionExpression: 'pk = :a', ExpressionAttributeValues: { ':a': { S: 'a' } } };
      return Promise.all([
        bench.call('Scan', { TableName: table }),
        bench.call('Query', { TableName: table, ...query }),
      ]);
    };
    for (const page of await fill('exact', 0)) {
      expect(page).toMatchObject({ Count: 4, LastEvaluatedKey: { pk: { S: 'a' }, sk: { S: '3' } } });
    }
    for (const page of await fill('lacking', -1)) {
      expect(page).toMatchObject({ Count: 5, LastEvaluatedKey: { sk: { S: '4' } } });
    }
  });

  it('has one item at least', async () => {
    const message = /'limit' failed to satisfy constraint: Member must have value greater than or equal to 1$/;
    await edge('Scan', { TableName: 'items', Limit: 1 }, { TableName: 'items', Limit: 0 }, message);
  });
});

describe(`BatchGetItem (${API}/API_BatchGetItem.html)`, () => {
  const keys = (count: number, from = 0) => times(count, (at) => ({ pk: { S: `k${from + at}` } }));

  it('takes 100 keys, of one table or of several', async () => {
    const of = (count: number) => ({ RequestItems: { items: { Keys: keys(count) } } });
    await edge('BatchGetItem', of(100), of(101), /Member must have length less than or equal to 100$/);
    await bench.call('CreateTable', tableWith('others', 'pk'));
    const both = (count: number) => ({ RequestItems: { items: { Keys: keys(50) }, others: { Keys: keys(count) } } });
    await edge('BatchGetItem', both(50), both(51), 'Too many items requested for the BatchGetItem call');
  });

  it('answers 16 MB, whole items counted, and says which keys are left', async () => {
    const size = (16 * 1024 * 1024) / 64;
    for (const { pk } of keys(65)) {
      const Item = { pk, v: text(size - 3 - pk.S.length) };
      await bench.call('PutItem', { TableName: 'items', Item });
    }
    const read = (count: number) =>
      bench.call('BatchGetItem', {
        RequestItems: { items: { Keys: keys(count), ConsistentRead: true, ProjectionExpression: 'pk' } },
      });
    expect(await read(64)).toMatchObject({ UnprocessedKeys: {} });
    const { Responses: found, UnprocessedKeys: left } = await read(65);
    expect(found).toEqual({ items: keys(64) });
    expect(left).toEqual({ items: { Keys: keys(1, 64), ConsistentRead: true, ProjectionExpression: 'pk' } });
  });
});

describe(`BatchWriteItem (${API}/API_BatchWriteItem.html)`, () => {
  const puts = (count: number) => times(count, (at) => ({ PutRequest: { Item: { pk: { S: `k${at}` } } } }));

  it('takes 25 writes, of one table or of several', async () => {
    const of = (count: number) => ({ RequestItems: { items: puts(count) } });
    await edge('BatchWriteItem', of(25), of(26), /Member must have length less than or equal to 25/);
    await bench.call('CreateTable', tableWith('others', 'pk'));
    const both = (count: number) => ({ RequestItems: { items: puts(12), others: puts(count) } });
    await edge('BatchWriteItem', both(13), both(14), 'Too many items requested for the BatchWriteItem call');
  });

  it('takes items of 400 KB, and none if one is larger', async () => {
    const of = (length: number) => ({
      RequestItems: {
        items: [
          { PutRequest: { Item: { pk: { S: 'b' } } } },
          { PutRequest: { Item: { pk: { S: 'a' }, v: text(length) } } },
        ],
      },
    });
    expect(await bench.refusal('BatchWriteItem', of(400 * 1024 - 3))).toMatchObject({
      message: 'Item size has exceeded the maximum allowed size',
    });
    expect((await bench.call('GetItem', key('b'))).Item).toBeUndefined();
    await bench.call('BatchWriteItem', of(400 * 1024 - 4));
  });
});

describe(`TransactWriteItems and TransactGetItems (${API}/API_TransactWriteItems.html)`, () => {
  const puts = (count: number, length = 0) =>
    times(count, (at) => ({ Put: item(`k${String(at).padStart(2, '0')}`, length === 0 ? {} : { v: text(length) }) }));
  const gets = (count: number) => times(count, (at) => ({ Get: key(`k${String(at).padStart(2, '0')}`) }));

  it('take 100 items', async () => {
    const message = /'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100$/;
    await edge('TransactWriteItems', { TransactItems: puts(100) }, { TransactItems: puts(101) }, message);
    await edge('TransactGetItems', { TransactItems: gets(100) }, { TransactItems: gets(101) }, message);
  });

  it('take 4 MB', async () => {
    const length = (4 * 1024 * 1024) / 16 - 6;
    const larger = [...puts(15, length), { Put: item('k15', { v: text(length + 1) }) }];
    const message = /Collective size of all items in the transaction/;
    await edge('TransactWriteItems', { TransactItems: puts(16, length) }, { TransactItems: larger }, message);
    await bench.call('TransactGetItems', { TransactItems: gets(16) });
    await bench.call('PutItem', item('k15', { v: text(length + 1) }));
    expect((await bench.refusal('TransactGetItems', { TransactItems: gets(16) })).message).toMatch(message);
  });

  it('take a token of 36 characters', async () => {
    const of = (length: number) => ({ TransactItems: puts(1), ClientRequestToken: 't'.repeat(length) });
    await edge('TransactWriteItems', of(36), of(37), /'clientRequestToken' .* less than or equal to 36$/);
  });
});

describe(`tables and indexes (${CONSTRAINTS}#limits-naming-rules)`, () => {
  const names = (count: number) => times(count, (at) => `i${String(at).padStart(2, '0')}`);
  const index = (IndexName: string, Projection: object = { ProjectionType: 'ALL' }) => ({
    IndexName,
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    Projection,
  });
  const withIndexes = (name: string, ...GlobalSecondaryIndexes: object[]) =>
    tableWith(name, 'pk', undefined, { GlobalSecondaryIndexes });

  it('have names of 3 to 255 characters', async () => {
    const tooLong = /at least 3 characters long and at most 255 characters long$/;
    await edge('CreateTable', tableWith('abc', 'pk'), tableWith('ab', 'pk'), tooLong);
    await edge('CreateTable', tableWith('t'.repeat(255), 'pk'), tableWith('t'.repeat(256), 'pk'), tooLong);
    const named = (length: number) => withIndexes(`table-${length}`, index('i'.repeat(length)));
    await edge('CreateTable', named(3), named(2), /Member must have length greater than or equal to 3$/);
    await edge('CreateTable', named(255), named(256), /Member must have length less than or equal to 255$/);
    expect((await bench.refusal('CreateTable', tableWith('a b c', 'pk'))).message).toMatch(
      /Member must satisfy regular expression pattern: \[a-zA-Z0-9_.-\]\+$/,
    );
  });

  it('have key attributes of 255 characters', async () => {
    const of = (length: number) => tableWith(`table-${length}`, 'k'.repeat(length));
    await edge('CreateTable', of(255), of(256), /Member must have length less than or equal to 255/);
  });

  it('20 indexes a table', async () => {
    const of = (count: number) => withIndexes(`table-${count}`, ...names(count).map((name) => index(name)));
    const message =
      'One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of 20';
    await edge('CreateTable', of(20), of(21), message);
  });

  it('20 attributes projected into an index, 100 into all', async () => {
    const include = (count: number, prefix = 'a') => ({
      ProjectionType: 'INCLUDE',
      NonKeyAttributes: names(count).map((name) => `${prefix}${name}`),
    });
    const one = (count: number) => withIndexes(`table-${count}`, index('index', include(count)));
    await edge('CreateTable', one(20), one(21), /Member must have length less than or equal to 20$/);
    const all = (name: string, last: number) =>
      withIndexes(name, ...names(5).map((at) => index(at, include(20, at))), index('last', include(last, 'z')));
    await bench.call('CreateTable', withIndexes('full', ...names(5).map((at) => index(at, include(20, at)))));
    expect(await bench.refusal('CreateTable', all('over', 1))).toMatchObject({ code: 'ValidationException' });
  });

  it('100 tables a page of ListTables', async () => {
    await edge('ListTables', { Limit: 100 }, { Limit: 101 }, /Member must have value less than or equal to 100$/);
    await edge('ListTables', { Limit: 1 }, { Limit: 0 }, /Member must have value greater than or equal to 1$/);
  });
});
