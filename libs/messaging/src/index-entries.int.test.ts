import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { type GivenTables, givenTables, STATE, WAITING } from './given-tables.ts';
import { indexEntries } from './index-entries.ts';

let tables: GivenTables;
beforeEach(async () => {
  tables = await givenTables();
});
afterEach(() => tables.stop());

const at = (second: number) => new Date(Date.UTC(2026, 0, 15, 9, 30, second)).toISOString();
const entry = (pk: string, second: number, queue = 'open') => ({ pk, queue, since: at(second) });

const given = async (...items: readonly object[]): Promise<void> => {
  for (const item of items) await tables.client.send(new PutCommand({ TableName: STATE, Item: { ...item } }));
};
/** The open ones that have waited since before a second. */
const entriesBefore = (second: number) =>
  indexEntries(tables.client, { tableName: STATE, index: WAITING, partition: 'open', before: at(second) });
const pagesBefore = async (second: number) => {
  const pages: (readonly Readonly<Record<string, unknown>>[])[] = [];
  for await (const page of entriesBefore(second)) pages.push(page);
  return pages;
};

describe('the entries of an index', () => {
  it('come with their keys, the oldest first, whatever their items are called', async () => {
    await given({ ...entry('a', 3), more: 'is not in it' }, entry('c', 1), entry('b', 2));
    expect(await pagesBefore(60)).toEqual([[entry('c', 1), entry('b', 2), entry('a', 3)]]);
  });

  it('are those below the bound, which itself is not', async () => {
    await given(entry('below', 9), entry('at', 10), entry('above', 11));
    expect(await pagesBefore(10)).toEqual([[entry('below', 9)]]);
  });

  it('are those of one partition, of items that have both attributes', async () => {
    await given(entry('a', 1), entry('b', 1, 'closed'), { pk: 'c', since: at(1) }, { pk: 'd', queue: 'open' });
    expect(await pagesBefore(60)).toEqual([[entry('a', 1)]]);
  });

  it('come page by page, each of them once, also where many are of the same time', async () => {
    const entries = Array.from({ length: 60 }, (_, number) => entry(`item-${number}`, number < 30 ? 1 : number));
    await given(...entries);
    const pages = await pagesBefore(60);
    expect(pages.map(({ length }) => length)).toEqual([25, 25, 10]);
    const found = pages.flat();
    expect(new Set(found.map(({ pk }) => pk)).size).toBe(60);
    expect(found.map(({ since }) => since)).toEqual(entries.map(({ since }) => since));
  });

  it('are none where there are none', async () => {
    expect((await pagesBefore(60)).flat()).toEqual([]);
  });

  it('are asked for a page at a time, the next one only once somebody wants it', async () => {
    await given(...Array.from({ length: 26 }, (_, number) => entry(`item-${number}`, number)));
    const pages = entriesBefore(60);
    expect((await pages.next()).value).toHaveLength(25);
    const error = { code: 'AccessDeniedException', message: 'not allowed', status: 400 };
    tables.faults.inject({ at: 'dynamodb.Query', effect: 'error', error, times: 1 });
    await expect(pages.next()).rejects.toMatchObject({ name: error.code });
  });
});
