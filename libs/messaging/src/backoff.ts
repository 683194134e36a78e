/** How everything here waits before it tries again. */
import { conflictPause, milliseconds } from '@distributed-patterns/durations';

/** Waits before attempt `attempt`, counted from 1 for the first repeat. */
export type Pause = (attempt: number) => Promise<void>;

/** Exponential backoff with full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). */
export const backoff: Pause = (attempt) => {
  const ceiling = milliseconds(conflictPause(attempt));
  return new Promise((resolve) => setTimeout(resolve, Math.random() * ceiling));
};
