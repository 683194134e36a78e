/** TransactWriteItems and TransactGetItems: all of it or nothing, with a reason for each item. */
import { AwsError } from '../aws-error.ts';
import type { Faults } from '../faults.ts';
import { type BoundOperation, operation, type Permission } from '../service.ts';
import { type Item, itemSize } from './attribute-value.ts';
import { CapacityReport } from './capacity.ts';
import { checkRequest } from './dynalite-rules.ts';
import { type ItemRoom, parseGet, parseKeyed, parsePut, readOne } from './operations-items.ts';
import {
  type KeyedWriteRequest,
  type PutItemRequest,
  rules,
  type TransactGetItemsRequest,
  type TransactWriteItemsRequest,
} from './requests.ts';
import { pick, tableArn } from './table-definition.ts';
import { fingerprint, type TokenStore } from './token-store.ts';
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

/** The transactional operations. */
export function transactionOperations(
  room: ItemRoom & { readonly tokens: TokenStore; readonly faults: Faults },
): Readonly<Record<string, BoundOperation>> {
  return {
    TransactWriteItems: operation<TransactWrite, object>({
      parse: parseTransactWrite,
      needs: ({ writes }) =>
        distinct(
          writes.map(({ tableName, write }) => ({ action: ACTIONS[write.action], resource: tableArn(tableName) })),
        ),
      run: (transaction) => {
        refuseConflict(room.faults, transaction);
        return transactWrite(room, room.tokens, transaction);
      },
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

function transactWrite(
  room: ItemRoom,
  tokens: TokenStore,
  { request, writes, fingerprint: asked }: TransactWrite,
): object {
  const capacity = new CapacityReport(request.ReturnConsumedCapacity, 'WriteCapacityUnits');
  const token = request.ClientRequestToken;
  room.database.transaction(() => {
    if (token !== undefined && asked !== undefined && tokens.isRepeat(token, asked)) return;
    for (const change of workOut(room, writes)) {
      room.writer.commit(change);
      capacity.wrote(change);
    }
    if (token !== undefined && asked !== undefined) tokens.record(token, asked);
  });
  return capacity.all;
}

/** Works out every change on the items as they are before the transaction. @throws AwsError TransactionCanceledException */
function workOut(room: ItemRoom, writes: TransactWrite['writes']): Change[] {
  const located = writes.map(({ tableName, write }) => ({ table: room.tables.get(tableName), write }));
  const items = new Set(
    located.map(({ table, write }) => `${table.id}/${JSON.stringify(pick(write.subject, table.keyNames))}`),
  );
  if (items.size < writes.length) throw invalid('Transaction request cannot include multiple operations on one item');
  const changes: Change[] = [];
  const reasons = located.map(({ table, write }) =>
    reasonFor(() => {
      changes.push(room.writer.evaluate(table, write));
    }),
  );
  refuseCancelled(reasons);
  const bytes = changes.reduce(
    (sum, { next, text }) => sum + (next === undefined || text === undefined ? 0 : itemSize(next)),
    0,
  );
  if (bytes > MOST_BYTES) throw invalid('Collective size of all items in the transaction exceeds the maximum of 4MB');
  return changes;
}

function parseTransactGet(raw: unknown): TransactGet {
  const request = checkRequest<TransactGetItemsRequest>('TransactGetItems', raw, rules.TransactGetItems);
  const gets = request.TransactItems.map(({ Get: get }) => {
    if (get === undefined) throw invalid('TransactItems can only contain Get');
    return parseGet({ ...get, ReturnConsumedCapacity: request.ReturnConsumedCapacity });
  });
  return { request, gets };
}

function transactGet(room: ItemRoom, { request, gets }: TransactGet): object {
  const capacity = new CapacityReport(request.ReturnConsumedCapacity, 'ReadCapacityUnits');
  const responses: object[] = [];
  const reasons = gets.map((get) =>
    reasonFor(() => {
      const { item, bytes } = readOne(room, get);
      capacity.read(room.tables.get(get.request.TableName), bytes, true);
      responses.push(item === undefined ? {} : { Item: item });
    }),
  );
  refuseCancelled(reasons);
  return { Responses: responses, ...capacity.all };
}

/** Where a fault says so, another transaction is under way on the items of a table. */
function refuseConflict(faults: Faults, { writes }: TransactWrite): void {
  const reasons = writes.map(({ tableName }): Reason => {
    const fault = faults.strike('dynamodb.conflict', { table: tableName });
    return fault === undefined
      ? { Code: 'None' }
      : { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };
  });
  refuseCancelled(reasons);
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
    if (error.code === 'ValidationException') return { Code: 'ValidationError', Message: error.message };
    throw error;
  }
}

function refuseCancelled(reasons: readonly Reason[]): void {
  const codes = reasons.map(({ Code: code }) => code);
  if (codes.every((code) => code === 'None')) return;
  throw new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
    { members: { CancellationReasons: reasons } },
  );
}

function distinct(permissions: readonly Permission[]): Permission[] {
  return [
    ...new Map(permissions.map((permission) => [`${permission.action} ${permission.resource}`, permission])).values(),
  ];
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
