/** The README tells how long things take. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTables } from './readme-tables.ts';

it('prints the durations that there are', () => {
  const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
  if (withTables(readme) !== readme)
    throw new Error('libs/durations/README.md is out of date: run npx node libs/durations/src/write-readme.ts');
  expect(readme).toMatch(/\| longest step forward +\| 134 s +\|/);
});
