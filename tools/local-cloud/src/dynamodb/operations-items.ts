/** GetItem, PutItem, UpdateItem and DeleteItem. */
import { AwsError } from '../aws-error.ts';
import type { Database } from '../database.ts';
import { type BoundOperation, operation } from '../service.ts';
import { type Item, itemSize } from './attribute-value.ts';
import { CapacityReport } from './capacity.ts';
import { type Path, project } from './document-path.ts';
import { type Expressions, parseExpressions } from './dynalite-grammar.ts';
import { checkRequest, checkValues } from './dynalite-rules.ts';
import { encode, type ItemStore } from './item-store.ts';
import { checkKey, checkNestedKeys } from './key-checks.ts';
import { type GetItemRequest, type KeyedWriteRequest, type PutItemRequest, rules, valuesOf } from './requests.ts';
import { tableArn } from './table-definition.ts';
import type { TableStore } from './table-store.ts';
import type { Change, Write, Writer } from './writer.ts';

/** What the operations on items work with. */
export interface ItemRoom {
  readonly database: Database;
  readonly tables: TableStore;
  readonly items: ItemStore;
  readonly writer: Writer;
}

interface Get {
  readonly request: GetItemRequest;
  readonly expressions: Expressions;
}

interface WriteCall {
  readonly request: PutItemRequest | KeyedWriteRequest;
  readonly write: Write;
}

type ReturnValues = NonNullable<PutItemRequest['ReturnValues']>;

/** The operations on single items. */
export function itemOperations(room: ItemRoom): Readonly<Record<string, BoundOperation>> {
  return {
    GetItem: operation<Get, object>({
      parse: (raw) => parseGet(checkRequest<GetItemRequest>('GetItem', raw, rules.GetItem)),
      needs: ({ request }) => [{ action: 'dynamodb:GetItem', resource: tableArn(request.TableName) }],
      run: (get) => getItem(room, get),
    }),
    PutItem: writeOperation(room, 'PutItem', (raw) => {
      const request = checkRequest<PutItemRequest>('PutItem', raw, rules.PutItem);
      return { request, write: parsePut(request) };
    }),
    UpdateItem: writeOperation(room, 'UpdateItem', (raw) => {
      const request = checkRequest<KeyedWriteRequest>('UpdateItem', raw, rules.UpdateItem);
      return { request, write: parseKeyed('Update', request) };
    }),
    DeleteItem: writeOperation(room, 'DeleteItem', (raw) => {
      const request = checkRequest<KeyedWriteRequest>('DeleteItem', raw, rules.DeleteItem);
      return { request, write: parseKeyed('Delete', request) };
    }),
  };
}

/** Checks a read of one item. @throws AwsError ValidationException */
export function parseGet(request: GetItemRequest): Get {
  checkValues(request.Key);
  return { request, expressions: parseExpressions(request, ['ProjectionExpression']) };
}

/** Checks a put. @throws AwsError ValidationException */
export function parsePut(request: PutItemRequest): Write {
  checkValues(request.Item);
  return {
    action: 'Put',
    subject: request.Item,
    expressions: parseExpressions(request, ['ConditionExpression']),
    values: valuesOf(request),
    showsItemOnFailure: request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
  };
}

/** Checks a write that names its item by key. @throws AwsError ValidationException */
export function parseKeyed(action: 'Update' | 'Delete' | 'ConditionCheck', request: KeyedWriteRequest): Write {
  checkValues(request.Key);
  return {
    action,
    subject: request.Key,
    expressions: parseExpressions(
      request,
      action === 'Update' ? ['UpdateExpression', 'ConditionExpression'] : ['ConditionExpression'],
    ),
    values: valuesOf(request),
    showsItemOnFailure: request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
  };
}

/** Reads one item and the part of it that is asked for; `bytes` is the size of the whole item. */
export function readOne(room: ItemRoom, { request, expressions }: Get): { item: Item | undefined; bytes: number } {
  const table = room.tables.get(request.TableName);
  checkKey(table, request.Key);
  checkNestedKeys(table, expressions.nested);
  const item = room.items.read(table, encode(table.key, request.Key));
  if (item === undefined) return { item, bytes: 0 };
  const wanted = expressions.projection === undefined ? item : project(item, expressions.projection);
  return { item: wanted, bytes: request.ReturnConsumedCapacity === undefined ? 0 : itemSize(item) };
}

function getItem(room: ItemRoom, get: Get): object {
  const { request } = get;
  const { item, bytes } = readOne(room, get);
  const capacity = new CapacityReport(request.ReturnConsumedCapacity);
  capacity.read(room.tables.get(request.TableName), bytes, request.ConsistentRead === true);
  return { ...(item !== undefined && { Item: item }), ...capacity.only };
}

function writeOperation(
  room: ItemRoom,
  name: 'PutItem' | 'UpdateItem' | 'DeleteItem',
  parse: (raw: unknown) => WriteCall,
): BoundOperation {
  return operation<WriteCall, object>({
    parse: (raw) => {
      const call = parse(raw);
      const { ReturnValues: returned } = call.request;
      if (name !== 'UpdateItem' && returned !== undefined && returned !== 'ALL_OLD' && returned !== 'NONE') {
        throw new AwsError('ValidationException', 'ReturnValues can only be ALL_OLD or NONE');
      }
      return call;
    },
    needs: ({ request }) => [{ action: `dynamodb:${name}`, resource: tableArn(request.TableName) }],
    run: ({ request, write }) => {
      const table = room.tables.get(request.TableName);
      const change = room.database.transaction(() => {
        const worked = room.writer.evaluate(table, write);
        room.writer.commit(worked);
        return worked;
      });
      const capacity = new CapacityReport(request.ReturnConsumedCapacity);
      capacity.wrote(change);
      const attributes = returnedAttributes(request.ReturnValues ?? 'NONE', change, write);
      return { ...(attributes !== undefined && { Attributes: attributes }), ...capacity.only };
    },
  });
}

/** ReturnValues (API reference, UpdateItem). */
function returnedAttributes(returned: ReturnValues, { old, next }: Change, { expressions }: Write): Item | undefined {
  const touched: Path[] = (expressions.update ?? []).map(({ path }) => path);
  switch (returned) {
    case 'ALL_OLD':
      return old;
    case 'ALL_NEW':
      return next;
    case 'UPDATED_OLD':
      return old === undefined ? undefined : nonEmpty(project(old, touched));
    case 'UPDATED_NEW':
      return next === undefined ? undefined : nonEmpty(project(next, touched));
    case 'NONE':
      return undefined;
  }
}

function nonEmpty(item: Item): Item | undefined {
  return Object.keys(item).length === 0 ? undefined : item;
}
