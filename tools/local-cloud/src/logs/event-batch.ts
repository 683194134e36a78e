/** A batch of events that somebody writes: what is refused as a whole, and what is only left out. */
import type { LogEvent } from './event-store.ts';
import { invalid } from './names.ts';

const MOST_BYTES = 1_048_576;
/** What an event counts beside its message. */
const BYTES_PER_EVENT = 26;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FUTURE = 2 * HOUR;
const PAST = 14 * DAY;

/** Where in a batch the events that were left out end or begin, as PutLogEvents answers it. */
export interface RejectedLogEventsInfo {
  readonly tooNewLogEventStartIndex?: number;
  readonly tooOldLogEventEndIndex?: number;
  readonly expiredLogEventEndIndex?: number;
}

/**
 * Refuses a batch that PutLogEvents does not take
 * (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html).
 * @throws AwsError InvalidParameterException
 */
export function refuseBatch(events: readonly LogEvent[]): void {
  const size = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + BYTES_PER_EVENT, 0);
  if (size > MOST_BYTES) throw invalid(`Upload too large: ${size} bytes exceeds limit of ${MOST_BYTES}`);
  const ordered = events.every((event, index) => event.timestamp >= (events[index - 1]?.timestamp ?? 0));
  if (!ordered) throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
  const span = (events.at(-1)?.timestamp ?? 0) - (events[0]?.timestamp ?? 0);
  if (span > DAY) {
    throw invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  }
}

/** Leaves out what lies too far ahead or back, or is older than the group keeps; `retention` is in days. */
export function sortOut(
  events: readonly LogEvent[],
  now: number,
  retention: number | null,
): { readonly accepted: readonly LogEvent[]; readonly rejectedLogEventsInfo: RejectedLogEventsInfo | undefined } {
  const tooNew = events.findIndex(({ timestamp }) => timestamp > now + FUTURE);
  const tooOld = countOlder(events, now - PAST);
  const expired = retention === null ? 0 : countOlder(events, now - retention * DAY);
  const accepted = events.slice(Math.max(tooOld, expired), tooNew === -1 ? undefined : tooNew);
  if (accepted.length === events.length) return { accepted, rejectedLogEventsInfo: undefined };
  const rejectedLogEventsInfo = {
    ...(tooNew === -1 ? {} : { tooNewLogEventStartIndex: tooNew }),
    ...(tooOld === 0 ? {} : { tooOldLogEventEndIndex: tooOld }),
    ...(expired === 0 ? {} : { expiredLogEventEndIndex: expired }),
  };
  return { accepted, rejectedLogEventsInfo };
}

/** The events stand in the order of time. */
function countOlder(events: readonly LogEvent[], than: number): number {
  const first = events.findIndex(({ timestamp }) => timestamp >= than);
  return first === -1 ? events.length : first;
}
