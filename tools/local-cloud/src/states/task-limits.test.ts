/** How a task ends: by its token, or by its limits. */
import { command, machine, World } from './given-states.ts';

const ONE = machine({ Ask: command('Ask', { End: true }) });
const LIMITED = machine({
  Ask: command('Ask', { TimeoutSeconds: 100, HeartbeatSeconds: 10, End: true }),
});

describe('a task token (https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token)', () => {
  it('is refused as InvalidToken when nobody issued it', async () => {
    const world = new World(ONE);
    await world.start();
    const token = world.lastToken();
    expect(token.length).toBeLessThanOrEqual(1024);
    const forged = `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`;
    for (const garbage of ['garbage', forged, `${token}AA`, token.slice(0, -2)]) {
      expect(await world.refusal('SendTaskSuccess', { taskToken: garbage, output: '{}' })).toBe(
        "InvalidToken: Invalid Token: 'Invalid token'",
      );
    }
  });

  it('is good for one answer, and the second gets TaskTimedOut', async () => {
    const world = new World(ONE);
    const arn = await world.start();
    await world.succeed({ first: true });
    expect(await world.refusal('SendTaskFailure', { taskToken: world.lastToken(), error: 'Second' })).toContain(
      'TaskTimedOut',
    );
    expect((await world.describe(arn)).output).toBe('{"first":true}');
  });

  it('takes exactly one of two answers that race', async () => {
    const world = new World(ONE);
    const arn = await world.start();
    const taskToken = world.lastToken();
    const outcomes = await Promise.allSettled([
      world.call('SendTaskSuccess', { taskToken, output: '1' }),
      world.call('SendTaskSuccess', { taskToken, output: '2' }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await world.eventTypes(arn)).filter((type) => type === 'TaskSucceeded')).toHaveLength(1);
  });

  it('takes an answer that arrives while the request is still on its way', async () => {
    const world = new World(ONE);
    let answered: Promise<unknown> | undefined;
    world.putEvents = (entries) => {
      const { token } = JSON.parse(entries[0]?.Detail ?? '{}') as { token: string };
      answered = world.call('SendTaskSuccess', { taskToken: token, output: '{"early":true}' });
      return answered.then(() => ({ FailedEntryCount: 0, Entries: [{ EventId: 'e' }] }));
    };
    const arn = await world.start();
    await answered;
    expect(await world.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"early":true}' });
  });

  it('is unknown once its execution has been forgotten, after ninety days', async () => {
    const world = new World(ONE);
    await world.start();
    const taskToken = world.lastToken();
    await world.succeed();
    await world.advance(91 * 24 * 3_600_000);
    await world.restart();
    expect(await world.refusal('SendTaskSuccess', { taskToken, output: '{}' })).toContain('TaskDoesNotExist');
  });

  it('has 1 to 2,048 characters', async () => {
    const world = new World(ONE);
    expect(await world.refusal('SendTaskSuccess', { taskToken: '', output: '{}' })).toContain('ValidationException');
    expect(await world.refusal('SendTaskHeartbeat', { taskToken: 'x'.repeat(2048) })).toContain('InvalidToken');
    expect(await world.refusal('SendTaskHeartbeat', { taskToken: 'x'.repeat(2049) })).toContain('ValidationException');
  });

  it('is good for nothing once its execution has ended in another way', async () => {
    for (const ending of ['StopExecution', 'timeout'] as const) {
      const world = new World({
        QueryLanguage: 'JSONata',
        TimeoutSeconds: 60,
        StartAt: 'Ask',
        States: { Ask: command('Ask', { End: true }) },
      });
      const executionArn = await world.start();
      if (ending === 'timeout') await world.advance(60_000);
      else await world.call(ending, { executionArn });
      const taskToken = world.lastToken();
      expect(await world.refusal('SendTaskSuccess', { taskToken, output: '{}' })).toContain('TaskTimedOut');
      expect(await world.refusal('SendTaskFailure', { taskToken })).toContain('TaskTimedOut');
      expect(await world.refusal('SendTaskHeartbeat', { taskToken })).toContain('TaskTimedOut');
    }
  });

  it('takes an error of 256 characters with a cause of 32,768, and no more', async () => {
    const world = new World(ONE);
    const arn = await world.start();
    const taskToken = world.lastToken();
    const long = { error: 'e'.repeat(256), cause: 'c'.repeat(32_768) };
    for (const field of ['error', 'cause'] as const) {
      expect(await world.refusal('SendTaskFailure', { taskToken, [field]: `${long[field]}x` })).toContain(
        'ValidationException',
      );
    }
    await world.fail(long.error, long.cause);
    expect(await world.describe(arn)).toMatchObject({ status: 'FAILED', ...long });
  });

  it('takes a failure without a name, which States.TaskFailed and States.ALL catch', async () => {
    for (const name of ['States.TaskFailed', 'States.ALL']) {
      const world = new World(
        machine({
          Ask: command('Ask', { Catch: [{ ErrorEquals: [name], Next: 'Done' }], Next: 'Done' }),
          Done: { Type: 'Succeed' },
        }),
      );
      const arn = await world.start();
      await world.call('SendTaskFailure', { taskToken: world.lastToken() });
      await world.idle();
      expect(await world.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: '{}' });
    }
  });

  it('needs an output that is JSON', async () => {
    const world = new World(ONE);
    await world.start();
    expect(await world.refusal('SendTaskSuccess', { taskToken: world.lastToken(), output: '{not json' })).toContain(
      'InvalidOutput',
    );
    await world.succeed();
  });

  it('takes an output of 256 KiB and no more', async () => {
    const world = new World(ONE);
    await world.start();
    const text = 'x'.repeat(256 * 1024 - 2);
    expect(await world.refusal('SendTaskSuccess', { taskToken: world.lastToken(), output: `"${text}y"` })).toContain(
      'ValidationException',
    );
    await world.succeed(text);
  });
});

describe('the limits of a task (https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html)', () => {
  it('time it out over the whole wait, as States.Timeout', async () => {
    const world = new World(
      machine({ Ask: command('Ask', { TimeoutSeconds: '{% $states.input.limit %}', End: true }) }),
    );
    const arn = await world.start({ orderId: 'o', limit: 30 });
    await world.advance(29_999);
    expect((await world.describe(arn)).status).toBe('RUNNING');
    await world.advance(1);
    expect(await world.describe(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect((await world.eventTypes(arn)).slice(-2)).toEqual(['TaskTimedOut', 'ExecutionFailed']);
  });

  it('let a worker go on for as long as it beats', async () => {
    const world = new World(LIMITED);
    const arn = await world.start();
    for (let beat = 0; beat < 5; beat++) {
      await world.advance(9_000);
      await world.call('SendTaskHeartbeat', { taskToken: world.lastToken() });
    }
    await world.advance(9_999);
    expect((await world.describe(arn)).status).toBe('RUNNING');
    await world.advance(1);
    expect((await world.describe(arn)).error).toBe('States.Timeout');
  });

  it('are not moved by heartbeats where it is the timeout that is over', async () => {
    const world = new World(LIMITED);
    const arn = await world.start();
    for (let beat = 0; beat < 11; beat++) {
      await world.advance(9_000);
      await world.call('SendTaskHeartbeat', { taskToken: world.lastToken() });
    }
    await world.advance(1_000);
    expect((await world.describe(arn)).status).toBe('FAILED');
  });

  it('let Catch tell a missed heartbeat from a timeout', async () => {
    const world = new World(
      machine({
        Ask: command('Ask', {
          TimeoutSeconds: 100,
          HeartbeatSeconds: 10,
          Catch: [{ ErrorEquals: ['States.HeartbeatTimeout'], Output: 'silent', Next: 'Done' }],
          Next: 'Done',
        }),
        Done: { Type: 'Succeed' },
      }),
    );
    const arn = await world.start();
    await world.advance(10_000);
    expect((await world.describe(arn)).output).toBe('"silent"');
  });

  it('end an execution that runs longer than its definition allows', async () => {
    const world = new World({
      QueryLanguage: 'JSONata',
      TimeoutSeconds: 60,
      StartAt: 'Ask',
      States: { Ask: command('Ask', { End: true }) },
    });
    const arn = await world.start();
    await world.advance(60_000);
    expect(await world.describe(arn)).toMatchObject({ status: 'TIMED_OUT', error: undefined, cause: undefined });
    const { events } = await world.history(arn);
    expect(events.at(-1)).toMatchObject({
      type: 'ExecutionTimedOut',
      previousEventId: 0,
      executionTimedOutEventDetails: { error: 'States.Timeout' },
    });
  });
});
