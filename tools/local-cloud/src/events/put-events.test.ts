/** PutEvents: what is accepted, what is refused, and who is asked. */
import { eventsBench, denying, QUEUE_ARN } from './test-bench.ts';

/** An object in an object, and so on. */
const nested = (levels: number): string => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

const good = { Source: 'order', DetailType: 'OrderPlaced', Detail: '{}', EventBusName: 'orders' };

describe('an event that was put (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html)', () => {
  it('reaches a queue in the envelope that AWS documents', async () => {
    const bench = eventsBench();
    bench.declareRule('to-inbox');
    const answer = await bench.put({ Resources: ['arn:x'], Detail: '{ "big": 12345678901234567890 }' });
    expect(answer).toEqual({ FailedEntryCount: 0, Entries: [{ EventId: expect.stringMatching(/^[0-9a-f-]{36}$/) }] });
    const [message] = await bench.messages('inbox');
    expect(message?.Body).toContain('12345678901234567890');
    expect(JSON.parse(message?.Body ?? '')).toEqual({
      version: '0',
      id: (answer as { Entries: { EventId: string }[] }).Entries[0]?.EventId,
      'detail-type': 'OrderPlaced',
      source: 'order',
      account: '000000000000',
      time: '2026-01-15T12:00:00Z',
      region: 'us-east-1',
      resources: ['arn:x'],
      detail: expect.any(Object),
    });
  });

  it('bears the time that its sender gave it', async () => {
    const bench = eventsBench();
    bench.declareRule('to-inbox');
    await bench.put({ Time: 1_500_000_000 });
    expect(await bench.bodies('inbox')).toMatchObject([{ time: '2017-07-14T02:40:00Z' }]);
  });

  it('goes to every target of every rule that matches, on its own bus only', async () => {
    const bench = eventsBench();
    const lambda = 'arn:aws:lambda:us-east-1:000000000000:function:audit';
    bench.declareRule('by-source');
    bench.declareRule('by-type', {
      EventPattern: { 'detail-type': ['OrderPlaced'], detail: { orderId: [{ prefix: 'o-' }] } },
      Targets: [{ Id: 'a', Arn: lambda }],
    });
    bench.declareRule('by-account', {
      EventPattern: { account: ['000000000000'] },
      Targets: [{ Id: 'a', Arn: lambda }],
    });
    bench.declareRule('other-type', { EventPattern: { 'detail-type': ['OrderFailed'] } });
    bench.declareRule('other-bus', { EventBusName: 'default' });
    bench.declareRule('switched-off', { State: 'DISABLED' });
    await bench.put();
    expect(await bench.bodies('inbox')).toHaveLength(1);
    expect(bench.taken.map(({ by }) => by)).toEqual([lambda, lambda]);
  });

  it('starts a state machine as the role of the target, and a queue as the rule', async () => {
    const bench = eventsBench();
    const machine = 'arn:aws:states:us-east-1:000000000000:stateMachine:saga';
    bench.declareRule('start', {
      Targets: [
        { Id: 'a', Arn: machine, RoleArn: 'arn:aws:iam::000000000000:role/start' },
        { Id: 'inbox', Arn: 'arn:aws:sqs:us-east-1:000000000000:inbox' },
      ],
    });
    await bench.put();
    expect(bench.taken).toMatchObject([{ by: machine, input: { detail: { orderId: 'o-1' } } }]);
    expect(bench.asked.slice(1)).toEqual([
      {
        principal: { type: 'role', arn: 'arn:aws:iam::000000000000:role/start' },
        permission: { action: 'states:StartExecution', resource: machine },
      },
      {
        principal: {
          type: 'service',
          name: 'events.amazonaws.com',
          sourceArn: 'arn:aws:events:us-east-1:000000000000:rule/orders/start',
        },
        permission: { action: 'sqs:SendMessage', resource: 'arn:aws:sqs:us-east-1:000000000000:inbox' },
      },
    ]);
  });

  it('may come from AWS where a service of AWS puts it, whom nobody has to allow it', async () => {
    const bench = eventsBench();
    bench.declare('AWS::Events::Rule', 'Own', {
      EventPattern: { source: ['aws.ses'] },
      Targets: [{ Id: 'queue', Arn: QUEUE_ARN }],
    });
    bench.start();
    const Entries = [{ Source: 'aws.ses', DetailType: 'Email Bounced', Detail: '{}' }];
    expect(await bench.call('PutEvents', { Entries })).toMatchObject({
      Entries: [{ ErrorCode: 'NotAuthorizedForSourceException' }],
    });
    bench.asked.splice(0);
    const itself = { type: 'service', name: 'ses.amazonaws.com', sourceArn: 'arn:aws:ses:us-east-1:1:x' } as const;
    expect(await bench.ground.dispatcher.call('events', 'PutEvents', { Entries }, itself)).toMatchObject({
      FailedEntryCount: 0,
    });
    expect(bench.asked.filter(({ permission }) => permission.action === 'events:PutEvents')).toEqual([]);
    await bench.ground.activity.whenIdle();
    expect(await bench.bodies('inbox')).toMatchObject([{ source: 'aws.ses', 'detail-type': 'Email Bounced' }]);
  });

  it('vanishes on a bus that does not exist, and the terminal says so', async () => {
    const bench = eventsBench();
    expect(await bench.put({ EventBusName: 'nowhere' })).toMatchObject({ FailedEntryCount: 0 });
    expect(bench.reports).toEqual(['events: OrderPlaced was put on nowhere, which does not exist']);
  });
});

describe('IAM (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html)', () => {
  it('is asked once for each bus, with all sources and detail types of its entries', async () => {
    const bench = eventsBench();
    const Entries = [
      good,
      { ...good, DetailType: 'OrderFailed' },
      { ...good, EventBusName: 'arn:aws:events:us-east-1:000000000000:event-bus/default', Source: 'payment' },
    ];
    await bench.call('PutEvents', { Entries });
    expect(bench.asked.map(({ permission }) => permission)).toEqual([
      {
        action: 'events:PutEvents',
        resource: 'arn:aws:events:us-east-1:000000000000:event-bus/orders',
        context: { 'events:source': ['order'], 'events:detail-type': ['OrderPlaced', 'OrderFailed'] },
      },
      {
        action: 'events:PutEvents',
        resource: 'arn:aws:events:us-east-1:000000000000:event-bus/default',
        context: { 'events:source': ['payment'], 'events:detail-type': ['OrderPlaced'] },
      },
    ]);
  });

  it('denies the whole request', async () => {
    const bench = eventsBench({ authorizer: denying('events:PutEvents') });
    bench.declareRule('to-inbox');
    await expect(bench.put()).rejects.toMatchObject({ code: 'AccessDeniedException' });
    expect(await bench.bodies('inbox')).toEqual([]);
  });
});

describe('an entry is refused by itself (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html)', () => {
  it.each<[string, Record<string, unknown>, string, string]>([
    [
      'without a source',
      { Source: undefined },
      'InvalidArgument',
      'Parameter Source is not valid. Reason: Source is a required argument.',
    ],
    [
      'without a detail type',
      { DetailType: '' },
      'InvalidArgument',
      'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
    ],
    [
      'without a detail',
      { Detail: undefined },
      'InvalidArgument',
      'Parameter Detail is not valid. Reason: Detail is a required argument.',
    ],
    ['with a detail that is no JSON', { Detail: '{' }, 'MalformedDetail', 'Detail is malformed.'],
    ['with a detail that is no object', { Detail: '[]' }, 'MalformedDetail', 'Detail is malformed.'],
    ['with a detail that is a text', { Detail: '"a"' }, 'MalformedDetail', 'Detail is malformed.'],
    ['with a detail of 1,101 levels', { Detail: nested(1101) }, 'MalformedDetail', 'Detail is malformed.'],
    [
      'with a source of AWS',
      { Source: 'aws.ec2' },
      'NotAuthorizedForSourceException',
      'Not authorized for the source.',
    ],
    [
      'with a detail type of 129 characters',
      { DetailType: 'x'.repeat(129) },
      'InvalidArgument',
      'Parameter DetailType is not valid. Reason: it is longer than 128 characters.',
    ],
  ])('%s, while the others are delivered', async (_, wrong, ErrorCode, ErrorMessage) => {
    const bench = eventsBench();
    bench.declareRule('to-inbox');
    const answer = await bench.call('PutEvents', { Entries: [{ ...good, ...wrong }, good] });
    expect(answer).toEqual({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode, ErrorMessage }, { EventId: expect.any(String) }],
    });
    await bench.ground.activity.whenIdle();
    expect(await bench.bodies('inbox')).toHaveLength(1);
  });
});

describe('a request (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html)', () => {
  const sized = (bytes: number): Record<string, unknown> => ({
    ...good,
    Detail: JSON.stringify({ x: 'x'.repeat(bytes - 8 - 'orderOrderPlaced'.length) }),
  });

  it('is accepted with ten entries, with a detail type of 128 characters, and one byte below a mebibyte', async () => {
    const bench = eventsBench();
    expect(await bench.call('PutEvents', { Entries: Array.from({ length: 10 }, () => good) })).toMatchObject({
      FailedEntryCount: 0,
    });
    expect(await bench.put({ DetailType: 'x'.repeat(128) })).toMatchObject({ FailedEntryCount: 0 });
    expect(await bench.call('PutEvents', { Entries: [sized(1_048_575)] })).toMatchObject({ FailedEntryCount: 0 });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['without entries', { Entries: [] }, 'ValidationException'],
    ['with eleven entries', { Entries: Array.from({ length: 11 }, () => good) }, 'ValidationException'],
    ['of a mebibyte', { Entries: [sized(1_048_576)] }, 'ValidationException'],
    ['of a mebibyte in two entries', { Entries: [sized(524_288), sized(524_288)] }, 'ValidationException'],
    ['with a bus that can have no such name', { Entries: [{ ...good, EventBusName: 'a b' }] }, 'ValidationException'],
    ['with a time beyond the year 9999', { Entries: [{ ...good, Time: 253_402_300_800 }] }, 'ValidationException'],
    ['with an endpoint', { Entries: [good], EndpointId: 'a.veo' }, 'NotImplemented'],
    ['with a trace header', { Entries: [{ ...good, TraceHeader: 'Root=1' }] }, 'NotImplemented'],
  ])('%s is refused as a whole', async (_, given, code) => {
    await expect(eventsBench().call('PutEvents', given)).rejects.toMatchObject({ code });
  });

  it('says what it was given where it has too many entries', async () => {
    const Entries = Array.from({ length: 11 }, () => ({ ...good, Resources: ['arn:x', 'arn:y'] }));
    const one =
      'PutEventsRequestEntry(time=null, source=order, resources=arn:x,arn:y, detailType=OrderPlaced, detail={}, eventBusName=orders, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)';
    await expect(eventsBench().call('PutEvents', { Entries })).rejects.toMatchObject({
      message: `1 validation error detected: Value '[${Entries.map(() => one).join(', ')}]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10`,
    });
  });

  it('without one complete entry is no other: each entry is refused', async () => {
    const answer = await eventsBench().call('PutEvents', { Entries: [{ Source: 'order' }, { DetailType: 'A' }] });
    expect(answer).toMatchObject({
      FailedEntryCount: 2,
      Entries: [{ ErrorCode: 'InvalidArgument' }, { ErrorCode: 'InvalidArgument' }],
    });
  });

  it('is accepted with a detail of 1,100 levels', async () => {
    expect(await eventsBench().put({ Detail: nested(1100) })).toMatchObject({ FailedEntryCount: 0 });
  });

  it('counts what an entry holds: bytes of its texts and resources, fourteen for its time', async () => {
    const rest = 'orderOrderPlaced'.length + '{"x":""}'.length + 'ä'.length * 2 + 14;
    const entry = (bytes: number): Record<string, unknown> => ({
      ...good,
      Time: 1_500_000_000,
      Resources: ['ä'],
      Detail: JSON.stringify({ x: 'x'.repeat(bytes - rest) }),
    });
    expect(await eventsBench().call('PutEvents', { Entries: [entry(1_048_575)] })).toMatchObject({
      FailedEntryCount: 0,
    });
    await expect(eventsBench().call('PutEvents', { Entries: [entry(1_048_576)] })).rejects.toMatchObject({
      message: 'Total size of the entries in the request is over the limit.',
    });
  });
});
