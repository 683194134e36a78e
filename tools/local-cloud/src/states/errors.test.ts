/** What becomes of an error: which retrier takes it, after how long, and which catcher. */
import { StateFailure } from './failure.ts';
import { command, machine, seededRandom, World } from './given-states.ts';
import { nextRetry, type Retrier } from './retry.ts';

describe('the names in ErrorEquals (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation)', () => {
  const failed = (name: string): StateFailure => new StateFailure(name);

  it('match themselves, and by States.ALL everything but the two errors that end an execution', () => {
    expect(failed('Mine').matches(['Other', 'Mine'])).toBe(true);
    expect(failed('Mine').matches(['States.ALL'])).toBe(true);
    expect(failed('States.DataLimitExceeded').matches(['States.ALL'])).toBe(false);
    expect(failed('States.DataLimitExceeded').matches(['States.DataLimitExceeded'])).toBe(true);
    expect(failed('States.Runtime').matches(['States.ALL', 'States.Runtime'])).toBe(false);
  });

  it('lead to the first catcher that has one of them', async () => {
    const world = new World(
      machine({
        Ask: command('Ask', {
          Catch: [
            { ErrorEquals: ['A', 'B'], Output: 'first', Next: 'Done' },
            { ErrorEquals: ['B', 'States.TaskFailed'], Output: 'second', Next: 'Done' },
            { ErrorEquals: ['States.ALL'], Output: 'third', Next: 'Done' },
          ],
          TimeoutSeconds: 60,
          Next: 'Done',
        }),
        Done: { Type: 'Succeed' },
      }),
    );
    for (const [error, output] of [
      ['B', 'first'],
      ['C', 'second'],
      ['States.Timeout', 'third'],
    ] as const) {
      const arn = await world.start({ orderId: 'o' }, error);
      if (error === 'States.Timeout') await world.advance(60_000);
      else await world.fail(error);
      expect((await world.describe(arn)).output).toBe(`"${output}"`);
    }
  });

  it('match by States.TaskFailed everything but a timeout', () => {
    expect(failed('Mine').matches(['States.TaskFailed'])).toBe(true);
    expect(failed('States.QueryEvaluationError').matches(['States.TaskFailed'])).toBe(true);
    expect(failed('States.Timeout').matches(['States.TaskFailed'])).toBe(false);
  });
});

describe('Retry (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error)', () => {
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

  it('is decided by the first retrier that matches, even where that is used up and a later one is not', () => {
    const first = { ...retrier, errorEquals: ['A'], maxAttempts: 1, intervalSeconds: 7 };
    const rest = { ...retrier, errorEquals: ['States.ALL'] };
    expect(delays([first, rest], ['A', 'B', 'A'])).toEqual([7000, 1000, undefined]);
    expect(delays([{ ...first, maxAttempts: 0 }, rest], ['A'])).toEqual([undefined]);
  });

  it('begins at its interval again once the state has been left', async () => {
    const world = new World(
      machine({
        Ask: command('Ask', {
          Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 10, MaxAttempts: 2 }],
          Catch: [{ ErrorEquals: ['Again'], Next: 'Ask' }],
          End: true,
        }),
      }),
    );
    await world.start();
    for (let visit = 1; visit <= 2; visit++) {
      await world.fail('Busy');
      await world.advance(10_000);
      await world.fail('Busy');
      await world.advance(19_999);
      expect(world.sent).toHaveLength(4 * visit - visit - 1);
      await world.advance(1);
      await world.fail('Again');
    }
    expect(world.sent).toHaveLength(7);
  });

  it('goes before Catch', async () => {
    const world = new World(
      machine({
        Ask: command('Ask', {
          Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
          Next: 'Done',
        }),
        Done: { Type: 'Succeed', Output: 'caught' },
      }),
    );
    const arn = await world.start();
    await world.fail('No');
    expect((await world.describe(arn)).status).toBe('RUNNING');
    await world.advance(1_000);
    await world.fail('No');
    expect((await world.describe(arn)).output).toBe('"caught"');
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
