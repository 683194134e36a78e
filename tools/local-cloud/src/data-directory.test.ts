/** The data directory belongs to one runtime, and a restart finds the clock where it was. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeDataDirectory } from './data-directory.ts';
import { Database } from './database.ts';
import { durableClock } from './durable-clock.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'data-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a data directory', () => {
  it('is not shared', () => {
    const taken = takeDataDirectory(directory);
    expect(() => takeDataDirectory(directory)).toThrow(
      `another local-cloud is using the data directory ${directory}; end it, or set LOCAL_CLOUD_DATA to another directory`,
    );
    taken.release();
    takeDataDirectory(directory).release();
  });

  it('is made where there is none', () => {
    const taken = takeDataDirectory(join(directory, 'new', 'one'));
    expect(taken.databaseFile).toBe(join(directory, 'new', 'one', 'local-cloud.sqlite'));
    taken.release();
  });

  it('that is none is refused in one sentence', () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    expect(() => takeDataDirectory(file)).toThrow(
      /^the data directory .*file cannot be used \(.*\); mend it, or set LOCAL_CLOUD_DATA to another directory$/,
    );
  });

  it('whose lock is damaged is not said to be in use', () => {
    writeFileSync(join(directory, 'lock'), 'x'.repeat(4_096));
    expect(() => takeDataDirectory(directory)).toThrow(/cannot be used \(.*file is not a database\)/);
  });

  it('is not needed in memory', () => {
    expect(takeDataDirectory(':memory:').databaseFile).toBe(':memory:');
  });
});

describe('the clock', () => {
  it('is not set back by a restart', async () => {
    const file = join(directory, 'clock.sqlite');
    const before = new Database(file);
    const clock = durableClock(before);
    await clock.advance(3_600_000);
    clock.stop();
    before.close();
    const after = new Database(file);
    const again = durableClock(after);
    expect(again.offset).toBeGreaterThanOrEqual(3_599_000);
    expect(again.now()).toBeGreaterThanOrEqual(clock.now() - 1000);
    after.close();
  });
});
