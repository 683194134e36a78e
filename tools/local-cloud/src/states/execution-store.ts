/** Executions in SQLite: one row each, written once per transition together with the history. */
import type { Database } from '../database.ts';
import type { Draft } from './draft.ts';
import {
  dueAt,
  LONGEST_EXECUTION,
  progress,
  redrivenPosition,
  type Execution,
  type NewExecution,
} from './execution.ts';
import { WHOLE, type History, type HistoryEvent } from './history.ts';
import { fromText } from './json.ts';
import type { Redrives } from './redrives.ts';

/** Closed executions and their names are kept for ninety days (StartExecution's `name`). */
export const RETENTION = 90 * 24 * 3600 * 1000;

/** An execution, running or closed, as it can be described. Times are milliseconds since the epoch. */
export interface StoredExecution {
  readonly id: number;
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly machineName: string;
  readonly roleArn: string;
  /** The digest of its definition. */
  readonly definition: string;
  readonly status: string;
  readonly startedAt: number;
  readonly stoppedAt: number | undefined;
  readonly input: string;
  readonly output: string | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly redrives: number;
  readonly redrivenAt: number | undefined;
  /** The id of its last event, where it is kept how far the execution has come: that of a successful one is not. */
  readonly lastEvent: number | undefined;
}

type Row = Readonly<Record<string, unknown>>;

const EXECUTIONS = `SELECT *, progress ->> '$.lastEvent' AS last_event,
  (SELECT max(number) FROM states_redrives WHERE execution = states_executions.id) AS redrives,
  (SELECT max(at) FROM states_redrives WHERE execution = states_executions.id) AS redriven
  FROM states_executions`;

/** The stored executions. */
export class ExecutionStore {
  readonly #database: Database;
  readonly #history: History;
  readonly #redrives: Redrives;

  constructor(database: Database, history: History, redrives: Redrives) {
    this.#database = database;
    this.#history = history;
    this.#redrives = redrives;
    database.define(`
      CREATE TABLE IF NOT EXISTS states_executions (
        id INTEGER PRIMARY KEY,
        arn TEXT NOT NULL UNIQUE,
        machine TEXT NOT NULL,
        machine_name TEXT NOT NULL,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        definition TEXT NOT NULL,
        status TEXT NOT NULL,
        started INTEGER NOT NULL,
        stopped INTEGER,
        ends INTEGER,
        due INTEGER,
        input TEXT NOT NULL,
        output TEXT,
        error TEXT,
        cause TEXT,
        progress TEXT
      );
      CREATE INDEX IF NOT EXISTS states_executions_by_machine ON states_executions (machine, id);
      CREATE INDEX IF NOT EXISTS states_executions_by_status ON states_executions (machine, status, id);
      CREATE INDEX IF NOT EXISTS states_executions_running ON states_executions (id) WHERE status = 'RUNNING';
      CREATE INDEX IF NOT EXISTS states_executions_due ON states_executions (due) WHERE due IS NOT NULL;
      CREATE INDEX IF NOT EXISTS states_executions_stopped ON states_executions (stopped) WHERE stopped IS NOT NULL;
    `);
  }

  /** Starts an execution at its first state. */
  insert(identity: NewExecution, startAt: string, input: string): Execution {
    return this.#database.transaction(() => {
      const position = { phase: 'entering' as const, state: startAt, input: identity.input };
      const started = { position, variables: {}, lastEvent: 1, attempts: 0 };
      const { lastInsertRowid } = this.#database
        .prepare(
          `INSERT INTO states_executions (arn, machine, machine_name, name, role, definition, status, started, ends, due, input, progress)
           VALUES (?, ?, ?, ?, ?, ?, 'RUNNING', ?, ?, ?, ?, ?)`,
        )
        .run(
          identity.arn,
          identity.machineArn,
          identity.machineName,
          identity.name,
          identity.roleArn,
          identity.definition,
          identity.startedAt,
          identity.endsAt,
          identity.endsAt,
          input,
          JSON.stringify(started),
        );
      const id = Number(lastInsertRowid);
      const execution = { ...identity, id, redrives: 0, redrivenAt: undefined, progress: started };
      this.#history.append(execution.id, 1, identity.startedAt, [startedEvent(input, identity.roleArn)]);
      return execution;
    });
  }

  /** Writes what a draft has come to: the execution's progress or its end, and the events. */
  save(draft: Draft): void {
    this.#database.transaction(() => {
      const { execution, closing, result } = draft;
      if (closing === undefined) {
        this.#database
          .prepare('UPDATE states_executions SET progress = ?, due = ? WHERE id = ?')
          .run(JSON.stringify(result.progress), dueAt(result), execution.id);
      } else {
        // Where an unsuccessful execution stood is where a redrive goes on.
        const stood = closing.status === 'SUCCEEDED' ? null : JSON.stringify(result.progress);
        const { output, error, cause } = { output: undefined, error: undefined, cause: undefined, ...closing };
        this.#database
          .prepare(
            `UPDATE states_executions SET status = ?, stopped = ?, output = ?, error = ?, cause = ?, progress = ?, due = NULL
             WHERE id = ?`,
          )
          .run(closing.status, draft.at, output ?? null, error ?? null, cause ?? null, stood, execution.id);
      }
      this.#history.append(execution.id, execution.progress.lastEvent + 1, draft.at, draft.events);
    });
  }

  /** Opens an unsuccessful execution again where it stood; its history goes on. */
  redrive(id: number, at: number, endsAt: number, token: string | undefined): Execution {
    return this.#database.transaction(() => {
      const row = this.#database.prepare(`${EXECUTIONS} WHERE id = ?`).get(id);
      if (row === undefined) throw new Error(`there is no execution ${id}`);
      const stopped = toExecution(row);
      const lastEvent = stopped.progress.lastEvent + 1;
      const redrives = stopped.redrives + 1;
      const position = redrivenPosition(stopped.progress.position, at);
      const progress = { ...stopped.progress, position, lastEvent };
      const execution = { ...stopped, endsAt, redrives, redrivenAt: at, progress };
      this.#redrives.add(id, redrives, at, token);
      this.#database
        .prepare(
          `UPDATE states_executions SET status = 'RUNNING', stopped = NULL, error = NULL, cause = NULL, ends = ?, due = ?, progress = ?
           WHERE id = ?`,
        )
        .run(endsAt, dueAt(execution), JSON.stringify(progress), id);
      this.#history.append(id, lastEvent, at, [redrivenEvent(lastEvent - 1, redrives)]);
      return execution;
    });
  }

  /** Every execution that has not ended. */
  running(): Execution[] {
    return this.#database.prepare(`${EXECUTIONS} WHERE status = 'RUNNING' ORDER BY id`).all().map(toExecution);
  }

  /** The ids of the executions that something is due for at this moment or was before. */
  dueBy(now: number): number[] {
    const rows = this.#database.prepare('SELECT id FROM states_executions WHERE due <= ? ORDER BY due, id').all(now);
    return rows.map((row) => Number(row['id']));
  }

  /** The first moment after `now` that something is due at. */
  nextDue(now: number): number | undefined {
    const row = this.#database.prepare('SELECT min(due) AS due FROM states_executions WHERE due > ?').get(now);
    return optionalNumber(row?.['due']);
  }

  find(arn: string): StoredExecution | undefined {
    const row = this.#database.prepare(`${EXECUTIONS} WHERE arn = ?`).get(arn);
    return row === undefined ? undefined : toStored(row);
  }

  /** Whether there is, or was within the retention, an execution of this id. */
  has(id: number): boolean {
    return this.#database.prepare('SELECT 1 FROM states_executions WHERE id = ?').get(id) !== undefined;
  }

  /** A state machine's executions, the newest first; `before` is the id that the last page ended with. */
  list(machineArn: string, status: string | undefined, before: number, limit: number): StoredExecution[] {
    const where = status === undefined ? 'machine = ?' : 'machine = ? AND status = ?';
    return this.#database
      .prepare(`${EXECUTIONS} WHERE ${where} AND id < ? ORDER BY id DESC LIMIT ?`)
      .all(...(status === undefined ? [machineArn] : [machineArn, status]), before, limit)
      .map(toStored);
  }

  /** Forgets what was closed before the retention began. */
  removeStoppedBefore(moment: number): void {
    this.#database.transaction(() => {
      const rows = this.#database.prepare('SELECT id FROM states_executions WHERE stopped < ?').all(moment);
      for (const row of rows) this.remove(Number(row['id']));
    });
  }

  remove(id: number): void {
    this.#database.transaction(() => {
      this.#history.remove(id);
      this.#redrives.remove(id);
      this.#database.prepare('DELETE FROM states_executions WHERE id = ?').run(id);
    });
  }
}

function startedEvent(input: string, roleArn: string): HistoryEvent {
  return {
    type: 'ExecutionStarted',
    previousEventId: 0,
    executionStartedEventDetails: { input, inputDetails: WHOLE, roleArn },
  };
}

function redrivenEvent(previousEventId: number, redriveCount: number): HistoryEvent {
  return { type: 'ExecutionRedriven', previousEventId, executionRedrivenEventDetails: { redriveCount } };
}

function toExecution(row: Row): Execution {
  return {
    id: Number(row['id']),
    arn: String(row['arn']),
    name: String(row['name']),
    machineArn: String(row['machine']),
    machineName: String(row['machine_name']),
    roleArn: String(row['role']),
    definition: String(row['definition']),
    startedAt: Number(row['started']),
    endsAt: optionalNumber(row['ends']) ?? Number(row['started']) + LONGEST_EXECUTION,
    input: fromText(String(row['input'])),
    redrives: optionalNumber(row['redrives']) ?? 0,
    redrivenAt: optionalNumber(row['redriven']),
    progress: progress.parse(fromText(String(row['progress']))),
  };
}

function toStored(row: Row): StoredExecution {
  return {
    id: Number(row['id']),
    arn: String(row['arn']),
    name: String(row['name']),
    machineArn: String(row['machine']),
    machineName: String(row['machine_name']),
    roleArn: String(row['role']),
    definition: String(row['definition']),
    status: String(row['status']),
    startedAt: Number(row['started']),
    stoppedAt: optionalNumber(row['stopped']),
    input: String(row['input']),
    output: optionalText(row['output']),
    error: optionalText(row['error']),
    cause: optionalText(row['cause']),
    redrives: optionalNumber(row['redrives']) ?? 0,
    redrivenAt: optionalNumber(row['redriven']),
    lastEvent: optionalNumber(row['last_event']),
  };
}

function optionalNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
