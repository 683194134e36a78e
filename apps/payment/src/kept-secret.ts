/** A secret that can be replaced while functions run. */

/** Milliseconds: whoever sends bad signatures must not make us ask for the secret each time. */
const RENEWED_AT_MOST_EVERY = 60_000;

/** Read when it is first needed, and kept until something does not fit it. */
export class KeptSecret {
  readonly #read: () => Promise<string>;
  readonly #now: () => Date;
  #kept: Promise<string> | undefined;
  #readAt = 0;

  constructor(read: () => Promise<string>, now: () => Date) {
    this.#read = read;
    this.#now = now;
  }

  /** The secret; what could not be read is not kept. */
  get(): Promise<string> {
    if (this.#kept !== undefined) return this.#kept;
    this.#readAt = this.#now().getTime();
    const kept = this.#read();
    this.#kept = kept;
    kept.catch(() => (this.#kept = undefined));
    return kept;
  }

  /** The secret as it is now; as it was read last, where that was less than a minute ago. */
  renew(): Promise<string> {
    if (this.#now().getTime() - this.#readAt >= RENEWED_AT_MOST_EVERY) this.#kept = undefined;
    return this.get();
  }
}
