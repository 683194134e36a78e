/** How everything here waits before it tries again. */

/** Waits before attempt `attempt`, counted from 1 for the first repeat. */
export type Pause = (attempt: number) => Promise<void>;

const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 400;

/** Exponential backoff with full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). */
export const backoff: Pause = (attempt) => {
  const ceiling = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** attempt);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * ceiling));
};
