/** BatchGetItem and BatchWriteItem. */
import { AwsError } from '../aws-error.ts';
import { type BoundOperation, operation } from '../service.ts';
import { type Item, itemSize } from './attribute-value.ts';
import { CapacityReport } from './capacity.ts';
import { checkExpressionUse, type Expressions, parseExpressions } from './dynalite-grammar.ts';
import { checkRequest } from './dynalite-rules.ts';
import { type EncodedKey, encode } from './item-store.ts';
import { checkKey, checkNestedKeys } from './key-checks.ts';
import { type ItemRoom, parseKeyed, parsePut } from './operations-items.ts';
import {
  type BatchGetItemRequest,
  type BatchWriteItemRequest,
  type BatchWriteRequests,
  type KeysRequest,
  rules,
} from './requests.ts';
import { project } from './document-path.ts';
import { type Table, tableArn } from './table-definition.ts';
import { checkValues } from './value-checks.ts';
import type { Write } from './writer.ts';

/** Limits of the API reference, BatchGetItem and BatchWriteItem. */
const MOST_KEYS = 100;
const MOST_WRITES = 25;
const MOST_BYTES = 16 * 1024 * 1024;

interface BatchGet {
  readonly request: BatchGetItemRequest;
  readonly tables: readonly { readonly name: string; readonly keys: KeysRequest; readonly expressions: Expressions }[];
}

interface BatchWrite {
  readonly request: BatchWriteItemRequest;
  readonly tables: readonly { readonly name: string; readonly writes: readonly Write[] }[];
}

/** The operations on many items, which are not transactions: each item is on its own. */
export function batchOperations(room: ItemRoom): Readonly<Record<string, BoundOperation>> {
  return {
    BatchGetItem: operation<BatchGet, object>({
      parse: parseBatchGet,
      needs: ({ tables }) => tables.map(({ name }) => ({ action: 'dynamodb:BatchGetItem', resource: tableArn(name) })),
      run: (batch) => batchGet(room, batch),
    }),
    BatchWriteItem: operation<BatchWrite, object>({
      parse: parseBatchWrite,
      needs: ({ tables }) =>
        tables.map(({ name }) => ({ action: 'dynamodb:BatchWriteItem', resource: tableArn(name) })),
      run: (batch) => batchWrite(room, batch),
    }),
  };
}

function parseBatchGet(raw: unknown): BatchGet {
  const request = checkRequest<BatchGetItemRequest>('BatchGetItem', raw, rules.BatchGetItem);
  const tables = Object.entries(request.RequestItems).map(([name, keys]) => {
    checkExpressionUse(keys, ['ProjectionExpression']);
    const expressions = parseExpressions(keys, ['ProjectionExpression']);
    keys.Keys.forEach(checkValues);
    const distinct = new Set(keys.Keys.map((key) => JSON.stringify(Object.entries(key).sort())));
    if (distinct.size < keys.Keys.length) throw repeated();
    return { name, keys, expressions };
  });
  if (tables.reduce((sum, { keys }) => sum + keys.Keys.length, 0) > MOST_KEYS) {
    throw invalid('Too many items requested for the BatchGetItem call');
  }
  return { request, tables };
}

/** Whole items count, whatever is projected; with the first that no longer fits, all that is left goes unprocessed. */
function batchGet(room: ItemRoom, { request, tables }: BatchGet): object {
  const capacity = new CapacityReport(request.ReturnConsumedCapacity);
  const responses: Record<string, Item[]> = {};
  const unprocessed: Record<string, KeysRequest> = {};
  const located = tables.map(({ name, keys, expressions }) => {
    const table = room.tables.get(name);
    checkNestedKeys(table, expressions.nested);
    return { table, keys, expressions, encoded: keys.Keys.map((key) => locate(table, key)) };
  });
  let bytes = 0;
  for (const { table, keys, expressions, encoded } of located) {
    const found: Item[] = [];
    responses[table.name] = found;
    for (const [at, key] of encoded.entries()) {
      const item = room.items.read(table, key);
      const size = itemSize(item ?? {});
      bytes += size;
      if (bytes > MOST_BYTES) {
        unprocessed[table.name] = { ...keys, Keys: keys.Keys.slice(at) };
        break;
      }
      capacity.read(table, size, keys.ConsistentRead === true);
      if (item !== undefined)
        found.push(expressions.projection === undefined ? item : project(item, expressions.projection));
    }
  }
  return { Responses: responses, UnprocessedKeys: unprocessed, ...capacity.all };
}

function parseBatchWrite(raw: unknown): BatchWrite {
  const request = checkRequest<BatchWriteItemRequest>('BatchWriteItem', raw, rules.BatchWriteItem);
  const tables = Object.entries(request.RequestItems).map(([name, writes]) => ({
    name,
    writes: writes.map(({ PutRequest: put, DeleteRequest: remove }) => {
      if (put !== undefined && remove === undefined) return parsePut({ TableName: name, Item: put.Item });
      if (remove !== undefined && put === undefined) return parseKeyed('Delete', { TableName: name, Key: remove.Key });
      throw invalid(
        'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
      );
    }),
  }));
  if (tables.reduce((sum, { writes }) => sum + writes.length, 0) > MOST_WRITES) {
    throw invalid('Too many items requested for the BatchWriteItem call');
  }
  return { request, tables };
}

/**
 * Writes each item on its own. One that a transaction holds is left unprocessed: BatchWriteItem has no error for a
 * conflict, and gives back what could not be written for a reason that passes (API reference, BatchWriteItem).
 */
function batchWrite(room: ItemRoom, { request, tables }: BatchWrite): object {
  const capacity = new CapacityReport(request.ReturnConsumedCapacity);
  const unprocessed: Record<string, BatchWriteRequests> = {};
  room.database.transaction(() => {
    for (const { name, writes } of tables) {
      const table = room.tables.get(name);
      const keys = writes.map((write) => keyText(room.writer.locate(table, write)));
      if (new Set(keys).size < keys.length) throw repeated();
      const held = writes.map((write) => room.inFlight.holds(table, write.subject));
      for (const write of writes.filter((_, at) => held[at] === false)) {
        const change = room.writer.evaluate(table, write);
        room.writer.commit(change);
        capacity.wrote(change);
      }
      if (held.includes(true)) unprocessed[name] = (request.RequestItems[name] ?? []).filter((_, at) => held[at]);
    }
  });
  return { UnprocessedItems: unprocessed, ...capacity.all };
}

function locate(table: Table, key: Item): EncodedKey {
  checkKey(table, key);
  return encode(table.key, key);
}

function keyText({ partition, sort }: EncodedKey): string {
  return `${Buffer.from(partition).toString('base64')}/${Buffer.from(sort).toString('base64')}`;
}

function repeated(): AwsError {
  return invalid('Provided list of item keys contains duplicates');
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
