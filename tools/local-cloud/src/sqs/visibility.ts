/** Watches for the moments at which messages become visible by themselves: delays and visibility timeouts that end. */
import type { Clock, Timer } from '../clock.ts';
import type { Signals } from '../signals.ts';
import type { MessageStore } from './message-store.ts';
import type { Queue } from './queue.ts';

interface Watch {
  readonly due: number;
  readonly timer: Timer;
}

/**
 * One timer per queue, for the next moment at which something may become visible; it is found in the durable rows
 * again after a restart. A message that was deleted meanwhile costs one look that finds nothing.
 */
export class Visibility {
  readonly #clock: Clock;
  readonly #signals: Signals;
  readonly #store: MessageStore;
  readonly #watches = new Map<string, Watch>();

  constructor(clock: Clock, signals: Signals, store: MessageStore) {
    this.#clock = clock;
    this.#signals = signals;
    this.#store = store;
  }

  /** Says that a message of the queue becomes visible at `time`: now, or when a delay or timeout ends. */
  expect(queue: Queue, time: number): void {
    if (time <= this.#clock.now()) this.#signals.notify(queue.arn);
    else this.#watchUntil(queue, time);
  }

  /** Hints at what is visible already, and waits for what will be. */
  resume(queue: Queue): void {
    const now = this.#clock.now();
    if (this.#store.isAnyVisible(queue.name, now)) this.#signals.notify(queue.arn);
    const next = this.#store.nextVisibleAfter(queue.name, now);
    if (next !== undefined) this.#watchUntil(queue, next);
  }

  stop(): void {
    for (const watch of this.#watches.values()) watch.timer.cancel();
    this.#watches.clear();
  }

  #watchUntil(queue: Queue, due: number): void {
    const watch = this.#watches.get(queue.name);
    if (watch !== undefined && watch.due <= due) return;
    watch?.timer.cancel();
    const timer = this.#clock.at(due, () => {
      this.#watches.delete(queue.name);
      this.resume(queue);
    });
    this.#watches.set(queue.name, { due, timer });
  }
}
