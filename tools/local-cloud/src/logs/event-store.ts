/** Log groups, streams and events: written in bunches, bounded, and gone when their retention is over. */
import * as z from 'zod';
import type { Clock, Timer } from '../clock.ts';
import type { Database } from '../database.ts';

/** Lines wait so long for others to be written with, in milliseconds; whoever reads writes them first. */
const WRITE_DELAY = 50;

/** A group keeps its newest events; beyond that number by this many, the oldest are removed. */
const SLACK = 1_000;
const DAY = 86_400_000;

/** One event to write. */
export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

const groupRow = z.object({ name: z.string(), created: z.number(), retention: z.number().nullable() });
const streamRow = z.object({
  name: z.string(),
  created: z.number(),
  first: z.number().nullable(),
  last: z.number().nullable(),
  ingested: z.number().nullable(),
});
const eventRow = z.object({
  id: z.number(),
  stream: z.string(),
  timestamp: z.number(),
  message: z.string(),
  ingested: z.number(),
});

/** A group; retention in days, or null for ever. */
export type LogGroup = z.infer<typeof groupRow>;
/** A stream with the times of its events. */
export type LogStream = z.infer<typeof streamRow>;
/** An event as it is stored; ids rise in the order of writing. */
export type StoredEvent = z.infer<typeof eventRow>;

/** Which events to read, in the order of time; `after` is where an earlier reading ended. */
export interface EventQuery {
  readonly group: string;
  readonly from: number;
  readonly to: number;
  readonly after?: { readonly timestamp: number; readonly id: number } | undefined;
  readonly backwards?: boolean;
}

/** Everything that is logged. */
export class EventStore {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #mostPerGroup: number;
  readonly #written = new Map<string, number>();
  #waiting: (LogEvent & { readonly group: string; readonly stream: string })[] = [];
  #flushTimer: NodeJS.Timeout | undefined;
  #purgeTimer: Timer | undefined;

  constructor(database: Database, clock: Clock, mostPerGroup: number) {
    this.#database = database;
    this.#clock = clock;
    this.#mostPerGroup = mostPerGroup;
    database.define(`
      CREATE TABLE IF NOT EXISTS logs_groups (name TEXT PRIMARY KEY, created INTEGER NOT NULL, retention INTEGER) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS logs_streams (
        "group" TEXT NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY ("group", name)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS logs_events (
        id INTEGER PRIMARY KEY AUTOINCREMENT, "group" TEXT NOT NULL, stream TEXT NOT NULL,
        timestamp INTEGER NOT NULL, message TEXT NOT NULL, ingested INTEGER NOT NULL);
      CREATE INDEX IF NOT EXISTS logs_events_time ON logs_events ("group", timestamp, id)`);
  }

  /** Removes what has outlived its retention, now and once a day. */
  start(): void {
    this.#purge();
    this.#purgeTimer = this.#clock.after(DAY, () => this.start());
  }

  stop(): void {
    this.#purgeTimer?.cancel();
    this.flush();
  }

  /** Makes a group unless there is one; a declared one has the retention that was declared last. */
  declareGroup(name: string, retention: number | undefined): void {
    this.#database
      .prepare(
        'INSERT INTO logs_groups (name, created, retention) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET retention = excluded.retention',
      )
      .run(name, this.#clock.now(), retention ?? null);
  }

  group(name: string): LogGroup | undefined {
    const found = this.#database.prepare('SELECT * FROM logs_groups WHERE name = ?').get(name);
    return found === undefined ? undefined : groupRow.parse(found);
  }

  groups(prefix: string): readonly LogGroup[] {
    return this.#database
      .prepare('SELECT * FROM logs_groups WHERE substr(name, 1, length(?)) = ? ORDER BY name')
      .all(prefix, prefix)
      .map((row) => groupRow.parse(row));
  }

  /** How many characters a group's events have. */
  sizeOf(group: string): number {
    this.flush();
    const found = this.#database
      .prepare('SELECT sum(length(message)) AS size FROM logs_events WHERE "group" = ?')
      .get(group);
    const size = found?.['size'];
    return typeof size === 'number' ? size : 0;
  }

  /** Whether the stream is new. */
  createStream(group: string, name: string): boolean {
    const { changes } = this.#database
      .prepare('INSERT OR IGNORE INTO logs_streams ("group", name, created) VALUES (?, ?, ?)')
      .run(group, name, this.#clock.now());
    return changes > 0;
  }

  hasStream(group: string, name: string): boolean {
    return (
      this.#database.prepare('SELECT 1 FROM logs_streams WHERE "group" = ? AND name = ?').get(group, name) !== undefined
    );
  }

  streams(group: string, prefix: string): readonly LogStream[] {
    this.flush();
    return this.#database
      .prepare(
        `SELECT s.name AS name, s.created AS created, min(e.timestamp) AS first, max(e.timestamp) AS last, max(e.ingested) AS ingested
         FROM logs_streams s LEFT JOIN logs_events e ON e."group" = s."group" AND e.stream = s.name
         WHERE s."group" = ? AND substr(s.name, 1, length(?)) = ? GROUP BY s.name ORDER BY s.name`,
      )
      .all(group, prefix, prefix)
      .map((row) => streamRow.parse(row));
  }

  /** Takes events in; they are stored within a moment. */
  write(group: string, stream: string, events: readonly LogEvent[]): void {
    for (const event of events) this.#waiting.push({ ...event, group, stream });
    this.#flushTimer ??= setTimeout(() => this.flush(), WRITE_DELAY).unref();
  }

  /** Stores what waits, in one transaction. */
  flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    const events = this.#waiting;
    this.#waiting = [];
    if (events.length === 0) return;
    this.#database.transaction(() => {
      const insert = this.#database.prepare(
        'INSERT INTO logs_events ("group", stream, timestamp, message, ingested) VALUES (?, ?, ?, ?, ?)',
      );
      const ingested = this.#clock.now();
      for (const event of events) {
        insert.run(event.group, event.stream, event.timestamp, event.message, ingested);
        this.#countWritten(event.group);
      }
    });
  }

  /** Reads events in the order of time, no more of them than are taken. */
  *events(query: EventQuery): Generator<StoredEvent> {
    this.flush();
    const { group, backwards } = query;
    const from = Math.max(query.from, this.#oldest(group));
    const after =
      query.after ??
      (backwards === true ? { timestamp: query.to, id: Number.MAX_SAFE_INTEGER } : { timestamp: from, id: -1 });
    const order = backwards === true ? { sign: '<', direction: 'DESC' } : { sign: '>', direction: 'ASC' };
    const rows = this.#database
      .prepare(
        `SELECT id, stream, timestamp, message, ingested FROM logs_events
         WHERE "group" = ? AND timestamp BETWEEN ? AND ? AND (timestamp, id) ${order.sign} (?, ?)
         ORDER BY timestamp ${order.direction}, id ${order.direction}`,
      )
      .iterate(group, from, query.to, after.timestamp, after.id);
    for (const row of rows) yield eventRow.parse(row);
  }

  #oldest(group: string): number {
    const row = this.#database.prepare('SELECT retention FROM logs_groups WHERE name = ?').get(group);
    const retention = row?.['retention'];
    return typeof retention === 'number' ? this.#clock.now() - retention * DAY : 0;
  }

  #countWritten(group: string): void {
    const written = (this.#written.get(group) ?? 0) + 1;
    this.#written.set(group, written % SLACK);
    if (written < SLACK) return;
    this.#database
      .prepare(
        'DELETE FROM logs_events WHERE "group" = ? AND id <= (SELECT id FROM logs_events WHERE "group" = ? ORDER BY id DESC LIMIT 1 OFFSET ?)',
      )
      .run(group, group, this.#mostPerGroup);
  }

  /** Streams of which nothing is left go too. */
  #purge(): void {
    this.#database.transaction(() => {
      for (const group of this.groups('')) {
        this.#database
          .prepare('DELETE FROM logs_events WHERE "group" = ? AND timestamp < ?')
          .run(group.name, this.#oldest(group.name));
      }
      this.#database
        .prepare(
          'DELETE FROM logs_streams WHERE created < ? AND NOT EXISTS (SELECT 1 FROM logs_events e WHERE e."group" = logs_streams."group" AND e.stream = logs_streams.name)',
        )
        .run(this.#clock.now() - DAY);
    });
  }
}
