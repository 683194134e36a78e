/** The parameters, and where they are kept. */
import * as z from 'zod';
import type { Database } from '../database.ts';

const storedSchema = z.object({
  name: z.string(),
  type: z.enum(['String', 'StringList', 'SecureString']),
  value: z.string(),
  version: z.number(),
  /** Milliseconds since the epoch. */
  modified_at: z.number(),
});

/** The present version of a parameter. */
export type StoredParameter = z.infer<typeof storedSchema>;

/** The durable parameters. */
export class ParameterStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(
      `CREATE TABLE IF NOT EXISTS ssm_parameters (
         name TEXT PRIMARY KEY,
         type TEXT NOT NULL,
         value TEXT NOT NULL,
         version INTEGER NOT NULL,
         modified_at INTEGER NOT NULL,
         declared TEXT
       ) STRICT`,
    );
  }

  get(name: string): StoredParameter | undefined {
    const row = this.#database
      .prepare('SELECT name, type, value, version, modified_at FROM ssm_parameters WHERE name = ?')
      .get(name);
    return row === undefined ? undefined : storedSchema.parse(row);
  }

  /** Puts the next version and returns its number. */
  put(name: string, type: StoredParameter['type'], value: string, now: number): number {
    this.#database
      .prepare(
        `INSERT INTO ssm_parameters (name, type, value, version, modified_at) VALUES (?, ?, ?, 1, ?)
         ON CONFLICT (name) DO UPDATE SET
           type = excluded.type, value = excluded.value, version = version + 1, modified_at = excluded.modified_at`,
      )
      .run(name, type, value, now);
    return this.get(name)?.version ?? 1;
  }

  /** Puts what is declared, unless the same was declared before: what was put since then stays, as after a deploy. */
  declare(name: string, type: StoredParameter['type'], value: string, now: number): void {
    this.#database.transaction(() => {
      const row = this.#database.prepare('SELECT declared FROM ssm_parameters WHERE name = ?').get(name);
      if (row?.['declared'] === value) return;
      this.put(name, type, value, now);
      this.#database.prepare('UPDATE ssm_parameters SET declared = ? WHERE name = ?').run(value, name);
    });
  }
}
