/** Deliveries: retries, dead letters, faults, and what a kill leaves behind. */
import { AwsError } from '../aws-error.ts';
import { Database } from '../database.ts';
import type { FaultEffect } from '../faults.ts';
import { DEAD_ARN, denying, eventsBench, QUEUE_ARN, type EventsBench } from './test-bench.ts';

const RULE_ARN = 'arn:aws:events:us-east-1:000000000000:rule/orders/to-inbox';

function withDeadLetters(bench: EventsBench, RetryPolicy: Record<string, number> = {}, Arn = QUEUE_ARN): void {
  bench.declareRule('to-inbox', { Targets: [{ Id: 'inbox', Arn, RetryPolicy, DeadLetterConfig: { Arn: DEAD_ARN } }] });
}

const attributesOf = async (bench: EventsBench): Promise<Record<string, string>[]> =>
  (await bench.messages('dead')).map(({ MessageAttributes }) =>
    Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue])),
  );

const failing = (times: number) => ({ at: 'sqs.SendMessage', effect: 'error', times }) as const;

describe('a delivery that fails (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html)', () => {
  it('is tried again after a growing time, until it succeeds', async () => {
    const bench = eventsBench();
    withDeadLetters(bench);
    bench.ground.faults.inject(failing(3));
    await bench.put();
    // With the bench's random number, nought, each wait is half its full length: 0.5 s, 1 s, 2 s.
    for (const wait of [500, 1000]) {
      await bench.advance(wait);
      expect(await bench.bodies('inbox')).toEqual([]);
    }
    await bench.advance(1999);
    expect(await bench.bodies('inbox')).toEqual([]);
    await bench.advance(1);
    expect(await bench.bodies('inbox')).toHaveLength(1);
    expect(bench.ground.clock.nextDue()).toBeUndefined();
  });

  it('goes to the dead letters once its attempts are used up', async () => {
    const bench = eventsBench();
    withDeadLetters(bench, { MaximumRetryAttempts: 2 });
    bench.ground.faults.inject(failing(3));
    await bench.put();
    await bench.advance(500);
    await bench.advance(1000);
    expect(await attributesOf(bench)).toEqual([
      {
        RULE_ARN,
        TARGET_ARN: QUEUE_ARN,
        ERROR_CODE: 'ERROR_FROM_TARGET',
        ERROR_MESSAGE: 'injected fault',
        EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
        RETRY_ATTEMPTS: '2',
      },
    ]);
    expect(await bench.bodies('dead')).toMatchObject([{ source: 'order', detail: { orderId: 'o-1' } }]);
  });

  it('goes to the dead letters once it is too old', async () => {
    const bench = eventsBench();
    withDeadLetters(bench, { MaximumEventAgeInSeconds: 60 });
    bench.ground.faults.inject({ at: 'events.deliver', effect: 'error', times: 100 });
    await bench.put();
    await bench.advance(60_000);
    expect(await attributesOf(bench)).toMatchObject([
      { EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds', RETRY_ATTEMPTS: '6' },
    ]);
    expect(bench.ground.clock.nextDue()).toBeUndefined();
  });

  it('is dropped, and the terminal says so, where there is no dead-letter queue', async () => {
    const bench = eventsBench();
    bench.declareRule('to-inbox', {
      Targets: [{ Id: 'inbox', Arn: QUEUE_ARN, RetryPolicy: { MaximumRetryAttempts: 0 } }],
    });
    bench.ground.faults.inject(failing(1));
    await bench.put();
    expect(bench.reports).toEqual([
      `events: OrderPlaced of rule to-inbox did not reach ${QUEUE_ARN}: ERROR_FROM_TARGET injected fault; it has no dead-letter queue and is dropped`,
    ]);
  });

  it('is given up at once where the target does not exist', async () => {
    const bench = eventsBench();
    withDeadLetters(bench, {}, 'arn:aws:sqs:us-east-1:000000000000:none');
    await bench.put();
    const [attributes] = await attributesOf(bench);
    expect(attributes).toMatchObject({ ERROR_CODE: 'NO_RESOURCE', RETRY_ATTEMPTS: '0' });
    expect(attributes).not.toHaveProperty('EXHAUSTED_RETRY_CONDITION');
  });

  it('is given up at once where the rule may not send', async () => {
    let denied = 0;
    const bench = eventsBench({
      authorizer: {
        authorize: (_principal, { action, resource }) => {
          if (action === 'sqs:SendMessage' && resource === QUEUE_ARN && ++denied > 0)
            throw new AwsError('AccessDeniedException', 'denied');
        },
      },
    });
    withDeadLetters(bench);
    await bench.put();
    expect(await attributesOf(bench)).toMatchObject([{ ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: 'denied' }]);
    await bench.advance(86_400_000);
    expect(denied).toBe(1);
  });

  it('is lost, and the terminal says so, where not even the dead letters may be written', async () => {
    const bench = eventsBench({ authorizer: denying('sqs:SendMessage') });
    withDeadLetters(bench);
    await bench.put();
    expect(bench.reports).toEqual([expect.stringContaining(`nor did it reach ${DEAD_ARN}`)]);
    expect(await bench.bodies('dead')).toEqual([]);
  });

  it('is given up at once where a function would get what is no JSON', async () => {
    const bench = eventsBench();
    const Arn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
    const InputTransformer = { InputPathsMap: { id: '$.detail.orderId' }, InputTemplate: 'order <id>' };
    bench.declareRule('to-f', { Targets: [{ Id: 'f', Arn, InputTransformer, DeadLetterConfig: { Arn: DEAD_ARN } }] });
    await bench.put();
    expect(await attributesOf(bench)).toMatchObject([{ ERROR_CODE: 'INVALID_JSON' }]);
  });
});

describe('what a failure is called and whether it is tried again (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html)', () => {
  const fail = (code: string, status: number) =>
    ({ at: 'sqs.SendMessage', effect: 'error', error: { code, message: 'no', status }, times: 1 }) as const;

  it.each<[string, number, string]>([
    ['AccessDenied', 403, 'NO_PERMISSIONS'],
    ['AccessDeniedException', 400, 'NO_PERMISSIONS'],
    ['QueueDoesNotExist', 400, 'NO_RESOURCE'],
    ['ResourceNotFoundException', 404, 'NO_RESOURCE'],
    ['StateMachineDoesNotExist', 400, 'NO_RESOURCE'],
    ['InvalidParameterValue', 400, 'INVALID_PARAMETER'],
    ['NotImplemented', 501, 'SDK_CLIENT_ERROR'],
  ])('%s (%i) is %s and goes to the dead letters at once', async (code, status, ERROR_CODE) => {
    const bench = eventsBench();
    withDeadLetters(bench);
    bench.ground.faults.inject(fail(code, status));
    await bench.put();
    const [attributes] = await attributesOf(bench);
    expect(attributes).toEqual({
      RULE_ARN,
      TARGET_ARN: QUEUE_ARN,
      ERROR_CODE,
      ERROR_MESSAGE: 'no',
      RETRY_ATTEMPTS: '0',
    });
    expect(bench.ground.clock.nextDue()).toBeUndefined();
  });

  it.each<[string, number, string]>([
    ['ThrottlingException', 400, 'THROTTLING'],
    ['TooManyRequestsException', 429, 'THROTTLING'],
    ['RequestThrottled', 403, 'THROTTLING'],
    ['ExecutionLimitExceeded', 400, 'THROTTLING'],
    ['InternalError', 500, 'ERROR_FROM_TARGET'],
    ['ServiceUnavailable', 503, 'ERROR_FROM_TARGET'],
  ])('%s (%i) is %s and is tried again', async (code, status, ERROR_CODE) => {
    const bench = eventsBench();
    withDeadLetters(bench, { MaximumRetryAttempts: 1 });
    bench.ground.faults.inject({ ...fail(code, status), times: 2 });
    await bench.put();
    expect(await attributesOf(bench)).toEqual([]);
    await bench.advance(500);
    expect(await attributesOf(bench)).toMatchObject([
      { ERROR_CODE, EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts', RETRY_ATTEMPTS: '1' },
    ]);
  });

  it('the dead letter is the event itself, not what the target would have got', async () => {
    const bench = eventsBench();
    const Arn = 'arn:aws:sqs:us-east-1:000000000000:none';
    bench.declareRule('to-inbox', {
      Targets: [{ Id: 'inbox', Arn, InputPath: '$.detail', DeadLetterConfig: { Arn: DEAD_ARN } }],
    });
    await bench.put();
    expect(await bench.bodies('dead')).toMatchObject([{ source: 'order', detail: { orderId: 'o-1' } }]);
  });

  it('the rule asks as itself for both queues', async () => {
    const bench = eventsBench();
    withDeadLetters(bench, {}, 'arn:aws:sqs:us-east-1:000000000000:none');
    await bench.put();
    const asked = bench.asked.filter(({ permission }) => permission.action === 'sqs:SendMessage');
    const principal = { type: 'service', name: 'events.amazonaws.com', sourceArn: RULE_ARN };
    expect(asked).toEqual([
      { principal, permission: expect.objectContaining({ resource: 'arn:aws:sqs:us-east-1:000000000000:none' }) },
      { principal, permission: expect.objectContaining({ resource: DEAD_ARN }) },
    ]);
  });
});

describe('the retry policy (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html)', () => {
  it('tries once where no retries are wanted', async () => {
    const bench = eventsBench();
    withDeadLetters(bench, { MaximumRetryAttempts: 0 });
    bench.ground.faults.inject(failing(1));
    await bench.put();
    expect(await attributesOf(bench)).toMatchObject([
      { EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts', RETRY_ATTEMPTS: '0' },
    ]);
  });

  it('takes 185 retries and a day where nothing else is said, with waits that grow no longer than ten minutes', async () => {
    const bench = eventsBench();
    withDeadLetters(bench);
    bench.ground.faults.inject({ at: 'events.deliver', effect: 'error', times: 1000 });
    await bench.put();
    await bench.advance(86_400_000);
    // At half of each wait, the attempts are used up before the day is over.
    expect(await attributesOf(bench)).toMatchObject([
      { EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts', RETRY_ATTEMPTS: '185' },
    ]);
  });

  it.each<[Record<string, number>]>([
    [{ MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 }],
    [{ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }],
  ])('may be %j', (policy) => {
    expect(() => withDeadLetters(eventsBench(), policy)).not.toThrow();
  });
});

describe('after a kill, with delivery at least once (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-what-is-how-it-works-concepts.html)', () => {
  it('what was accepted is delivered, what waits for a retry waits on', async () => {
    const database = new Database(':memory:');
    const before = eventsBench({ database });
    before.declareRule('to-inbox');
    before.ground.faults.inject(failing(1));
    await before.put({ Detail: '{"n":1}' });
    await before.call('PutEvents', {
      Entries: [{ Source: 'order', DetailType: 'OrderPlaced', Detail: '{"n":2}', EventBusName: 'orders' }],
    });
    before.stop();

    const after = eventsBench({ database, now: before.ground.clock.now() });
    after.declareRule('to-inbox');
    after.start();
    await after.ground.activity.whenIdle();
    expect(await after.bodies('inbox')).toMatchObject([{ detail: { n: 2 } }]);
    await after.advance(500);
    expect(await after.bodies('inbox')).toHaveLength(2);

    const again = eventsBench({ database, now: after.ground.clock.now() });
    again.declareRule('to-inbox');
    again.start();
    await again.advance(60_000);
    expect(await again.bodies('inbox')).toHaveLength(2);
  });

  it('what no rule wants any more is dropped, and the terminal says so', async () => {
    const database = new Database(':memory:');
    const before = eventsBench({ database });
    before.declareRule('to-inbox');
    await before.call('PutEvents', {
      Entries: [{ Source: 'order', DetailType: 'A', Detail: '{}', EventBusName: 'orders' }],
    });
    before.stop();
    const after = eventsBench({ database });
    after.start();
    await after.ground.activity.whenIdle();
    expect(after.reports).toEqual([expect.stringContaining('has no target inbox any more')]);
  });
});

describe('an injected fault (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html)', () => {
  const inject = (bench: EventsBench, effect: FaultEffect, where?: Record<string, string>): string =>
    bench.ground.faults.inject({ at: 'events.deliver', effect, times: 1, ...(where && { where }) });

  it.each<[FaultEffect, number, number]>([
    ['lose', 0, 0],
    ['duplicate', 2, 2],
    ['error', 0, 1],
    ['lose-answer', 1, 2],
  ])('%s: %i deliveries at once, %i in the end', async (effect, atOnce, inTheEnd) => {
    const bench = eventsBench();
    bench.declareRule('to-inbox');
    inject(bench, effect);
    await bench.put();
    expect(await bench.bodies('inbox')).toHaveLength(atOnce);
    await bench.advance(3_600_000);
    expect(await bench.bodies('inbox')).toHaveLength(inTheEnd);
  });

  it('holds an event until it is removed, and lets others pass', async () => {
    const bench = eventsBench();
    bench.declareRule('to-inbox');
    const fault = inject(bench, 'hold', { detailType: 'OrderPlaced', source: 'order', rule: 'to-inbox' });
    await bench.put({ Detail: '{"n":1}' });
    await bench.put({ Detail: '{"n":2}' });
    expect(await bench.bodies('inbox')).toMatchObject([{ detail: { n: 2 } }]);
    bench.ground.faults.remove(fault);
    await bench.ground.activity.whenIdle();
    expect(await bench.bodies('inbox')).toHaveLength(2);
  });
});

describe('many events (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html)', () => {
  it('are all delivered, though only some at once', async () => {
    const bench = eventsBench();
    const Arn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
    bench.declareRule('to-f', { Targets: [{ Id: 'f', Arn }] });
    const Entries = Array.from({ length: 10 }, (_, n) => ({
      Source: 'order',
      DetailType: 'A',
      Detail: JSON.stringify({ n }),
      EventBusName: 'orders',
    }));
    await Promise.all(Array.from({ length: 30 }, () => bench.call('PutEvents', { Entries })));
    await bench.ground.activity.whenIdle();
    expect(bench.taken).toHaveLength(300);
    bench.stop();
  });
});
