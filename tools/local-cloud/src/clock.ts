/** The one clock of the runtime: every timeout, delay, retry and schedule asks it, and tests advance it. */

/** A timer that can be taken back before it fires. */
export interface Timer {
  cancel(): void;
}

interface Entry {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

/** Node's timers hold at most a 32-bit count of milliseconds. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** How a clock begins. */
export interface ClockOptions {
  /** The time that a frozen clock shows, in milliseconds since the epoch. */
  readonly frozenAt?: number;
  /** How far it runs ahead from the start, in milliseconds: what an earlier process had advanced it by. */
  readonly offset?: number;
  /** Is told the offset whenever it has changed, before any timer fires by it. */
  readonly moved?: (offset: number) => void;
  /** Is told what a timer threw, so that the others fire all the same; without it, whoever fires the timer is. */
  readonly failed?: (error: unknown) => void;
}

/**
 * Wall-clock time plus what tests have advanced it by; a frozen clock moves only by {@link Clock.advance}.
 * Times are milliseconds since the epoch.
 */
export class Clock {
  readonly #frozenAt: number | undefined;
  readonly #moved: (offset: number) => void;
  readonly #failed: (error: unknown) => void;
  readonly #entries: Entry[] = [];
  #offset: number;
  #order = 0;
  #wakeUp: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor({ frozenAt, offset = 0, moved = () => undefined, failed = rethrow }: ClockOptions = {}) {
    this.#frozenAt = frozenAt;
    this.#offset = offset;
    this.#moved = moved;
    this.#failed = failed;
  }

  /** The present time in milliseconds since the epoch. */
  now(): number {
    return (this.#frozenAt ?? Date.now()) + this.#offset;
  }

  /** How far the clock runs ahead of the machine's, in milliseconds: what Lambda workers add to theirs. */
  get offset(): number {
    return this.#offset;
  }

  /** Runs `run` once, when the time (milliseconds since the epoch) has come; on the next turn if it has passed. */
  at(time: number, run: () => void): Timer {
    const entry: Entry = { due: time, order: this.#order++, run };
    if (!this.#stopped) this.#entries.splice(placeOf(this.#entries, entry), 0, entry);
    this.#arm();
    return { cancel: () => this.#remove(entry) };
  }

  /** Runs `run` once after a delay in milliseconds. */
  after(delay: number, run: () => void): Timer {
    return this.at(this.now() + delay, run);
  }

  /** When the next timer is due, or undefined where none is set. */
  nextDue(): number | undefined {
    return this.#entries[0]?.due;
  }

  /**
   * Moves time forward by `milliseconds`, firing each timer at its own moment, in order.
   * `settle` is awaited before each step, so that what one timer set off is done before the next fires.
   * No timer is overdue afterwards: the machine's time goes on meanwhile, and brings up what is to happen at once.
   */
  async advance(milliseconds: number, settle: () => Promise<void> = nextTurn): Promise<void> {
    const target = this.now() + milliseconds;
    const isDue = (due: number | undefined): due is number => due !== undefined && due <= Math.max(target, this.now());
    await settle();
    for (let due = this.nextDue(); isDue(due); due = this.nextDue()) {
      this.#move(due);
      this.#fire();
      await settle();
    }
    this.#move(target);
    this.#arm();
  }

  /** Forgets every timer and takes no further ones, so that the process can end. */
  stop(): void {
    this.#stopped = true;
    this.#entries.length = 0;
    clearTimeout(this.#wakeUp);
  }

  #move(to: number): void {
    const ahead = to - this.now();
    if (ahead <= 0) return;
    this.#offset += ahead;
    this.#moved(this.#offset);
  }

  #fire(): void {
    for (let next = this.#entries[0]; next !== undefined && next.due <= this.now(); next = this.#entries[0]) {
      this.#entries.shift();
      try {
        next.run();
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#arm();
  }

  #remove(entry: Entry): void {
    const place = placeOf(this.#entries, entry);
    if (this.#entries[place] === entry) this.#entries.splice(place, 1);
  }

  #arm(): void {
    clearTimeout(this.#wakeUp);
    if (this.#frozenAt !== undefined) return;
    const due = this.nextDue();
    if (due === undefined) return;
    const wait = Math.min(Math.max(0, due - this.now()), LONGEST_WAIT);
    this.#wakeUp = setTimeout(() => this.#fire(), wait);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function rethrow(error: unknown): never {
  throw error;
}

/** Where an entry stands, or is to stand, among entries in the order in which they are due. */
function placeOf(entries: readonly Entry[], entry: Entry): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = entries[middle];
    if (other !== undefined && (other.due < entry.due || (other.due === entry.due && other.order < entry.order))) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
