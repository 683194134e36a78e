/** Time to live: expired items go some time later, by the service's own hand. */
import { NOON, openWorkbench, tableWith, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = openWorkbench();
  await bench.call(
    'CreateTable',
    tableWith('items', 'pk', undefined, { StreamSpecification: { StreamEnabled: true, StreamViewType: 'OLD_IMAGE' } }),
  );
});
afterEach(() => bench.close());

const enable = (Enabled = true) =>
  bench.call('UpdateTimeToLive', {
    TableName: 'items',
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled },
  });
const put = (pk: string, expiresAt: object) =>
  bench.call('PutItem', { TableName: 'items', Item: { pk: { S: pk }, expiresAt } });
const keys = async () =>
  (await bench.call('Scan', { TableName: 'items' })).Items.map(({ pk }) => Object(pk).S as unknown);
const inSeconds = (seconds: number) => ({ N: String(NOON / 1000 + seconds) });

describe('time to live (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html)', () => {
  it('an item goes after its expiry, not at it', async () => {
    await enable();
    await put('soon', inSeconds(600));
    await put('later', inSeconds(6_000));
    await bench.clock.advance(600_000);
    expect(await keys()).toEqual(['later', 'soon']);
    await bench.clock.advance(120_000);
    expect(await keys()).toEqual(['later']);
    await bench.clock.advance(6_000_000);
    expect(await keys()).toEqual([]);
  });

  it('thousands of items go some at a time, so that nobody waits for all of them', async () => {
    await enable();
    for (let batch = 0; batch < 41; batch++) {
      const items = Array.from({ length: 25 }, (_, at) => ({
        PutRequest: { Item: { pk: { S: `${batch}-${at}` }, expiresAt: inSeconds(60) } },
      }));
      await bench.call('BatchWriteItem', { RequestItems: { items } });
    }
    await bench.clock.advance(120_000);
    expect(await keys()).toHaveLength(525);
    await bench.clock.advance(50);
    expect(await keys()).toHaveLength(25);
    await bench.clock.advance(50);
    expect(await keys()).toEqual([]);
  });

  it('is switched off by the name of its attribute', async () => {
    const change = (AttributeName: string, Enabled: boolean) => ({
      TableName: 'items',
      TimeToLiveSpecification: { AttributeName, Enabled },
    });
    expect(await bench.refusal('UpdateTimeToLive', change('expiresAt', false))).toMatchObject({
      message: 'TimeToLive is already disabled',
    });
    await enable();
    for (const Enabled of [true, false]) {
      expect(await bench.refusal('UpdateTimeToLive', change('other', Enabled))).toMatchObject({
        code: 'ValidationException',
        message: 'TimeToLive is active on a different AttributeName: current AttributeName is expiresAt',
      });
    }
    const named = (length: number) => bench.refusal('UpdateTimeToLive', change('x'.repeat(length), true));
    expect((await named(255)).message).toMatch(/^TimeToLive is active/);
    expect((await named(256)).message).toMatch(/Member must have length less than or equal to 255$/);
  });

  it('the deletion is recorded as the service’s', async () => {
    await enable();
    await put('a', inSeconds(1));
    await bench.clock.advance(180_000);
    const { LatestStreamArn: StreamArn } = (await bench.call('DescribeTable', { TableName: 'items' })).Table ?? {};
    const ShardId = (await bench.call('DescribeStream', { StreamArn })).StreamDescription?.Shards[0]?.ShardId;
    const { ShardIterator } = await bench.call('GetShardIterator', {
      StreamArn,
      ShardId,
      ShardIteratorType: 'TRIM_HORIZON',
    });
    expect((await bench.call('GetRecords', { ShardIterator })).Records).toMatchObject([
      { eventName: 'INSERT' },
      {
        eventName: 'REMOVE',
        userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' },
        dynamodb: { OldImage: { pk: { S: 'a' } } },
      },
    ]);
  });

  it('texts, expiries more than five years ago and other attributes keep an item', async () => {
    await enable();
    await put('text', { S: String(NOON / 1000) });
    await put('ancient', inSeconds(-6 * 366 * 24 * 3_600));
    await bench.call('PutItem', { TableName: 'items', Item: { pk: { S: 'other' }, until: inSeconds(1) } });
    await bench.clock.advance(3_600_000);
    expect(await keys()).toEqual(['ancient', 'other', 'text']);
  });

  it('an expiry that is put off is honoured', async () => {
    await enable();
    await put('a', inSeconds(60));
    await put('a', inSeconds(6_000));
    await bench.clock.advance(3_600_000);
    expect(await keys()).toEqual(['a']);
  });

  it('items from before it was enabled expire too, and none once it is disabled', async () => {
    await put('a', inSeconds(60));
    await bench.clock.advance(3_600_000);
    expect(await keys()).toEqual(['a']);
    await enable();
    await bench.clock.advance(60_000);
    expect(await keys()).toEqual([]);
    await put('b', inSeconds(7_200));
    await enable(false);
    await bench.clock.advance(24 * 3_600_000);
    expect(await keys()).toEqual(['b']);
  });

  it('its state is described, and a change to what it is is refused', async () => {
    const describe = () => bench.call('DescribeTimeToLive', { TableName: 'items' });
    expect(await describe()).toMatchObject({ TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } });
    await enable();
    expect(await describe()).toMatchObject({
      TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
    });
    await expect(enable()).rejects.toMatchObject({
      code: 'ValidationException',
      message: 'TimeToLive is already enabled',
    });
  });
});
