/** Spaces the batches of one source out, so that under load each is fuller and there are fewer of them. */

/** How much longer than its work a source rests. */
const REST = 3;

/**
 * After a batch rests three times as long as it took, up to `longest` milliseconds: hardly at all while the machine has
 * little to do, and long enough for the next batch to fill once everything takes its time. It is the machine's time
 * that is spared, so it is the machine's time that counts. Lambda's own pollers rest as well: they look at a stream
 * four times a second (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html).
 */
export class Pace {
  readonly #longest: number;
  #next = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Resolves when the next batch may begin. */
  async turn(): Promise<void> {
    const left = this.#next - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  }

  /** Does the work of a batch, and remembers how long it took. */
  async measure(work: () => Promise<void>): Promise<void> {
    const began = performance.now();
    try {
      await work();
    } finally {
      const ended = performance.now();
      this.#next = ended + Math.min(this.#longest, REST * (ended - began));
    }
  }
}
