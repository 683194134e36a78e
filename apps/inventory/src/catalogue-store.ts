/** The catalogue in DynamoDB: what is sold, at what price, and what has come in. No order is known here. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  identifierSchema,
  type Message,
  type RestockReceipt,
  restockReceiptSchema,
} from '@distributed-patterns/contracts';
import {
  type ReadState,
  recordMessages,
  stateReader,
  transact,
  type TransactWrite,
  VersionClash,
} from '@distributed-patterns/messaging';
import * as z from 'zod';
import type { Product } from './product.ts';
import { productKey, readProducts } from './product-item.ts';

/** What makes a repeated delivery note find the first one. */
export interface RestockRecord {
  /** The hash of the scoped key. */
  readonly key: string;
  /** The hash of the request's body. */
  readonly fingerprint: string;
  readonly receipt: RestockReceipt;
  /** Epoch seconds; the record's own clock rules, since TTL deletion lags. */
  readonly expiresAt: number;
}

/** Whether a delivery was taken in now, or an earlier request with the same key was found. */
export type Restocking =
  { readonly outcome: 'restocked' } | { readonly outcome: 'recorded'; readonly record: RestockRecord };

const recordItemSchema = z.object({ fingerprint: z.string(), receipt: restockReceiptSchema, expiresAt: z.int() });

/**
 * The ids of all products, in one item: a list of products is two reads, however many reservations there are. It holds
 * about six thousand ids of the longest kind (400 KB,
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html); then nothing more can be added.
 */
const CATALOGUE = { pk: 'catalogue' } as const;
const catalogueItemSchema = z.object({ productIds: z.set(identifierSchema) });

/** The products. One commit is one transaction; no write here touches what orders have reserved or bought. */
export class CatalogueStore {
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

  /** The product, read consistently; undefined where there is none. */
  async load(productId: string): Promise<Product | undefined> {
    return (await readProducts(this.#read, [productId])).get(productId);
  }

  /** All products, by id. */
  async list(): Promise<Product[]> {
    const catalogue = await this.#read(CATALOGUE.pk);
    if (catalogue === undefined) return [];
    const products = await readProducts(this.#read, [...catalogueItemSchema.parse(catalogue).productIds]);
    return [...products.values()].sort((one, other) => one.productId.localeCompare(other.productId));
  }

  /** Adds a product, unless there is one with this id. */
  async add(product: Product): Promise<'added' | 'exists'> {
    const failed = await transact(this.#client, [
      {
        Put: {
          TableName: this.#stateTable,
          Item: { pk: productKey(product.productId), ...product },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      {
        Update: {
          TableName: this.#stateTable,
          Key: CATALOGUE,
          UpdateExpression: 'ADD productIds :id',
          ExpressionAttributeValues: { ':id': new Set([product.productId]) },
        },
      },
    ]);
    return failed.length === 0 ? 'added' : 'exists';
  }

  /**
   * Changes name and price. What orders do to the stock meanwhile is neither in the way nor lost.
   * @throws VersionClash when the price has changed since it was loaded, so that every change of it is told of once
   */
  async change(loaded: Product, { name, price }: Product, messages: readonly Message[]): Promise<void> {
    const update: TransactWrite = {
      Update: {
        TableName: this.#stateTable,
        Key: { pk: productKey(loaded.productId) },
        UpdateExpression: 'SET #name = :name, price = :price',
        ConditionExpression: 'price = :loaded',
        ExpressionAttributeNames: { '#name': 'name' },
        ExpressionAttributeValues: { ':name': name, ':price': price, ':loaded': loaded.price },
      },
    };
    const failed = await transact(this.#client, [update, ...recordMessages(this.#outboxTable, messages)]);
    if (failed.length > 0) throw new VersionClash(loaded.productId);
  }

  /**
   * Takes a delivery in, unless a living record of its key is in the way. Stock, record and messages are one transaction:
   * whoever dies, before it or after it, leaves nothing between the two.
   * @throws VersionClash when another delivery of the product came in since it was loaded
   */
  async restock(loaded: Product, record: RestockRecord, messages: readonly Message[], now: Date): Promise<Restocking> {
    const writes = [
      this.#putRecord(record, now),
      this.#receive(loaded, record.receipt),
      ...recordMessages(this.#outboxTable, messages),
    ];
    const failed = await transact(this.#client, writes);
    if (failed.length === 0) return { outcome: 'restocked' };
    const inTheWay = failed.find(({ index }) => index === 0)?.item;
    if (inTheWay === undefined) throw new VersionClash(loaded.productId);
    return { outcome: 'recorded', record: { key: record.key, ...recordItemSchema.parse(inTheWay) } };
  }

  #putRecord({ key, ...record }: RestockRecord, now: Date): TransactWrite {
    return {
      Put: {
        TableName: this.#stateTable,
        Item: { pk: `restock#${key}`, ...record },
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': Math.floor(now.getTime() / 1000) },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    };
  }

  /** Only deliveries change what was received, so that no order is in the way of its condition. */
  #receive({ productId, received: loaded }: Product, { quantity, received }: RestockReceipt): TransactWrite {
    return {
      Update: {
        TableName: this.#stateTable,
        Key: { pk: productKey(productId) },
        UpdateExpression: 'SET received = :received ADD available :quantity',
        ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(received) OR received = :loaded)',
        ExpressionAttributeValues: { ':received': received, ':quantity': quantity, ':loaded': loaded },
      },
    };
  }
}
