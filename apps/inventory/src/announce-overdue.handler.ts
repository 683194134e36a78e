/** Says, every hour, which reservations have been open for longer than any order is; a clock never releases them. */
import { announce, reservationOverdue } from '@distributed-patterns/contracts';
import { milliseconds, overdue } from '@distributed-patterns/durations';
import { stamp } from '@distributed-patterns/messaging';
import type { Context } from 'aws-lambda';
import type { OpenReservation } from './reservation-index.ts';
import { type Wiring, wiring } from './wiring.ts';

/** Milliseconds: longer than any saga runs, and than the order's own watchdog waits. */
const RESERVED_FOR = milliseconds(overdue.reservedFor);

/** Milliseconds that a page of reservations may take; with less left, the rest waits for the next run. */
const TIME_FOR_A_PAGE = milliseconds(overdue.page);

/** Each run says it again of what is still open: whoever owns the order answers with what became of it. */
export const handler = async (
  _event?: unknown,
  context?: Pick<Context, 'getRemainingTimeInMillis'>,
  wired: Wiring = wiring(),
): Promise<void> => {
  const before = new Date(wired.clockAndIds.now().getTime() - RESERVED_FOR).toISOString();
  for await (const page of wired.store.open(before)) {
    await wired.store.record(page.map((reservation) => told(reservation, wired)));
    if (context !== undefined && context.getRemainingTimeInMillis() < TIME_FOR_A_PAGE) break;
  }
};

function told(reservation: OpenReservation, { clockAndIds, telemetry }: Wiring) {
  const id = clockAndIds.newId();
  telemetry.logger.warn('reservation overdue', { ...reservation, correlationId: id });
  return stamp(announce(reservationOverdue, reservation), { id, correlationId: id }, clockAndIds);
}
