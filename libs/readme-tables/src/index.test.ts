import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTables, ReadmeOutOfDate, table, withTables, writeTables } from './index.ts';

const people = table(['name', 'age'], [['Ada', '36']]);

it('writes columns of one width', () => {
  expect(people).toBe('| name | age |\n| ---- | --- |\n| Ada  | 36  |\n');
});

it('puts a table between its marks, and leaves everything else as it is', () => {
  const readme = '# People\n\n<!-- people -->\n\nold\n\n<!-- /people -->\n\nAnd $1 more.\n';
  expect(withTables(readme, { people })).toBe(
    `# People\n\n<!-- people -->\n\n${people}\n<!-- /people -->\n\nAnd $1 more.\n`,
  );
});

it('refuses a README without a place for a table', () => {
  expect(() => withTables('# People\n', { people })).toThrow(ReadmeOutOfDate);
});

describe('a README on disk', () => {
  let folder: string;
  let readme: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'readme-tables-'));
    readme = join(folder, 'README.md');
    writeFileSync(readme, '<!-- people -->\n<!-- /people -->\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is out of date until its tables are written; the error names the command', () => {
    expect(() => checkTables(readme, { people }, 'npx node write-people.ts')).toThrow(/npx node write-people\.ts/);
    writeTables(readme, { people });
    expect(() => checkTables(readme, { people }, '')).not.toThrow();
    expect(readFileSync(readme, 'utf8')).toContain('| Ada  | 36  |');
  });
});
