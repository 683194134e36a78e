/** The events that archives keep. */
import * as z from 'zod';
import type { Clock, Timer } from '../clock.ts';
import type { Database } from '../database.ts';
import type { BusEvent } from './event.ts';
import type { Archive } from './rule.ts';

const DAY = 86_400_000;
const size = z.object({ events: z.number(), bytes: z.number().nullable() });
const creation = z.object({ created_at: z.number() });

/** Keeps events until their archive's retention period is over. */
export class ArchiveStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS events_archives (name TEXT PRIMARY KEY, created_at INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS events_archived (
        id INTEGER PRIMARY KEY, archive TEXT NOT NULL, event TEXT NOT NULL, archived_at INTEGER NOT NULL,
        event_time INTEGER NOT NULL
      );
      CREATE INDEX IF NOT EXISTS events_archived_by_time ON events_archived (archive, archived_at)`);
    this.#addEventTimes();
    database.define(
      'CREATE INDEX IF NOT EXISTS events_archived_by_event_time ON events_archived (archive, event_time, id)',
    );
  }

  /** Remembers when an archive was first declared. */
  create(name: string, now: number): void {
    this.#database.prepare('INSERT OR IGNORE INTO events_archives VALUES (?, ?)').run(name, now);
  }

  createdAt(name: string): number {
    return creation.parse(this.#database.prepare('SELECT created_at FROM events_archives WHERE name = ?').get(name))
      .created_at;
  }

  keep(archive: Archive, event: BusEvent, now: number): void {
    this.#database
      .prepare('INSERT INTO events_archived (archive, event, archived_at, event_time) VALUES (?, ?, ?, ?)')
      .run(archive.name, event.text, now, event.time);
  }

  /** Expires an archive now and once a day from now on, until the timer that it gives to `armed` is cancelled. */
  expireDaily(archive: Archive, clock: Clock, armed: (timer: Timer) => void): void {
    if (archive.retentionDays === 0) return;
    this.expire(archive, clock.now());
    armed(clock.after(DAY, () => this.expireDaily(archive, clock, armed)));
  }

  /** Deletes what has been kept for longer than the archive's retention period. */
  expire(archive: Archive, now: number): void {
    if (archive.retentionDays === 0) return;
    this.#database
      .prepare('DELETE FROM events_archived WHERE archive = ? AND archived_at <= ?')
      .run(archive.name, now - archive.retentionDays * DAY);
  }

  /** How many events an archive holds, and their size in bytes. */
  sizeOf(name: string): { readonly events: number; readonly bytes: number } {
    const row = this.#database
      .prepare(
        'SELECT count(*) AS events, sum(length(CAST(event AS BLOB))) AS bytes FROM events_archived WHERE archive = ?',
      )
      .get(name);
    const { events, bytes } = size.parse(row);
    return { events, bytes: bytes ?? 0 };
  }

  /** A data directory may be older than the column that replays go by. */
  #addEventTimes(): void {
    const column = "SELECT 1 FROM pragma_table_info('events_archived') WHERE name = 'event_time'";
    if (this.#database.prepare(column).get() !== undefined) return;
    this.#database.define(`
      ALTER TABLE events_archived ADD COLUMN event_time INTEGER NOT NULL DEFAULT 0;
      UPDATE events_archived SET event_time = unixepoch(event ->> '$.time') * 1000`);
  }
}
