/** Buses, rules and archives: what templates may say, and what the describing operations answer. */
import { Database } from '../database.ts';
import { eventsBench, QUEUE_ARN } from './test-bench.ts';

describe('a rule is refused (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html)', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'without pattern and schedule',
      { EventPattern: undefined },
      'EventPattern or ScheduleExpression must be specified',
    ],
    ['with an invalid pattern', { EventPattern: { source: 'order' } }, 'Event pattern is not valid'],
    ['with a schedule on another bus', { ScheduleExpression: 'rate(1 minute)' }, 'only on the default event bus'],
    ['with an unknown property', { Colour: 'red' }, 'Colour'],
    [
      'with six targets',
      { Targets: Array.from({ length: 6 }, (_, n) => ({ Id: `t${n}`, Arn: QUEUE_ARN })) },
      'Targets',
    ],
    [
      'with a target id twice',
      {
        Targets: [
          { Id: 'a', Arn: QUEUE_ARN },
          { Id: 'a', Arn: QUEUE_ARN },
        ],
      },
      'unique',
    ],
    [
      'with a bus as its target',
      { Targets: [{ Id: 'a', Arn: 'arn:aws:events:us-east-1:000000000000:event-bus/x' }] },
      'does not implement the target',
    ],
    [
      'with a state machine without a role',
      { Targets: [{ Id: 'a', Arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:x' }] },
      'RoleArn is required',
    ],
    [
      'with 186 retries',
      { Targets: [{ Id: 'a', Arn: QUEUE_ARN, RetryPolicy: { MaximumRetryAttempts: 186 } }] },
      'MaximumRetryAttempts',
    ],
    [
      'with an age under a minute',
      { Targets: [{ Id: 'a', Arn: QUEUE_ARN, RetryPolicy: { MaximumEventAgeInSeconds: 59 } }] },
      'MaximumEventAgeInSeconds',
    ],
    [
      'with an age over a day',
      { Targets: [{ Id: 'a', Arn: QUEUE_ARN, RetryPolicy: { MaximumEventAgeInSeconds: 86_401 } }] },
      'MaximumEventAgeInSeconds',
    ],
    [
      'with SQS parameters',
      { Targets: [{ Id: 'a', Arn: QUEUE_ARN, SqsParameters: { MessageGroupId: 'x' } }] },
      'SqsParameters',
    ],
  ])('%s', (_, properties, reason) => {
    expect(() => eventsBench().declareRule('rule', properties)).toThrow(reason);
  });

  it('with a pattern of 4,097 characters, but not with one of 4,096', () => {
    const pattern = (length: number) => ({ EventPattern: { source: ['x'.repeat(length - '{"source":[""]}'.length)] } });
    expect(() => eventsBench().declareRule('rule', pattern(4096))).not.toThrow();
    expect(() => eventsBench().declareRule('rule', pattern(4097))).toThrow('longer than 4096 characters');
  });

  it('with a sixth target, but not with a fifth', () => {
    const Targets = Array.from({ length: 5 }, (_, n) => ({ Id: `t${n}`, Arn: QUEUE_ARN }));
    expect(() => eventsBench().declareRule('rule', { Targets })).not.toThrow();
  });

  it('at start, where no stack declares its bus', () => {
    const bench = eventsBench();
    bench.declareRule('rule', { EventBusName: 'nowhere' });
    expect(() => bench.start()).toThrow('rule names the event bus nowhere, which no stack declares');
  });
});

describe('references (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Events.html)', () => {
  it('to a bus, a rule and an archive are those of CloudFormation', () => {
    const bench = eventsBench();
    const bus = 'arn:aws:events:us-east-1:000000000000:event-bus/b';
    expect(bench.declare('AWS::Events::EventBus', 'B', { Name: 'b' })).toEqual({
      ref: 'b',
      attributes: { Arn: bus, Name: 'b' },
    });
    const EventPattern = { source: ['x'] };
    expect(bench.declare('AWS::Events::Rule', 'R', { Name: 'r', EventBusName: bus, EventPattern })).toEqual({
      ref: 'b|r',
      attributes: { Arn: 'arn:aws:events:us-east-1:000000000000:rule/b/r' },
    });
    expect(bench.declare('AWS::Events::Rule', 'R', { EventPattern })).toEqual({
      ref: 'stack-R',
      attributes: { Arn: 'arn:aws:events:us-east-1:000000000000:rule/stack-R' },
    });
    expect(
      bench.declare('AWS::Events::Archive', 'A', { ArchiveName: 'a', SourceArn: bus, KmsKeyIdentifier: '' }),
    ).toEqual({
      ref: 'a',
      attributes: { Arn: 'arn:aws:events:us-east-1:000000000000:archive/a', ArchiveName: 'a' },
    });
  });
});

describe('an archive (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html)', () => {
  const SourceArn = 'arn:aws:events:us-east-1:000000000000:event-bus/orders';

  it('keeps the events that match, over a kill, for as long as it is told', async () => {
    const database = new Database(':memory:');
    const before = eventsBench({ database });
    const declare = (bench: ReturnType<typeof eventsBench>): void => {
      bench.declare('AWS::Events::Archive', 'All', { ArchiveName: 'all', SourceArn, RetentionDays: 1 });
      bench.declare('AWS::Events::Archive', 'Payments', {
        ArchiveName: 'payments',
        SourceArn,
        EventPattern: { source: ['payment'] },
      });
      bench.start();
    };
    declare(before);
    await before.put();
    await before.put({ Source: 'payment' });
    const after = eventsBench({ database, now: before.ground.clock.now() + 1000 });
    declare(after);
    expect(await after.call('DescribeArchive', { ArchiveName: 'all' })).toMatchObject({
      EventSourceArn: SourceArn,
      State: 'ENABLED',
      RetentionDays: 1,
      EventCount: 2,
      SizeBytes: expect.any(Number),
      CreationTime: before.ground.clock.now() / 1000,
    });
    await after.advance(86_400_000 - 1000 - 1);
    expect(await after.call('DescribeArchive', { ArchiveName: 'all' })).toMatchObject({ EventCount: 2 });
    await after.advance(1);
    expect(await after.call('DescribeArchive', { ArchiveName: 'all' })).toMatchObject({ EventCount: 0, SizeBytes: 0 });
    expect(await after.call('ListArchives', { EventSourceArn: SourceArn })).toMatchObject({
      Archives: [{ ArchiveName: 'all' }, { ArchiveName: 'payments', EventCount: 1 }],
    });
  });
});

describe('an archive of an older data directory (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html)', () => {
  it('gets the times that replays go by', () => {
    const database = new Database(':memory:');
    database.define(`
      CREATE TABLE events_archived (
        id INTEGER PRIMARY KEY, archive TEXT NOT NULL, event TEXT NOT NULL, archived_at INTEGER NOT NULL
      );
      INSERT INTO events_archived VALUES (1, 'all', '{"time":"2026-01-15T12:00:07Z","detail":{}}', 0)`);
    eventsBench({ database });
    expect(database.prepare('SELECT event_time FROM events_archived').get()).toEqual({
      event_time: Date.UTC(2026, 0, 15, 12, 0, 7),
    });
  });
});

describe('the describing operations (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html)', () => {
  it('answer with rules, targets and buses as they were declared', async () => {
    const bench = eventsBench();
    bench.declareRule('to-inbox', { Description: 'all orders' });
    const described = {
      Name: 'to-inbox',
      Arn: 'arn:aws:events:us-east-1:000000000000:rule/orders/to-inbox',
      EventPattern: '{"source":["order"]}',
      State: 'ENABLED',
      Description: 'all orders',
      EventBusName: 'orders',
    };
    expect(await bench.call('DescribeRule', { Name: 'to-inbox', EventBusName: 'orders' })).toMatchObject({
      ...described,
      CreatedBy: '000000000000',
    });
    expect(await bench.call('ListRules', { EventBusName: 'orders' })).toMatchObject({ Rules: [described] });
    expect(await bench.call('ListRules', {})).toMatchObject({ Rules: [] });
    expect(await bench.call('ListTargetsByRule', { Rule: 'to-inbox', EventBusName: 'orders' })).toMatchObject({
      Targets: [{ Id: 'inbox', Arn: QUEUE_ARN }],
    });
    expect(await bench.call('DescribeEventBus', {})).toMatchObject({ Name: 'default' });
    expect(await bench.call('DescribeEventBus', { Name: 'orders' })).toMatchObject({
      Arn: 'arn:aws:events:us-east-1:000000000000:event-bus/orders',
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['DescribeRule', { Name: 'none' }, 'Rule none does not exist on EventBus default.'],
    ['DescribeRule', { Name: 'none', EventBusName: 'nowhere' }, 'Event bus nowhere does not exist.'],
    ['ListRules', { EventBusName: 'nowhere' }, 'Event bus nowhere does not exist.'],
    ['ListTargetsByRule', { Rule: 'none' }, 'Rule none does not exist on EventBus default.'],
    ['DescribeEventBus', { Name: 'none' }, 'Event bus none does not exist.'],
    ['DescribeArchive', { ArchiveName: 'none' }, 'Archive none does not exist.'],
    [
      'ListArchives',
      { EventSourceArn: 'arn:aws:events:us-east-1:000000000000:event-bus/nowhere' },
      'Event bus nowhere does not exist.',
    ],
  ])('%s answers to %j that there is no such thing', async (operation, input, message) => {
    await expect(eventsBench().call(operation, input)).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      message,
    });
  });

  it('take one filter of archives at most', async () => {
    await expect(eventsBench().call('ListArchives', { NamePrefix: 'a', State: 'ENABLED' })).rejects.toMatchObject({
      code: 'ValidationException',
      message: 'At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.',
    });
  });

  it('answer page by page', async () => {
    const bench = eventsBench();
    for (const name of ['a', 'b', 'c']) bench.declareRule(name);
    const first = await bench.call('ListRules', { EventBusName: 'orders', Limit: 2 });
    expect(first).toMatchObject({ Rules: [{ Name: 'a' }, { Name: 'b' }], NextToken: expect.any(String) });
    const token = (first as { NextToken?: string }).NextToken;
    const second = await bench.call('ListRules', { EventBusName: 'orders', Limit: 2, NextToken: token });
    expect(second).toEqual({ Rules: [expect.objectContaining({ Name: 'c' })], NextToken: undefined });
    expect(await bench.call('ListRules', { EventBusName: 'orders', Limit: 100 })).toMatchObject({
      NextToken: undefined,
    });
    for (const given of [{ Limit: 101 }, { Limit: 0 }, { NextToken: 'x' }]) {
      await expect(bench.call('ListRules', given)).rejects.toMatchObject({ code: 'ValidationException' });
    }
  });

  it('do not implement what nobody here calls', async () => {
    for (const operation of ['PutRule', 'DeleteRule', 'PutTargets', 'CreateArchive']) {
      await expect(eventsBench().call(operation, {})).rejects.toMatchObject({ code: 'NotImplemented' });
    }
  });
});

describe('TestEventPattern (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html)', () => {
  const Event = JSON.stringify({
    id: '1',
    account: '1',
    source: 'order',
    time: 't',
    region: 'r',
    resources: [],
    'detail-type': 'A',
    detail: { n: 1 },
  });

  it('says whether a pattern matches', async () => {
    const bench = eventsBench();
    expect(await bench.call('TestEventPattern', { EventPattern: '{"detail":{"n":[1]}}', Event })).toEqual({
      Result: true,
    });
    expect(await bench.call('TestEventPattern', { EventPattern: '{"detail":{"n":[2]}}', Event })).toEqual({
      Result: false,
    });
  });

  it('refuses an invalid pattern and an event without its mandatory fields', async () => {
    const bench = eventsBench();
    await expect(bench.call('TestEventPattern', { EventPattern: '{}', Event })).rejects.toMatchObject({
      code: 'InvalidEventPatternException',
    });
    for (const wrong of ['{"id":"1"}', 'plain text', '"a text"', '[]']) {
      await expect(bench.call('TestEventPattern', { EventPattern: '{"a":["b"]}', Event: wrong })).rejects.toMatchObject(
        { code: 'ValidationException', message: 'Parameter Event is not valid.' },
      );
    }
  });

  it('takes an event without resources, whatever the reference says', async () => {
    const { resources: _, ...without } = JSON.parse(Event) as Record<string, unknown>;
    const given = { EventPattern: '{"source":["order"]}', Event: JSON.stringify(without) };
    expect(await eventsBench().call('TestEventPattern', given)).toEqual({ Result: true });
  });

  it('takes a pattern of 4,096 characters, and not one more', async () => {
    const test = (length: number) =>
      eventsBench().call('TestEventPattern', { EventPattern: `{"source":["${'x'.repeat(length - 15)}"]}`, Event });
    expect(await test(4096)).toEqual({ Result: false });
    await expect(test(4097)).rejects.toMatchObject({ code: 'ValidationException' });
  });
});
