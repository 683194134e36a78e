/** The outbox: messages recorded in the same transaction as the state they speak of. */
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  ScanCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { Message } from '@distributed-patterns/contracts';
import * as z from 'zod';

/** One write of a `TransactWriteItems`, as the document client takes it. */
export type TransactWrite = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** A recorded message: its id, how it is addressed, and its detail as the text that goes on the bus. */
export const outboxItemSchema = z.object({
  id: z.string(),
  type: z.string(),
  source: z.string(),
  detail: z.string(),
  recordedAt: z.string(),
});
export type OutboxItem = z.infer<typeof outboxItemSchema>;

/** The writes that record messages; they belong into the transaction that makes them true. */
export function recordMessages(outboxTable: string, messages: readonly Message[]): TransactWrite[] {
  return messages.map((message) => ({ Put: { TableName: outboxTable, Item: toOutboxItem(message) } }));
}

/** The item that records a message. */
export function toOutboxItem({ type, source, metadata, data }: Message): OutboxItem {
  return { id: metadata.id, type, source, detail: JSON.stringify({ metadata, data }), recordedAt: metadata.occurredAt };
}

/** A page of the outbox: its messages, and how many items are none. */
export interface OutboxPage {
  readonly items: readonly OutboxItem[];
  readonly unreadable: number;
}

/** All that is still in the outbox. It is nearly empty by design, which makes a scan the cheapest way to look. */
export async function* unpublished(client: DynamoDBDocumentClient, outboxTable: string): AsyncGenerator<OutboxPage> {
  let start: Record<string, unknown> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: outboxTable, ExclusiveStartKey: start }));
    const read = (page.Items ?? []).map((item) => outboxItemSchema.safeParse(item));
    const items = read.flatMap((result) => (result.success ? [result.data] : []));
    yield { items, unreadable: read.length - items.length };
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

/**
 * Forgets what has been published. Never throws: a message that stays is published once more, by the sweeper.
 * @returns the ids whose removal failed
 */
export async function forget(
  client: DynamoDBDocumentClient,
  outboxTable: string,
  ids: readonly string[],
): Promise<string[]> {
  const removals = ids.map((id) => client.send(new DeleteCommand({ TableName: outboxTable, Key: { id } })));
  const results = await Promise.allSettled(removals);
  return ids.filter((_id, index) => results[index]?.status === 'rejected');
}
