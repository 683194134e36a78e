/** Puts many items into tables quickly: full batches over several connections. */
import * as z from 'zod';
import type { AwsClient } from './aws-json.ts';

/** The most that BatchWriteItem takes (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html). */
const BATCH = 25;
const CONNECTIONS = 8;

/** An item as DynamoDB speaks of it. */
export type Item = Readonly<Record<string, unknown>>;

/** An item and the table that it is for. */
export interface TableItem {
  readonly table: string;
  readonly item: Item;
}

const requestItems = z.record(z.string(), z.array(z.looseObject({})));
const answered = z.object({ UnprocessedItems: requestItems.default({}) });

/** Puts all items; `count` is told after each batch. */
export async function putAll(
  aws: AwsClient,
  items: Iterable<TableItem>,
  signal: AbortSignal,
  onCount: (count: number) => void = () => undefined,
): Promise<void> {
  const batches = batchesOf(items, BATCH);
  let count = 0;
  const connection = async () => {
    for (const batch of batches) {
      signal.throwIfAborted();
      await put(aws, batch);
      onCount((count += batch.length));
    }
  };
  // One generator that all take from: whoever is ready takes the next batch.
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
}

async function put(aws: AwsClient, batch: readonly TableItem[]): Promise<void> {
  let RequestItems: z.infer<typeof requestItems> = {};
  for (const { table, item } of batch) (RequestItems[table] ??= []).push({ PutRequest: { Item: item } });
  while (Object.keys(RequestItems).length > 0) {
    const { UnprocessedItems } = await aws.call('dynamodb', 'BatchWriteItem', { RequestItems }, answered);
    RequestItems = UnprocessedItems;
  }
}

/** Lists of `size`, the last one shorter. */
export function* batchesOf<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
