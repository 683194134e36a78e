/** UpdateTable: indexes made over items that are there, streams switched off and on, and what does not go together. */
import { NOON, openWorkbench, tableWith, type Workbench } from './workbench.ts';

const PAGE = 'https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html';
const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/items';

let bench: Workbench;
beforeEach(async () => {
  bench = openWorkbench();
  await bench.call('CreateTable', tableWith('items', 'pk'));
});
afterEach(() => bench.close());

const update = (request: object) => bench.call('UpdateTable', { TableName: 'items', ...request });
const refusal = (request: object) => bench.refusal('UpdateTable', { TableName: 'items', ...request });
const table = async () => (await bench.call('DescribeTable', { TableName: 'items' })).Table;
const put = (pk: string, further: object = {}) =>
  bench.call('PutItem', { TableName: 'items', Item: { pk: { S: pk }, ...further } });
const define = (...names: string[]) =>
  names.map((name) => {
    const [AttributeName, AttributeType = 'S'] = name.split(':');
    return { AttributeName, AttributeType };
  });
const index = (IndexName: string, attribute: string, Projection: object = { ProjectionType: 'ALL' }) => ({
  IndexName,
  KeySchema: [{ AttributeName: attribute, KeyType: 'HASH' }],
  Projection,
});
const create = (name: string, attribute = 'owner', Projection?: object) => ({
  AttributeDefinitions: define(attribute),
  GlobalSecondaryIndexUpdates: [{ Create: index(name, attribute.split(':')[0] ?? '', Projection) }],
});
const remove = (IndexName: string) => ({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }] });
const owned = (owner: string) =>
  bench.call('Query', {
    TableName: 'items',
    IndexName: 'owners',
    KeyConditionExpression: '#o = :o',
    ExpressionAttributeNames: { '#o': 'owner' },
    ExpressionAttributeValues: { ':o': { S: owner } },
  });

describe(`UpdateTable makes an index (${PAGE})`, () => {
  it('that has the items from before, and those that come', async () => {
    await put('before', { owner: { S: 'x' } });
    await put('without');
    expect(await update(create('owners'))).toMatchObject({
      TableDescription: {
        TableStatus: 'UPDATING',
        GlobalSecondaryIndexes: [{ IndexName: 'owners', IndexStatus: 'CREATING', Backfilling: false }],
      },
    });
    await put('after', { owner: { S: 'x' } });
    expect((await owned('x')).Items).toEqual([
      { pk: { S: 'after' }, owner: { S: 'x' } },
      { pk: { S: 'before' }, owner: { S: 'x' } },
    ]);
    expect(await table()).toMatchObject({
      TableStatus: 'ACTIVE',
      AttributeDefinitions: define('pk', 'owner'),
      GlobalSecondaryIndexes: [
        { IndexName: 'owners', IndexStatus: 'ACTIVE', IndexArn: `${ARN}/index/owners`, ItemCount: 2 },
      ],
    });
  });

  it('without items whose attribute cannot be its key, which can still be changed', async () => {
    await put('number', { owner: { N: '1' } });
    await put('empty', { owner: { S: '' } });
    await put('long', { owner: { S: 'x'.repeat(2049) } });
    await update(create('owners'));
    expect(await bench.call('Scan', { TableName: 'items', IndexName: 'owners' })).toMatchObject({ Count: 0 });
    const change = { TableName: 'items', Key: { pk: { S: 'number' } }, UpdateExpression: 'SET n = pk' };
    await bench.call('UpdateItem', change);
    expect(
      await bench.refusal('PutItem', { TableName: 'items', Item: { pk: { S: 'a' }, owner: { N: '1' } } }),
    ).toMatchObject({ code: 'ValidationException' });
  });

  it.each([
    [
      'that is there',
      create('present', 'other'),
      'ValidationException',
      'Attempting to create an index which already exists',
    ],
    [
      'whose key is not defined',
      { GlobalSecondaryIndexUpdates: [{ Create: index('owners', 'owner') }] },
      'ValidationException',
      'One or more parameter values were invalid: AttributeDefinitions is not specified for index: owners',
    ],
    [
      'whose key is defined otherwise than before',
      create('owners', 'pk:N'),
      'ValidationException',
      /Attributes cannot be redefined/,
    ],
    [
      'that includes nothing',
      create('owners', 'owner', { ProjectionType: 'INCLUDE' }),
      'ValidationException',
      'One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified',
    ],
    [
      'that includes a thing twice',
      create('owners', 'owner', { ProjectionType: 'INCLUDE', NonKeyAttributes: ['a', 'a'] }),
      'ValidationException',
      'One or more parameter values were invalid: Duplicate element in NonKeyAttributes: a',
    ],
    [
      'and removes one',
      {
        GlobalSecondaryIndexUpdates: [
          ...remove('present').GlobalSecondaryIndexUpdates,
          ...create('a-b').GlobalSecondaryIndexUpdates,
        ],
      },
      'LimitExceededException',
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    ],
  ])('but not one %s', async (_, request, code, message) => {
    await update(create('present', 'other'));
    const error = await refusal(request);
    expect(error.code).toBe(code);
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  it('up to the twentieth', async () => {
    for (let at = 0; at < 20; at++) await update(create(`index-${at}`));
    expect(await refusal(create('index-20'))).toMatchObject({ code: 'LimitExceededException' });
  });
});

describe(`UpdateTable removes an index (${PAGE})`, () => {
  it('and the definition that nothing else uses', async () => {
    await update(create('owners'));
    await put('a', { owner: { S: 'x' } });
    expect(await update(remove('owners'))).toMatchObject({
      TableDescription: { TableStatus: 'UPDATING', GlobalSecondaryIndexes: [{ IndexStatus: 'DELETING' }] },
    });
    expect(await bench.refusal('Scan', { TableName: 'items', IndexName: 'owners' })).toMatchObject({
      message: 'The table does not have the specified index: owners',
    });
    expect(await table()).toMatchObject({ AttributeDefinitions: define('pk') });
    await put('b', { owner: { N: '1' } });
  });

  it('that is there', async () => {
    expect(await refusal(remove('none'))).toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Requested resource not found',
    });
  });
});

describe(`UpdateTable switches the stream (${PAGE})`, () => {
  const on = (StreamViewType: string) => ({ StreamSpecification: { StreamEnabled: true, StreamViewType } });
  const off = { StreamSpecification: { StreamEnabled: false } };
  const first = `${ARN}/stream/2026-01-01T12:00:00.000`;
  const shardOf = async (StreamArn: string) =>
    (await bench.call('DescribeStream', { StreamArn })).StreamDescription?.Shards[0]?.ShardId;
  const readAll = async (StreamArn: string) => {
    const from = { StreamArn, ShardId: await shardOf(StreamArn), ShardIteratorType: 'TRIM_HORIZON' };
    return bench.call('GetRecords', { ShardIterator: (await bench.call('GetShardIterator', from)).ShardIterator });
  };

  it('on, from now', async () => {
    await put('before');
    expect(await update(on('KEYS_ONLY'))).toMatchObject({
      TableDescription: {
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
        LatestStreamArn: first,
      },
    });
    await put('after');
    expect((await readAll(first)).Records).toMatchObject([{ dynamodb: { Keys: { pk: { S: 'after' } } } }]);
  });

  it('off, and what was recorded can be read to its end for a day', async () => {
    await update(on('NEW_IMAGE'));
    await put('a');
    let hints = 0;
    bench.signals.on(first, () => hints++);
    await update(off);
    expect(hints).toBe(1);
    await put('b');
    expect(await table()).toMatchObject({ LatestStreamArn: first, LatestStreamLabel: '2026-01-01T12:00:00.000' });
    expect(await table()).not.toHaveProperty('StreamSpecification');
    const answer = await readAll(first);
    expect(answer.Records).toMatchObject([{ dynamodb: { NewImage: { pk: { S: 'a' } }, StreamViewType: 'NEW_IMAGE' } }]);
    expect(answer.NextShardIterator).toBe('');
    expect(await bench.call('ListStreams')).toMatchObject({ Streams: [{ StreamArn: first }] });
    expect(await bench.call('DescribeStream', { StreamArn: first })).toMatchObject({
      StreamDescription: {
        StreamStatus: 'DISABLED',
        Shards: [{ SequenceNumberRange: { EndingSequenceNumber: answer.Records[0]?.dynamodb.SequenceNumber } }],
      },
    });
    await bench.clock.advance(24 * 3_600_000);
    expect(await bench.refusal('DescribeStream', { StreamArn: first })).toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });

  it('off and on, and it is another one', async () => {
    await update(on('NEW_IMAGE'));
    await put('a');
    await update(off);
    await put('b');
    await update(on('OLD_IMAGE'));
    const second = (await table())?.LatestStreamArn ?? '';
    expect(second).not.toBe(first);
    await put('c');
    expect((await readAll(first)).Records).toMatchObject([{ dynamodb: { Keys: { pk: { S: 'a' } } } }]);
    expect((await readAll(second)).Records).toMatchObject([{ dynamodb: { Keys: { pk: { S: 'c' } } } }]);
    expect(await shardOf(second)).not.toBe(await shardOf(first));
  });

  it('only to what it is not', async () => {
    expect(await refusal(off)).toMatchObject({ message: 'Table has no stream to disable: TableName: items' });
    await update(on('NEW_IMAGE'));
    expect(await refusal(on('OLD_IMAGE'))).toMatchObject({
      code: 'ValidationException',
      message: 'Table already has an enabled stream: TableName: items',
    });
  });

  it.each([
    [{ StreamEnabled: true }, 'If stream is being enabled then UpdateViewType is required'],
    [
      { StreamEnabled: false, StreamViewType: 'NEW_IMAGE' },
      'If stream is being disabled, then UpdateViewType must not be specified',
    ],
  ])('%j is refused', async (StreamSpecification, message) => {
    expect(await refusal({ StreamSpecification })).toMatchObject({
      code: 'ValidationException',
      message: `One or more parameter values were invalid: ${message}`,
    });
  });
});

describe(`UpdateTable (${PAGE})`, () => {
  it('protects a table against deletion, and takes the protection back', async () => {
    await update({ DeletionProtectionEnabled: true });
    expect(await table()).toMatchObject({ DeletionProtectionEnabled: true });
    expect(await bench.refusal('DeleteTable', { TableName: 'items' })).toMatchObject({ code: 'ValidationException' });
    await update({ DeletionProtectionEnabled: false });
    await bench.call('DeleteTable', { TableName: 'items' });
  });

  it('takes the billing mode that there is', async () => {
    expect(await update({ BillingMode: 'PAY_PER_REQUEST' })).toMatchObject({
      TableDescription: { BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' }, CreationDateTime: NOON / 1000 },
    });
  });

  const invalid = 'One or more parameter values were invalid: ';
  const stream = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } };
  it.each([
    ['nothing to do', {}, 'ValidationException', /^At least one of ProvisionedThroughput, BillingMode, /],
    ['definitions alone', { AttributeDefinitions: define('pk') }, 'ValidationException', /^At least one of /],
    [
      'protection and something else',
      { ...stream, DeletionProtectionEnabled: true },
      'ValidationException',
      `${invalid}DeletionProtection modification must be the only operation in the request`,
    ],
    [
      'an index and a stream',
      { ...stream, ...create('owners') },
      'ValidationException',
      `${invalid}You cannot create or delete index while changing stream status`,
    ],
    [
      'an index update that says nothing',
      { GlobalSecondaryIndexUpdates: [{}] },
      'ValidationException',
      `${invalid}One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null`,
    ],
    [
      'an index update that says two things',
      {
        GlobalSecondaryIndexUpdates: [
          { ...create('abc').GlobalSecondaryIndexUpdates[0], Delete: { IndexName: 'def' } },
        ],
      },
      'ValidationException',
      `${invalid}Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object`,
    ],
    [
      'two updates of one index',
      { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'abc' } }, { Delete: { IndexName: 'abc' } }] },
      'ValidationException',
      `${invalid}Only one global secondary index update per index is allowed simultaneously. Index: abc`,
    ],
    [
      'a view type that there is not',
      { StreamSpecification: { StreamEnabled: true, StreamViewType: 'ALL' } },
      'ValidationException',
      /enum value set/,
    ],
    ['another billing mode', { BillingMode: 'PROVISIONED' }, 'NotImplemented', /BillingMode/],
    ['throughput', { ProvisionedThroughput: {} }, 'NotImplemented', /ProvisionedThroughput of UpdateTable$/],
    ['an index’s throughput', { GlobalSecondaryIndexUpdates: [{ Update: {} }] }, 'NotImplemented', /parameter Update /],
    [
      'another table',
      { ...stream, TableName: 'none' },
      'ResourceNotFoundException',
      'Requested resource not found: Table: none not found',
    ],
  ])('is refused with %s', async (_, request, code, message) => {
    const error = await refusal(request);
    expect(error.code).toBe(code);
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  it('asks for its action on its table', async () => {
    bench.asked.length = 0;
    await update(stream);
    expect(bench.asked).toEqual([{ action: 'dynamodb:UpdateTable', resource: ARN }]);
  });
});
