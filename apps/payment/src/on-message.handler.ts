/** The inbox of the payment service: process and refund. */
import { orderCancelRequested, processPayment, refundPayment } from '@distributed-patterns/contracts';
import { consume, on } from '@distributed-patterns/messaging';
import type { Context, SQSEvent } from 'aws-lambda';
import { processOnce } from './process-payment.ts';
import { refundEarly, refundOnce } from './refund-payment.ts';
import { type Wiring, wiring } from './wiring.ts';

export const handler = (event: SQSEvent, context?: Context, wired: Wiring = wiring()) => {
  const subscriptions = [
    on(processPayment, (message) => processOnce(message, wired)),
    on(refundPayment, (message) => refundOnce(message, wired)),
    // The order will not be completed: the refund that the saga would ask for in the end is carried out now.
    on(orderCancelRequested, (message) => refundEarly(message, wired)),
  ];
  return consume(event, subscriptions, { telemetry: wired.telemetry, context });
};
