/** Reservations in DynamoDB, and the stock that they move: the only file of the service that knows a reservation's item. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { identifierSchema, type Message, orderIdSchema, reasonSchema } from '@distributed-patterns/contracts';
import {
  type ConflictRetry,
  indexEntries,
  patientRetry,
  type ReadState,
  recordMessages,
  stateReader,
  transact,
  type TransactWrite,
  VersionClash,
} from '@distributed-patterns/messaging';
import * as z from 'zod';
import type { Reservation, StockMove } from './inventory.ts';
import type { Product } from './product.ts';
import { productKey, readProducts } from './product-item.ts';
import {
  OPEN,
  type OpenReservation,
  openReservations,
  reservationKey,
  toOpenReservation,
} from './reservation-index.ts';
import { Turns } from './turns.ts';

/** What a decision about an order's stock starts from. */
export interface LoadedStock {
  readonly reservation: Reservation | undefined;
  readonly products: ReadonlyMap<string, Product>;
}

const itemsSchema = z.array(z.object({ productId: identifierSchema, quantity: z.int().positive() }));
const reservationItemSchema = z.discriminatedUnion('status', [
  z.object({
    orderId: orderIdSchema,
    status: z.literal('RESERVED'),
    items: itemsSchema,
    reservedAt: z.string().optional(),
  }),
  z.object({ orderId: orderIdSchema, status: z.literal('COMMITTED'), items: itemsSchema }),
  z.object({ orderId: orderIdSchema, status: z.literal('REJECTED'), reason: reasonSchema }),
  z.object({ orderId: orderIdSchema, status: z.literal('RELEASED') }),
]);

/** The service's state. One commit is one transaction: reservation and stock on condition, messages beside them. */
export class InventoryStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #stateTable: string;
  readonly #outboxTable: string;
  readonly #read: ReadState;
  readonly #turns = new Turns();

  constructor(client: DynamoDBDocumentClient, tables: { readonly stateTable: string; readonly outboxTable: string }) {
    this.#client = client;
    this.#stateTable = tables.stateTable;
    this.#outboxTable = tables.outboxTable;
    this.#read = stateReader(client, tables.stateTable);
  }

  /** An order's reservation, with the products that a decision about it needs. */
  async load(orderId: string, productIds: readonly string[] = []): Promise<LoadedStock> {
    const [reservation, products] = await Promise.all([
      this.#reservation(orderId),
      readProducts(this.#read, productIds),
    ]);
    return { reservation, products };
  }

  /**
   * Commits what was decided about a reservation; where it stays as it is, only the messages.
   * @param retry how other transactions on the same products are waited out
   * @throws VersionClash when the reservation or a price has changed since it was loaded, or the stock so that it is used up or no longer is
   */
  async commit(
    loaded: Reservation | undefined,
    next: Reservation,
    moves: readonly StockMove[],
    messages: readonly Message[],
    retry: ConflictRetry = patientRetry,
  ): Promise<void> {
    const change = loaded?.status === next.status ? [] : [this.#putReservation(loaded, next)];
    const stock = moves.map((stockMove) => this.#moveStock(stockMove));
    const writes = [...change, ...stock, ...recordMessages(this.#outboxTable, messages)];
    const products = moves.map(({ productId }) => productId);
    const failed = await this.#turns.take(products, () => transact(this.#client, writes, retry));
    if (failed.length > 0) throw new VersionClash(next.orderId);
  }

  /** The reservations that have been open since before a time (ISO 8601), oldest first, page by page. */
  async *open(before: string): AsyncGenerator<readonly OpenReservation[]> {
    const part = { tableName: this.#stateTable, index: openReservations, partition: OPEN, before };
    for await (const entries of indexEntries(this.#client, part)) yield entries.map(toOpenReservation);
  }

  /** Records messages that go with no change. */
  async record(messages: readonly Message[]): Promise<void> {
    if (messages.length > 0) await transact(this.#client, recordMessages(this.#outboxTable, messages));
  }

  async #reservation(orderId: string): Promise<Reservation | undefined> {
    const item = await this.#read(reservationKey(orderId));
    return item === undefined ? undefined : reservationItemSchema.parse(item);
  }

  /** A reservation only ever changes its status, so the status is its version. */
  #putReservation(loaded: Reservation | undefined, next: Reservation): TransactWrite {
    const onStatus = {
      ConditionExpression: '#status = :status',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': loaded?.status },
    };
    const condition = loaded === undefined ? { ConditionExpression: 'attribute_not_exists(pk)' } : onStatus;
    return { Put: { TableName: this.#stateTable, Item: toItem(next), ...condition } };
  }

  /**
   * Neither what is available nor what is reserved may go below zero, and a price must still be the one decided on. What
   * is available need not be as much as it was, only whether some is left must be as it was decided.
   */
  #moveStock({ productId, available, reserved, sold, price, leaves }: StockMove): TransactWrite {
    const isEnough = leaves === undefined ? '>=' : leaves === 'some' ? '>' : '=';
    return {
      Update: {
        TableName: this.#stateTable,
        Key: { pk: productKey(productId) },
        UpdateExpression: 'ADD available :available, #reserved :reserved, sold :sold',
        ConditionExpression: `available ${isEnough} :takenAvailable AND #reserved >= :takenReserved${price === undefined ? '' : ' AND price = :price'}`,
        ExpressionAttributeNames: { '#reserved': 'reserved' },
        ExpressionAttributeValues: {
          ':available': available,
          ':reserved': reserved,
          ':sold': sold,
          ':takenAvailable': Math.max(0, -available),
          ':takenReserved': Math.max(0, -reserved),
          ...(price === undefined ? {} : { ':price': price }),
        },
      },
    };
  }
}

/** A reservation is in the index of the open ones until it has ended. */
function toItem(reservation: Reservation): Readonly<Record<string, unknown>> {
  const open = reservation.status === 'RESERVED' ? { [openReservations.partitionKey]: OPEN } : {};
  return { pk: reservationKey(reservation.orderId), ...reservation, ...open };
}
