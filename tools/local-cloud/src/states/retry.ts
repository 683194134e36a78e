/** Retry: which retrier takes a failure, and how long it waits. */
import type { StateFailure } from './failure.ts';

/** One retrier of a Task state, with its defaults filled in. */
export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number | undefined;
  readonly fullJitter: boolean;
}

/** A retry that is owed: after how many milliseconds, and what each retrier has been used up by then. */
export interface Retry {
  readonly delay: number;
  readonly used: readonly number[];
}

/**
 * The retry for this failure, or undefined where no retrier matches or the first that does is used up
 * (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error).
 * @param used how often each retrier has retried during this visit of the state
 */
export function nextRetry(
  retriers: readonly Retrier[],
  failure: StateFailure,
  used: readonly number[],
  random: () => number,
): Retry | undefined {
  const index = retriers.findIndex((retrier) => failure.matches(retrier.errorEquals));
  const retrier = retriers[index];
  if (retrier === undefined) return undefined;
  const before = used[index] ?? 0;
  if (before >= retrier.maxAttempts) return undefined;
  return {
    delay: delayOf(retrier, before, random),
    used: retriers.map((_, position) => (used[position] ?? 0) + (position === index ? 1 : 0)),
  };
}

function delayOf(retrier: Retrier, before: number, random: () => number): number {
  const seconds = Math.min(
    retrier.intervalSeconds * retrier.backoffRate ** before,
    retrier.maxDelaySeconds ?? Number.MAX_SAFE_INTEGER / 1000,
  );
  return Math.round(seconds * 1000 * (retrier.fullJitter ? random() : 1));
}
