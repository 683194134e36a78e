/** The README tells what there is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTables } from './readme-tables.ts';

it('lists the operations that there are', () => {
  const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
  if (withTables(readme) !== readme)
    throw new Error('tools/local-cloud/README.md is out of date: run node tools/local-cloud/src/write-readme.ts');
  expect(readme).toMatch(/\| STS +\| GetCallerIdentity +\|/);
});
