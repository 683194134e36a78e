/** The history of an execution: its events as AWS shapes them, stored in one row per commit. */
import type { Database } from '../database.ts';
import type { Integration } from './integration.ts';

/** The most events that a history may have (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). */
export const LONGEST_HISTORY = 25_000;

/**
 * An event without its id and time, which its place in the history gives
 * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html).
 */
export interface HistoryEvent {
  readonly type: string;
  readonly previousEventId: number;
  readonly [details: `${string}EventDetails`]: Readonly<Record<string, unknown>>;
}

/** An event as GetExecutionHistory answers it; `timestamp` is in seconds since the epoch. */
export type NumberedEvent = HistoryEvent & { readonly id: number; readonly timestamp: number };

/** What stands beside each text in an event: nothing is cut off here. */
export const WHOLE = { truncated: false };

/** What every event of a task says first. */
export function taskNames({ resource, resourceType }: Integration): {
  readonly resource: string;
  readonly resourceType: string;
} {
  return { resource, resourceType };
}

/** The members that `includeExecutionData: false` leaves out. */
const EXECUTION_DATA = [
  'input',
  'inputDetails',
  'output',
  'outputDetails',
  'parameters',
  'assignedVariables',
  'assignedVariablesDetails',
];

/** The stored histories. */
export class History {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    // One integer for execution and event: SQLite keeps rows of this size whole in a rowid table only.
    database.define(`CREATE TABLE IF NOT EXISTS states_history (
      key INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      events TEXT NOT NULL
    )`);
  }

  /** Adds events that happened at one moment; `first` is the id of the first of them. */
  append(execution: number, first: number, at: number, events: readonly HistoryEvent[]): void {
    if (events.length === 0) return;
    this.#database
      .prepare('INSERT INTO states_history (key, at, events) VALUES (?, ?, ?)')
      .run(keyOf(execution, first), at, JSON.stringify(events));
  }

  /** The events of an execution from the one with the id `from` on, at most `limit`, oldest first. */
  readForward(execution: number, from: number, limit: number): NumberedEvent[] {
    // The row that holds an event begins with it or before it.
    const rows = this.#database
      .prepare(
        `SELECT key, at, events FROM states_history
         WHERE key < ? AND key >= (SELECT max(key) FROM states_history WHERE key <= ?) ORDER BY key LIMIT ?`,
      )
      .all(keyOf(execution + 1, 0), keyOf(execution, from), limit + 1);
    return rows
      .flatMap(eventsOf)
      .filter(({ id }) => id >= from)
      .slice(0, limit);
  }

  /** The events of an execution up to the one with the id `from`, at most `limit`, newest first. */
  readBackward(execution: number, from: number, limit: number): NumberedEvent[] {
    const rows = this.#database
      .prepare('SELECT key, at, events FROM states_history WHERE key <= ? AND key >= ? ORDER BY key DESC LIMIT ?')
      .all(keyOf(execution, from), keyOf(execution, 0), limit + 1);
    return rows
      .flatMap((row) => eventsOf(row).reverse())
      .filter(({ id }) => id <= from)
      .slice(0, limit);
  }

  remove(execution: number): void {
    this.#database
      .prepare('DELETE FROM states_history WHERE key >= ? AND key < ?')
      .run(keyOf(execution, 0), keyOf(execution + 1, 0));
  }
}

/** How many keys each execution has: more than it can have events. */
const EVENT_KEYS = 2 ** 15;

function keyOf(execution: number, event: number): number {
  return execution * EVENT_KEYS + event;
}

function eventsOf(row: Readonly<Record<string, unknown>>): NumberedEvent[] {
  const first = Number(row['key']) % EVENT_KEYS;
  const events = JSON.parse(String(row['events'])) as HistoryEvent[];
  return events.map((event, index) => ({ timestamp: Number(row['at']) / 1000, id: first + index, ...event }));
}

/** The event without the data that passed through the execution. */
export function withoutExecutionData(event: NumberedEvent): NumberedEvent {
  const details: Record<`${string}EventDetails`, Readonly<Record<string, unknown>>> = {};
  for (const name of Object.keys(event)) {
    if (!isDetails(name)) continue;
    const members = Object.entries(event[name] ?? {}).filter(([member]) => !EXECUTION_DATA.includes(member));
    details[name] = Object.fromEntries(members);
  }
  return { ...event, ...details };
}

function isDetails(name: string): name is `${string}EventDetails` {
  return name.endsWith('EventDetails');
}
