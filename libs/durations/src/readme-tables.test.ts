/** The README tells how long things take. */
import { checkTables } from '@distributed-patterns/readme-tables';
import { join } from 'node:path';
import { tables } from './readme-tables.ts';

it('prints the durations that there are', () => {
  checkTables(join(__dirname, '../README.md'), tables, 'npx node libs/durations/src/write-readme.ts');
  expect(tables['durations']).toMatch(/\| longest step forward +\| 134 s +\|/);
});
