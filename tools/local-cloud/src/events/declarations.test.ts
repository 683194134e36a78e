/** Buses, rules and archives: what templates may say, and what the describing operations answer. */
import { Database } from '../database.ts';
import { eventsBench, QUEUE_ARN } from './test-bench.ts';

describe('a rule is refused', () => {
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

  it('at start, where no stack declares its bus', () => {
    const bench = eventsBench();
    bench.declareRule('rule', { EventBusName: 'nowhere' });
    expect(() => bench.start()).toThrow('rule names the event bus nowhere, which no stack declares');
  });
});

describe('references', () => {
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

describe('an archive', () => {
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
    await after.advance(86_400_000);
    expect(await after.call('DescribeArchive', { ArchiveName: 'all' })).toMatchObject({ EventCount: 0 });
    expect(await after.call('ListArchives', { EventSourceArn: SourceArn })).toMatchObject({
      Archives: [{ ArchiveName: 'all' }, { ArchiveName: 'payments', EventCount: 1 }],
    });
  });
});

describe('the describing operations', () => {
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
    expect(await bench.call('DescribeRule', { Name: 'to-inbox', EventBusName: 'orders' })).toMatchObject(described);
    expect(await bench.call('ListRules', { EventBusName: 'orders' })).toMatchObject({ Rules: [described] });
    expect(await bench.call('ListRules', {})).toMatchObject({ Rules: [] });
    expect(await bench.call('ListTargetsByRule', { Rule: 'to-inbox', EventBusName: 'orders' })).toMatchObject({
      Targets: [{ Id: 'inbox', Arn: QUEUE_ARN }],
    });
    expect(await bench.call('DescribeEventBus', {})).toMatchObject({ Name: 'default' });
    expect(await bench.call('DescribeEventBus', { Name: 'orders' })).toMatchObject({
      Arn: 'arn:aws:events:us-east-1:000000000000:event-bus/orders',
    });
    for (const [operation, input] of [
      ['DescribeRule', { Name: 'none' }],
      ['DescribeEventBus', { Name: 'none' }],
      ['DescribeArchive', { ArchiveName: 'none' }],
    ] as const) {
      await expect(bench.call(operation, input)).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    }
  });

  it('answer page by page', async () => {
    const bench = eventsBench();
    for (const name of ['a', 'b', 'c']) bench.declareRule(name);
    const first = await bench.call('ListRules', { EventBusName: 'orders', Limit: 2 });
    expect(first).toMatchObject({ Rules: [{ Name: 'a' }, { Name: 'b' }], NextToken: expect.any(String) });
    const token = (first as { NextToken?: string }).NextToken;
    const second = await bench.call('ListRules', { EventBusName: 'orders', Limit: 2, NextToken: token });
    expect(second).toEqual({ Rules: [expect.objectContaining({ Name: 'c' })], NextToken: undefined });
    await expect(bench.call('ListRules', { Limit: 101 })).rejects.toMatchObject({ code: 'ValidationException' });
  });

  it('do not implement what nobody here calls', async () => {
    for (const operation of ['PutRule', 'DisableRule', 'StartReplay']) {
      await expect(eventsBench().call(operation, {})).rejects.toMatchObject({ code: 'NotImplemented' });
    }
  });
});

describe('TestEventPattern', () => {
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
    const incomplete = bench.call('TestEventPattern', { EventPattern: '{"a":["b"]}', Event: '{"id":"1"}' });
    await expect(incomplete).rejects.toMatchObject({ code: 'ValidationException' });
  });
});
