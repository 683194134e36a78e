/** A clock that stands still and ids that count up, so that a test knows both. */
import type { ClockAndIds } from '@distributed-patterns/messaging';

/** A clock that moves only when it is told to. */
export interface TestClockAndIds extends ClockAndIds {
  /** Moves the clock by milliseconds. */
  advance(milliseconds: number): void;
}

/** Starts at a time (ISO 8601); the ids are uuids of version 7 that sort by the order in which they were made. */
export function testClockAndIds(startsAt = '2026-01-15T09:30:00.000Z'): TestClockAndIds {
  let now = Date.parse(startsAt);
  let made = 0;
  return {
    now: () => new Date(now),
    newId: () => `01900000-0000-7000-8000-${String(++made).padStart(12, '0')}`,
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}
