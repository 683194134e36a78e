/** Replays, how far they have come, and what is next. */
import * as z from 'zod';
import type { Database } from '../database.ts';

const DAY = 86_400_000;
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html: AWS keeps them that long. */
const KEPT = 90 * DAY;

/** The states of a replay: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Replay.html. */
export const REPLAY_STATES = ['STARTING', 'RUNNING', 'CANCELLING', 'COMPLETED', 'CANCELLED', 'FAILED'] as const;

/** One of {@link REPLAY_STATES}. */
export type ReplayState = (typeof REPLAY_STATES)[number];

const filterArns = z.array(z.string());
const row = z.object({
  name: z.string(),
  description: z.string().nullable(),
  archive: z.string(),
  bus: z.string(),
  filter_arns: z
    .string()
    .nullable()
    .transform((text) => (text === null ? undefined : filterArns.parse(JSON.parse(text)))),
  event_start: z.number(),
  event_end: z.number(),
  state: z.enum(REPLAY_STATES),
  state_reason: z.string().nullable(),
  started_at: z.number(),
  ended_at: z.number().nullable(),
  last_event_time: z.number().nullable(),
  last_event_id: z.number(),
});

/** A replay; times are milliseconds since the epoch. */
export type Replay = z.infer<typeof row>;

/** What a replay is started with. */
export interface NewReplay {
  readonly name: string;
  readonly description: string | undefined;
  readonly archive: string;
  readonly bus: string;
  readonly filterArns: readonly string[] | undefined;
  readonly eventStart: number;
  readonly eventEnd: number;
}

const archived = z.array(z.object({ id: z.number(), event: z.string(), event_time: z.number() }));

/** An event that an archive keeps. */
export type ArchivedEvent = z.infer<typeof archived>[number];

/** Reads and writes replays. */
export class ReplayStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS events_replays (
        name TEXT PRIMARY KEY, description TEXT, archive TEXT NOT NULL, bus TEXT NOT NULL, filter_arns TEXT,
        event_start INTEGER NOT NULL, event_end INTEGER NOT NULL, state TEXT NOT NULL, state_reason TEXT,
        started_at INTEGER NOT NULL, ended_at INTEGER, last_event_time INTEGER, last_event_id INTEGER NOT NULL DEFAULT 0
      )`);
  }

  transaction<T>(work: () => T): T {
    return this.#database.transaction(work);
  }

  add(replay: NewReplay, now: number): void {
    const { name, description, archive, bus, eventStart, eventEnd } = replay;
    const filters = replay.filterArns === undefined ? null : JSON.stringify(replay.filterArns);
    this.#database
      .prepare(
        `INSERT INTO events_replays (name, description, archive, bus, filter_arns, event_start, event_end, state, started_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'STARTING', ?)`,
      )
      .run(name, description ?? null, archive, bus, filters, eventStart, eventEnd, now);
  }

  get(name: string): Replay | undefined {
    const found = this.#database.prepare('SELECT * FROM events_replays WHERE name = ?').get(name);
    return found === undefined ? undefined : row.parse(found);
  }

  /** All replays by name, without those that ended 90 days ago. */
  list(now: number): Replay[] {
    this.#database.prepare('DELETE FROM events_replays WHERE ended_at <= ?').run(now - KEPT);
    return z.array(row).parse(this.#database.prepare('SELECT * FROM events_replays ORDER BY name').all());
  }

  setState(name: string, state: ReplayState): void {
    this.#database.prepare('UPDATE events_replays SET state = ? WHERE name = ?').run(state, name);
  }

  end(name: string, state: 'COMPLETED' | 'CANCELLED' | 'FAILED', now: number, reason?: string): void {
    this.#database
      .prepare('UPDATE events_replays SET state = ?, state_reason = ?, ended_at = ? WHERE name = ?')
      .run(state, reason ?? null, now, name);
  }

  /** The events that come next, by the times in them, and where those are the same, as they were put. */
  next(replay: Replay, limit: number): ArchivedEvent[] {
    const rows = this.#database
      .prepare(
        `SELECT id, event, event_time FROM events_archived
         WHERE archive = ? AND (event_time, id) > (?, ?) AND event_time >= ? AND event_time < ?
         ORDER BY event_time, id LIMIT ?`,
      )
      .all(
        replay.archive,
        replay.last_event_time ?? replay.event_start,
        replay.last_event_id,
        replay.event_start,
        replay.event_end,
        limit,
      );
    return archived.parse(rows);
  }

  /** Remembers which event was replayed last. */
  advance(name: string, last: ArchivedEvent): void {
    this.#database
      .prepare('UPDATE events_replays SET last_event_time = ?, last_event_id = ? WHERE name = ?')
      .run(last.event_time, last.id, name);
  }
}
