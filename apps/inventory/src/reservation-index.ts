/** How reservations are found: by their key, and while they are open in the table's index; for the store and the stack alike. */
import { orderIdSchema } from '@distributed-patterns/contracts';
import type { StateIndex } from '@distributed-patterns/messaging';
import * as z from 'zod';

/**
 * Reservations that are neither sold nor released, by the time they were made. An item is in the index while it has both
 * attributes, which it loses when the reservation has ended. All are in one partition: two of its writes for each
 * reservation, of a thousand a second that DynamoDB allows
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html).
 */
export const openReservations = {
  name: 'open',
  partitionKey: 'open',
  sortKey: 'reservedAt',
} as const satisfies StateIndex;

/** The one partition of the index. */
export const OPEN = 'open';

/** A reservation that the index has found. */
export interface OpenReservation {
  readonly orderId: string;
  /** ISO 8601. */
  readonly reservedAt: string;
}

const RESERVATION = 'reservation#';

/** The key of a reservation's item. */
export function reservationKey(orderId: string): string {
  return `${RESERVATION}${orderId}`;
}

const entrySchema = z
  .object({ pk: z.templateLiteral([RESERVATION, orderIdSchema]), reservedAt: z.string() })
  .transform(({ pk, reservedAt }): OpenReservation => ({ orderId: pk.slice(RESERVATION.length), reservedAt }));

/** What an entry of the index says. */
export function toOpenReservation(entry: unknown): OpenReservation {
  return entrySchema.parse(entry);
}
