/** How payments are found: by their key, and while they are unsettled in the table's index; for the store and the stack alike. */
import type { StateIndex } from '@distributed-patterns/messaging';
import * as z from 'zod';

/**
 * Payments that may have been charged without our knowing, by the time they were created. An item is in the index while
 * it has both attributes, which it loses when the payment is concluded. All are in one partition: two of its writes for
 * each payment, of a thousand a second that DynamoDB allows
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html).
 */
export const unsettledPayments = {
  name: 'unsettled',
  partitionKey: 'unsettled',
  sortKey: 'createdAt',
} as const satisfies StateIndex;

/** The one partition of the index. */
export const UNSETTLED = 'unsettled';

const PAYMENT = 'payment#';

/** The key of a payment's item. */
export function paymentKey(orderId: string): string {
  return `${PAYMENT}${orderId}`;
}

const entrySchema = z.object({ pk: z.string() });

/** The order of a payment that the index has found. */
export function toOrderId(entry: unknown): string {
  return entrySchema.parse(entry).pk.slice(PAYMENT.length);
}
