/** How far each event source mapping has come in each shard, durably. */
import * as z from 'zod';
import type { Database } from '../database.ts';

const row = z.object({
  sequence: z.string().nullable(),
  since: z.number(),
  ended: z.number().transform((ended) => ended === 1),
});

/** The last sequence number done with, if any; since when the shard is read, in milliseconds; whether it is at its end. */
export type Checkpoint = z.infer<typeof row>;

/** A record counts as done with once its checkpoint is set, and never again before that of another. */
export class Checkpoints {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(`CREATE TABLE IF NOT EXISTS lambda_checkpoints (
      mapping TEXT NOT NULL, shard TEXT NOT NULL, sequence TEXT, since INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (mapping, shard)) WITHOUT ROWID`);
  }

  get(mapping: string, shard: string): Checkpoint | undefined {
    const found = this.#database
      .prepare('SELECT * FROM lambda_checkpoints WHERE mapping = ? AND shard = ?')
      .get(mapping, shard);
    return found === undefined ? undefined : row.parse(found);
  }

  /** Whether any shard of a mapping was read before. */
  known(mapping: string): boolean {
    return (
      this.#database.prepare('SELECT 1 FROM lambda_checkpoints WHERE mapping = ? LIMIT 1').get(mapping) !== undefined
    );
  }

  open(mapping: string, shard: string, now: number): void {
    this.#database
      .prepare('INSERT OR IGNORE INTO lambda_checkpoints (mapping, shard, since) VALUES (?, ?, ?)')
      .run(mapping, shard, now);
  }

  advance(mapping: string, shard: string, sequence: string): void {
    this.#database
      .prepare('UPDATE lambda_checkpoints SET sequence = ? WHERE mapping = ? AND shard = ?')
      .run(sequence, mapping, shard);
  }

  end(mapping: string, shard: string): void {
    this.#database
      .prepare('UPDATE lambda_checkpoints SET ended = 1 WHERE mapping = ? AND shard = ?')
      .run(mapping, shard);
  }
}
