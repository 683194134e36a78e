/** The rows of items and of their global secondary indexes. */
import type { Database } from '../database.ts';
import type { Item } from './attribute-value.ts';
import { encodeKey } from './key-encoding.ts';
import {
  type Contents,
  type GlobalIndex,
  type KeyAttribute,
  type KeyShape,
  LONGEST_KEY,
  type Table,
} from './table-definition.ts';

/** A primary key or an index key as bytes; `sort` is empty where the key has one attribute. */
export interface EncodedKey {
  readonly partition: Uint8Array;
  readonly sort: Uint8Array;
}

/** One side of a range of sort keys. */
export interface Bound {
  readonly value: Uint8Array;
  readonly inclusive: boolean;
}

/** Which rows are read, from where on and in which direction; `after` has the item's own key too, for an index. */
export interface Reading {
  readonly partition?: Uint8Array;
  readonly lower?: Bound;
  readonly upper?: Bound;
  readonly after?: { readonly own: EncodedKey; readonly index?: EncodedKey };
  readonly backward: boolean;
}

const NO_SORT_KEY = new Uint8Array(0);

/** The key of an item that was checked to have one. */
export function encode(shape: KeyShape, item: Item): EncodedKey {
  const sort = shape.sort === undefined ? undefined : item[shape.sort.name];
  return {
    partition: encodeKey(item[shape.partition.name] ?? {}),
    sort: sort === undefined ? NO_SORT_KEY : encodeKey(sort),
  };
}

/**
 * Whether an item has the attributes that put it into an index: indexes are sparse. What was written before the index
 * was made may have attributes that cannot be its keys; then the item stays out of it
 * (Developer Guide, "Detecting and correcting index key violations").
 */
export function isIndexed(index: GlobalIndex, item: Item): boolean {
  const { partition, sort } = index.key;
  return (
    fitsKey(partition, item, LONGEST_KEY.partition) && (sort === undefined || fitsKey(sort, item, LONGEST_KEY.sort))
  );
}

function fitsKey({ name, type }: KeyAttribute, item: Item, longest: number): boolean {
  const text = item[name]?.[type];
  return text !== undefined && text !== '' && Buffer.byteLength(text, type === 'B' ? 'base64' : 'utf8') <= longest;
}

/** Keeps items as JSON under bytes that sort as DynamoDB does, and one row per index that an item is in. */
export class ItemStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS dynamodb_items (
        table_id INTEGER NOT NULL,
        pk BLOB NOT NULL,
        sk BLOB NOT NULL,
        item TEXT NOT NULL,
        expires INTEGER,
        PRIMARY KEY (table_id, pk, sk)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS dynamodb_items_expires ON dynamodb_items (expires) WHERE expires IS NOT NULL;
      CREATE TABLE IF NOT EXISTS dynamodb_index_rows (
        table_id INTEGER NOT NULL,
        index_name TEXT NOT NULL,
        pk BLOB NOT NULL,
        sk BLOB NOT NULL,
        item_pk BLOB NOT NULL,
        item_sk BLOB NOT NULL,
        PRIMARY KEY (table_id, index_name, pk, sk, item_pk, item_sk)
      ) STRICT, WITHOUT ROWID;
    `);
  }

  read(table: Table, key: EncodedKey): Item | undefined {
    const row = this.#database
      .prepare('SELECT item FROM dynamodb_items WHERE table_id = ? AND pk = ? AND sk = ?')
      .get(table.id, key.partition, key.sort);
    return row === undefined ? undefined : parseItem(row.item);
  }

  /** Writes an item over what was there; `text` is its JSON, `expires` its time to live in seconds. */
  put(table: Table, key: EncodedKey, text: string, expires: number | null): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO dynamodb_items (table_id, pk, sk, item, expires) VALUES (?, ?, ?, ?, ?)')
      .run(table.id, key.partition, key.sort, text, expires);
  }

  delete(table: Table, key: EncodedKey): void {
    this.#database
      .prepare('DELETE FROM dynamodb_items WHERE table_id = ? AND pk = ? AND sk = ?')
      .run(table.id, key.partition, key.sort);
  }

  /** Brings the rows of all indexes from what an item was to what it is. */
  reindex(table: Table, key: EncodedKey, old: Item | undefined, next: Item | undefined): void {
    for (const index of table.indexes) {
      const before = old !== undefined && isIndexed(index, old) ? encode(index.key, old) : undefined;
      const after = next !== undefined && isIndexed(index, next) ? encode(index.key, next) : undefined;
      if (before !== undefined && after !== undefined && sameKey(before, after)) continue;
      if (before !== undefined) this.#removeRow(table, index, before, key);
      if (after !== undefined) this.#addRow(table, index, after, key);
    }
  }

  /** Makes the rows of a table's indexes anew, after its indexes have changed. */
  rebuildIndexes(table: Table): void {
    this.#database.prepare('DELETE FROM dynamodb_index_rows WHERE table_id = ?').run(table.id);
    for (const item of this.scan(table, { backward: false }))
      this.reindex(table, encode(table.key, item), undefined, item);
  }

  /** Writes every item's time to live anew, after the table's attribute for it has changed. */
  rewriteExpiry(table: Table, expiryOf: (item: Item) => number | null): void {
    for (const item of [...this.scan(table, { backward: false })]) {
      this.put(table, encode(table.key, item), JSON.stringify(item), expiryOf(item));
    }
  }

  /** Removes all rows of a table. */
  clear(table: Table): void {
    this.#database.prepare('DELETE FROM dynamodb_index_rows WHERE table_id = ?').run(table.id);
    this.#database.prepare('DELETE FROM dynamodb_items WHERE table_id = ?').run(table.id);
  }

  /** How many items a table has, and about how many bytes: AWS's own figures are hours old. */
  contents(table: Table): Contents {
    const row = this.#database
      .prepare('SELECT count(*) AS items, total(length(item)) AS bytes FROM dynamodb_items WHERE table_id = ?')
      .get(table.id);
    return { items: Number(row?.items), bytes: Number(row?.bytes) };
  }

  /** As {@link ItemStore.contents}, of each index that has any: whole items, whatever it projects. */
  indexContents(table: Table): ReadonlyMap<string, Contents> {
    const rows = this.#database
      .prepare(
        `SELECT r.index_name AS name, count(*) AS items, total(length(i.item)) AS bytes
         FROM dynamodb_index_rows r CROSS JOIN dynamodb_items i ON i.table_id = r.table_id AND i.pk = r.item_pk AND i.sk = r.item_sk
         WHERE r.table_id = ? GROUP BY r.index_name`,
      )
      .all(table.id);
    return new Map(rows.map((row) => [String(row.name), { items: Number(row.items), bytes: Number(row.bytes) }]));
  }

  /** Items of a table in the order of their keys. */
  *scan(table: Table, reading: Reading): Generator<Item> {
    const where = new Clauses('table_id = ?', table.id);
    addRange(where, reading, 'pk', 'sk');
    if (reading.after !== undefined) {
      where.add(`(pk, sk) ${beyond(reading)} (?, ?)`, reading.after.own.partition, reading.after.own.sort);
    }
    const direction = reading.backward ? 'DESC' : 'ASC';
    const sql = `SELECT item FROM dynamodb_items WHERE ${where.text} ORDER BY pk ${direction}, sk ${direction}`;
    for (const row of this.#database.prepare(sql).iterate(...where.parameters)) yield parseItem(row.item);
  }

  /** Items of an index in the order of its keys, whole: what the index carries is the caller's matter. */
  *scanIndex(table: Table, index: GlobalIndex, reading: Reading): Generator<Item> {
    const where = new Clauses('r.table_id = ? AND r.index_name = ?', table.id, index.name);
    addRange(where, reading, 'r.pk', 'r.sk');
    const { after } = reading;
    if (after?.index !== undefined) {
      const { index: row, own } = after;
      where.add(
        `(r.pk, r.sk, r.item_pk, r.item_sk) ${beyond(reading)} (?, ?, ?, ?)`,
        ...[row.partition, row.sort, own.partition, own.sort],
      );
    }
    const order = ['r.pk', 'r.sk', 'r.item_pk', 'r.item_sk'].map(
      (column) => `${column} ${reading.backward ? 'DESC' : 'ASC'}`,
    );
    const sql = `SELECT i.item FROM dynamodb_index_rows r CROSS JOIN dynamodb_items i
      ON i.table_id = r.table_id AND i.pk = r.item_pk AND i.sk = r.item_sk
      WHERE ${where.text} ORDER BY ${order.join(', ')}`;
    for (const row of this.#database.prepare(sql).iterate(...where.parameters)) yield parseItem(row.item);
  }

  #addRow(table: Table, index: GlobalIndex, row: EncodedKey, key: EncodedKey): void {
    this.#database
      .prepare(
        'INSERT INTO dynamodb_index_rows (table_id, index_name, pk, sk, item_pk, item_sk) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(table.id, index.name, row.partition, row.sort, key.partition, key.sort);
  }

  #removeRow(table: Table, index: GlobalIndex, row: EncodedKey, key: EncodedKey): void {
    this.#database
      .prepare(
        'DELETE FROM dynamodb_index_rows WHERE table_id = ? AND index_name = ? AND pk = ? AND sk = ? AND item_pk = ? AND item_sk = ?',
      )
      .run(table.id, index.name, row.partition, row.sort, key.partition, key.sort);
  }
}

/** Reads back what {@link ItemStore.put} wrote, which was checked before it was written. */
export function parseItem(text: unknown): Item {
  const item: unknown = JSON.parse(String(text));
  if (!isItem(item)) throw new Error('a stored item is no JSON object');
  return item;
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null;
}

/** Conditions of a statement and their parameters. */
class Clauses {
  text: string;
  readonly parameters: (number | string | Uint8Array)[];

  constructor(text: string, ...parameters: (number | string | Uint8Array)[]) {
    this.text = text;
    this.parameters = parameters;
  }

  add(text: string, ...parameters: Uint8Array[]): void {
    this.text += ` AND ${text}`;
    this.parameters.push(...parameters);
  }
}

function addRange(where: Clauses, { partition, lower, upper }: Reading, pk: string, sk: string): void {
  if (partition !== undefined) where.add(`${pk} = ?`, partition);
  if (lower !== undefined) where.add(`${sk} ${lower.inclusive ? '>=' : '>'} ?`, lower.value);
  if (upper !== undefined) where.add(`${sk} ${upper.inclusive ? '<=' : '<'} ?`, upper.value);
}

function beyond({ backward }: Reading): string {
  return backward ? '<' : '>';
}

function sameKey(a: EncodedKey, b: EncodedKey): boolean {
  return Buffer.compare(a.partition, b.partition) === 0 && Buffer.compare(a.sort, b.sort) === 0;
}
