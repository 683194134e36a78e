/** Notifications in DynamoDB: the only file of the service that knows their items and keys. */
import { createHash } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Message, orderIdSchema, reasonSchema } from '@distributed-patterns/contracts';
import {
  type ReadState,
  recordMessages,
  stateReader,
  transact,
  type TransactWrite,
  VersionClash,
} from '@distributed-patterns/messaging';
import * as z from 'zod';
import { type Suppressed, type SuppressionReason, suppressionReasons } from './feedback.ts';
import { type Kind, kinds, type Notification } from './notification.ts';

const about = { orderId: orderIdSchema, kind: z.enum(kinds) };
const notificationItemSchema = z.discriminatedUnion('status', [
  z.object({ ...about, status: z.literal('SENDING'), to: z.string(), since: z.iso.datetime() }),
  z.object({ ...about, status: z.literal('WAITING') }),
  z.object({ ...about, status: z.literal('SENT'), to: z.string(), messageId: z.string() }),
  z.object({
    ...about,
    status: z.literal('SKIPPED'),
    because: z.enum(['NO_ADDRESS', ...suppressionReasons]).optional(),
  }),
  z.object({ ...about, status: z.literal('REJECTED'), to: z.string(), reason: reasonSchema }),
  z.object({ ...about, status: z.literal('CANCELLED'), to: z.string().optional() }),
]);

const suppressionItemSchema = z.object({ reason: z.enum(suppressionReasons) });

/** The service's state. One commit is one transaction: the notification on condition, messages beside it. */
export class NotificationStore {
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

  /** The notification of a kind about an order, read consistently; undefined where there is none. */
  async load(orderId: string, kind: Kind): Promise<Notification | undefined> {
    const item = await this.#read(notificationKey(orderId, kind));
    return item === undefined ? undefined : notificationItemSchema.parse(item);
  }

  /** Why an address is not to be written to; undefined where it may be. */
  async suppression(address: string): Promise<SuppressionReason | undefined> {
    const item = await this.#read(suppressionKey(address));
    return item === undefined ? undefined : suppressionItemSchema.parse(item).reason;
  }

  /** Records, for good, that an address is not to be written to; what was recorded first stays. */
  async suppress({ address, reason }: Suppressed, at: string): Promise<void> {
    const Item = { pk: suppressionKey(address), reason, at };
    const condition = { ConditionExpression: 'attribute_not_exists(pk)' };
    await transact(this.#client, [{ Put: { TableName: this.#stateTable, Item, ...condition } }]);
  }

  /**
   * Commits a notification's next state with the messages that tell of it; where it stays as it is, only the messages.
   * @throws VersionClash when the notification has changed since it was loaded
   */
  async commit(loaded: Notification | undefined, next: Notification, messages: readonly Message[]): Promise<void> {
    const change = next === loaded ? [] : [this.#putNotification(loaded, next)];
    const writes = [...change, ...recordMessages(this.#outboxTable, messages)];
    if (writes.length === 0) return;
    const failed = await transact(this.#client, writes);
    if (failed.length > 0) throw new VersionClash(next.orderId);
  }

  /** The status is the version; of a claim, the time that it was made as well, since claims may follow each other. */
  #putNotification(loaded: Notification | undefined, next: Notification): TransactWrite {
    const since = loaded?.status === 'SENDING' ? loaded.since : undefined;
    const onVersion = {
      ConditionExpression: since === undefined ? '#status = :status' : '#status = :status AND since = :since',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': loaded?.status, ...(since === undefined ? {} : { ':since': since }) },
    };
    const condition = loaded === undefined ? { ConditionExpression: 'attribute_not_exists(pk)' } : onVersion;
    const key = { pk: notificationKey(next.orderId, next.kind) };
    return { Put: { TableName: this.#stateTable, Item: { ...key, ...next }, ...condition } };
  }
}

function notificationKey(orderId: string, kind: Kind): string {
  return `notification#${orderId}#${kind}`;
}

/** The address itself is not kept. Domains know no case, and local parts as good as none. */
function suppressionKey(address: string): string {
  return `suppression#${createHash('sha256').update(address.toLowerCase()).digest('hex')}`;
}
