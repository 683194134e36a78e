/** How much of what a thread has written still waits to reach the runtime: who writes faster than that waits, as at a full pipe. */

/** About a megabyte of lines. */
const MOST = 1_048_576;
/** What a line weighs beside its text. */
const LINE = 100;

/** A count that two threads share: the one that writes adds, the one that passes on takes off. */
export class Backlog {
  readonly shared: SharedArrayBuffer;
  readonly #count: Int32Array<SharedArrayBuffer>;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.shared = shared;
    this.#count = new Int32Array(shared);
  }

  /** Counts a line in, and blocks the thread while there is too much; to be called after the line was posted. */
  add(text: string): void {
    Atomics.add(this.#count, 0, text.length + LINE);
    for (let now = this.#now(); now > MOST; now = this.#now()) Atomics.wait(this.#count, 0, now);
  }

  /** Counts lines out once they have been passed on. */
  remove(texts: readonly { readonly message: string }[]): void {
    if (texts.length === 0) return;
    Atomics.sub(
      this.#count,
      0,
      texts.reduce((sum, { message }) => sum + message.length + LINE, 0),
    );
    Atomics.notify(this.#count, 0);
  }

  /** Whether what waits had better be passed on at once. */
  get isLarge(): boolean {
    return this.#now() > MOST / 2;
  }

  #now(): number {
    return Atomics.load(this.#count, 0);
  }
}
