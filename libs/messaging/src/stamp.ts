/** Gives an announcement its metadata: identity, time, and what it was caused by. */
import type { Announcement, Message } from '@distributed-patterns/contracts';
import { v7 as uuidv7 } from 'uuid';

/** The two sources of what code cannot compute, injected so that tests can know them. */
export interface ClockAndIds {
  /** The present time. */
  readonly now: () => Date;
  /** A new unique id, sorting by time (uuid v7, RFC 9562). */
  readonly newId: () => string;
}

/** The machine's clock and random ids. */
export const systemClockAndIds: ClockAndIds = { now: () => new Date(), newId: () => uuidv7() };

/** What leads to a message: a request's ids, or the metadata of the message before it. */
export interface Cause {
  readonly id: string;
  readonly correlationId: string;
  /** A command's token, which its answer carries back. */
  readonly replyToken?: string | undefined;
}

/** The announcement as a message that can be recorded in the outbox. */
export function stamp(announcement: Announcement, cause: Cause, clockAndIds: ClockAndIds): Message {
  const { type, source, version, data } = announcement;
  return {
    type,
    source,
    metadata: {
      id: clockAndIds.newId(),
      version,
      occurredAt: clockAndIds.now().toISOString(),
      correlationId: cause.correlationId,
      causationId: cause.id,
      ...(cause.replyToken === undefined ? {} : { replyToken: cause.replyToken }),
    },
    data,
  };
}
