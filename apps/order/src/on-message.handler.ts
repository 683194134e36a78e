/** The inbox of the order service: the saga's last commands, the answers of the other services, and who has not heard ours. */
import {
  completeOrder,
  failOrder,
  inventoryReleased,
  inventoryReserved,
  type Message,
  notificationCancelled,
  notificationSent,
  paymentProcessed,
  paymentRefunded,
  reservationOverdue,
} from '@distributed-patterns/contracts';
import { consume, on, stamp } from '@distributed-patterns/messaging';
import type { Context, SQSEvent } from 'aws-lambda';
import { type Answered, complete, type Decision, fail, follow, type Order, tellAgain } from './order.ts';
import { type Wiring, wiring } from './wiring.ts';

/** A message about an order that does not exist: a fault, since every message tells of an order that was placed. */
export class OrderNotFound extends Error {
  override readonly name = 'OrderNotFound';
}

type AboutOrder = Message<string, { readonly orderId: string }>;

export const handler = (event: SQSEvent, context?: Context, wired: Wiring = wiring()) => {
  const now = (): string => wired.clockAndIds.now().toISOString();
  const answered = (step: Answered['step']) => (message: AboutOrder) =>
    handle(message, (order) => follow(order, { step, at: message.metadata.occurredAt }), wired);
  const subscriptions = [
    on(completeOrder, (message) => handle(message, (order) => complete(order, now()), wired)),
    on(failOrder, (message) => handle(message, (order) => fail(order, message.data.reason, now()), wired)),
    on(inventoryReserved, answered('reserved')),
    on(paymentProcessed, answered('paid')),
    on(notificationSent, answered('notified')),
    on(notificationCancelled, answered('notification cancelled')),
    on(paymentRefunded, answered('refunded')),
    on(inventoryReleased, answered('released')),
    on(reservationOverdue, (message) => handle(message, tellAgain, wired)),
  ];
  return consume(event, subscriptions, { telemetry: wired.telemetry, context });
};

async function handle(message: AboutOrder, decide: (order: Order) => Decision, wired: Wiring): Promise<void> {
  const loaded = await wired.store.load(message.data.orderId);
  if (loaded === undefined) throw new OrderNotFound(message.data.orderId);
  const decision = decide(loaded.order);
  if (decision.kind === 'ignored') return;
  const next = decision.kind === 'accepted' ? decision.order : loaded.order;
  const messages = decision.announcements.map((announcement) =>
    stamp(announcement, message.metadata, wired.clockAndIds),
  );
  await wired.store.commit(loaded, next, messages);
}
