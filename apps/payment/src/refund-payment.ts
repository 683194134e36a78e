/** Sees to it that nothing is charged for an order, now or later. */
import type { OrderCancelRequested, RefundPayment } from '@distributed-patterns/contracts';
import { stamp } from '@distributed-patterns/messaging';
import { announceEarlyRefund, answerToRefund, type Payment, refunded, type Settlement } from './payment.ts';
import type { Wiring } from './wiring.ts';

/** Settles at the gateway first, then leaves a tombstone; in this order, since the answer promises both. */
export async function refundOnce({ data: { orderId }, metadata }: RefundPayment, wired: Wiring): Promise<void> {
  const payment = await wired.store.load(orderId);
  await settle(payment, wired);
  const answer = stamp(answerToRefund(orderId), metadata, wired.clockAndIds);
  await wired.store.commit(payment, refunded(payment, orderId), [answer]);
}

/** The same for an order that its customer cancels, before the saga asks for it. */
export async function refundEarly({ data: { orderId }, metadata }: OrderCancelRequested, wired: Wiring): Promise<void> {
  const payment = await wired.store.load(orderId);
  const announcements = announceEarlyRefund(orderId, await settle(payment, wired));
  const messages = announcements.map((announcement) => stamp(announcement, metadata, wired.clockAndIds));
  await wired.store.commit(payment, refunded(payment, orderId), messages);
}

/** A tombstone has been settled; without an intent there is nothing to settle. */
async function settle(payment: Payment | undefined, wired: Wiring): Promise<Settlement | undefined> {
  if (payment?.intentId === undefined || payment.status === 'REFUNDED') return undefined;
  return (await wired.gateway()).undo(payment.intentId, wired.clockAndIds.newId());
}
