/** Replays: what is sent again, in which order, and what a kill or a cancellation in their midst leaves. */
import { Database } from '../database.ts';
import { denying, eventsBench, type EventsBench } from './test-bench.ts';

const EVENTS = 'arn:aws:events:us-east-1:000000000000';
const BUS = `${EVENTS}:event-bus/orders`;
const ARCHIVE = `${EVENTS}:archive/all`;
const NOON = Date.UTC(2026, 0, 15, 12) / 1000;

const START = {
  ReplayName: 'again',
  EventSourceArn: ARCHIVE,
  EventStartTime: NOON,
  EventEndTime: NOON + 3600,
  Destination: { Arn: BUS },
};

/** A bench whose bus has an archive, and a function that takes down what it gets. */
function archiving(database?: Database, now?: number): EventsBench {
  const bench = eventsBench({ ...(database && { database }), ...(now !== undefined && { now }) });
  bench.declare('AWS::Events::Archive', 'All', { ArchiveName: 'all', SourceArn: BUS });
  bench.declareRule('to-f', { Targets: [{ Id: 'f', Arn: 'arn:aws:lambda:us-east-1:000000000000:function:f' }] });
  bench.start();
  return bench;
}

/** Puts events that differ in `n`, at these seconds after noon. */
async function putAt(bench: EventsBench, ...seconds: number[]): Promise<void> {
  for (const [n, second] of seconds.entries()) {
    await bench.put({ Time: NOON + second, Detail: JSON.stringify({ n }) });
  }
  bench.taken.length = 0;
}

const replay = async (bench: EventsBench, more: Record<string, unknown> = {}): Promise<unknown> => {
  const answer = await bench.call('StartReplay', { ...START, ...more });
  await bench.ground.activity.whenIdle();
  return answer;
};
const sent = (bench: EventsBench): unknown[] =>
  bench.taken.map(({ input }) => (input as { detail: { n: number } }).detail.n);
const describeReplay = (bench: EventsBench, ReplayName = 'again'): Promise<unknown> =>
  bench.call('DescribeReplay', { ReplayName });

describe('a replay (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html)', () => {
  it('sends archived events as they were, with its name before their resources', async () => {
    const bench = archiving();
    bench.declareRule('to-inbox');
    const Detail = '{ "big": 12345678901234567890, "text": ",\\"resources\\":" }';
    const put = await bench.put({ Detail, Resources: ['arn:x'], DetailType: 'a "quoted" ,"resources": type' });
    await bench.messages('inbox');
    await replay(bench);
    const bodies = (await bench.messages('inbox')).map(({ Body }) => Body);
    const again = bodies.find((body) => body.includes('replay-name')) ?? '';
    expect(again).toContain('"region":"us-east-1","replay-name":"again","resources":["arn:x"]');
    expect(again).toContain(Detail);
    expect(JSON.parse(again)).toMatchObject({
      id: (put as { Entries: { EventId: string }[] }).Entries[0]?.EventId,
      'detail-type': 'a "quoted" ,"resources": type',
      time: '2026-01-15T12:00:00Z',
    });
  });

  it('goes by the times in the events, not by the order in which they were put', async () => {
    const bench = archiving();
    await putAt(bench, 300, 60, 0, 60, 120);
    await replay(bench);
    expect(sent(bench)).toEqual([2, 1, 3, 4, 0]);
  });

  it('takes the events from its start on and before its end', async () => {
    const bench = archiving();
    await putAt(bench, 59, 60, 119, 120);
    await replay(bench, { EventStartTime: NOON + 60, EventEndTime: NOON + 120 });
    expect(sent(bench)).toEqual([1, 2]);
  });

  it('sends only what is in its archive', async () => {
    const bench = archiving();
    bench.declare('AWS::Events::Archive', 'Some', {
      ArchiveName: 'some',
      SourceArn: BUS,
      EventPattern: { detail: { n: [1] } },
    });
    await putAt(bench, 0, 0, 0);
    await replay(bench, { EventSourceArn: `${EVENTS}:archive/some` });
    expect(sent(bench)).toEqual([1]);
  });

  it('does not send again what the archive no longer keeps', async () => {
    const bench = eventsBench();
    bench.declare('AWS::Events::Archive', 'All', { ArchiveName: 'all', SourceArn: BUS, RetentionDays: 1 });
    bench.declareRule('to-f', { Targets: [{ Id: 'f', Arn: 'arn:aws:lambda:us-east-1:000000000000:function:f' }] });
    bench.start();
    await putAt(bench, 0);
    await bench.advance(86_400_000);
    await replay(bench);
    expect(sent(bench)).toEqual([]);
  });

  it('is not archived again', async () => {
    const bench = archiving();
    await putAt(bench, 0, 1);
    await replay(bench);
    expect(await bench.call('DescribeArchive', { ArchiveName: 'all' })).toMatchObject({ EventCount: 2 });
  });

  it('reaches every rule that matches, those that ask for its name too, but not those that ask for none', async () => {
    const bench = archiving();
    const to = (Arn: string) => [{ Id: 'f', Arn: `arn:aws:lambda:us-east-1:000000000000:function:${Arn}` }];
    bench.declareRule('only-replays', { EventPattern: { 'replay-name': ['again'] }, Targets: to('replays') });
    const EventPattern = { source: ['order'], 'replay-name': [{ exists: false }] };
    bench.declareRule('no-replays', { EventPattern, Targets: to('live') });
    await putAt(bench, 0);
    await replay(bench);
    expect(bench.taken.map(({ by }) => by.split(':').at(-1)).sort()).toEqual(['f', 'replays']);
  });

  it('reaches only the rules that it names, and none that is switched off', async () => {
    const bench = archiving();
    const Targets = [{ Id: 'g', Arn: 'arn:aws:lambda:us-east-1:000000000000:function:g' }];
    bench.declareRule('to-g', { Targets });
    bench.declareRule('off', { Targets, State: 'DISABLED' });
    await putAt(bench, 0);
    const FilterArns = [`${EVENTS}:rule/orders/to-g`, `${EVENTS}:rule/orders/off`];
    await replay(bench, { Destination: { Arn: BUS, FilterArns } });
    expect(bench.taken.map(({ by }) => by)).toEqual([Targets[0]?.Arn]);
  });

  it('is delivered as any event is: tried again, and in the end a dead letter', async () => {
    const bench = archiving();
    await putAt(bench, 0);
    bench.ground.faults.inject({ at: 'lambda.Invoke', effect: 'error', times: 1 });
    await replay(bench);
    expect(sent(bench)).toEqual([]);
    await bench.advance(1000);
    expect(sent(bench)).toEqual([0]);
  });

  it('sends many events, some at a time', async () => {
    const bench = archiving();
    const Entries = Array.from({ length: 10 }, (_, n) => ({
      EventBusName: 'orders',
      Source: 'order',
      DetailType: 'A',
      Time: NOON + n * 60,
      Detail: JSON.stringify({ n }),
    }));
    for (let batch = 0; batch < 35; batch++) await bench.call('PutEvents', { Entries });
    await bench.ground.activity.whenIdle();
    bench.taken.length = 0;
    await replay(bench);
    expect(bench.taken).toHaveLength(350);
    const numbers = sent(bench) as number[];
    expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
    expect(await describeReplay(bench)).toMatchObject({ State: 'COMPLETED', EventLastReplayedTime: NOON + 540 });
  });
});

describe('a replay over a kill (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html)', () => {
  it('goes on where it was, and sends no event twice', async () => {
    const database = new Database(':memory:');
    const before = archiving(database);
    const Entries = Array.from({ length: 10 }, (_, n) => ({
      EventBusName: 'orders',
      Source: 'order',
      DetailType: 'A',
      Detail: JSON.stringify({ n }),
    }));
    for (let batch = 0; batch < 25; batch++) await before.call('PutEvents', { Entries });
    await before.ground.activity.whenIdle();
    before.taken.length = 0;
    await before.call('StartReplay', START);
    // One turn for the first batch: the process dies with it owed and the others not.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    before.stop();
    await before.ground.activity.whenIdle();
    expect(await describeReplay(before)).toMatchObject({ State: 'RUNNING', EventLastReplayedTime: NOON });
    const owed = database.prepare('SELECT count(*) AS count FROM events_deliveries').get()?.['count'];

    const after = archiving(database, before.ground.clock.now());
    await after.ground.activity.whenIdle();
    expect(await describeReplay(after)).toMatchObject({ State: 'COMPLETED' });
    // What was owed is delivered once more where the kill came before it was struck out.
    expect(Number(owed)).toBeGreaterThan(0);
    expect(after.taken.length).toBeLessThan(250);
    const ids = [...before.taken, ...after.taken].map(({ input }) => (input as { id: string }).id);
    expect(new Set(ids).size).toBe(250);
  });

  it('that had not yet begun, begins; one that was cancelled, ends', async () => {
    const database = new Database(':memory:');
    const before = archiving(database);
    await putAt(before, 0);
    await before.call('StartReplay', START);
    await before.call('StartReplay', { ...START, ReplayName: 'never' });
    await before.call('CancelReplay', { ReplayName: 'never' });
    before.stop();

    const after = archiving(database, before.ground.clock.now());
    await after.ground.activity.whenIdle();
    expect(sent(after)).toEqual([0]);
    expect(await describeReplay(after)).toMatchObject({ State: 'COMPLETED' });
    expect(await describeReplay(after, 'never')).toMatchObject({ State: 'CANCELLED' });
  });

  it('whose archive is gone, fails and says so', async () => {
    const database = new Database(':memory:');
    const before = archiving(database);
    await before.call('StartReplay', START);
    before.stop();
    const after = eventsBench({ database });
    after.start();
    await after.ground.activity.whenIdle();
    expect(await describeReplay(after)).toMatchObject({
      State: 'FAILED',
      StateReason: 'Archive all does not exist.',
      ReplayEndTime: NOON,
    });
  });
});

describe('StartReplay (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html)', () => {
  it('answers that the replay starts', async () => {
    expect(await archiving().call('StartReplay', START)).toEqual({
      ReplayArn: `${EVENTS}:replay/again`,
      State: 'STARTING',
      ReplayStartTime: NOON,
    });
  });

  it('needs the permission for the archive, the bus and the replay', async () => {
    const bench = archiving();
    await bench.call('StartReplay', START);
    expect(bench.asked.map(({ permission }) => permission)).toEqual([
      { action: 'events:StartReplay', resource: ARCHIVE },
      { action: 'events:StartReplay', resource: BUS },
      { action: 'events:StartReplay', resource: `${EVENTS}:replay/again` },
    ]);
    const denied = eventsBench({ authorizer: denying('events:StartReplay') });
    await expect(denied.call('StartReplay', START)).rejects.toMatchObject({ code: 'AccessDeniedException' });
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    [
      'an end that is its start',
      { EventEndTime: NOON },
      'ValidationException',
      'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.',
    ],
    [
      'an archive that does not exist',
      { EventSourceArn: `${EVENTS}:archive/none` },
      'ValidationException',
      'Parameter EventSourceArn is not valid. Reason: Archive none does not exist.',
    ],
    [
      'a bus that does not exist',
      { Destination: { Arn: `${EVENTS}:event-bus/nowhere` } },
      'ResourceNotFoundException',
      'Event bus nowhere does not exist.',
    ],
    [
      'another bus than the archive has',
      { Destination: { Arn: `${EVENTS}:event-bus/default` } },
      'ValidationException',
      'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.',
    ],
    [
      'a rule that does not exist',
      { Destination: { Arn: BUS, FilterArns: [`${EVENTS}:rule/orders/none`] } },
      'ResourceNotFoundException',
      'Rule none does not exist on EventBus orders.',
    ],
  ])('refuses %s', async (_, more, code, message) => {
    await expect(archiving().call('StartReplay', { ...START, ...more })).rejects.toMatchObject({ code, message });
  });

  it('takes a name of 64 characters and a description of 512, and not one more', async () => {
    const bench = archiving();
    const start = (name: number, description: number) =>
      bench.call('StartReplay', {
        ...START,
        ReplayName: 'x'.repeat(name),
        Description: 'x'.repeat(description),
      });
    expect(await start(64, 512)).toMatchObject({ State: 'STARTING' });
    await expect(start(65, 512)).rejects.toMatchObject({ code: 'ValidationException' });
    await expect(start(63, 513)).rejects.toMatchObject({ code: 'ValidationException' });
  });

  it('refuses a name that there is, even of a replay that has ended', async () => {
    const bench = archiving();
    await replay(bench);
    await expect(bench.call('StartReplay', START)).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
      message: 'Replay again already exists.',
    });
  });

  it('takes the name of one that ended 90 days ago', async () => {
    const bench = archiving();
    await replay(bench);
    await bench.advance(90 * 86_400_000 - 1);
    await expect(bench.call('StartReplay', START)).rejects.toMatchObject({ code: 'ResourceAlreadyExistsException' });
    await bench.advance(1);
    expect(await bench.call('StartReplay', START)).toMatchObject({ State: 'STARTING' });
  });

  it('takes ten that have not ended, and not one more', async () => {
    const bench = archiving();
    for (let n = 0; n < 10; n++) await bench.call('StartReplay', { ...START, ReplayName: `r${n}` });
    await expect(bench.call('StartReplay', START)).rejects.toMatchObject({
      code: 'LimitExceededException',
      message: 'The requested resource exceeds the maximum number allowed.',
    });
    await bench.ground.activity.whenIdle();
    expect(await bench.call('StartReplay', START)).toMatchObject({ State: 'STARTING' });
  });
});

describe('CancelReplay (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CancelReplay.html)', () => {
  it('given a replay that starts, when it is cancelled, then it sends nothing and is CANCELLED', async () => {
    const bench = archiving();
    await putAt(bench, 0);
    await bench.call('StartReplay', START);
    expect(await describeReplay(bench)).toMatchObject({ State: 'STARTING' });
    expect(await bench.call('CancelReplay', { ReplayName: 'again' })).toEqual({
      ReplayArn: `${EVENTS}:replay/again`,
      State: 'CANCELLING',
    });
    expect(await describeReplay(bench)).toMatchObject({ State: 'CANCELLING' });
    await bench.ground.activity.whenIdle();
    expect(await describeReplay(bench)).toMatchObject({ State: 'CANCELLED', ReplayEndTime: NOON });
    expect(sent(bench)).toEqual([]);
  });

  it.each(['COMPLETED', 'CANCELLED'])('refuses a replay that is %s', async (state) => {
    const bench = archiving();
    await bench.call('StartReplay', START);
    if (state === 'CANCELLED') await bench.call('CancelReplay', { ReplayName: 'again' });
    await bench.ground.activity.whenIdle();
    await expect(bench.call('CancelReplay', { ReplayName: 'again' })).rejects.toMatchObject({
      code: 'IllegalStatusException',
      message: 'Replay again is not in a valid state for this operation.',
    });
  });
});

describe('DescribeReplay and ListReplays (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeReplay.html)', () => {
  it('describe what was asked for and how far it has come', async () => {
    const bench = archiving();
    await putAt(bench, 0, 61);
    const FilterArns = [`${EVENTS}:rule/orders/to-f`];
    await replay(bench, { Description: 'once more', Destination: { Arn: BUS, FilterArns } });
    const listed = {
      ReplayName: 'again',
      EventSourceArn: ARCHIVE,
      State: 'COMPLETED',
      StateReason: undefined,
      EventStartTime: NOON,
      EventEndTime: NOON + 3600,
      EventLastReplayedTime: NOON + 61,
      ReplayStartTime: NOON,
      ReplayEndTime: NOON,
    };
    expect(await bench.call('ListReplays', {})).toEqual({ Replays: [listed], NextToken: undefined });
    expect(await describeReplay(bench)).toEqual({
      ...listed,
      ReplayArn: `${EVENTS}:replay/again`,
      Description: 'once more',
      Destination: { Arn: BUS, FilterArns },
    });
  });

  it('have no time of a last event where there was none', async () => {
    const bench = archiving();
    await replay(bench);
    expect(await describeReplay(bench)).toMatchObject({ State: 'COMPLETED', EventLastReplayedTime: undefined });
  });

  it('list by prefix, by archive or by state, and page by page', async () => {
    const bench = archiving();
    await replay(bench, { ReplayName: 'a-1' });
    await replay(bench, { ReplayName: 'a-2' });
    await bench.call('StartReplay', { ...START, ReplayName: 'b-1' });
    const names = async (given: Record<string, unknown>): Promise<unknown> =>
      ((await bench.call('ListReplays', given)) as { Replays: { ReplayName: string }[] }).Replays.map(
        ({ ReplayName }) => ReplayName,
      );
    expect(await names({ NamePrefix: 'a-' })).toEqual(['a-1', 'a-2']);
    expect(await names({ State: 'STARTING' })).toEqual(['b-1']);
    expect(await names({ EventSourceArn: ARCHIVE })).toEqual(['a-1', 'a-2', 'b-1']);
    expect(await names({ EventSourceArn: `${EVENTS}:archive/none` })).toEqual([]);
    expect(await names({ Limit: 2 })).toEqual(['a-1', 'a-2']);
    const { NextToken } = (await bench.call('ListReplays', { Limit: 2 })) as { NextToken: string };
    expect(await names({ Limit: 2, NextToken })).toEqual(['b-1']);
    await expect(names({ NamePrefix: 'a', State: 'STARTING' })).rejects.toMatchObject({
      code: 'ValidationException',
      message: 'At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.',
    });
  });

  it.each(['DescribeReplay', 'CancelReplay'])('%s of a replay that does not exist answers so', async (operation) => {
    await expect(archiving().call(operation, { ReplayName: 'none' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Replay none does not exist.',
    });
  });

  it.each<[string, string]>([
    ['DescribeReplay', `${EVENTS}:replay/again`],
    ['CancelReplay', `${EVENTS}:replay/again`],
    ['ListReplays', '*'],
  ])('%s needs the permission for %s', async (operation, resource) => {
    const bench = eventsBench({ authorizer: denying(`events:${operation}`) });
    const input = operation === 'ListReplays' ? {} : { ReplayName: 'again' };
    await expect(bench.call(operation, input)).rejects.toMatchObject({ code: 'AccessDeniedException' });
    expect(bench.asked).toMatchObject([{ permission: { action: `events:${operation}`, resource } }]);
  });
});
