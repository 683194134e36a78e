/** Schedules, by the examples of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html. */
import { Database } from '../database.ts';
import { compileSchedule } from './schedule.ts';
import { eventsBench, QUEUE_ARN } from './test-bench.ts';

const at = (iso: string): number => Date.parse(iso);
const times = (expression: string, from: string, count: number): string[] => {
  const schedule = compileSchedule(expression);
  const found: string[] = [];
  for (let time: number | undefined = at(from); found.length < count && time !== undefined;) {
    time = schedule.next(time, at(from));
    found.push(time === undefined ? 'never' : new Date(time).toISOString().slice(0, 16));
  }
  return found;
};

describe('a cron expression (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html#eb-cron-expressions)', () => {
  it.each<[string, string, string[]]>([
    ['0 10 * * ? *', '2026-01-15T12:00:00Z', ['2026-01-16T10:00', '2026-01-17T10:00']],
    ['15 12 * * ? *', '2026-01-15T12:00:00Z', ['2026-01-15T12:15', '2026-01-16T12:15']],
    ['0 18 ? * MON-FRI *', '2026-01-15T19:00:00Z', ['2026-01-16T18:00', '2026-01-19T18:00']],
    ['0 8 1 * ? *', '2026-01-15T12:00:00Z', ['2026-02-01T08:00', '2026-03-01T08:00']],
    ['0/15 * * * ? *', '2026-01-15T12:00:00Z', ['2026-01-15T12:15', '2026-01-15T12:30']],
    ['0/10 * ? * MON-FRI *', '2026-01-16T23:45:00Z', ['2026-01-16T23:50', '2026-01-19T00:00']],
    ['0/5 8-17 ? * MON-FRI *', '2026-01-15T17:54:30Z', ['2026-01-15T17:55', '2026-01-16T08:00']],
    ['0/30 20-23,0-2 ? * MON-FRI *', '2026-01-15T23:15:00Z', ['2026-01-15T23:30', '2026-01-16T00:00']],
    ['0 9 ? * 2#1 *', '2026-01-15T12:00:00Z', ['2026-02-02T09:00', '2026-03-02T09:00']],
    ['0 2 ? * SAT#3 *', '2026-01-15T12:00:00Z', ['2026-01-17T02:00', '2026-02-21T02:00']],
    ['0 9 ? * 2#5 *', '2026-01-15T12:00:00Z', ['2026-03-30T09:00', '2026-06-29T09:00']],
    ['0 9 ? * fri *', '2026-01-15T12:00:00Z', ['2026-01-16T09:00', '2026-01-23T09:00']],
    ['0/5 5 ? JAN 1-5 2027', '2026-01-15T12:00:00Z', ['2027-01-03T05:00', '2027-01-03T05:05']],
    ['5,35 14 * * ? *', '2026-01-15T12:00:00Z', ['2026-01-15T14:05', '2026-01-15T14:35']],
    ['0 0 31W * ? *', '2026-02-01T00:00:00Z', ['2026-03-31T00:00', '2026-05-29T00:00']],
    ['59 23 31 12 ? 2199', '2026-01-15T12:00:00Z', ['2199-12-31T23:59', 'never']],
    ['0 9 ? * 6L *', '2026-01-15T12:00:00Z', ['2026-01-30T09:00', '2026-02-27T09:00']],
    ['0 9 ? * L *', '2026-01-15T12:00:00Z', ['2026-01-17T09:00', '2026-01-24T09:00']],
    ['0 9 L * ? *', '2026-01-15T12:00:00Z', ['2026-01-31T09:00', '2026-02-28T09:00']],
    ['0 9 15W * ? *', '2026-02-01T00:00:00Z', ['2026-02-16T09:00', '2026-03-16T09:00']],
    ['0 9 1W * ? *', '2026-08-01T00:00:00Z', ['2026-08-03T09:00', '2026-09-01T09:00']],
    ['0 9 LW * ? *', '2026-01-15T12:00:00Z', ['2026-01-30T09:00', '2026-02-27T09:00']],
    ['0 0 29 FEB ? *', '2026-01-15T12:00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['0 0 1 JAN,JUL ? 2026-2027', '2026-01-15T12:00:00Z', ['2026-07-01T00:00', '2027-01-01T00:00']],
    ['0 0 1 1 ? 2025', '2026-01-15T12:00:00Z', ['never']],
    ['0 0 30 2 ? *', '2026-01-15T12:00:00Z', ['never']],
  ])('%s after %s is due at %j', (fields, from, expected) => {
    expect(times(`cron(${fields})`, from, expected.length)).toEqual(expected);
  });

  it.each([
    '0 10 * * *',
    '0 10 * * * *',
    '0 10 ? * ? *',
    '7 20 * * NOT *',
    '0 dummy ? * MON-FRI *',
    '71 8 1 * ? *',
    'INVALID',
    '',
    '-1 0 1 * ? *',
    '0 0 0 * ? *',
    '0 0 1 0 ? *',
    '0 0 ? * 0 *',
    '0 0 ? * 2#0 *',
    '0 0 1 * ? 1969',
    '? 0 1 * ? *',
    'L 0 1 * ? *',
    '60 10 * * ? *',
    '0 24 * * ? *',
    '0 0 32 * ? *',
    '0 0 1 13 ? *',
    '0 0 ? * 8 *',
    '0 0 ? * 2#6 *',
    '0 0 1 * ? 2200',
    '5-1 0 1 * ? *',
    '0/0 0 1 * ? *',
    'a 0 1 * ? *',
    '0 0 32W * ? *',
  ])('%s is refused', (fields) => {
    expect(() => compileSchedule(`cron(${fields})`)).toThrow('Parameter ScheduleExpression is not valid.');
  });
});

describe('a rate expression (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html#eb-rate-expressions)', () => {
  it.each<[string, string[]]>([
    ['rate(1 minute)', ['2026-01-15T12:01', '2026-01-15T12:02']],
    ['rate(5 minutes)', ['2026-01-15T12:05', '2026-01-15T12:10']],
    ['rate(1 hour)', ['2026-01-15T13:00']],
    ['rate(7 days)', ['2026-01-22T12:00']],
  ])('%s is due at %j', (expression, expected) => {
    expect(times(expression, '2026-01-15T12:00:00Z', expected.length)).toEqual(expected);
  });

  it.each([
    'rate(0 minutes)',
    'rate(10 years)',
    'rate(1 hours)',
    'rate(1 days)',
    'rate(10 hour)',
    'rate(10 day)',
    'rate()',
    'rate(10 minutess)',
    'rate(foo minutes)',
    'rate(-10 minutes)',
    'rate(1.5 minutes)',
    'rate(10 MINUTES)',
    'rate( 10 minutes )',
    ' rate(10 minutes)',
    'cron(0 10 * * ? *) ',
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(5 seconds)',
    'rate(5)',
    'every 5 minutes',
    '',
  ])('%s is refused', (expression) => {
    expect(() => compileSchedule(expression)).toThrow('Parameter ScheduleExpression is not valid.');
  });
});

describe('a scheduled rule (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html)', () => {
  const declare = (bench: ReturnType<typeof eventsBench>, more: Record<string, unknown> = {}): void => {
    bench.declare('AWS::Events::Rule', 'Sweep', {
      Name: 'sweep',
      ScheduleExpression: 'rate(5 minutes)',
      Targets: [{ Id: 'inbox', Arn: QUEUE_ARN }],
      ...more,
    });
    bench.start();
  };

  it('sends the event that AWS documents, at each of its times', async () => {
    const bench = eventsBench();
    declare(bench);
    await bench.advance(299_999);
    expect(await bench.bodies('inbox')).toEqual([]);
    await bench.advance(1);
    expect(await bench.bodies('inbox')).toEqual([
      {
        version: '0',
        id: expect.any(String),
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account: '000000000000',
        time: '2026-01-15T12:05:00Z',
        region: 'us-east-1',
        resources: ['arn:aws:events:us-east-1:000000000000:rule/sweep'],
        detail: {},
      },
    ]);
    await bench.advance(600_000);
    expect(await bench.bodies('inbox')).toHaveLength(3);
  });

  it('keeps its rhythm over a restart and does not make up for what it missed', async () => {
    const database = new Database(':memory:');
    const before = eventsBench({ database });
    declare(before);
    const after = eventsBench({ database, now: before.ground.clock.now() + 12 * 60_000 });
    declare(after);
    expect(await after.bodies('inbox')).toEqual([]);
    await after.advance(3 * 60_000);
    expect(await after.bodies('inbox')).toMatchObject([{ time: '2026-01-15T12:15:00Z' }]);
  });

  it('does nothing when it is switched off, and sets no timer', () => {
    const bench = eventsBench();
    declare(bench, { State: 'DISABLED' });
    expect(bench.ground.clock.nextDue()).toBeUndefined();
  });

  it('sends its constant input', async () => {
    const bench = eventsBench();
    declare(bench, { Targets: [{ Id: 'inbox', Arn: QUEUE_ARN, Input: '{"sweep":true}' }] });
    await bench.advance(300_000);
    expect(await bench.bodies('inbox')).toEqual([{ sweep: true }]);
  });
});
