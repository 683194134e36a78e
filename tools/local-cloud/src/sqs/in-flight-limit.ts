/** How many messages of a queue may be in flight at once. */
import type { MessageStore } from './message-store.ts';
import type { Queue } from './queue.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html */
const MOST_IN_FLIGHT = 120_000;

/** Counts receipts, and what is really in flight only where there may be too many: no receive pays for a count. */
export class InFlightLimit {
  readonly #store: MessageStore;
  /** No more than so many are in flight, by queue: what is deleted or comes back is taken off at the next count. */
  readonly #atMost = new Map<string, number>();

  constructor(store: MessageStore) {
    this.#store = store;
  }

  /** How many of the wanted messages may be received. */
  room(queue: Queue, wanted: number, now: number): number {
    const atMost = this.#atMost.get(queue.name);
    if (atMost !== undefined && atMost + wanted <= MOST_IN_FLIGHT) return wanted;
    const inFlight = this.#store.count(queue.name, now).in_flight;
    this.#atMost.set(queue.name, inFlight);
    return Math.min(wanted, Math.max(0, MOST_IN_FLIGHT - inFlight));
  }

  /** Says that so many messages were received. */
  received(queue: Queue, count: number): void {
    this.#atMost.set(queue.name, (this.#atMost.get(queue.name) ?? 0) + count);
  }
}
