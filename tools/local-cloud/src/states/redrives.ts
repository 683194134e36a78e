/** Redrives: which executions can be redriven, and what is remembered of those that were. */
import type { Database } from '../database.ts';
import { LONGEST_EXECUTION } from './execution.ts';
import { LONGEST_HISTORY } from './history.ts';

/** An unsuccessful execution can be redriven for fourteen days. */
const REDRIVABLE_PERIOD = 14 * 24 * 3600 * 1000;
/** The last ten client tokens are remembered, for a quarter of an hour each. */
const TOKENS = 10;
const TOKEN_LIFE = 15 * 60 * 1000;

/** What decides whether an execution can be redriven. Times are milliseconds since the epoch. */
export interface RedriveFacts {
  readonly status: string;
  readonly startedAt: number;
  readonly stoppedAt: number | undefined;
  /** The id of its last event; undefined where it is not known where the execution stood. */
  readonly lastEvent: number | undefined;
}

/**
 * Why an execution cannot be redriven, in the words of `redriveStatusReason`; undefined where it can
 * (https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html#redrive-eligibility).
 */
export function redriveObstacle(execution: RedriveFacts, now: number): string | undefined {
  const { status, startedAt, stoppedAt = now, lastEvent } = execution;
  if (status === 'RUNNING' || status === 'SUCCEEDED') return `Execution is ${status} and cannot be redriven`;
  if (lastEvent === undefined) return 'Execution was started before the launch of RedriveExecution';
  // Room is needed for ExecutionRedriven and one event more.
  if (lastEvent >= LONGEST_HISTORY - 1) return 'Execution history event limit exceeded';
  if (now - startedAt >= LONGEST_EXECUTION) return 'Execution has exceeded the max execution time';
  if (now - stoppedAt > REDRIVABLE_PERIOD) return 'Execution redrivable period exceeded';
  return undefined;
}

/** The stored redrives: one row each. */
export class Redrives {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(`CREATE TABLE IF NOT EXISTS states_redrives (
      execution INTEGER NOT NULL,
      number INTEGER NOT NULL,
      at INTEGER NOT NULL,
      token TEXT,
      PRIMARY KEY (execution, number)
    ) WITHOUT ROWID`);
  }

  add(execution: number, number: number, at: number, token: string | undefined): void {
    this.#database
      .prepare('INSERT INTO states_redrives (execution, number, at, token) VALUES (?, ?, ?, ?)')
      .run(execution, number, at, token ?? null);
  }

  /** When the execution was redriven under this client token, if that is remembered. */
  find(execution: number, token: string, now: number): number | undefined {
    const rows = this.#database
      .prepare(
        'SELECT at, token FROM states_redrives WHERE execution = ? AND token IS NOT NULL ORDER BY number DESC LIMIT ?',
      )
      .all(execution, TOKENS);
    const row = rows.find((each) => each['token'] === token && Number(each['at']) > now - TOKEN_LIFE);
    return row === undefined ? undefined : Number(row['at']);
  }

  remove(execution: number): void {
    this.#database.prepare('DELETE FROM states_redrives WHERE execution = ?').run(execution);
  }
}
