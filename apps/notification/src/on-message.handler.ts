/** The inbox of the notification service: the saga's commands, and the orders that have ended badly. */
import {
  type CancelNotification,
  cancelNotification,
  orderCancelled,
  orderFailed,
  sendNotification,
} from '@distributed-patterns/contracts';
import { consume, on, stamp } from '@distributed-patterns/messaging';
import type { Context, SQSEvent } from 'aws-lambda';
import { cancelledMail, correctionMail, failedMail, paidMail } from './mail.ts';
import { answerToCancel, answerToSend, cancelled, mayHaveReached } from './notification.ts';
import { addressOf, tell } from './tell.ts';
import { type Wiring, wiring } from './wiring.ts';

export const handler = (event: SQSEvent, context?: Context, wired: Wiring = wiring()) => {
  const subscriptions = [
    on(sendNotification, ({ data, metadata }) => {
      const mail = { orderId: data.orderId, to: addressOf(data, wired), mail: paidMail(data) };
      return tell(
        { ...mail, kind: 'paid', messages: (told) => [stamp(answerToSend(told), metadata, wired.clockAndIds)] },
        wired,
      );
    }),
    on(cancelNotification, (message) => cancel(message, wired)),
    on(orderFailed, ({ data }) => {
      const mail = { orderId: data.orderId, to: addressOf(data, wired), mail: failedMail(data) };
      return tell({ ...mail, kind: 'failed', messages: () => [] }, wired);
    }),
    on(orderCancelled, ({ data }) => {
      const mail = { orderId: data.orderId, to: addressOf(data, wired), mail: cancelledMail(data) };
      return tell({ ...mail, kind: 'cancelled', messages: () => [] }, wired);
    }),
  ];
  return consume(event, subscriptions, { telemetry: wired.telemetry, context });
};

/** A mail that went out is corrected first; then the tombstone defeats one that comes late. */
async function cancel({ data: { orderId }, metadata }: CancelNotification, wired: Wiring): Promise<void> {
  const existing = await wired.store.load(orderId, 'paid');
  const to = mayHaveReached(existing, wired.clockAndIds.now());
  if (to !== undefined) {
    const correction = { orderId, to, mail: correctionMail(orderId) };
    await tell({ ...correction, kind: 'correction', messages: () => [] }, wired);
  }
  const next = cancelled(existing, { orderId, kind: 'paid' });
  await wired.store.commit(existing, next, [stamp(answerToCancel(orderId), metadata, wired.clockAndIds)]);
}
