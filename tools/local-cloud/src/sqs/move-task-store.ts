/** Message move tasks in SQLite, so that one that was running goes on after a restart. */
import * as z from 'zod';
import type { Database } from '../database.ts';

const task = z.object({
  handle: z.string(),
  status: z.enum(['RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED']),
  source: z.string(),
  destination: z.string().nullable(),
  rate: z.number().nullable(),
  moved: z.number(),
  to_move: z.number(),
  failure: z.string().nullable(),
  started_at: z.number(),
});

/** A task; `source` and `destination` are ARNs, `rate` is messages a second, times are milliseconds since the epoch. */
export type MoveTask = z.infer<typeof task>;

const tasks = z.array(task);

/** Reads and writes move tasks. */
export class MoveTaskStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS sqs_move_tasks (
        handle TEXT PRIMARY KEY, status TEXT NOT NULL, source TEXT NOT NULL, destination TEXT, rate INTEGER,
        moved INTEGER NOT NULL, to_move INTEGER NOT NULL, failure TEXT, started_at INTEGER NOT NULL
      )`);
  }

  add(given: MoveTask): void {
    this.#database
      .prepare('INSERT INTO sqs_move_tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        given.handle,
        given.status,
        given.source,
        given.destination,
        given.rate,
        given.moved,
        given.to_move,
        given.failure,
        given.started_at,
      );
  }

  get(handle: string): MoveTask | undefined {
    const row = this.#database.prepare('SELECT * FROM sqs_move_tasks WHERE handle = ?').get(handle);
    return row === undefined ? undefined : task.parse(row);
  }

  running(): MoveTask[] {
    return tasks.parse(this.#database.prepare("SELECT * FROM sqs_move_tasks WHERE status = 'RUNNING'").all());
  }

  /** The latest tasks of a source, the newest first. */
  latest(source: string, most: number): MoveTask[] {
    const statement = this.#database.prepare(
      'SELECT * FROM sqs_move_tasks WHERE source = ? ORDER BY started_at DESC, rowid DESC LIMIT ?',
    );
    return tasks.parse(statement.all(source, most));
  }

  addMoved(handle: string, count: number): void {
    this.#database.prepare('UPDATE sqs_move_tasks SET moved = moved + ? WHERE handle = ?').run(count, handle);
  }

  end(handle: string, status: Exclude<MoveTask['status'], 'RUNNING'>, failure?: string): void {
    this.#database
      .prepare('UPDATE sqs_move_tasks SET status = ?, failure = ? WHERE handle = ?')
      .run(status, failure ?? null, handle);
  }
}
