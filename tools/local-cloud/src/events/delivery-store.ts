/** Deliveries that are owed, one row for each event and target, until they have been made or given up. */
import * as z from 'zod';
import type { Database } from '../database.ts';

const delivery = z.object({
  id: z.number(),
  event: z.string(),
  detail_type: z.string(),
  source: z.string(),
  rule_arn: z.string(),
  target_id: z.string(),
  accepted_at: z.number(),
  failed_attempts: z.number(),
});

/** A delivery that is owed; times are milliseconds since the epoch. */
export type Delivery = z.infer<typeof delivery>;

const owed = z.array(z.object({ id: z.number(), due_at: z.number() }));
const inserted = z.number();

/** Reads and writes what is owed. */
export class DeliveryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS events_deliveries (
        id INTEGER PRIMARY KEY, event TEXT NOT NULL, detail_type TEXT NOT NULL, source TEXT NOT NULL,
        rule_arn TEXT NOT NULL, target_id TEXT NOT NULL, accepted_at INTEGER NOT NULL,
        failed_attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL
      )`);
  }

  transaction<T>(work: () => T): T {
    return this.#database.transaction(work);
  }

  afterCommit(notify: () => void): void {
    this.#database.afterCommit(notify);
  }

  /** Owes a new delivery, at once. */
  add(given: Omit<Delivery, 'id' | 'failed_attempts'>): Delivery {
    const { event, detail_type, source, rule_arn, target_id, accepted_at } = given;
    const { lastInsertRowid } = this.#database
      .prepare(
        `INSERT INTO events_deliveries (event, detail_type, source, rule_arn, target_id, accepted_at, due_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(event, detail_type, source, rule_arn, target_id, accepted_at, accepted_at);
    return { ...given, id: inserted.parse(lastInsertRowid), failed_attempts: 0 };
  }

  get(id: number): Delivery | undefined {
    const row = this.#database.prepare('SELECT * FROM events_deliveries WHERE id = ?').get(id);
    return row === undefined ? undefined : delivery.parse(row);
  }

  /** All that is owed, in the order in which it was accepted, and when each is due. */
  owed(): { readonly id: number; readonly due_at: number }[] {
    return owed.parse(this.#database.prepare('SELECT id, due_at FROM events_deliveries ORDER BY id').all());
  }

  postpone(id: number, failedAttempts: number, dueAt: number): void {
    this.#database
      .prepare('UPDATE events_deliveries SET failed_attempts = ?, due_at = ? WHERE id = ?')
      .run(failedAttempts, dueAt, id);
  }

  remove(id: number): void {
    this.#database.prepare('DELETE FROM events_deliveries WHERE id = ?').run(id);
  }
}
