/** The inbox of the notification service: the saga's commands, corrections that are owed, and orders that are cancelled or ended badly. */
import {
  type CancelNotification,
  cancelNotification,
  type NotificationCancelled,
  notificationCancelled,
  orderCancelled,
  type OrderCancelRequested,
  orderCancelRequested,
  orderFailed,
  sendNotification,
} from '@distributed-patterns/contracts';
import { consume, on, stamp } from '@distributed-patterns/messaging';
import type { Context, SQSEvent } from 'aws-lambda';
import { cancelledMail, correctionMail, failedMail, paidMail } from './mail.ts';
import { announceEarlyCancel, answerToCancel, answerToSend, cancelled, owedCorrection } from './notification.ts';
import { addressOf, tell } from './tell.ts';
import { type Wiring, wiring } from './wiring.ts';

export const handler = (event: SQSEvent, context?: Context, wired: Wiring = wiring()) => {
  const subscriptions = [
    on(sendNotification, ({ data, metadata }) => {
      const mail = { orderId: data.orderId, to: addressOf(data, wired), mail: paidMail(data, wired.locale) };
      return tell(
        { ...mail, kind: 'paid', messages: (told) => [stamp(answerToSend(told), metadata, wired.clockAndIds)] },
        wired,
      );
    }),
    on(cancelNotification, (message) => cancel(message, wired)),
    // The order will not be completed: the cancellation that the saga would ask for is carried out now.
    on(orderCancelRequested, (message) => cancelEarly(message, wired)),
    on(notificationCancelled, (message) => correct(message, wired)),
    on(orderFailed, ({ data }) => {
      const mail = { orderId: data.orderId, to: addressOf(data, wired), mail: failedMail(data, wired.locale) };
      return tell({ ...mail, kind: 'failed', messages: () => [] }, wired);
    }),
    on(orderCancelled, ({ data }) => {
      const mail = { orderId: data.orderId, to: addressOf(data, wired), mail: cancelledMail(data, wired.locale) };
      return tell({ ...mail, kind: 'cancelled', messages: () => [] }, wired);
    }),
  ];
  return consume(event, subscriptions, { telemetry: wired.telemetry, context });
};

/** Leaves the tombstone that defeats a late mail. A correction is not waited for: refund and release come after this. */
async function cancel({ data: { orderId }, metadata }: CancelNotification, wired: Wiring): Promise<void> {
  const existing = await wired.store.load(orderId, 'paid');
  const next = cancelled(existing, { orderId, kind: 'paid' }, wired.clockAndIds.now());
  await wired.store.commit(existing, next, [stamp(answerToCancel(orderId), metadata, wired.clockAndIds)]);
}

/** The same for an order that its customer cancels, before the saga asks for it. */
async function cancelEarly({ data: { orderId }, metadata }: OrderCancelRequested, wired: Wiring): Promise<void> {
  const existing = await wired.store.load(orderId, 'paid');
  const next = cancelled(existing, { orderId, kind: 'paid' }, wired.clockAndIds.now());
  const announcements = announceEarlyCancel(existing, next);
  const messages = announcements.map((announcement) => stamp(announcement, metadata, wired.clockAndIds));
  await wired.store.commit(existing, next, messages);
}

/** Our own event, through our own inbox: a mail service that is down holds up the correction and nothing else. */
async function correct({ data: { orderId } }: NotificationCancelled, wired: Wiring): Promise<void> {
  const to = owedCorrection(await wired.store.load(orderId, 'paid'));
  if (to === undefined) return;
  await tell({ orderId, to, mail: correctionMail(orderId), kind: 'correction', messages: () => [] }, wired);
}
