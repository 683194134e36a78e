/** The README tells what there is. */
import { checkTables } from '@distributed-patterns/readme-tables';
import { join } from 'node:path';
import { readmeTables } from './readme-tables.ts';

it('lists the operations that there are', () => {
  const tables = readmeTables();
  checkTables(join(__dirname, '../README.md'), tables, 'node tools/local-cloud/src/write-readme.ts');
  expect(tables['operations']).toMatch(/\| STS +\| GetCallerIdentity +\|/);
});
