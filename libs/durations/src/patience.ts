/** How long the saga waits for each step, how patiently it tries again, and what that adds up to. */
import type { Seconds } from './durations.ts';

/** Retrying with exponential backoff and full jitter. */
export interface Patience {
  /** How long one attempt waits for its answer. */
  readonly timeout: Seconds;
  /** Attempts after the first. */
  readonly retries: number;
  readonly firstPause: Seconds;
  readonly backoffRate: number;
  readonly longestPause: Seconds;
}

/** A step forward: a customer is waiting, and giving up is safe, since it will be undone. */
export const forward: Patience = { timeout: 30, retries: 3, firstPause: 2, backoffRate: 2, longestPause: 20 };

/** An undo, or a step past the pivot: giving up is not safe, so it is tried for up to about an hour before a person is asked. */
export const steadfast: Patience = { timeout: 60, retries: 15, firstPause: 2, backoffRate: 2, longestPause: 300 };

/** The pauses before each retry, each at its longest. */
export function pausesOf({ retries, firstPause, backoffRate, longestPause }: Patience): readonly Seconds[] {
  return Array.from({ length: retries }, (_, retry) => Math.min(longestPause, firstPause * backoffRate ** retry));
}

/** The longest that a step may take before it is given up, pauses included. */
export function longest(patience: Patience): Seconds {
  return patience.timeout * (patience.retries + 1) + pausesOf(patience).reduce((sum, pause) => sum + pause, 0);
}

/** How many steps the order saga has before its pivot. */
export const stepsBeforePivot = 3;

/**
 * The longest that a saga may run that does not wait for an operator: every step forward is answered at the last moment,
 * the pivot is refused at the last moment, and so are all undos and the end answered.
 */
export function longestSaga(steps: number = stepsBeforePivot): Seconds {
  const undos = steps;
  const [pivot, end] = [1, 1];
  return steps * longest(forward) + (pivot + undos + end) * longest(steadfast);
}

const HOUR: Seconds = 3_600;

/** Orders that are open for longer than any saga runs: how often they are looked for, and how long a page of them may take. */
export const watchdog = { every: HOUR, openFor: longestSaga() + HOUR, page: 10 } as const;

/** Reservations whose end nobody has told: the watchdog has had its chance, whatever the order's saga waited for. */
export const overdue = { every: HOUR, reservedFor: longestSaga() + 4 * HOUR, page: 10 } as const;
