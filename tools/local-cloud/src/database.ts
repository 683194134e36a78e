/** The one SQLite file that holds everything the runtime has acknowledged. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/**
 * SQLite with prepared statements kept and nested transactions joined.
 * Write-ahead logging with `synchronous=NORMAL`: a killed process loses nothing that was committed,
 * a power cut may lose the last moments (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export class Database {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  #afterCommit: (() => void)[] = [];

  /** Opens the file, or a database in memory for `:memory:`. */
  constructor(file: string) {
    this.#connection = new DatabaseSync(file);
    this.#connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
  }

  /** Runs statements that return nothing, such as `CREATE TABLE IF NOT EXISTS`. */
  define(sql: string): void {
    this.#connection.exec(sql);
  }

  /** The statement for this text, prepared once. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Runs `work` all or not at all; a transaction inside another joins it. `work` must not await. */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#connection.exec('BEGIN IMMEDIATE');
    this.#depth++;
    let result: T;
    try {
      result = work();
      this.#connection.exec('COMMIT');
    } catch (error) {
      this.#afterCommit = [];
      // Where the disk is full SQLite has rolled back by itself.
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    } finally {
      this.#depth--;
    }
    this.#runAfterCommit();
    return result;
  }

  /** Runs `notify` once the present transaction has been committed; at once where there is none. */
  afterCommit(notify: () => void): void {
    if (this.#depth === 0) notify();
    else this.#afterCommit.push(notify);
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }

  #runAfterCommit(): void {
    const notifications = this.#afterCommit;
    this.#afterCommit = [];
    for (const notify of notifications) {
      try {
        notify();
      } catch (error) {
        // What is committed has succeeded for whoever asked for it, and the others are to hear of it.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
