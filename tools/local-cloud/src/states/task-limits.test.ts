/** How a task ends: by its token, by its limits, by an error that Retry and Catch take or leave. */
import { StateFailure } from './failure.ts';
import { command, machine, seededRandom, World } from './given-states.ts';
import { nextRetry, type Retrier } from './retry.ts';

const ONE = machine({ Ask: command('Ask', { End: true }) });
const LIMITED = machine({
  Ask: command('Ask', { TimeoutSeconds: 100, HeartbeatSeconds: 10, End: true }),
});

describe('a task token', () => {
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

describe('the limits of a task', () => {
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
    expect((await world.describe(arn)).status).toBe('TIMED_OUT');
    expect((await world.eventTypes(arn)).at(-1)).toBe('ExecutionTimedOut');
  });
});

describe('the names in ErrorEquals', () => {
  const failed = (name: string): StateFailure => new StateFailure(name);

  it('match themselves, and by States.ALL everything but the two errors that end an execution', () => {
    expect(failed('Mine').matches(['Other', 'Mine'])).toBe(true);
    expect(failed('Mine').matches(['States.ALL'])).toBe(true);
    expect(failed('States.DataLimitExceeded').matches(['States.ALL'])).toBe(false);
    expect(failed('States.DataLimitExceeded').matches(['States.DataLimitExceeded'])).toBe(true);
    expect(failed('States.Runtime').matches(['States.ALL', 'States.Runtime'])).toBe(false);
  });

  it('match by States.TaskFailed everything but a timeout', () => {
    expect(failed('Mine').matches(['States.TaskFailed'])).toBe(true);
    expect(failed('States.QueryEvaluationError').matches(['States.TaskFailed'])).toBe(true);
    expect(failed('States.Timeout').matches(['States.TaskFailed'])).toBe(false);
  });
});

describe('Retry', () => {
  const retrier: Retrier = {
    errorEquals: ['A', 'B'],
    intervalSeconds: 1,
    maxAttempts: 3,
    backoffRate: 2,
    maxDelaySeconds: undefined,
    fullJitter: false,
  };

  function delays(retriers: readonly Retrier[], errors: readonly string[]): (number | undefined)[] {
    const random = seededRandom(1);
    let used: readonly number[] = [];
    return errors.map((error) => {
      const retry = nextRetry(retriers, new StateFailure(error), used, random);
      used = retry?.used ?? used;
      return retry?.delay;
    });
  }

  it('counts for each retrier by itself, as in the example of the documentation', () => {
    const other = { ...retrier, errorEquals: ['C'], intervalSeconds: 5 };
    expect(delays([{ ...retrier, maxAttempts: 2 }, other], ['A', 'B', 'C', 'B'])).toEqual([
      1000,
      2000,
      5000,
      undefined,
    ]);
  });

  it('waits no longer than MaxDelaySeconds', () => {
    expect(delays([{ ...retrier, maxAttempts: 5, maxDelaySeconds: 5 }], ['A', 'A', 'A', 'A', 'A', 'A'])).toEqual([
      1000,
      2000,
      4000,
      5000,
      5000,
      undefined,
    ]);
  });

  it('spreads the wait over the whole interval with full jitter', () => {
    const many = Array.from({ length: 50 }, () => delays([{ ...retrier, fullJitter: true }], ['A'])[0] ?? -1);
    expect(Math.min(...many)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...many)).toBeLessThanOrEqual(1000);
    expect(delays([{ ...retrier, intervalSeconds: 100, fullJitter: true }], ['A', 'A', 'A'])).not.toEqual([
      100_000, 200_000, 400_000,
    ]);
  });

  it('is not used at all with MaxAttempts 0', () => {
    expect(delays([{ ...retrier, maxAttempts: 0 }], ['A'])).toEqual([undefined]);
  });
});
