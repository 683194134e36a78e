/** Makes changes of items: keys and conditions checked, then item, indexes, stream and expiry in one transaction. */
import { AwsError } from '../aws-error.ts';
import type { Database } from '../database.ts';
import { attributeOf, equalItems, type Item, itemSize, LARGEST_ITEM } from './attribute-value.ts';
import { meets } from './condition.ts';
import type { Expressions } from './dynalite-grammar.ts';
import { type EncodedKey, encode, type ItemStore } from './item-store.ts';
import { checkItemKeys, checkKey, checkNestedKeys, checkTouchedIndexKeys, checkUpdatedKeys } from './key-checks.ts';
import type { StreamLog } from './stream-log.ts';
import type { Table } from './table-definition.ts';
import { expiryOf, type TimeToLive } from './time-to-live.ts';
import { applyUpdate } from './update.ts';
import { checkDepth } from './value-checks.ts';

/** What is to be done to one item: `subject` is the whole item of a Put, and the key of anything else. */
export interface Write {
  readonly action: 'Put' | 'Update' | 'Delete' | 'ConditionCheck';
  readonly subject: Item;
  /** The item of a Put as JSON. */
  readonly text: string | undefined;
  readonly expressions: Expressions;
  readonly values: Item;
  /** Whether a failed condition shows the item (`ReturnValuesOnConditionCheckFailure`). */
  readonly showsItemOnFailure: boolean;
}

/** A change that may be made: the item as it is and as it will be. */
export interface Change {
  readonly table: Table;
  readonly key: EncodedKey;
  readonly old: Item | undefined;
  readonly next: Item | undefined;
  /** The item as it will be, as JSON; undefined where nothing is to be written. */
  readonly text: string | undefined;
}

/** JSON text up to this length needs no measuring: a character of it stands for three bytes of the item at most. */
const SURELY_SMALL = LARGEST_ITEM / 4;

/** The one way in which items change. */
export class Writer {
  readonly #database: Database;
  readonly #items: ItemStore;
  readonly #streams: StreamLog;
  readonly #timeToLive: TimeToLive;

  constructor(database: Database, items: ItemStore, streams: StreamLog, timeToLive: TimeToLive) {
    this.#database = database;
    this.#items = items;
    this.#streams = streams;
    this.#timeToLive = timeToLive;
  }

  /** Whether the key of a write fits its table. @throws AwsError ValidationException */
  locate(table: Table, { action, subject, expressions }: Write): EncodedKey {
    if (action === 'Put') checkItemKeys(table, subject);
    else checkKey(table, subject);
    if (action === 'Update') checkUpdatedKeys(table, expressions.update ?? []);
    checkNestedKeys(table, expressions.nested);
    return encode(table.key, subject);
  }

  /**
   * Works out what a write changes.
   * @throws AwsError ConditionalCheckFailedException, or ValidationException for an update that does not fit the item
   * or makes it too large
   */
  evaluate(table: Table, write: Write): Change {
    const key = this.locate(table, write);
    const old = this.#items.read(table, key);
    const { condition, update } = write.expressions;
    if (condition !== undefined && !meets(old ?? {}, condition, write.values)) {
      throw conditionFailed(write.showsItemOnFailure ? old : undefined);
    }
    switch (write.action) {
      case 'Put':
        return { table, key, old, next: write.subject, text: write.text };
      case 'Update': {
        const next = applyUpdate(old ?? write.subject, update ?? [], write.values);
        checkTouchedIndexKeys(table, next, update ?? []);
        for (const { path } of update ?? []) checkDepth(attributeOf(next, String(path[0])));
        return {
          table,
          key,
          old,
          next,
          text: measured(next, 'Item size to update has exceeded the maximum allowed size'),
        };
      }
      case 'Delete':
        return { table, key, old, next: undefined, text: undefined };
      case 'ConditionCheck':
        return { table, key, old, next: old, text: undefined };
    }
  }

  /** Makes a change; must run in the transaction that it was worked out in. */
  commit({ table, key, old, next, text }: Change, byService = false): void {
    if (text !== undefined && next !== undefined) {
      const expires = expiryOf(table.timeToLive, next);
      this.#items.put(table, key, text, expires);
      if (expires !== null) this.#database.afterCommit(() => this.#timeToLive.expects(expires));
    } else if (next === undefined && old !== undefined) {
      this.#items.delete(table, key);
    }
    if (table.indexes.length > 0) this.#items.reindex(table, key, old, next);
    if (table.stream === undefined || isUnchanged(old, next)) return;
    this.#streams.append(table, { old, next, byService });
  }

  /** Deletes an item that has expired, if it still is as it was found. */
  expire(table: Table, item: Item): void {
    this.commit({ table, key: encode(table.key, item), old: item, next: undefined, text: undefined }, true);
  }
}

function isUnchanged(old: Item | undefined, next: Item | undefined): boolean {
  return old === next || (old !== undefined && next !== undefined && equalItems(old, next));
}

/** The JSON of an item. @throws AwsError ValidationException, so worded, where the item is too large */
export function measured(item: Item, message: string): string {
  const text = JSON.stringify(item);
  if (text.length <= SURELY_SMALL || itemSize(item) <= LARGEST_ITEM) return text;
  throw new AwsError('ValidationException', message);
}

function conditionFailed(item: Item | undefined): AwsError {
  return new AwsError('ConditionalCheckFailedException', 'The conditional request failed', {
    members: item === undefined ? {} : { Item: item },
  });
}
