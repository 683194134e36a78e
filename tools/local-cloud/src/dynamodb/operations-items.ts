/** GetItem, PutItem, UpdateItem and DeleteItem. */
import { AwsError } from '../aws-error.ts';
import type { Database } from '../database.ts';
import { type BoundOperation, operation } from '../service.ts';
import { type Item, itemSize } from './attribute-value.ts';
import { CapacityReport } from './capacity.ts';
import { type Path, project } from './document-path.ts';
import { checkExpressionUse, type ExpressionName, type Expressions, parseExpressions } from './dynalite-grammar.ts';
import { checkRequest } from './dynalite-rules.ts';
import { encode, type ItemStore } from './item-store.ts';
import { checkKey, checkNestedKeys } from './key-checks.ts';
import { type GetItemRequest, type KeyedWriteRequest, type PutItemRequest, rules, valuesOf } from './requests.ts';
import { tableArn } from './table-definition.ts';
import type { TableStore } from './table-store.ts';
import { conflict, type TransactionsInFlight } from './transactions-in-flight.ts';
import { checkValues } from './value-checks.ts';
import { type Change, measured, type Write, type Writer } from './writer.ts';

/** What the operations on items work with. */
export interface ItemRoom {
  readonly database: Database;
  readonly tables: TableStore;
  readonly items: ItemStore;
  readonly writer: Writer;
  readonly inFlight: TransactionsInFlight;
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

const PROJECTION: readonly ExpressionName[] = ['ProjectionExpression'];
const CONDITION: readonly ExpressionName[] = ['ConditionExpression'];
const UPDATE: readonly ExpressionName[] = ['UpdateExpression', 'ConditionExpression'];

/** Checks a read of one item. @throws AwsError ValidationException */
export function parseGet(request: GetItemRequest): Get {
  checkExpressionUse(request, PROJECTION);
  checkValues(request.Key);
  return { request, expressions: parseExpressions(request, PROJECTION) };
}

/** Checks a put, in DynamoDB's order: values, ReturnValues, size, expressions. @throws AwsError ValidationException */
export function parsePut(request: PutItemRequest): Write {
  checkExpressionUse(request, CONDITION);
  checkValues(request.Item);
  checkReturnValues(request);
  return {
    action: 'Put',
    subject: request.Item,
    text: measured(request.Item, 'Item size has exceeded the maximum allowed size'),
    expressions: parseExpressions(request, CONDITION),
    values: valuesOf(request),
    showsItemOnFailure: request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
  };
}

/** Checks a write that names its item by key. @throws AwsError ValidationException */
export function parseKeyed(action: 'Update' | 'Delete' | 'ConditionCheck', request: KeyedWriteRequest): Write {
  const allowed = action === 'Update' ? UPDATE : CONDITION;
  checkExpressionUse(request, allowed);
  checkValues(request.Key);
  if (action === 'Delete') checkReturnValues(request);
  return {
    action,
    subject: request.Key,
    text: undefined,
    expressions: parseExpressions(request, allowed),
    values: valuesOf(request),
    showsItemOnFailure: request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
  };
}

/** Of a put and a deletion, nothing but the item before them can be had (API reference, PutItem, ReturnValues). */
function checkReturnValues({ ReturnValues: returned }: PutItemRequest | KeyedWriteRequest): void {
  if (returned === undefined || returned === 'ALL_OLD' || returned === 'NONE') return;
  throw new AwsError('ValidationException', 'ReturnValues can only be ALL_OLD or NONE');
}

/** Reads one item: the part of it that is asked for, and the `whole`, which is what reading it costs by. */
export function readOne(
  room: ItemRoom,
  { request, expressions }: Get,
): { item: Item | undefined; whole: Item | undefined } {
  const table = room.tables.get(request.TableName);
  checkKey(table, request.Key);
  checkNestedKeys(table, expressions.nested);
  const whole = room.items.read(table, encode(table.key, request.Key));
  if (whole === undefined || expressions.projection === undefined) return { item: whole, whole };
  return { item: project(whole, expressions.projection), whole };
}

function getItem(room: ItemRoom, get: Get): object {
  const { request } = get;
  const { item, whole } = readOne(room, get);
  const capacity = new CapacityReport(request.ReturnConsumedCapacity);
  if (capacity.wanted)
    capacity.read(room.tables.get(request.TableName), itemSize(whole ?? {}), request.ConsistentRead === true);
  return { ...(item !== undefined && { Item: item }), ...capacity.only };
}

function writeOperation(
  room: ItemRoom,
  name: 'PutItem' | 'UpdateItem' | 'DeleteItem',
  parse: (raw: unknown) => WriteCall,
): BoundOperation {
  return operation<WriteCall, object>({
    parse,
    needs: ({ request }) => [{ action: `dynamodb:${name}`, resource: tableArn(request.TableName) }],
    run: ({ request, write }) => {
      const table = room.tables.get(request.TableName);
      if (room.inFlight.holds(table, write.subject)) throw conflict();
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
