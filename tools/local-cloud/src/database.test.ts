/** Transactions: all or nothing, and who hears of them. */
import { Database } from './database.ts';

let database: Database;
beforeEach(() => {
  database = new Database(':memory:');
  database.define('CREATE TABLE numbers (n INTEGER PRIMARY KEY)');
});
afterEach(() => database.close());

const insert = (n: number) => database.prepare('INSERT INTO numbers VALUES (?)').run(n);
const numbers = () =>
  database
    .prepare('SELECT n FROM numbers')
    .all()
    .map((row) => row['n']);

it('undoes everything where something fails, nested transactions included, and tells nobody', () => {
  const told: string[] = [];
  const failing = () =>
    database.transaction(() => {
      insert(1);
      database.transaction(() => insert(2));
      database.afterCommit(() => told.push('committed'));
      throw new Error('broken');
    });
  expect(failing).toThrow('broken');
  expect([numbers(), told]).toEqual([[], []]);
  database.transaction(() => insert(3));
  expect(numbers()).toEqual([3]);
});

it('tells of a commit afterwards, in order', () => {
  const seen: unknown[] = [];
  database.transaction(() => {
    database.afterCommit(() => seen.push('first', ...numbers()));
    database.afterCommit(() => seen.push('second'));
    insert(1);
    expect(seen).toEqual([]);
  });
  expect(seen).toEqual(['first', 1, 'second']);
});

it('goes on where SQLite has rolled back by itself', () => {
  database.define('CREATE TABLE few (n INTEGER UNIQUE ON CONFLICT ROLLBACK)');
  const add = () => database.prepare('INSERT INTO few VALUES (1)').run();
  add();
  expect(() => database.transaction(add)).toThrow('UNIQUE constraint failed');
  database.transaction(() => insert(1));
  expect(numbers()).toEqual([1]);
});
