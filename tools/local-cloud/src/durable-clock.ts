/** A clock that a restart does not set back: what it was advanced by is kept beside the times that were read from it. */
import { Clock } from './clock.ts';
import type { Database } from './database.ts';

/** The machine's clock, ahead by what every earlier process on this database has advanced it. */
export function durableClock(database: Database, failed?: (error: unknown) => void): Clock {
  database.define(
    'CREATE TABLE IF NOT EXISTS clock_offset (id INTEGER PRIMARY KEY CHECK (id = 1), milliseconds INTEGER NOT NULL)',
  );
  const row = database.prepare('SELECT milliseconds FROM clock_offset').get();
  const save = database.prepare('INSERT OR REPLACE INTO clock_offset (id, milliseconds) VALUES (1, ?)');
  return new Clock({
    offset: Number(row?.milliseconds ?? 0),
    moved: (offset) => save.run(offset),
    ...(failed !== undefined && { failed }),
  });
}
