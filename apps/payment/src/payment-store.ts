/** Payments in DynamoDB: the only file of the service that knows their items and keys. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Message, moneySchema, orderIdSchema, reasonSchema } from '@distributed-patterns/contracts';
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
import type { Payment } from './payment.ts';
import { paymentKey, toOrderId, UNSETTLED, unsettledPayments } from './payment-index.ts';

const intent = { orderId: orderIdSchema, intentId: z.string() };
const perhapsIntent = { orderId: orderIdSchema, intentId: z.string().optional() };
const paymentItemSchema = z.discriminatedUnion('status', [
  z.object({ ...intent, status: z.literal('CREATED'), total: moneySchema, createdAt: z.string().optional() }),
  z.object({ ...intent, status: z.literal('PROCESSED'), total: moneySchema }),
  z.object({ ...perhapsIntent, status: z.literal('DECLINED'), reason: reasonSchema }),
  z.object({ ...perhapsIntent, status: z.literal('REFUNDED') }),
]);

/** The service's state. One commit is one transaction: the payment on condition, messages beside it. */
export class PaymentStore {
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

  /** The payment of an order, read consistently; undefined where there is none. */
  async load(orderId: string): Promise<Payment | undefined> {
    const item = await this.#read(paymentKey(orderId));
    return item === undefined ? undefined : paymentItemSchema.parse(item);
  }

  /** The orders whose payments have been unsettled since before a time (ISO 8601), oldest first, page by page. */
  async *unsettled(before: string): AsyncGenerator<readonly string[]> {
    const part = { tableName: this.#stateTable, index: unsettledPayments, partition: UNSETTLED, before };
    for await (const entries of indexEntries(this.#client, part)) yield entries.map(toOrderId);
  }

  /**
   * Commits a payment's next state with the messages that tell of it; where it stays as it is, only the messages, if any.
   * @throws VersionClash when the payment has changed since it was loaded
   */
  async commit(loaded: Payment | undefined, next: Payment, messages: readonly Message[]): Promise<void> {
    const change = loaded?.status === next.status ? [] : [this.#putPayment(loaded, next)];
    const writes = [...change, ...recordMessages(this.#outboxTable, messages)];
    if (writes.length === 0) return;
    const failed = await transact(this.#client, writes);
    if (failed.length > 0) throw new VersionClash(next.orderId);
  }

  /** A payment never returns to a status that it has left, so the status is its version. */
  #putPayment(loaded: Payment | undefined, next: Payment): TransactWrite {
    const onStatus = {
      ConditionExpression: '#status = :status',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': loaded?.status },
    };
    const condition = loaded === undefined ? { ConditionExpression: 'attribute_not_exists(pk)' } : onStatus;
    return { Put: { TableName: this.#stateTable, Item: toItem(next), ...condition } };
  }
}

/** A payment is in the index of the unsettled until it is concluded. */
function toItem(payment: Payment): Readonly<Record<string, unknown>> {
  const unsettled = payment.status === 'CREATED' ? { [unsettledPayments.partitionKey]: UNSETTLED } : {};
  return { pk: paymentKey(payment.orderId), ...payment, ...unsettled };
}
