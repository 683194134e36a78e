/** TransactWriteItems and TransactGetItems: all of it or nothing, with a reason for each item. */
import { AwsError } from '../aws-error.ts';
import type { Faults } from '../faults.ts';
import { type BoundOperation, operation, type Permission } from '../service.ts';
import { type Item, itemSize } from './attribute-value.ts';
import { CapacityReport } from './capacity.ts';
import { checkRequest } from './dynalite-rules.ts';
import { encode } from './item-store.ts';
import { type ItemRoom, parseGet, parseKeyed, parsePut, readOne } from './operations-items.ts';
import {
  type KeyedWriteRequest,
  type PutItemRequest,
  rules,
  type TransactGetItemsRequest,
  type TransactWriteItemsRequest,
} from './requests.ts';
import { type Table, tableArn } from './table-definition.ts';
import { fingerprint, type TokenStore } from './token-store.ts';
import { conflict, identityOf } from './transactions-in-flight.ts';
import type { Change, Write } from './writer.ts';

/** The most bytes that the items of a transaction may have together (API reference, TransactWriteItems). */
const MOST_BYTES = 4 * 1024 * 1024;

const ACTIONS = {
  Put: 'dynamodb:PutItem',
  Update: 'dynamodb:UpdateItem',
  Delete: 'dynamodb:DeleteItem',
  ConditionCheck: 'dynamodb:ConditionCheckItem',
} as const;

/** Why an item did not let its transaction happen (API reference, CancellationReason). */
interface Reason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Item;
}

const CONFLICT: Reason = { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };

interface TransactWrite {
  readonly request: TransactWriteItemsRequest;
  readonly writes: readonly { readonly tableName: string; readonly write: Write }[];
  /** What the request asks for, to know a repeat under the same token by. */
  readonly fingerprint: string | undefined;
}

interface TransactGet {
  readonly request: TransactGetItemsRequest;
  readonly gets: readonly ReturnType<typeof parseGet>[];
}

interface TransactionRoom extends ItemRoom {
  readonly tokens: TokenStore;
  readonly faults: Faults;
}

/** A write of a transaction whose table is known; `identity` is its item in words. */
interface Located {
  readonly table: Table;
  readonly write: Write;
  readonly identity: string;
}

/** What becomes of a transaction: its answer, the items that it holds until then, and its token if that is used now. */
interface Decision {
  readonly answer: object | AwsError;
  readonly granted: readonly string[];
  readonly token: string | undefined;
}

/** The transactional operations. */
export function transactionOperations(room: TransactionRoom): Readonly<Record<string, BoundOperation>> {
  return {
    TransactWriteItems: operation<TransactWrite, object>({
      parse: parseTransactWrite,
      needs: ({ writes }) =>
        distinct(
          writes.map(({ tableName, write }) => ({ action: ACTIONS[write.action], resource: tableArn(tableName) })),
        ),
      run: (transaction) => transactWrite(room, transaction),
    }),
    TransactGetItems: operation<TransactGet, object>({
      parse: parseTransactGet,
      needs: ({ gets }) =>
        distinct(gets.map(({ request }) => ({ action: 'dynamodb:GetItem', resource: tableArn(request.TableName) }))),
      run: (transaction) => transactGet(room, transaction),
    }),
  };
}

function parseTransactWrite(raw: unknown): TransactWrite {
  const request = checkRequest<TransactWriteItemsRequest>('TransactWriteItems', raw, rules.TransactWriteItems);
  const asked = request.ClientRequestToken === undefined ? undefined : fingerprint(request.TransactItems);
  const writes = request.TransactItems.map((item) => {
    const { Put: put, Update: update, Delete: remove, ConditionCheck: check } = item;
    if (Object.keys(item).length !== 1) {
      throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
    }
    if (put !== undefined) return named(put, parsePut(put));
    if (update !== undefined) return named(update, parseKeyed('Update', update));
    if (remove !== undefined) return named(remove, parseKeyed('Delete', remove));
    if (check !== undefined) return named(check, parseKeyed('ConditionCheck', check));
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  });
  return { request, writes, fingerprint: asked };
}

function named(request: PutItemRequest | KeyedWriteRequest, write: Write): TransactWrite['writes'][number] {
  return { tableName: request.TableName, write };
}

/** Decides within one change of the database; what was granted is in flight until the answer, or the refusal, goes out. */
function transactWrite(room: TransactionRoom, transaction: TransactWrite): object {
  const { answer, granted, token } = room.database.transaction(() => decide(room, transaction));
  const give = (): object => {
    if (answer instanceof AwsError) throw answer;
    return answer;
  };
  return granted.length === 0 ? give() : room.inFlight.hold(granted, token).then(give);
}

function decide(room: TransactionRoom, transaction: TransactWrite): Decision {
  const { request, fingerprint: asked } = transaction;
  const token = request.ClientRequestToken;
  const items = locate(room, transaction);
  if (token !== undefined && asked !== undefined && room.tokens.isRepeat(token, asked)) {
    room.inFlight.refuseUnanswered(token);
    return { answer: repeated(room, request, items), granted: [], token };
  }
  refuseInjectedConflict(room.faults, transaction);
  const { changes, reasons } = workOut(room, items);
  if (changes.length < items.length) {
    const granted = items.flatMap(({ identity }, at) => (reasons[at]?.Code === 'None' ? [identity] : []));
    return { answer: cancelled(reasons), granted, token: undefined };
  }
  refuseTooLarge(changes);
  const capacity = new CapacityReport(request.ReturnConsumedCapacity, 'WriteCapacityUnits');
  for (const change of changes) {
    room.writer.commit(change);
    capacity.wrote(change);
  }
  if (token !== undefined && asked !== undefined) room.tokens.record(token, asked);
  return { answer: capacity.all, granted: items.map(({ identity }) => identity), token };
}

function locate(room: ItemRoom, { writes }: TransactWrite): Located[] {
  const items = writes.map(({ tableName, write }) => {
    const table = room.tables.get(tableName);
    return { table, write, identity: identityOf(table, write.subject) };
  });
  refuseRepeats(items.map(({ identity }) => identity));
  return items;
}

function refuseRepeats(identities: readonly string[]): void {
  if (new Set(identities).size === identities.length) return;
  throw invalid('Transaction request cannot include multiple operations on one item');
}

/** A repeat changes nothing, and costs the reading of its items (API reference, TransactWriteItems, Idempotency). */
function repeated(room: ItemRoom, request: TransactWriteItemsRequest, items: readonly Located[]): object {
  const capacity = new CapacityReport(request.ReturnConsumedCapacity, 'ReadCapacityUnits');
  if (!capacity.wanted) return {};
  for (const { table, write } of items) {
    const item = room.items.read(table, encode(table.key, write.subject));
    capacity.read(table, itemSize(item ?? {}), true);
  }
  return capacity.all;
}

/** Works out every change on the items as they are before the transaction; a reason for each, `None` where it may be made. */
function workOut(
  { writer, inFlight }: ItemRoom,
  items: readonly Located[],
): { changes: readonly Change[]; reasons: readonly Reason[] } {
  const changes: Change[] = [];
  const reasons = items.map(({ table, write, identity }) =>
    reasonFor(() => {
      if (inFlight.holdsIdentity(identity)) throw conflict();
      changes.push(writer.evaluate(table, write));
    }),
  );
  return { changes, reasons };
}

/** What is written counts; a character of an item's JSON stands for three of its bytes at most. */
function refuseTooLarge(changes: readonly Change[]): void {
  const characters = changes.reduce((sum, { text = '' }) => sum + text.length, 0);
  if (3 * characters <= MOST_BYTES) return;
  const bytes = changes.reduce(
    (sum, { next, text }) => sum + (next === undefined || text === undefined ? 0 : itemSize(next)),
    0,
  );
  if (bytes > MOST_BYTES) throw tooLarge();
}

function parseTransactGet(raw: unknown): TransactGet {
  const request = checkRequest<TransactGetItemsRequest>('TransactGetItems', raw, rules.TransactGetItems);
  const gets = request.TransactItems.map(({ Get: get }) => {
    if (get === undefined) throw invalid('TransactItems can only contain Get');
    return parseGet(get);
  });
  return { request, gets };
}

function transactGet(room: ItemRoom, { request, gets }: TransactGet): object {
  const capacity = new CapacityReport(request.ReturnConsumedCapacity, 'ReadCapacityUnits');
  const responses: object[] = [];
  let bytes = 0;
  const items = gets.map(({ request: { TableName: name, Key: key } }) => identityOf(room.tables.get(name), key));
  refuseRepeats(items);
  const reasons = gets.map((get, at) =>
    reasonFor(() => {
      const table = room.tables.get(get.request.TableName);
      if (room.inFlight.holdsIdentity(items[at] ?? '')) throw conflict();
      const { item, whole } = readOne(room, get);
      const size = itemSize(whole ?? {});
      bytes += size;
      capacity.read(table, size, true);
      responses.push(item === undefined ? {} : { Item: item });
    }),
  );
  if (responses.length < gets.length) throw cancelled(reasons);
  if (bytes > MOST_BYTES) throw tooLarge();
  return { Responses: responses, ...capacity.all };
}

/** Where a fault says so, another transaction is under way on the items of a table. */
function refuseInjectedConflict(faults: Faults, { writes }: TransactWrite): void {
  const reasons = writes.map(({ tableName }): Reason => {
    const fault = faults.strike('dynamodb.conflict', { table: tableName });
    return fault === undefined ? { Code: 'None' } : CONFLICT;
  });
  if (reasons.includes(CONFLICT)) throw cancelled(reasons);
}

function reasonFor(attempt: () => void): Reason {
  try {
    attempt();
    return { Code: 'None' };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.code === 'ConditionalCheckFailedException') {
      return { Code: 'ConditionalCheckFailed', Message: error.message, ...error.members };
    }
    if (error.code === 'TransactionConflictException') return CONFLICT;
    if (error.code === 'ValidationException') return { Code: 'ValidationError', Message: error.message };
    throw error;
  }
}

function cancelled(reasons: readonly Reason[]): AwsError {
  return new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code: code }) => code).join(', ')}]`,
    { members: { CancellationReasons: reasons } },
  );
}

function tooLarge(): AwsError {
  return invalid('Collective size of all items in the transaction exceeds the maximum of 4MB');
}

function distinct(permissions: readonly Permission[]): Permission[] {
  return [
    ...new Map(permissions.map((permission) => [`${permission.action} ${permission.resource}`, permission])).values(),
  ];
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
