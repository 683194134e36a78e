/** The inbox of the inventory service: reserve, release, and commit what was sold. */
import {
  type Message,
  orderCancelRequested,
  orderCompleted,
  releaseInventory,
  reserveInventory,
} from '@distributed-patterns/contracts';
import { consume, type ConflictRetry, on, stamp, untilOutOfTime } from '@distributed-patterns/messaging';
import type { Context, SQSEvent } from 'aws-lambda';
import { commit, type Decision, release, releaseEarly, reserve } from './inventory.ts';
import type { LoadedStock } from './inventory-store.ts';
import { type Wiring, wiring } from './wiring.ts';

export const handler = (event: SQSEvent, context?: Context, wired: Wiring = wiring()) => {
  const retry = untilOutOfTime(context);
  const carryOut = (message: Message, loaded: LoadedStock, decision: Decision) =>
    commitDecision(message, loaded, decision, retry, wired);
  const subscriptions = [
    on(reserveInventory, async (message) => {
      const { orderId, items } = message.data;
      const loaded = await wired.store.load(
        orderId,
        items.map(({ productId }) => productId),
      );
      await carryOut(message, loaded, reserve(loaded.reservation, message.data, loaded.products));
    }),
    on(releaseInventory, async (message) => {
      const loaded = await wired.store.load(message.data.orderId);
      await carryOut(message, loaded, release(loaded.reservation, message.data.orderId));
    }),
    // The order will not be completed: the release that the saga would ask for in the end is carried out now.
    on(orderCancelRequested, async (message) => {
      const loaded = await wired.store.load(message.data.orderId);
      await carryOut(message, loaded, releaseEarly(loaded.reservation, message.data.orderId));
    }),
    on(orderCompleted, async (message) => {
      const loaded = await wired.store.load(message.data.orderId);
      await carryOut(message, loaded, commit(loaded.reservation, message.data.orderId));
    }),
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
  const { reservation, moves, announcements, news } = decision;
  const { id, correlationId } = message.metadata;
  // The token is for the answer: what is news to others ends no step.
  const messages = [
    ...announcements.map((announcement) => stamp(announcement, message.metadata, wired.clockAndIds)),
    ...news.map((announcement) => stamp(announcement, { id, correlationId }, wired.clockAndIds)),
  ];
  await wired.store.commit(loaded.reservation, reservation, moves, messages, retry);
}
