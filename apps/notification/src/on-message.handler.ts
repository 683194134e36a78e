/** The inbox of the notification service: the saga's commands, corrections that are owed, and orders that are cancelled or ended badly. */
import {
  cancelNotification,
  type CustomerOrder,
  notificationCancelled,
  orderCancelled,
  orderCancelRequested,
  orderFailed,
  sendNotification,
} from '@distributed-patterns/contracts';
import { consume, on, stamp } from '@distributed-patterns/messaging';
import type { Context, SQSEvent } from 'aws-lambda';
import { addressOf } from './address.ts';
import { cancel, cancelEarly, correct } from './cancel.ts';
import { cancelledMail, failedMail, paidMail } from './mail.ts';
import { answerToSend, type Concluded } from './notification.ts';
import { tell } from './tell.ts';
import { type Wiring, wiring } from './wiring.ts';

export const handler = (event: SQSEvent, context?: Context, wired: Wiring = wiring()) => {
  const { clockAndIds, fallbackDomain, locale, telemetry } = wired;
  const about = (order: CustomerOrder) => ({ orderId: order.orderId, to: addressOf(order, fallbackDomain) });
  const subscriptions = [
    on(sendNotification, ({ data, metadata }) => {
      const messages = (told: Concluded) => [stamp(answerToSend(told), metadata, clockAndIds)];
      return tell({ ...about(data), kind: 'paid', mail: paidMail(data, locale), messages }, wired);
    }),
    on(cancelNotification, (message) => cancel(message, wired)),
    // The order will not be completed: the cancellation that the saga would ask for is carried out now.
    on(orderCancelRequested, (message) => cancelEarly(message, wired)),
    on(notificationCancelled, (message) => correct(message, wired)),
    on(orderFailed, ({ data }) => tell({ ...about(data), kind: 'failed', mail: failedMail(data, locale) }, wired)),
    on(orderCancelled, ({ data }) =>
      tell({ ...about(data), kind: 'cancelled', mail: cancelledMail(data, locale) }, wired),
    ),
  ];
  return consume(event, subscriptions, { telemetry, context });
};
