/** DynamoDB Streams: what is recorded, where iterators begin, and for how long records are kept. */
import { type Answer, NOON, openWorkbench, tableWith, type Workbench } from './workbench.ts';

let bench: Workbench;
let stream = '';
let shard = '';
afterEach(() => bench.close());

async function open(StreamViewType = 'NEW_AND_OLD_IMAGES'): Promise<void> {
  bench = openWorkbench();
  await bench.call(
    'CreateTable',
    tableWith('items', 'pk', undefined, { StreamSpecification: { StreamEnabled: true, StreamViewType } }),
  );
  stream = (await bench.call('DescribeTable', { TableName: 'items' })).Table?.LatestStreamArn ?? '';
  shard = (await bench.call('DescribeStream', { StreamArn: stream })).StreamDescription?.Shards[0]?.ShardId ?? '';
}

const put = (pk: string, v: string) =>
  bench.call('PutItem', { TableName: 'items', Item: { pk: { S: pk }, v: { S: v } } });
const remove = (pk: string) => bench.call('DeleteItem', { TableName: 'items', Key: { pk: { S: pk } } });
const iterator = async (ShardIteratorType: string, SequenceNumber?: string) =>
  (await bench.call('GetShardIterator', { StreamArn: stream, ShardId: shard, ShardIteratorType, SequenceNumber }))
    .ShardIterator;
const records = async (ShardIterator: string, further: object = {}) =>
  bench.call('GetRecords', { ShardIterator, ...further });
const images = ({ Records: found }: Answer) =>
  found.map(({ eventName, dynamodb: { NewImage, OldImage } }) => ({ eventName, NewImage, OldImage }));

describe('a stream (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html)', () => {
  it('records inserts, changes and removals, but no write that changes nothing', async () => {
    await open();
    await put('a', '1');
    await put('a', '1');
    await put('a', '2');
    await bench.call('UpdateItem', { TableName: 'items', Key: { pk: { S: 'a' } }, UpdateExpression: 'REMOVE absent' });
    await remove('a');
    await remove('a');
    const image = (v: string) => ({ pk: { S: 'a' }, v: { S: v } });
    const answer = await records(await iterator('TRIM_HORIZON'));
    expect(images(answer)).toEqual([
      { eventName: 'INSERT', NewImage: image('1') },
      { eventName: 'MODIFY', NewImage: image('2'), OldImage: image('1') },
      { eventName: 'REMOVE', OldImage: image('2') },
    ]);
    expect(answer.Records[0]).toMatchObject({
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: {
        Keys: { pk: { S: 'a' } },
        ApproximateCreationDateTime: NOON / 1000,
        SizeBytes: 8,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
  });

  it.each([
    ['KEYS_ONLY', {}],
    ['NEW_IMAGE', { NewImage: { pk: { S: 'a' }, v: { S: '2' } } }],
    ['OLD_IMAGE', { OldImage: { pk: { S: 'a' }, v: { S: '1' } } }],
    [
      'NEW_AND_OLD_IMAGES',
      { NewImage: { pk: { S: 'a' }, v: { S: '2' } }, OldImage: { pk: { S: 'a' }, v: { S: '1' } } },
    ],
  ])('%s carries those images', async (viewType, expected) => {
    await open(viewType);
    await put('a', '1');
    await put('a', '2');
    expect(images(await records(await iterator('TRIM_HORIZON')))[1]).toEqual({ eventName: 'MODIFY', ...expected });
  });

  it('records a transaction only once it is committed, and tells listeners then', async () => {
    await open();
    let hints = 0;
    bench.signals.on(stream, () => hints++);
    const item = (pk: string) => ({ TableName: 'items', Item: { pk: { S: pk } } });
    await bench.refusal('TransactWriteItems', {
      TransactItems: [{ Put: item('a') }, { Put: { ...item('b'), ConditionExpression: 'attribute_exists(pk)' } }],
    });
    expect(hints).toBe(0);
    await bench.call('TransactWriteItems', { TransactItems: [{ Put: item('a') }, { Put: item('b') }] });
    expect(hints).toBe(2);
    expect((await records(await iterator('TRIM_HORIZON'))).Records).toHaveLength(2);
  });
});

describe('a shard iterator (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html)', () => {
  it('begins at the horizon, at the end, at a record or after it', async () => {
    await open();
    for (const v of ['1', '2', '3']) await put('a', v);
    const latest = await iterator('LATEST');
    await put('a', '4');
    const all = (await records(await iterator('TRIM_HORIZON'))).Records;
    const second = all[1]?.dynamodb.SequenceNumber;
    const from = async (start: string) =>
      (await records(start)).Records.map(({ dynamodb }) =>
        all.findIndex((record) => record.dynamodb.SequenceNumber === dynamodb.SequenceNumber),
      );
    expect(await from(latest)).toEqual([3]);
    expect(await from(await iterator('AT_SEQUENCE_NUMBER', second))).toEqual([1, 2, 3]);
    expect(await from(await iterator('AFTER_SEQUENCE_NUMBER', second))).toEqual([2, 3]);
    expect(second).toMatch(/^\d{21,40}$/);
  });

  it('leads on from batch to batch, and stays usable at the end', async () => {
    await open();
    for (const v of ['1', '2', '3']) await put('a', v);
    const first = await records(await iterator('TRIM_HORIZON'), { Limit: 2 });
    const second = await records(first.NextShardIterator, { Limit: 2 });
    const third = await records(second.NextShardIterator);
    expect([first, second, third].map(({ Records: found }) => found.length)).toEqual([2, 1, 0]);
    await put('a', '4');
    expect((await records(third.NextShardIterator)).Records).toHaveLength(1);
  });

  it('expires after fifteen minutes', async () => {
    await open();
    const old = await iterator('LATEST');
    await bench.clock.advance(15 * 60_000 + 1);
    expect(await bench.refusal('GetRecords', { ShardIterator: old })).toMatchObject({
      code: 'ExpiredIteratorException',
    });
  });

  it('is refused where it was not given out', async () => {
    await open();
    expect(await bench.refusal('GetRecords', { ShardIterator: 'nonsense' })).toMatchObject({
      code: 'ValidationException',
    });
    expect(await bench.refusal('DescribeStream', { StreamArn: `${stream}0` })).toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });

  it('can be used for fifteen minutes, to the last of them', async () => {
    await open();
    const old = await iterator('LATEST');
    await bench.clock.advance(15 * 60_000);
    await records(old);
  });

  it('that has missed a record is told so, until it would have expired', async () => {
    await open();
    await put('a', '1');
    await bench.clock.advance(24 * 3_600_000 - 1);
    const [horizon, latest] = [await iterator('TRIM_HORIZON'), await iterator('LATEST')];
    expect((await records(horizon)).Records).toHaveLength(1);
    await bench.clock.advance(1);
    expect(await bench.refusal('GetRecords', { ShardIterator: horizon })).toMatchObject({
      code: 'TrimmedDataAccessException',
    });
    expect((await records(latest)).Records).toEqual([]);
    expect((await records(await iterator('TRIM_HORIZON'))).Records).toEqual([]);
    await bench.clock.advance(15 * 60_000 - 1);
    expect(await bench.refusal('GetRecords', { ShardIterator: horizon })).toMatchObject({
      code: 'TrimmedDataAccessException',
    });
  });

  it('begins at a record that is there, in a shard that is there', async () => {
    await open();
    const from = { StreamArn: stream, ShardId: shard, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' };
    const refusal = (further: object) => bench.refusal('GetShardIterator', { ...from, ...further });
    expect(await refusal({})).toMatchObject({ code: 'ValidationException' });
    expect(await refusal({ SequenceNumber: '9'.repeat(21) })).toMatchObject({ code: 'ValidationException' });
    expect(await refusal({ ShardId: `${shard.slice(0, -1)}x` })).toMatchObject({ code: 'ResourceNotFoundException' });
    expect((await refusal({ ShardIteratorType: 'FIRST' })).message).toMatch(/'shardIteratorType' .* enum value set/);
  });
});

describe('records (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html)', () => {
  it('are gone after 24 hours', async () => {
    await open();
    await put('a', '1');
    await bench.clock.advance(23 * 3_600_000);
    await put('a', '2');
    const [first] = (await records(await iterator('TRIM_HORIZON'))).Records;
    await bench.clock.advance(3_600_000);
    expect(images(await records(await iterator('TRIM_HORIZON')))).toMatchObject([{ eventName: 'MODIFY' }]);
    expect(
      await bench.refusal('GetShardIterator', {
        StreamArn: stream,
        ShardId: shard,
        ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
        SequenceNumber: first?.dynamodb.SequenceNumber,
      }),
    ).toMatchObject({
      code: 'TrimmedDataAccessException',
    });
    await bench.clock.advance(48 * 3_600_000);
    expect(bench.clock.nextDue()).toBeUndefined();
  });

  it('are removed two thousand at a time, so that nobody waits for a whole day of them', async () => {
    await open();
    for (let batch = 0; batch < 81; batch++) {
      const items = Array.from({ length: 25 }, (_, at) => ({
        PutRequest: { Item: { pk: { S: `${batch}-${at}` } } },
      }));
      await bench.call('BatchWriteItem', { RequestItems: { items } });
    }
    await bench.clock.advance(24.25 * 3_600_000);
    expect(bench.clock.nextDue()).toBe(bench.clock.now() + 100);
    await bench.clock.advance(100);
    expect(bench.clock.nextDue()).toBeUndefined();
  });

  it('come a thousand at a time at most, and a megabyte', async () => {
    await open();
    const from = await iterator('TRIM_HORIZON');
    await records(from, { Limit: 1000 });
    for (const [Limit, constraint] of [
      [1001, 'less than or equal to 1000'],
      [0, 'greater than or equal to 1'],
    ]) {
      expect((await bench.refusal('GetRecords', { ShardIterator: from, Limit })).message).toBe(
        `1 validation error detected: Value '${Limit}' at 'limit' failed to satisfy constraint: Member must have value ${constraint}`,
      );
    }
    for (let at = 0; at < 4; at++) await put(`large-${at}`, 'x'.repeat(300_000));
    const first = await records(from);
    expect(first.Records).toHaveLength(3);
    expect((await records(first.NextShardIterator)).Records).toHaveLength(1);
  });
});

describe('ListStreams and DescribeStream (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html)', () => {
  it('streams are listed and described', async () => {
    await open();
    await bench.call('CreateTable', tableWith('without', 'pk'));
    expect(await bench.call('ListStreams')).toMatchObject({
      Streams: [{ StreamArn: stream, TableName: 'items', StreamLabel: '2026-01-01T12:00:00.000' }],
    });
    expect(await bench.call('DescribeStream', { StreamArn: stream })).toMatchObject({
      StreamDescription: {
        StreamStatus: 'ENABLED',
        TableName: 'items',
        StreamViewType: 'NEW_AND_OLD_IMAGES',
        Shards: [{ ShardId: shard }],
      },
    });
    expect(stream).toBe('arn:aws:dynamodb:us-east-1:000000000000:table/items/stream/2026-01-01T12:00:00.000');
  });

  it('streams are listed page by page, and by table', async () => {
    await open();
    const StreamSpecification = { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' };
    await bench.call('CreateTable', tableWith('other', 'pk', undefined, { StreamSpecification }));
    const first = await bench.call('ListStreams', { Limit: 1 });
    expect(first).toMatchObject({ Streams: [{ TableName: 'items' }], LastEvaluatedStreamArn: stream });
    const second = await bench.call('ListStreams', { ExclusiveStartStreamArn: stream });
    expect(second).toMatchObject({ Streams: [{ TableName: 'other' }] });
    expect(second).not.toHaveProperty('LastEvaluatedStreamArn');
    expect(await bench.call('ListStreams', { TableName: 'other' })).toMatchObject({
      Streams: [{ TableName: 'other' }],
    });
    expect((await bench.refusal('ListStreams', { Limit: 101 })).message).toMatch(/less than or equal to 100$/);
    expect(await bench.call('DescribeStream', { StreamArn: stream, ExclusiveStartShardId: shard })).toMatchObject({
      StreamDescription: { Shards: [] },
    });
  });
});
