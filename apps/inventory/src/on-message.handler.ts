/** The inbox of the inventory service: reserve, release, and commit what was sold. */
import {
  type Message,
  orderCancelled,
  orderCancelRequested,
  orderCompleted,
  orderFailed,
  releaseInventory,
  reserveInventory,
} from '@distributed-patterns/contracts';
import { consume, type ConflictRetry, on, stamp, untilOutOfTime } from '@distributed-patterns/messaging';
import { MetricUnit } from '@distributed-patterns/telemetry';
import type { Context, SQSEvent } from 'aws-lambda';
import {
  type Attention,
  commit,
  type Decision,
  release,
  releaseUnasked,
  type Reservation,
  reserve,
} from './inventory.ts';
import type { LoadedStock } from './inventory-store.ts';
import { type Wiring, wiring } from './wiring.ts';

export const handler = (event: SQSEvent, context?: Context, wired: Wiring = wiring()) => {
  const retry = untilOutOfTime(context);
  const carryOut = (message: Message, loaded: LoadedStock, decision: Decision) =>
    commitDecision(message, loaded, decision, retry, wired);
  const decided =
    (decide: (reservation: Reservation | undefined, orderId: string) => Decision) =>
    async (message: Message<string, { readonly orderId: string }>) => {
      const loaded = await wired.store.load(message.data.orderId);
      await carryOut(message, loaded, decide(loaded.reservation, message.data.orderId));
    };
  const subscriptions = [
    on(reserveInventory, async (message) => {
      const { orderId, items } = message.data;
      const loaded = await wired.store.load(
        orderId,
        items.map(({ productId }) => productId),
      );
      const order = { ...message.data, reservedAt: wired.clockAndIds.now().toISOString() };
      await carryOut(message, loaded, reserve(loaded.reservation, order, loaded.products));
    }),
    on(releaseInventory, decided(release)),
    // The order will not be completed: the release that the saga would ask for in the end is carried out now.
    on(orderCancelRequested, decided(releaseUnasked)),
    // The order has ended, and its saga has released it, unless something went wrong on the way.
    on(orderFailed, decided(releaseUnasked)),
    on(orderCancelled, decided(releaseUnasked)),
    on(orderCompleted, decided(commit)),
  ];
  return consume(event, subscriptions, { telemetry: wired.telemetry, context });
};

async function commitDecision(
  message: Message,
  loaded: LoadedStock,
  decision: Decision,
  retry: ConflictRetry,
  wired: Wiring,
): Promise<void> {
  if (decision.kind === 'ignored') return;
  if (decision.kind === 'attention') return raise(decision, message, wired);
  const { reservation, moves, announcements, news } = decision;
  const { id, correlationId } = message.metadata;
  // The token is for the answer: what is news to others ends no step.
  const messages = [
    ...announcements.map((announcement) => stamp(announcement, message.metadata, wired.clockAndIds)),
    ...news.map((announcement) => stamp(announcement, { id, correlationId }, wired.clockAndIds)),
  ];
  await wired.store.commit(loaded.reservation, reservation, moves, messages, retry);
}

/** The order is complete already: only a person can see to the goods. */
function raise({ orderId, reason }: Attention, { metadata }: Message, { telemetry }: Wiring): void {
  const { id: messageId, correlationId } = metadata;
  telemetry.logger.error('sold without a reservation', { orderId, reason, messageId, correlationId });
  telemetry.metrics.addMetric('SoldWithoutReservation', MetricUnit.Count, 1);
}
