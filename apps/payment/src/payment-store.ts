/** Payments in DynamoDB: the only file of the service that knows their items and keys. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Message, moneySchema, orderIdSchema, reasonSchema } from '@distributed-patterns/contracts';
import {
  type ReadState,
  recordMessages,
  stateReader,
  transact,
  type TransactWrite,
  VersionClash,
} from '@distributed-patterns/messaging';
import * as z from 'zod';
import type { Payment } from './payment.ts';

const intent = { orderId: orderIdSchema, intentId: z.string() };
const perhapsIntent = { orderId: orderIdSchema, intentId: z.string().optional() };
const paymentItemSchema = z.discriminatedUnion('status', [
  z.object({ ...intent, status: z.literal('CREATED'), total: moneySchema }),
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
    return { Put: { TableName: this.#stateTable, Item: { pk: paymentKey(next.orderId), ...next }, ...condition } };
  }
}

function paymentKey(orderId: string): string {
  return `payment#${orderId}`;
}
