/** Sees to it that nothing is charged for an order, now or later. */
import type { RefundPayment } from '@distributed-patterns/contracts';
import { stamp } from '@distributed-patterns/messaging';
import { answerToRefund, refunded } from './payment.ts';
import type { Wiring } from './wiring.ts';

/** Settles at the gateway first, then leaves a tombstone; in this order, since the answer promises both. */
export async function refundOnce(message: RefundPayment, wired: Wiring): Promise<void> {
  const { orderId } = message.data;
  const payment = await wired.store.load(orderId);
  if (payment?.intentId !== undefined && payment.status !== 'REFUNDED') {
    await (await wired.gateway()).undo(payment.intentId, wired.clockAndIds.newId());
  }
  const answer = stamp(answerToRefund(orderId), message.metadata, wired.clockAndIds);
  await wired.store.commit(payment, refunded(payment, orderId), [answer]);
}
