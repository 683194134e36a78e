/** Reads the items of a state table: what is asked for in the same turn is read together, so that a batch of messages costs one read. */
import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import DataLoader from 'dataloader';
import * as z from 'zod';
import { stateTableKeys } from './table-keys.ts';

/** An item of a state table, as the document client gives it. */
export type StateItem = Readonly<Record<string, unknown>>;

/** Reads one item by its partition key; undefined where there is none. */
export type ReadState = (pk: string) => Promise<StateItem | undefined>;

/** DynamoDB had no capacity for an item; whoever asked for it tries again. */
export class ReadIncomplete extends Error {
  override readonly name = 'ReadIncomplete';
}

/** BatchGetItem takes at most this many keys (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html). */
const KEYS_PER_READ = 100;

const { partitionKey } = stateTableKeys;
const keySchema = z.object({ [partitionKey]: z.string() });

/**
 * Reads single items by partition key, always consistently and from the table; an absent item is undefined.
 * @throws ReadIncomplete (each read by itself) where DynamoDB left a key unprocessed
 */
export function stateReader(client: DynamoDBDocumentClient, tableName: string): ReadState {
  const loader = new DataLoader<string, StateItem | undefined>((pks) => readTogether(client, tableName, pks), {
    cache: false,
    maxBatchSize: KEYS_PER_READ,
  });
  return (pk) => loader.load(pk);
}

async function readTogether(
  client: DynamoDBDocumentClient,
  tableName: string,
  pks: readonly string[],
): Promise<(StateItem | undefined | ReadIncomplete)[]> {
  const keys = [...new Set(pks)].map((pk) => ({ [partitionKey]: pk }));
  const answer = await client.send(
    new BatchGetCommand({ RequestItems: { [tableName]: { Keys: keys, ConsistentRead: true } } }),
  );
  const pkOf = (item: StateItem): string => keySchema.parse(item)[partitionKey];
  const items = new Map((answer.Responses?.[tableName] ?? []).map((item) => [pkOf(item), item]));
  const unread = new Set((answer.UnprocessedKeys?.[tableName]?.Keys ?? []).map(pkOf));
  return pks.map((pk) => (unread.has(pk) ? new ReadIncomplete(`${tableName}: ${pk}`) : items.get(pk)));
}
