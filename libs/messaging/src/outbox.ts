/** The outbox: messages recorded in the same transaction as the state they speak of. */
import {
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  ScanCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { Message } from '@distributed-patterns/contracts';
import * as z from 'zod';
import { chunks } from './chunks.ts';

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

/** BatchWriteItem takes at most this many deletes (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html). */
const DELETES_PER_CALL = 25;

/**
 * Forgets what has been published. Never throws: a message that stays is published once more, by the sweeper.
 * @returns the ids that could not be removed
 */
export async function forget(
  client: DynamoDBDocumentClient,
  outboxTable: string,
  ids: readonly string[],
): Promise<string[]> {
  const kept = chunks(ids, DELETES_PER_CALL).map(async (chunk) => {
    const removals = chunk.map((id) => ({ DeleteRequest: { Key: { id } } }));
    try {
      const answer = await client.send(new BatchWriteCommand({ RequestItems: { [outboxTable]: removals } }));
      const unprocessed = new Set<unknown>(
        answer.UnprocessedItems?.[outboxTable]?.map((left): unknown => left.DeleteRequest?.Key?.['id']),
      );
      return chunk.filter((id) => unprocessed.has(id));
    } catch {
      return chunk;
    }
  });
  return (await Promise.all(kept)).flat();
}
