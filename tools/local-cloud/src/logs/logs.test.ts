/** Reading logs through the API (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html). */
import { Activity } from '../activity.ts';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { Dispatcher } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import type { Permission } from '../service.ts';
import { Signals } from '../signals.ts';
import { createLogs, type LogsPart } from './index.ts';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const GROUP = '/aws/lambda/place-order';
let clock: Clock;
let database: Database;
let logs: LogsPart;
let dispatcher: Dispatcher;
let asked: Permission[];

beforeEach(() => open(3_000));

async function open(mostPerGroup: number): Promise<void> {
  asked = [];
  const faults = new Faults();
  clock = new Clock({ frozenAt: START });
  dispatcher = new Dispatcher({ authorize: (_principal, permission) => void asked.push(permission) }, faults);
  database = new Database(':memory:');
  const ground = {
    clock,
    database,
    dispatcher,
    signals: new Signals(),
    activity: new Activity(),
    faults,
    random: () => 0,
    report: () => undefined,
  };
  logs = createLogs(ground, { mostPerGroup });
  for (const [id, service] of Object.entries(logs.services)) dispatcher.register(id, service);
  declare({ LogGroupName: GROUP, RetentionInDays: 7 });
  await logs.start?.();
}

function declare(properties: Readonly<Record<string, unknown>>) {
  return logs.resources['AWS::Logs::LogGroup']?.({
    stack: 'order',
    logicalId: 'Log',
    type: 'AWS::Logs::LogGroup',
    properties,
  });
}

function call(operation: string, input: object): Promise<unknown> {
  return dispatcher.call('logs', operation, input, { type: 'administrator' });
}

interface Events {
  readonly events: readonly { readonly message: string; readonly logStreamName?: string; readonly eventId?: string }[];
  readonly nextToken?: string;
  readonly nextForwardToken?: string;
  readonly nextBackwardToken?: string;
}

async function filter(input: object = {}): Promise<Events> {
  return (await call('FilterLogEvents', { logGroupName: GROUP, ...input })) as Events;
}

const messages = ({ events }: Events) => events.map((event) => event.message);

async function written(stream: string, ...lines: readonly string[]): Promise<void> {
  await call('CreateLogStream', { logGroupName: GROUP, logStreamName: stream }).catch(() => undefined);
  logs.write(
    GROUP,
    stream,
    lines.map((message, index) => ({ timestamp: clock.now() + index, message })),
  );
}

describe('FilterLogEvents (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html)', () => {
  it('gives the events of all streams in the order of time, at once', async () => {
    await written('one', 'a', 'c');
    await written('two', 'b');
    const found = await filter();
    expect(messages(found)).toEqual(['a', 'b', 'c']);
    expect(found.events[1]).toEqual({
      logStreamName: 'two',
      timestamp: START,
      message: 'b',
      ingestionTime: START,
      eventId: expect.stringMatching(/^\d{56}$/) as string,
    });
  });

  it('gives a page at a time', async () => {
    await written('one', ...'abcde');
    const first = await filter({ limit: 2 });
    const second = await filter({ limit: 2, nextToken: first.nextToken });
    const third = await filter({ limit: 2, nextToken: second.nextToken });
    expect([first, second, third].map(messages)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(third.nextToken).toBeUndefined();
  });

  it('keeps to the time and the streams that are asked for', async () => {
    await written('one', ...'abcde');
    await written('two', 'x');
    expect(messages(await filter({ startTime: START + 1, endTime: START + 2 }))).toEqual(['b', 'c']);
    expect(messages(await filter({ logStreamNames: ['two'] }))).toEqual(['x']);
    expect(messages(await filter({ logStreamNamePrefix: 't' }))).toEqual(['x']);
    expect(
      messages(
        await filter({
          logGroupName: undefined,
          logGroupIdentifier: `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}`,
          limit: 1,
        }),
      ),
    ).toEqual(['a']);
  });

  it('answers ten thousand events at most, and a megabyte', async () => {
    await open(20_000);
    await written('one', ...Array.from({ length: 10_001 }, (_, index) => `${index}`));
    const first = await filter();
    expect(first.events).toHaveLength(10_000);
    expect(messages(await filter({ nextToken: first.nextToken }))).toEqual(['10000']);
    await clock.advance(DAY);
    await written('two', 'x'.repeat(1_000_000), 'y'.repeat(48_576), 'z');
    const large = await filter({ logStreamNames: ['two'] });
    expect(messages(large).map((message) => message[0])).toEqual(['x', 'y']);
    expect(messages(await filter({ logStreamNames: ['two'], nextToken: large.nextToken }))).toEqual(['z']);
  });

  it('is what `aws logs tail --follow` calls: from the last time on, page by page', async () => {
    const tail = (startTime: number, nextToken?: string) => filter({ interleaved: true, startTime, nextToken });
    await written('one', 'a', 'b');
    const first = await tail(START - 600_000);
    expect([messages(first), first.nextToken]).toEqual([['a', 'b'], undefined]);
    await written('two', 'c');
    // It asks again from the time of the last event, and drops by id what it has shown.
    const again = await tail(START);
    expect(messages(again)).toEqual(['a', 'c', 'b']);
    expect(new Set(again.events.map((event) => event.eventId)).size).toBe(3);
  });

  it.each<[string, object, string]>([
    ['both names and a prefix of streams', { logStreamNames: ['one'], logStreamNamePrefix: 'o' }, 'InvalidParameter'],
    ['a stream that there is not', { logStreamNames: ['one', 'three'] }, 'ResourceNotFound'],
    ['no streams at all', { logStreamNames: [] }, 'InvalidParameter'],
    ['more than a hundred streams', { logStreamNames: Array(101).fill('one') }, 'InvalidParameter'],
    ['a group named twice', { logGroupIdentifier: GROUP }, 'InvalidParameter'],
    ['no group', { logGroupName: undefined }, 'InvalidParameter'],
    ['a group with a blank', { logGroupName: 'a b' }, 'InvalidParameter'],
    ['a limit of none', { limit: 0 }, 'InvalidParameter'],
    ['a limit of 10,001', { limit: 10_001 }, 'InvalidParameter'],
    ['a time before time', { startTime: -1 }, 'InvalidParameter'],
    ['a token that it never gave', { nextToken: 'next' }, 'InvalidParameter'],
    ['a pattern of 1,025 characters', { filterPattern: 'x'.repeat(1025) }, 'InvalidParameter'],
  ])('refuses %s', async (_what, input, code) => {
    await written('one', 'a');
    await expect(filter(input)).rejects.toMatchObject({ code: `${code}Exception`, status: 400 });
  });

  it.each<[string, object]>([
    ['a hundred streams', { logStreamNames: Array(100).fill('one') }],
    ['a limit of 10,000', { limit: 10_000 }],
    ['a pattern of 1,024 characters', { filterPattern: `${'?x '.repeat(340)}?a  ` }],
  ])('takes %s', async (_what, input) => {
    await written('one', 'a');
    expect(messages(await filter(input))).toEqual(['a']);
  });

  it.each([
    ['', ['ERROR in order 1', 'INFO order 2', 'ERROR bad order']],
    ['ERROR', ['ERROR in order 1', 'ERROR bad order']],
    ['ERROR order', ['ERROR in order 1', 'ERROR bad order']],
    ['"bad order"', ['ERROR bad order']],
    ['order -ERROR', ['INFO order 2']],
    ['?bad ?INFO', ['INFO order 2', 'ERROR bad order']],
    ['error', []],
    ['-INFO', ['ERROR in order 1', 'ERROR bad order']],
    ['-"bad order" -INFO', ['ERROR in order 1']],
    ['ERROR ?bad', ['ERROR in order 1', 'ERROR bad order']],
    ['"order 1" ERROR', ['ERROR in order 1']],
    ['rder', ['ERROR in order 1', 'INFO order 2', 'ERROR bad order']],
    ['"say \\"hi\\""', []],
  ])('knows the pattern %j', async (filterPattern, expected) => {
    await written('one', 'ERROR in order 1', 'INFO order 2', 'ERROR bad order');
    expect(messages(await filter({ filterPattern }))).toEqual(expected);
  });

  it('says which patterns it does not know (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html)', async () => {
    await expect(filter({ filterPattern: '{ $.level = "ERROR" }' })).rejects.toMatchObject({ code: 'NotImplemented' });
    await expect(filter({ filterPattern: '[ip, user]' })).rejects.toMatchObject({ code: 'NotImplemented' });
    await expect(filter({ filterPattern: '%order [0-9]%' })).rejects.toMatchObject({ code: 'NotImplemented' });
    await expect(filter({ filterPattern: '"open' })).rejects.toMatchObject({ code: 'InvalidParameterException' });
    await expect(filter({ unmask: true })).rejects.toMatchObject({ code: 'NotImplemented' });
  });

  it('refuses a group that does not exist, and asks for permission on the group', async () => {
    await expect(filter({ logGroupName: 'nowhere' })).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    await filter();
    expect(asked.at(-1)).toEqual({
      action: 'logs:FilterLogEvents',
      resource: `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}`,
    });
  });
});

describe('GetLogEvents (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html)', () => {
  it('reads a stream from its end or its head, and on in either direction', async () => {
    await written('one', ...'abcde');
    await written('two', 'x');
    const read = async (input: object) =>
      (await call('GetLogEvents', { logGroupName: GROUP, logStreamName: 'one', limit: 2, ...input })) as Events;
    const end = await read({});
    expect(messages(end)).toEqual(['d', 'e']);
    expect(messages(await read({ nextToken: end.nextBackwardToken }))).toEqual(['b', 'c']);
    const head = await read({ startFromHead: true });
    expect(messages(head)).toEqual(['a', 'b']);
    const next = await read({ nextToken: head.nextForwardToken });
    expect(messages(next)).toEqual(['c', 'd']);
    const last = await read({ nextToken: end.nextForwardToken });
    expect([messages(last), last.nextForwardToken]).toEqual([[], end.nextForwardToken]);
    await expect(read({ logStreamName: 'three' })).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    await expect(read({ nextToken: 'f/next' })).rejects.toMatchObject({ code: 'InvalidParameterException' });
    expect(asked.at(-1)).toEqual({
      action: 'logs:GetLogEvents',
      resource: `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}:log-stream:one`,
    });
  });

  it('leaves out what happened at the very end of the time that is asked for, unlike FilterLogEvents', async () => {
    await written('one', ...'abc');
    const time = { startTime: START, endTime: START + 2 };
    const read = (await call('GetLogEvents', { logGroupName: GROUP, logStreamName: 'one', ...time })) as Events;
    expect(messages(read)).toEqual(['a', 'b']);
    expect(messages(await filter(time))).toEqual(['a', 'b', 'c']);
  });
});

describe('PutLogEvents (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html)', () => {
  const HOUR = 3_600_000;
  const put = (...events: readonly (readonly [number, string])[]) =>
    call('PutLogEvents', {
      logGroupName: GROUP,
      logStreamName: 'one',
      logEvents: events.map(([after, message]) => ({ timestamp: START + after, message })),
    });
  const refused = (message: string) => ({ code: 'InvalidParameterException', message });

  beforeEach(() => written('one'));

  it('writes what FilterLogEvents finds', async () => {
    expect(await put([0, 'a'], [0, 'b'], [5, 'c'])).toEqual({});
    expect(messages(await filter())).toEqual(['a', 'b', 'c']);
  });

  it('has stored what it has answered', async () => {
    await put([0, 'a'], [0, 'b']);
    expect(database.prepare('SELECT count(*) AS stored FROM logs_events').get()).toEqual({ stored: 2 });
  });

  it('takes 1,048,576 bytes with 26 for each event, and no more', async () => {
    await put([0, 'x'.repeat(1_048_576 - 26)]);
    await put([0, 'x'.repeat(524_288 - 26)], [0, 'ü'.repeat(262_144 - 13)]);
    const tooLarge = refused('Upload too large: 1048577 bytes exceeds limit of 1048576');
    await expect(put([0, 'x'.repeat(1_048_577 - 26)])).rejects.toMatchObject(tooLarge);
    await expect(put([0, 'x'.repeat(524_289 - 26)], [0, 'ü'.repeat(262_144 - 13)])).rejects.toMatchObject(tooLarge);
  });

  it('takes 10,000 events, and no more', async () => {
    const many = (count: number) => Array.from({ length: count }, (): [number, string] => [0, 'x']);
    expect(await put(...many(10_000))).toEqual({});
    await expect(put(...many(10_001))).rejects.toMatchObject({ code: 'InvalidParameterException' });
  });

  it('takes a day in the order of time, and no more', async () => {
    expect(await put([-DAY, 'a'], [0, 'b'])).toEqual({});
    await expect(put([-DAY - 1, 'a'], [0, 'b'])).rejects.toMatchObject(
      refused('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.'),
    );
    await expect(put([1, 'a'], [0, 'b'])).rejects.toMatchObject(
      refused('Log events in a single PutLogEvents request must be in chronological order.'),
    );
    await expect(put([0, ''])).rejects.toMatchObject({ code: 'InvalidParameterException' });
  });

  it('leaves out what is more than two hours ahead, and says from where on', async () => {
    expect(await put([2 * HOUR, 'a'], [2 * HOUR + 1, 'b'])).toEqual({
      rejectedLogEventsInfo: { tooNewLogEventStartIndex: 1 },
    });
    expect(messages(await filter())).toEqual(['a']);
  });

  it('leaves out what the group would not keep, or is more than fourteen days old, and says up to where', async () => {
    expect(await put([-7 * DAY - 1, 'a'], [-7 * DAY, 'b'])).toEqual({
      rejectedLogEventsInfo: { expiredLogEventEndIndex: 1 },
    });
    expect(messages(await filter())).toEqual(['b']);
    declare({ LogGroupName: GROUP });
    expect(await put([-14 * DAY - 1, 'c'], [-14 * DAY, 'd'])).toEqual({
      rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1 },
    });
    expect(messages(await filter())).toEqual(['d', 'b']);
  });

  it('needs its group and its stream', async () => {
    const logEvents = [{ timestamp: START, message: 'x' }];
    for (const place of [
      { logGroupName: 'nowhere', logStreamName: 'one' },
      { logGroupName: GROUP, logStreamName: 'nowhere' },
    ]) {
      await expect(call('PutLogEvents', { ...place, logEvents })).rejects.toMatchObject({
        code: 'ResourceNotFoundException',
      });
    }
  });
});

describe('groups and streams (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html, https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html)', () => {
  it('are described', async () => {
    await written('b', 'one');
    await written('a', 'two', 'three');
    expect(await call('DescribeLogGroups', { logGroupNamePrefix: '/aws' })).toMatchObject({
      logGroups: [
        { logGroupName: GROUP, retentionInDays: 7, arn: `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}:*` },
      ],
    });
    expect(await call('DescribeLogGroups', { logGroupNamePrefix: 'x' })).toEqual({ logGroups: [] });
    const streams = { logGroupName: GROUP, orderBy: 'LastEventTime', descending: true };
    expect(await call('DescribeLogStreams', streams)).toMatchObject({
      logStreams: [{ logStreamName: 'a', lastEventTimestamp: START + 1 }, { logStreamName: 'b' }],
    });
  });

  it('come fifty at a time, and no more', async () => {
    for (let index = 0; index < 51; index++) await written(`stream-${index}`);
    interface Page {
      readonly logStreams: readonly unknown[];
      readonly nextToken?: string;
    }
    const page = async (input: object) => (await call('DescribeLogStreams', { logGroupName: GROUP, ...input })) as Page;
    const first = await page({});
    const second = await page({ nextToken: first.nextToken });
    expect([first.logStreams.length, second.logStreams.length, second.nextToken]).toEqual([50, 1, undefined]);
    for (const refused of [{ limit: 51 }, { limit: 0 }, { nextToken: 'x' }, { nextToken: '-1' }]) {
      await expect(page(refused)).rejects.toMatchObject({ code: 'InvalidParameterException' });
    }
    await expect(page({ orderBy: 'LastEventTime', logStreamNamePrefix: 's' })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: 'Cannot order by LastEventTime with a logStreamNamePrefix.',
    });
  });

  it.each([
    ['CreateLogGroup', { logGroupName: 'x'.repeat(512) }, { logGroupName: 'x'.repeat(513) }],
    ['CreateLogGroup', { logGroupName: '/a.b-c_d#1' }, { logGroupName: 'a b' }],
    [
      'CreateLogStream',
      { logGroupName: GROUP, logStreamName: '2026/01/01/[$LATEST]0' },
      { logGroupName: GROUP, logStreamName: 'a:b' },
    ],
    [
      'CreateLogStream',
      { logGroupName: GROUP, logStreamName: 'x'.repeat(512) },
      { logGroupName: GROUP, logStreamName: 'x'.repeat(513) },
    ],
  ])('%s takes the one name and refuses the other', async (operation, taken, refused) => {
    expect(await call(operation, taken)).toEqual({});
    await expect(call(operation, refused)).rejects.toMatchObject({ code: 'InvalidParameterException' });
  });

  it('are made once', async () => {
    await call('CreateLogGroup', { logGroupName: 'new' });
    await expect(call('CreateLogGroup', { logGroupName: 'new' })).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
    });
    await written('one');
    await expect(call('CreateLogStream', { logGroupName: GROUP, logStreamName: 'one' })).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
    });
    await expect(call('CreateLogStream', { logGroupName: 'nowhere', logStreamName: 'one' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });

  it('are declared with the properties that are known, others are named', () => {
    expect(declare({ LogGroupName: 'g' })).toEqual({
      ref: 'g',
      attributes: { Arn: 'arn:aws:logs:us-east-1:000000000000:log-group:g:*' },
    });
    expect(() => declare({ KmsKeyId: 'k' })).toThrow('the property KmsKeyId is not supported');
    expect(() => declare({ RetentionInDays: 8 })).toThrow('the property RetentionInDays does not fit');
  });
});

describe('what is kept (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html)', () => {
  it('is gone when its retention is over', async () => {
    await written('one', 'old');
    await clock.advance(6 * DAY);
    await written('one', 'new');
    await clock.advance(DAY + 1_000);
    expect(messages(await filter())).toEqual(['new']);
    await clock.advance(8 * DAY);
    expect(await call('DescribeLogStreams', { logGroupName: GROUP })).toEqual({ logStreams: [] });
  });

  it('is bounded to the newest events of a group', async () => {
    for (let bunch = 0; bunch < 50; bunch++) {
      await written('one', ...Array.from({ length: 100 }, (_, index) => `${bunch * 100 + index}`));
      await clock.advance(100);
    }
    const kept = messages(await filter());
    expect(kept.length).toBeLessThanOrEqual(4_000);
    expect(kept.at(-1)).toBe('4999');
  });
});
