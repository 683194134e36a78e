/** The directory that the durable state lies in, and the lock that keeps a second runtime out of it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A data directory that this process alone may use. */
export interface DataDirectory {
  /** The file for the database; `:memory:` where nothing is kept. */
  readonly databaseFile: string;
  release(): void;
}

/**
 * Takes a data directory, made where there is none; `:memory:` takes none.
 * The lock is the operating system's, held through SQLite: it goes when the process goes, however it ends.
 * @throws Error where another runtime has it
 */
export function takeDataDirectory(directory: string): DataDirectory {
  if (directory === ':memory:') return { databaseFile: ':memory:', release: () => undefined };
  mkdirSync(directory, { recursive: true });
  const lock = new DatabaseSync(join(directory, 'lock'));
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new Error(
      `another local-cloud is using the data directory ${directory}; end it, or set LOCAL_CLOUD_DATA to another directory`,
      { cause },
    );
  }
  return { databaseFile: join(directory, 'local-cloud.sqlite'), release: () => lock.close() };
}
