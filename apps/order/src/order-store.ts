/** Orders and idempotency guards in DynamoDB: the only file that knows their items, and that writes them. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  customerOrderSchema,
  type Message,
  type PlaceOrderResponse,
  placeOrderResponseSchema,
  reasonSchema,
} from '@distributed-patterns/contracts';
import {
  indexEntries,
  type ReadState,
  recordMessages,
  stateReader,
  transact,
  type TransactWrite,
  VersionClash,
} from '@distributed-patterns/messaging';
import * as z from 'zod';
import { isOpen, type Order, steps } from './order.ts';
import { OPEN, openOrders, orderKey, toPosition } from './order-index.ts';
import { type ListedOrders, listOrders, type ListRequest } from './order-list.ts';

/** An order as it was loaded; the version is what a commit is conditional on. */
export interface LoadedOrder {
  readonly order: Order;
  readonly version: number;
}

/** What makes a repeated request find the first one, even where its answer was never recorded. */
export interface IdempotencyGuard {
  /** The hash of the scoped key. */
  readonly key: string;
  /** The hash of the request's body. */
  readonly fingerprint: string;
  readonly response: PlaceOrderResponse;
  /** Epoch seconds; the guard's own clock rules, since TTL deletion lags. */
  readonly expiresAt: number;
}

/** Whether an order was placed now, or an earlier request with the same key was found. */
export type Placement =
  { readonly outcome: 'placed' } | { readonly outcome: 'guarded'; readonly guard: IdempotencyGuard };

const placedItemSchema = z.object({
  ...customerOrderSchema.shape,
  version: z.int(),
  paymentMethod: z.string(),
  placedAt: z.string(),
  history: z.partialRecord(z.enum(steps), z.string()),
  cancelRequestedAt: z.string().optional(),
});
const orderItemSchema = z.discriminatedUnion('status', [
  placedItemSchema.extend({ status: z.enum(['PENDING', 'INVENTORY_RESERVED', 'PAYMENT_PROCESSED', 'COMPENSATING']) }),
  placedItemSchema.extend({ status: z.literal('COMPLETED') }),
  placedItemSchema.extend({ status: z.enum(['FAILED', 'CANCELLED']), reason: reasonSchema }),
]);

const guardItemSchema = z.object({
  fingerprint: z.string(),
  response: placeOrderResponseSchema,
  expiresAt: z.int(),
});

/** The service's state. One commit is one transaction: state on condition, messages beside it. */
export class OrderStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #stateTable: string;
  readonly #outboxTable: string;
  readonly #read: ReadState;

  constructor(client: DynamoDBDocumentClient, tables: { readonly stateTable: string; readonly outboxTable: string }) {
    this.#client = client;
    this.#stateTable = tables.stateTable;
    this.#outboxTable = tables.outboxTable;
    this.#read = stateReader(client, tables.stateTable);
  }

  /** The order, read consistently; undefined where there is none. */
  async load(orderId: string): Promise<LoadedOrder | undefined> {
    const item = await this.#read(orderKey(orderId));
    if (item === undefined) return undefined;
    const { version, ...order } = orderItemSchema.parse(item);
    return { order, version };
  }

  /** Places a new order, with its guard where the request has a key, unless a living guard is in the way. */
  async place(order: Order, message: Message, guard: IdempotencyGuard | undefined, now: Date): Promise<Placement> {
    const writes = [
      ...(guard === undefined ? [] : [this.#putGuard(guard, now)]),
      this.#putOrder(order, 0),
      ...recordMessages(this.#outboxTable, [message]),
    ];
    const [failed] = await transact(this.#client, writes);
    if (failed === undefined) return { outcome: 'placed' };
    if (guard === undefined || failed.item === undefined) throw new VersionClash(order.orderId);
    return { outcome: 'guarded', guard: { key: guard.key, ...guardItemSchema.parse(failed.item) } };
  }

  /**
   * Commits what was decided about a loaded order; where the state stays as it is, only the messages.
   * @throws VersionClash when the order has changed since it was loaded
   */
  async commit(loaded: LoadedOrder, next: Order, messages: readonly Message[]): Promise<void> {
    const change = next === loaded.order ? [] : [this.#putOrder(next, loaded.version)];
    const writes = [...change, ...recordMessages(this.#outboxTable, messages)];
    if (writes.length === 0) return;
    const failed = await transact(this.#client, writes);
    if (failed.length > 0) throw new VersionClash(next.orderId);
  }

  /** A customer's orders, page by page: an order that was placed a moment ago may still be missing. */
  list(request: ListRequest): Promise<ListedOrders> {
    return listOrders(request, this.#client, this.#stateTable, (orderId) => this.load(orderId));
  }

  /** The ids of the orders that are open and were placed before a time (ISO 8601), oldest first, page by page. */
  async *open(before: string): AsyncGenerator<readonly string[]> {
    const part = { tableName: this.#stateTable, index: openOrders, partition: OPEN, before };
    for await (const entries of indexEntries(this.#client, part)) yield entries.map((each) => toPosition(each).orderId);
  }

  /** An order is in the index of the open ones until it has come to its end. */
  #putOrder(order: Order, version: number): TransactWrite {
    const open = isOpen(order) ? { [openOrders.partitionKey]: OPEN } : {};
    return {
      Put: {
        TableName: this.#stateTable,
        Item: { pk: orderKey(order.orderId), ...order, ...open, version: version + 1 },
        ConditionExpression: version === 0 ? 'attribute_not_exists(pk)' : '#version = :version',
        ...(version === 0
          ? {}
          : {
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':version': version },
            }),
      },
    };
  }

  #putGuard({ key, ...guard }: IdempotencyGuard, now: Date): TransactWrite {
    return {
      Put: {
        TableName: this.#stateTable,
        Item: { pk: `idempotency#${key}`, ...guard },
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': Math.floor(now.getTime() / 1000) },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    };
  }
}
