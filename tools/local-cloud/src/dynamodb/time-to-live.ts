/** Time to live: items that have expired are deleted in the background, some time later. */
import type { Clock, Timer } from '../clock.ts';
import type { Database } from '../database.ts';
import { attributeOf, type Item } from './attribute-value.ts';
import { parseItem } from './item-store.ts';

/**
 * How long after its expiry an item may still be read, in milliseconds. AWS says "within a few days of their
 * expiration" (Developer Guide, "Using time to live"); a minute is long enough for code that relies on more to fail.
 */
const DELETION_LAG = 60_000;
/** Deletions are made once a minute at most, so that a clock that jumps far ahead does not stop for every item. */
const GRAIN = 60_000;
/** So many are deleted at once, and the others a little later, in milliseconds: nobody is to wait for thousands. */
const MOST_DELETED = 500;
const PAUSE = 50;
/** Items that expired longer ago than this are left alone (Developer Guide, "Using time to live"). */
const FIVE_YEARS = 5 * 365 * 24 * 3_600;

/** Deletes an item as the service itself. */
export type DeleteExpired = (tableId: number, item: Item) => void;

/** The expiry that an item states, in seconds since the epoch; null where it never expires. */
export function expiryOf(attribute: string | undefined, item: Item): number | null {
  const stated = attribute === undefined ? undefined : attributeOf(item, attribute)?.N;
  if (stated === undefined) return null;
  const seconds = Math.floor(Number(stated));
  return Number.isSafeInteger(seconds) ? seconds : null;
}

/** Wakes up for the item that expires first; what is due follows from the rows alone. */
export class TimeToLive {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #delete: DeleteExpired;
  #timer: Timer | undefined;
  #due = Infinity;
  #running = false;

  constructor(database: Database, clock: Clock, deleteExpired: DeleteExpired) {
    this.#database = database;
    this.#clock = clock;
    this.#delete = deleteExpired;
  }

  /** Sets the timer for what is stored. */
  start(): void {
    this.#running = true;
    this.#rearm();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#due = Infinity;
  }

  /** Says that an item with this expiry was written. */
  expects(expires: number | null): void {
    if (expires !== null && this.#running) this.#arm(expires);
  }

  /** Sets the timer anew after a table's attribute for it has changed. */
  changed(): void {
    if (this.#running) this.#rearm();
  }

  #arm(expires: number): void {
    if (expires < this.#oldest()) return;
    this.#armAt(Math.max(Math.ceil((expires * 1000 + DELETION_LAG) / GRAIN) * GRAIN, this.#clock.now()));
  }

  #armAt(due: number): void {
    if (due >= this.#due) return;
    this.#timer?.cancel();
    this.#due = due;
    this.#timer = this.#clock.at(due, () => this.#deleteExpired());
  }

  #rearm(): void {
    this.#timer?.cancel();
    this.#due = Infinity;
    const row = this.#database
      .prepare('SELECT min(expires) AS expires FROM dynamodb_items WHERE expires >= ?')
      .get(this.#oldest());
    if (typeof row?.expires === 'number') this.#arm(row.expires);
  }

  #deleteExpired(): void {
    const until = Math.floor((this.#clock.now() - DELETION_LAG) / 1000);
    const expired = this.#database
      .prepare('SELECT table_id, item FROM dynamodb_items WHERE expires BETWEEN ? AND ? ORDER BY expires LIMIT ?')
      .all(this.#oldest(), until, MOST_DELETED);
    this.#database.transaction(() => {
      for (const row of expired) this.#delete(Number(row.table_id), parseItem(row.item));
    });
    if (expired.length < MOST_DELETED) return this.#rearm();
    this.#due = Infinity;
    this.#armAt(this.#clock.now() + PAUSE);
  }

  #oldest(): number {
    return Math.floor(this.#clock.now() / 1000) - FIVE_YEARS;
  }
}
