/** Query and Scan: ranges, order, pages, filters, projections and global secondary indexes. */
import { type Answer, openWorkbench, tableWith, type Workbench } from './workbench.ts';

let bench: Workbench;
afterEach(() => bench.close());

const numbers = ['-10', '-1.5', '0', '2', '10', '100'];

async function openNumbered(): Promise<void> {
  bench = openWorkbench();
  await bench.call('CreateTable', tableWith('numbered', 'pk', 'sk:N'));
  for (const sk of [...numbers].reverse()) {
    await bench.call('PutItem', {
      TableName: 'numbered',
      Item: { pk: { S: 'a' }, sk: { N: sk }, even: { BOOL: Number(sk) % 2 === 0 } },
    });
    await bench.call('PutItem', { TableName: 'numbered', Item: { pk: { S: 'ab' }, sk: { N: sk } } });
  }
}

function query(condition: string, values: object, further: object = {}): Promise<Answer> {
  return bench.call('Query', {
    TableName: 'numbered',
    KeyConditionExpression: condition,
    ExpressionAttributeValues: { ':a': { S: 'a' }, ...values },
    ...further,
  });
}

const sorts = ({ Items: items }: Answer) => items.map((item) => item.sk).map((value) => Object(value).N as unknown);

describe('a query (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html)', () => {
  beforeEach(openNumbered);

  it.each([
    ['pk = :a', {}, numbers],
    ['pk = :a AND sk = :x', { ':x': { N: '2.0' } }, ['2']],
    ['pk = :a AND sk < :x', { ':x': { N: '0' } }, ['-10', '-1.5']],
    ['pk = :a AND sk <= :x', { ':x': { N: '0' } }, ['-10', '-1.5', '0']],
    ['sk > :x AND pk = :a', { ':x': { N: '2' } }, ['10', '100']],
    ['pk = :a AND :x <= sk', { ':x': { N: '2' } }, ['2', '10', '100']],
    ['pk = :a AND sk BETWEEN :x AND :y', { ':x': { N: '-2' }, ':y': { N: '10' } }, ['-1.5', '0', '2', '10']],
  ])('%s, in numeric order and backward too', async (condition, values, expected) => {
    expect(sorts(await query(condition, values))).toEqual(expected);
    expect(sorts(await query(condition, values, { ScanIndexForward: false }))).toEqual([...expected].reverse());
  });

  it.each([true, false])('goes page by page to the end (forward: %s)', async (ScanIndexForward) => {
    const pages: unknown[][] = [];
    let start: object | undefined;
    do {
      const page = await query(
        'pk = :a',
        {},
        { Limit: 4, ScanIndexForward, ...(start && { ExclusiveStartKey: start }) },
      );
      pages.push(sorts(page));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    const expected = ScanIndexForward ? numbers : [...numbers].reverse();
    expect(pages).toEqual([expected.slice(0, 4), expected.slice(4)]);
  });

  it('states a last key whenever the limit is reached, even at the end', async () => {
    const exact = await query('pk = :a', {}, { Limit: numbers.length });
    expect(exact.LastEvaluatedKey).toEqual({ pk: { S: 'a' }, sk: { N: '100' } });
    const rest = await query('pk = :a', {}, { ExclusiveStartKey: exact.LastEvaluatedKey });
    expect(rest).toMatchObject({ Count: 0, Items: [] });
    expect(rest.LastEvaluatedKey).toBeUndefined();
  });

  it('filters after the limit, and counts both', async () => {
    const page = await query('pk = :a', { ':t': { BOOL: false } }, { FilterExpression: 'even = :t', Limit: 3 });
    expect(page).toMatchObject({ Count: 1, ScannedCount: 3 });
    expect(await query('pk = :a', {}, { Select: 'COUNT' })).toMatchObject({ Count: 6, ScannedCount: 6, Items: [] });
  });

  it.each([
    [{ KeyConditionExpression: 'pk > :a' }, 'Query key condition not supported'],
    [{ KeyConditionExpression: 'sk = :a' }, 'Query condition missed key schema element: pk'],
    [{ KeyConditionExpression: 'pk = :a AND third = :a' }, 'Query condition missed key schema element: sk'],
    [
      { KeyConditionExpression: 'pk = :a AND sk = :a' },
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    ],
    [{ KeyConditionExpression: 'pk = :a OR pk = :a' }, 'Invalid operator used in KeyConditionExpression: OR'],
    [
      { KeyConditionExpression: 'pk = :a', FilterExpression: 'sk = :a' },
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk',
    ],
    [
      { KeyConditionExpression: 'pk = :a', ExclusiveStartKey: { pk: { S: 'a' } } },
      'The provided starting key is invalid',
    ],
    [
      { KeyConditionExpression: 'pk = :a', ExclusiveStartKey: { pk: { S: 'b' }, sk: { N: '1' } } },
      'The provided starting key is outside query boundaries based on provided conditions',
    ],
    [
      {
        KeyConditionExpression: 'pk = :a AND sk > :n',
        ExpressionAttributeValues: { ':a': { S: 'a' }, ':n': { N: '1' } },
        ExclusiveStartKey: { pk: { S: 'b' }, sk: { N: '1' } },
      },
      'The provided starting key does not match the range key predicate',
    ],
    [
      {
        KeyConditionExpression: 'pk = :a AND sk > :n',
        ExpressionAttributeValues: { ':a': { S: 'a' }, ':n': { N: '1' } },
        ExclusiveStartKey: { pk: { S: 'b' }, sk: { N: '2' } },
      },
      'The query can return at most one row and cannot be restarted',
    ],
    [{ KeyConditionExpression: 'pk = :a', IndexName: 'none' }, 'The table does not have the specified index: none'],
  ])('is refused: %j', async (request, message) => {
    const error = await bench.refusal('Query', {
      TableName: 'numbered',
      ExpressionAttributeValues: { ':a': { S: 'a' } },
      ...request,
    });
    expect(error).toMatchObject({ code: 'ValidationException', message });
  });
});

describe('string and binary sort keys (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html)', () => {
  it('sort by their bytes, and begin with a prefix', async () => {
    bench = openWorkbench();
    await bench.call('CreateTable', tableWith('texts', 'pk', 'sk'));
    const sorted = ['A', 'a', 'a#', 'a#1', 'a#2', 'a$', 'b', 'é', '𝒳'];
    for (const sk of [...sorted].reverse())
      await bench.call('PutItem', { TableName: 'texts', Item: { pk: { S: 'p' }, sk: { S: sk } } });
    const query = async (condition: string, values: object) => {
      const { Items: items } = await bench.call('Query', {
        TableName: 'texts',
        KeyConditionExpression: condition,
        ExpressionAttributeValues: { ':p': { S: 'p' }, ...values },
      });
      return items.map(({ sk }) => Object(sk).S as unknown);
    };
    expect(await query('pk = :p', {})).toEqual(sorted);
    expect(await query('pk = :p AND begins_with(sk, :x)', { ':x': { S: 'a#' } })).toEqual(['a#', 'a#1', 'a#2']);
  });
});

describe('a page (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html)', () => {
  it('ends at one megabyte', async () => {
    bench = openWorkbench();
    await bench.call('CreateTable', tableWith('large', 'pk', 'sk:N'));
    for (let sk = 0; sk < 12; sk++) {
      await bench.call('PutItem', {
        TableName: 'large',
        Item: { pk: { S: 'a' }, sk: { N: String(sk) }, v: { S: 'x'.repeat(100_000) } },
      });
    }
    const first = await bench.call('Scan', { TableName: 'large' });
    expect(first).toMatchObject({ Count: 11, LastEvaluatedKey: { pk: { S: 'a' }, sk: { N: '10' } } });
    expect(await bench.call('Scan', { TableName: 'large', ExclusiveStartKey: first.LastEvaluatedKey })).toMatchObject({
      Count: 1,
    });
  });
});

describe('a scan (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html)', () => {
  beforeEach(openNumbered);

  it('meets every item once, page by page, through a filter and a projection', async () => {
    const seen: unknown[] = [];
    let start: object | undefined;
    do {
      const page = await bench.call('Scan', {
        TableName: 'numbered',
        Limit: 5,
        FilterExpression: 'attribute_exists(even)',
        ProjectionExpression: 'sk',
        ...(start && { ExclusiveStartKey: start }),
      });
      seen.push(...page.Items);
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    expect(seen).toEqual(numbers.map((N) => ({ sk: { N } })));
  });

  it.each([1, 2, 3, 7])(
    'in %i segments meets every item once, whole partitions in one segment',
    async (TotalSegments) => {
      for (let at = 0; at < 40; at++)
        await bench.call('PutItem', { TableName: 'numbered', Item: { pk: { S: `p${at}` }, sk: { N: '1' } } });
      const seen: string[][] = [];
      for (let Segment = 0; Segment < TotalSegments; Segment++) {
        const partitions: string[] = [];
        let start: object | undefined;
        do {
          const page = await bench.call('Scan', {
            TableName: 'numbered',
            Limit: 5,
            Segment,
            TotalSegments,
            ...(start && { ExclusiveStartKey: start }),
          });
          partitions.push(...page.Items.map(({ pk }) => String(Object(pk).S)));
          start = page.LastEvaluatedKey;
        } while (start !== undefined);
        seen.push(partitions);
      }
      expect(seen.flat()).toHaveLength(2 * numbers.length + 40);
      expect(new Set(seen.flatMap((partitions) => [...new Set(partitions)])).size).toBe(
        seen.reduce((sum, partitions) => sum + new Set(partitions).size, 0),
      );
    },
  );

  it.each([
    [{ Segment: 1 }, /^The TotalSegments parameter is required/],
    [{ TotalSegments: 2 }, /^The Segment parameter is required/],
    [{ Segment: 2, TotalSegments: 2 }, /Segment: 2 is not less than TotalSegments: 2$/],
    [{ Segment: 0, TotalSegments: 1_000_001 }, /Member must have value less than or equal to 1000000$/],
    [{ Segment: -1, TotalSegments: 1 }, /Member must have value greater than or equal to 0$/],
    [
      { ExclusiveStartKey: { pk: { S: 'a' } } },
      /^The provided starting key is invalid: The provided key element does not match the schema$/,
    ],
    [
      { ExclusiveStartKey: { pk: {}, sk: { N: '1' } } },
      /^The provided starting key is invalid: Supplied AttributeValue/,
    ],
    [
      { ExclusiveStartKey: { pk: { S: 'a' }, sk: { N: 'x' } } },
      /^The parameter cannot be converted to a numeric value/,
    ],
  ])('is refused with %j', async (request, message) => {
    const error = await bench.refusal('Scan', { TableName: 'numbered', ...request });
    expect(error.code).toBe('ValidationException');
    expect(error.message).toMatch(message);
  });

  it('goes on in the segment that it began in only', async () => {
    const start = { pk: { S: 'a' }, sk: { N: '0' } };
    const segments = await Promise.allSettled(
      [0, 1].map((Segment) =>
        bench.call('Scan', { TableName: 'numbered', Segment, TotalSegments: 2, ExclusiveStartKey: start }),
      ),
    );
    expect(segments.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('a global secondary index (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html)', () => {
  beforeEach(async () => {
    bench = openWorkbench();
    const index = (IndexName: string, Projection: object) => ({
      IndexName,
      KeySchema: [
        { AttributeName: 'customer', KeyType: 'HASH' },
        { AttributeName: 'placed', KeyType: 'RANGE' },
      ],
      Projection,
    });
    await bench.call('CreateTable', {
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'customer', AttributeType: 'S' },
        { AttributeName: 'placed', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [
        index('all', { ProjectionType: 'ALL' }),
        index('keys', { ProjectionType: 'KEYS_ONLY' }),
        index('some', { ProjectionType: 'INCLUDE', NonKeyAttributes: ['total'] }),
      ],
    });
    for (const [pk, customer, placed] of [
      ['1', 'c', '30'],
      ['2', 'c', '4'],
      ['3', 'd', '1'],
      ['4', 'c', '30'],
    ]) {
      await bench.call('PutItem', {
        TableName: 'orders',
        Item: { pk: { S: pk }, customer: { S: customer }, placed: { N: placed }, total: { N: '7' }, note: { S: 'x' } },
      });
    }
    await bench.call('PutItem', { TableName: 'orders', Item: { pk: { S: '5' }, customer: { S: 'c' } } });
  });

  const query = (IndexName: string, further: object = {}) =>
    bench.call('Query', {
      TableName: 'orders',
      IndexName,
      KeyConditionExpression: 'customer = :c',
      ExpressionAttributeValues: { ':c': { S: 'c' } },
      ...further,
    });
  const keys = ({ Items: items }: Answer) => items.map(({ pk }) => Object(pk).S as unknown);

  it('has the items that have its key, in its order', async () => {
    expect(keys(await query('all'))).toEqual(['2', '1', '4']);
    expect(keys(await query('all', { ScanIndexForward: false }))).toEqual(['4', '1', '2']);
    expect(keys(await bench.call('Scan', { TableName: 'orders', IndexName: 'all' }))).toEqual(['2', '1', '4', '3']);
  });

  it('carries what it projects', async () => {
    const [all, some, only] = [
      (await query('all')).Items[0],
      (await query('some')).Items[0],
      (await query('keys')).Items[0],
    ];
    const key = { pk: { S: '2' }, customer: { S: 'c' }, placed: { N: '4' } };
    expect(all).toEqual({ ...key, total: { N: '7' }, note: { S: 'x' } });
    expect(some).toEqual({ ...key, total: { N: '7' } });
    expect(only).toEqual(key);
  });

  it('pages across items with equal index keys', async () => {
    const first = await query('keys', { Limit: 2 });
    expect(first.LastEvaluatedKey).toEqual({ pk: { S: '1' }, customer: { S: 'c' }, placed: { N: '30' } });
    expect(keys(await query('keys', { ExclusiveStartKey: first.LastEvaluatedKey }))).toEqual(['4']);
  });

  it('follows updates and deletions', async () => {
    const update = (UpdateExpression: string, further: object = {}) =>
      bench.call('UpdateItem', { TableName: 'orders', Key: { pk: { S: '1' } }, UpdateExpression, ...further });
    await update('SET placed = :p', { ExpressionAttributeValues: { ':p': { N: '1' } } });
    expect(keys(await query('all'))).toEqual(['1', '2', '4']);
    await update('REMOVE placed');
    await bench.call('DeleteItem', { TableName: 'orders', Key: { pk: { S: '4' } } });
    expect(keys(await query('all'))).toEqual(['2']);
  });

  it('refuses key attributes of another type, and consistent reads', async () => {
    expect(
      await bench.refusal('PutItem', { TableName: 'orders', Item: { pk: { S: '9' }, placed: { S: 'noon' } } }),
    ).toMatchObject({
      message:
        'One or more parameter values were invalid: Type mismatch for Index Key placed Expected: N Actual: S IndexName: all',
    });
    expect(
      (
        await bench.refusal('Query', {
          TableName: 'orders',
          IndexName: 'all',
          ConsistentRead: true,
          KeyConditionExpression: 'customer = :c',
          ExpressionAttributeValues: { ':c': { S: 'c' } },
        })
      ).message,
    ).toBe('Consistent reads are not supported on global secondary indexes');
  });

  it('asks for the index, not the table', async () => {
    bench.asked.length = 0;
    await query('all');
    expect(bench.asked).toEqual([
      { action: 'dynamodb:Query', resource: 'arn:aws:dynamodb:us-east-1:000000000000:table/orders/index/all' },
    ]);
  });

  it.each([
    ['all', { Select: 'ALL_ATTRIBUTES' }, 5],
    ['keys', { Select: 'ALL_PROJECTED_ATTRIBUTES' }, 3],
    ['all', { Select: 'SPECIFIC_ATTRIBUTES', ProjectionExpression: 'note' }, 1],
  ])('of %s with %j has as many attributes', async (name, further, count) => {
    expect(Object.keys((await query(name, further)).Items[0] ?? {})).toHaveLength(count);
  });

  it.each([
    [
      'keys',
      { Select: 'ALL_ATTRIBUTES' },
      /Select type ALL_ATTRIBUTES is not supported for global secondary index keys/,
    ],
    ['all', { Select: 'SPECIFIC_ATTRIBUTES' }, /^Must specify the AttributesToGet or ProjectionExpression/],
    [
      'all',
      { Select: 'COUNT', ProjectionExpression: 'note' },
      /^Cannot specify the ProjectionExpression when choosing to get COUNT$/,
    ],
    [
      undefined,
      { Select: 'ALL_PROJECTED_ATTRIBUTES' },
      /^ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName$/,
    ],
    ['all', { Select: 'NONE' }, /enum value set/],
  ])('of %s with %j is refused', async (IndexName, further, message) => {
    const request = { KeyConditionExpression: 'customer = :c', ExpressionAttributeValues: { ':c': { S: 'c' } } };
    const error = await bench.refusal('Query', { TableName: 'orders', IndexName, ...request, ...further });
    expect(error.code).toBe('ValidationException');
    expect(error.message).toMatch(message);
  });
});
