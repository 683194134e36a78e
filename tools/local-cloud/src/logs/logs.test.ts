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
let logs: LogsPart;
let dispatcher: Dispatcher;
let asked: Permission[];

beforeEach(async () => {
  asked = [];
  const faults = new Faults();
  clock = new Clock({ frozenAt: START });
  dispatcher = new Dispatcher({ authorize: (_principal, permission) => void asked.push(permission) }, faults);
  const database = new Database(':memory:');
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
  logs = createLogs(ground, { mostPerGroup: 3_000 });
  for (const [id, service] of Object.entries(logs.services)) dispatcher.register(id, service);
  declare({ LogGroupName: GROUP, RetentionInDays: 7 });
  await logs.start?.();
});

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
  readonly events: readonly { readonly message: string; readonly logStreamName?: string }[];
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

describe('FilterLogEvents', () => {
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

  it.each([
    ['', ['ERROR in order 1', 'INFO order 2', 'ERROR bad order']],
    ['ERROR', ['ERROR in order 1', 'ERROR bad order']],
    ['ERROR order', ['ERROR in order 1', 'ERROR bad order']],
    ['"bad order"', ['ERROR bad order']],
    ['order -ERROR', ['INFO order 2']],
    ['?bad ?INFO', ['INFO order 2', 'ERROR bad order']],
    ['error', []],
  ])('knows the pattern %j', async (filterPattern, expected) => {
    await written('one', 'ERROR in order 1', 'INFO order 2', 'ERROR bad order');
    expect(messages(await filter({ filterPattern }))).toEqual(expected);
  });

  it('says which patterns it does not know', async () => {
    await expect(filter({ filterPattern: '{ $.level = "ERROR" }' })).rejects.toMatchObject({ code: 'NotImplemented' });
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

describe('GetLogEvents', () => {
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
    await written('one', 'f');
    await expect(read({ logStreamName: 'three' })).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });
});

describe('groups and streams', () => {
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

  it('are made once', async () => {
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
  });
});

describe('what is kept', () => {
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
