/** The directory that the durable state lies in, and the lock that keeps a second runtime out of it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from './error-text.ts';

const SQLITE_BUSY = 5;

/** A data directory that this process alone may use. */
export interface DataDirectory {
  /** The file for the database; `:memory:` where nothing is kept. */
  readonly databaseFile: string;
  release(): void;
}

/**
 * Takes a data directory, made where there is none; `:memory:` takes none.
 * The lock is the operating system's, held through SQLite: it goes when the process goes, however it ends.
 * @throws Error in one sentence where another runtime has it, or where it cannot be written to
 */
export function takeDataDirectory(directory: string): DataDirectory {
  if (directory === ':memory:') return { databaseFile: ':memory:', release: () => undefined };
  const lock = openLock(directory);
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (sqliteResultOf(cause) !== SQLITE_BUSY) throw unusable(directory, cause);
    throw new Error(
      `another local-cloud is using the data directory ${directory}; end it, or set LOCAL_CLOUD_DATA to another directory`,
      { cause },
    );
  }
  return { databaseFile: join(directory, 'local-cloud.sqlite'), release: () => lock.close() };
}

/** What is said of a data directory that the operating system or SQLite refuses: read-only, full, damaged. */
export function unusable(directory: string, cause: unknown): Error {
  return new Error(
    `the data directory ${directory} cannot be used (${messageOf(cause)}); mend it, or set LOCAL_CLOUD_DATA to another directory`,
    { cause },
  );
}

/** The number that SQLite gives a failure (https://www.sqlite.org/rescode.html); undefined for what is not one of SQLite's. */
export function sqliteResultOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error && 'errcode' in error)) return undefined;
  return error.code === 'ERR_SQLITE_ERROR' && typeof error.errcode === 'number' ? error.errcode : undefined;
}

function openLock(directory: string): DatabaseSync {
  try {
    mkdirSync(directory, { recursive: true });
    return new DatabaseSync(join(directory, 'lock'));
  } catch (cause) {
    throw unusable(directory, cause);
  }
}
