/** How long the saga waits for each step and how patiently it tries again; in seconds. */

/** Retrying with exponential backoff and full jitter. */
export interface Patience {
  /** How long one attempt waits for its answer. */
  readonly timeout: number;
  /** Attempts after the first. */
  readonly retries: number;
  readonly firstPause: number;
  readonly backoffRate: number;
  readonly longestPause: number;
}

/** A step forward: a customer is waiting, and giving up is safe, since it will be undone. */
export const forward: Patience = { timeout: 30, retries: 3, firstPause: 2, backoffRate: 2, longestPause: 20 };

/** An undo, or a step past the pivot: giving up is not safe, so it is tried for up to about an hour before a person is asked. */
export const steadfast: Patience = { timeout: 60, retries: 15, firstPause: 2, backoffRate: 2, longestPause: 300 };

/** The longest that a step may take before it is given up, pauses included. */
export function longest({ timeout, retries, firstPause, backoffRate, longestPause }: Patience): number {
  const pauses = Array.from({ length: retries }, (_, retry) =>
    Math.min(longestPause, firstPause * backoffRate ** retry),
  );
  return timeout * (retries + 1) + pauses.reduce((sum, pause) => sum + pause, 0);
}
