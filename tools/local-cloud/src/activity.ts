/** Counts what is under way, so that a clock is advanced only when the system has come to rest. */

/** Work in progress: invocations, deliveries, polls that found something. A wait for a timer is not activity. */
export class Activity {
  readonly #failed: ((error: unknown) => void) | undefined;
  #running = 0;
  #waiting: (() => void)[] = [];

  /** `failed` is told what work that nobody waits for threw; without it that is an unhandled rejection. */
  constructor(failed?: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Begins work that nobody waits for, counted as under way until it has settled. */
  begin(work: () => Promise<void>): void {
    const settled = this.track(work);
    if (this.#failed !== undefined) settled.catch(this.#failed);
  }

  /** Counts `work` as under way until it has settled. */
  async track<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      if (this.#running === 0) this.#release();
    }
  }

  /** Resolves once nothing has been under way for two turns of the event loop. */
  async whenIdle(): Promise<void> {
    do {
      while (this.#running > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    } while (this.#running > 0);
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
