/** When a request is made again, and how long that may go on. */
import { OrderApiError, OrderApiUnreachable } from './errors.ts';

/** How a client repeats; times are in milliseconds. The functions are for tests, and the platform's own otherwise. */
export interface RetryOptions {
  /** All attempts and the pauses between them. Keep it shorter than the stage's idempotency keys hold. */
  readonly deadline?: number;
  /** How long an attempt may take, to the end of its answer. */
  readonly attemptTimeout?: number;
  /** The first pause is at most this long; each further one may be twice as long. */
  readonly firstPause?: number;
  /** No pause is longer, unless the server asks for it. */
  readonly longestPause?: number;
  /** Ends early when the signal is aborted. */
  readonly pause?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Calls `ring` when the time is up, unless the function that it returns is called before. */
  readonly timer?: (milliseconds: number, ring: () => void) => () => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** From 0 up to, not including, 1. */
  readonly random?: () => number;
}

/** The same with nothing left open. */
export type Retry = Required<RetryOptions>;

/** Makes one attempt; the signal tells it to stop. */
type Attempt<T> = (signal: AbortSignal) => Promise<T>;

/**
 * The options with what they leave open. The server's functions run for 10 s at most: an attempt that takes longer is lost,
 * and the deadline leaves time for another one after it, when its key is no longer in progress.
 */
export function completed({
  deadline = 30_000,
  attemptTimeout = 12_000,
  firstPause = 200,
  longestPause = 4_000,
  pause = pauseOnTimer,
  timer = realTimer,
  now = () => Date.now(),
  random = () => Math.random(),
}: RetryOptions): Retry {
  return { deadline, attemptTimeout, firstPause, longestPause, pause, timer, now, random };
}

/**
 * Makes attempts until one succeeds, one fails for good, or the deadline does not allow another.
 * @throws the signal's reason, once it is aborted
 * @throws what the last attempt threw; OrderApiError of the last answer rather than OrderApiUnreachable, if there was one
 */
export async function repeated<T>(attempt: Attempt<T>, retry: Retry, signal: AbortSignal | undefined): Promise<T> {
  const end = retry.now() + retry.deadline;
  let answered: OrderApiError | undefined;
  for (let repeats = 0; ; repeats += 1) {
    signal?.throwIfAborted();
    try {
      return await within(Math.min(retry.attemptTimeout, end - retry.now()), attempt, retry, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error)) throw error;
      if (error instanceof OrderApiError) answered = error;
      const pause = pauseAfter(error, repeats, retry);
      if (retry.now() + pause < end) await retry.pause(pause, signal);
      else throw answered ?? error;
      // A pause lasts longer than asked for where the machine slept.
      if (retry.now() >= end) throw answered ?? error;
    }
  }
}

/** Not by AbortSignal.any, which can lose a signal in some releases of Node (https://github.com/nodejs/node/issues/65995). */
async function within<T>(milliseconds: number, attempt: Attempt<T>, { timer }: Retry, signal: AbortSignal | undefined) {
  const attempted = new AbortController();
  const expire = () => attempted.abort(new DOMException(`There was no answer in ${milliseconds} ms`, 'TimeoutError'));
  const follow = () => attempted.abort(signal?.reason);
  const stop = timer(milliseconds, expire);
  signal?.addEventListener('abort', follow);
  try {
    return await attempt(attempted.signal);
  } finally {
    stop();
    signal?.removeEventListener('abort', follow);
  }
}

/** What comes of the work; the signal's reason as soon as it is aborted, even where the work pays no heed to it. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function isPassing(error: unknown): error is OrderApiError | OrderApiUnreachable {
  return (error instanceof OrderApiError || error instanceof OrderApiUnreachable) && error.retryable;
}

/**
 * Never sooner than the server asks, and a little later, so that not everybody comes back at once; else exponential backoff
 * with full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
function pauseAfter(error: OrderApiError | OrderApiUnreachable, repeats: number, retry: Retry): number {
  const { firstPause, longestPause, now, random } = retry;
  const asked = error instanceof OrderApiError ? askedPause(error.retryAfter, now()) : undefined;
  if (asked !== undefined) return asked + random() * firstPause;
  return random() * Math.min(longestPause, firstPause * 2 ** repeats);
}

/** Seconds or an HTTP-date (RFC 9110, section 10.2.3); what is neither asks for nothing. */
function askedPause(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  const date = retryAfter.endsWith(' GMT') ? Date.parse(retryAfter) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Anything longer would ring at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

function realTimer(milliseconds: number, ring: () => void): () => void {
  const timer = setTimeout(ring, Math.min(milliseconds, LONGEST_TIMER));
  return () => clearTimeout(timer);
}

function pauseOnTimer(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stop();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const stop = realTimer(milliseconds, end);
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end);
  });
}
