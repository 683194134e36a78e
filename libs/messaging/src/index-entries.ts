/** Looks through an index for what has waited for too long. */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { StateItem } from './state-reader.ts';
import type { StateIndex } from './table-keys.ts';

/** As many as are worked on at once, and fit into one transaction where each is told of. */
const PAGE = 25;

/** Part of an index. */
export interface IndexPart {
  readonly tableName: string;
  readonly index: StateIndex;
  readonly partition: string;
  /** What the sort keys are below. */
  readonly before: string;
}

/** The entries of a partition whose sort key is below a bound, in its order, page by page. They may lag behind their items. */
export async function* indexEntries(
  client: DynamoDBDocumentClient,
  { tableName, index, partition, before }: IndexPart,
): AsyncGenerator<readonly StateItem[]> {
  let from: StateItem | undefined;
  do {
    const { Items = [], LastEvaluatedKey: last } = await client.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: index.name,
        KeyConditionExpression: '#partition = :partition AND #sort < :before',
        ExpressionAttributeNames: { '#partition': index.partitionKey, '#sort': index.sortKey },
        ExpressionAttributeValues: { ':partition': partition, ':before': before },
        Limit: PAGE,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    yield Items;
    from = last;
  } while (from !== undefined);
}
