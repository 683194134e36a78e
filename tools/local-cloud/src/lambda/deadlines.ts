/** Ends what overruns its time: one clock timer for many deadlines, since nearly all are taken back. */
import type { Clock } from '../clock.ts';

interface Deadline {
  readonly time: number;
  readonly expire: () => void;
}

/** Deadlines that are added in the order in which they are due, as those of one function are. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #pending = new Set<Deadline>();
  #armed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `expire` at `time` (milliseconds since the epoch), unless the returned function is called before. */
  add(time: number, expire: () => void): () => void {
    const deadline = { time, expire };
    this.#pending.add(deadline);
    this.#arm();
    return () => this.#pending.delete(deadline);
  }

  #arm(): void {
    const [first] = this.#pending;
    if (this.#armed || first === undefined) return;
    this.#armed = true;
    this.#clock.at(first.time, () => this.#expireDue());
  }

  #expireDue(): void {
    this.#armed = false;
    for (const deadline of this.#pending) {
      if (deadline.time > this.#clock.now()) break;
      this.#pending.delete(deadline);
      deadline.expire();
    }
    this.#arm();
  }
}
