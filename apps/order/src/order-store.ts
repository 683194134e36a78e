/** Orders and idempotency guards in DynamoDB: the only file of the service that knows their items and keys. */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import {
  customerOrderSchema,
  type Message,
  type OrderStatus,
  type PlaceOrderResponse,
  placeOrderResponseSchema,
  reasonSchema,
} from '@distributed-patterns/contracts';
import {
  type ReadState,
  recordMessages,
  stateReader,
  stateTableKeys,
  transact,
  type TransactWrite,
  VersionClash,
} from '@distributed-patterns/messaging';
import * as z from 'zod';
import { type Order, steps } from './order.ts';
import { ordersOfCustomer, type Position } from './order-index.ts';

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

/** Which orders of a customer are looked for, and how many at most. */
export interface ListRequest {
  readonly customerId: string;
  readonly status?: OrderStatus | undefined;
  readonly limit: number;
  /** The position after which the list goes on; from the newest order unless told. */
  readonly from?: Position | undefined;
}

/** Orders, newest first, and where the list goes on; without that, it is at its end. */
export interface ListedOrders {
  readonly orders: readonly Order[];
  readonly next?: Position | undefined;
}

/** What the index says of one order, and the order itself where it was looked for. */
interface Examined {
  readonly position: Position;
  readonly order: Order | undefined;
}

/** Whether an order was placed now, or an earlier request with the same key was found. */
export type Placement =
  { readonly outcome: 'placed' } | { readonly outcome: 'guarded'; readonly guard: IdempotencyGuard };

/** Pages of the index that one request reads, so that a rare status makes a list short, and not slow. */
const INDEX_PAGES = 5;

/** Orders of a page where most may be of another status: as many as are read in one call. */
const INDEX_PAGE_SIZE = 100;

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

const indexEntrySchema = z.object({ pk: z.string(), placedAt: z.string() });

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

  /**
   * A customer's orders, newest first. The index may lag, so an order may be missing for a moment; what is listed is
   * read from the table, consistently.
   */
  async list({ customerId, status, limit, from }: ListRequest): Promise<ListedOrders> {
    const orders: Order[] = [];
    let next = from;
    for (let page = 0; page < INDEX_PAGES; page++) {
      const size = status === undefined ? limit - orders.length : INDEX_PAGE_SIZE;
      const { positions, isLast } = await this.#findPositions(customerId, next, size);
      const found = await Promise.all(positions.map((position) => this.#examine(position, status)));
      const examined = untilFull(found, limit - orders.length);
      orders.push(...examined.flatMap(({ order }) => order ?? []));
      if (isLast && examined.length === found.length) return { orders };
      // After the last order that was examined, wanted or not, so that no request begins with what an earlier one has seen.
      next = examined.at(-1)?.position ?? next;
      if (orders.length === limit) break;
    }
    return { orders, next };
  }

  async #findPositions(
    customerId: string,
    from: Position | undefined,
    size: number,
  ): Promise<{ readonly positions: readonly Position[]; readonly isLast: boolean }> {
    const { Items = [], LastEvaluatedKey: last } = await this.#client.send(
      new QueryCommand({
        TableName: this.#stateTable,
        IndexName: ordersOfCustomer.name,
        KeyConditionExpression: '#customerId = :customerId',
        ExpressionAttributeNames: { '#customerId': ordersOfCustomer.partitionKey },
        ExpressionAttributeValues: { ':customerId': customerId },
        ScanIndexForward: false,
        Limit: size,
        ...(from === undefined ? {} : { ExclusiveStartKey: indexKey(customerId, from) }),
      }),
    );
    return { positions: Items.map(toPosition), isLast: last === undefined };
  }

  async #examine(position: Position, status: OrderStatus | undefined): Promise<Examined> {
    const loaded = await this.load(position.orderId);
    const isWanted = status === undefined || loaded?.order.status === status;
    return { position, order: isWanted ? loaded?.order : undefined };
  }

  #putOrder(order: Order, version: number): TransactWrite {
    return {
      Put: {
        TableName: this.#stateTable,
        Item: { pk: orderKey(order.orderId), ...order, version: version + 1 },
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

/** Everything up to the order with which a page is full. */
function untilFull(found: readonly Examined[], wanted: number): readonly Examined[] {
  const full = found.filter(({ order }) => order !== undefined)[wanted - 1];
  return full === undefined ? found : found.slice(0, found.indexOf(full) + 1);
}

const ORDER = 'order#';

function orderKey(orderId: string): string {
  return `${ORDER}${orderId}`;
}

function toPosition(entry: unknown): Position {
  const { pk, placedAt } = indexEntrySchema.parse(entry);
  return { orderId: pk.slice(ORDER.length), placedAt };
}

function indexKey(customerId: string, { orderId, placedAt }: Position): Readonly<Record<string, string>> {
  return {
    [stateTableKeys.partitionKey]: orderKey(orderId),
    [ordersOfCustomer.partitionKey]: customerId,
    [ordersOfCustomer.sortKey]: placedAt,
  };
}
