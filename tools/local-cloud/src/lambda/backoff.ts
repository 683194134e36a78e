/** Waits that double from one failure to the next. */

/** Delays in milliseconds, from the first to the longest, until something succeeds. */
export class Backoff {
  readonly #first: number;
  readonly #longest: number;
  #failures = 0;

  constructor(first: number, longest: number) {
    this.#first = first;
    this.#longest = longest;
  }

  /** The delay after one more failure. */
  next(): number {
    return Math.min(this.#first * 2 ** this.#failures++, this.#longest);
  }

  reset(): void {
    this.#failures = 0;
  }
}
