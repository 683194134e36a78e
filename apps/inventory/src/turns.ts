/** Takes turns on the same product within one function: transactions that overlap there would only cancel each other. */

/** Work on keys, in the order in which it came for each of them; work on other keys goes on beside it. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does `work` once whatever came before it for one of the keys is over. All keys are taken at once: nothing can deadlock. */
  async take<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = keys.flatMap((key) => this.#last.get(key) ?? []);
    const { promise: turn, resolve: end } = Promise.withResolvers<unknown>();
    for (const key of keys) this.#last.set(key, turn);
    try {
      await Promise.all(before);
      return await work();
    } finally {
      end(undefined);
      for (const key of keys) if (this.#last.get(key) === turn) this.#last.delete(key);
    }
  }
}
