/** From the outbox to the bus: the relay follows the table's stream, the sweeper looks at the table itself. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { MetricUnit, type Telemetry } from '@distributed-patterns/telemetry';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod';
import { forget, type OutboxItem, unpublished } from './outbox.ts';
import type { Publisher, Refused } from './publisher.ts';
import type { ClockAndIds } from './stamp.ts';

/** What relay and sweeper work with. */
export interface OutboxDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly outboxTable: string;
  readonly publisher: Publisher;
  readonly telemetry: Telemetry;
  readonly clockAndIds: ClockAndIds;
}

/** How often a refused message is offered within one invocation before it is left to the sweeper. */
const OFFERS = 3;
const MINUTE = 60_000;
/** The relay has had its chance after this long. */
const SWEEP_AFTER = MINUTE;
/** A message refused for this long needs a person. */
const STUCK_AFTER = 15 * MINUTE;

const text = z.object({ S: z.string() }).transform(({ S }) => S);
const newImageSchema = z.object({ id: text, type: text, source: text, detail: text, recordedAt: text });

/**
 * Publishes what a stream batch recorded. A refused message stays in the table and the batch succeeds,
 * so that no single message blocks the shard; a call that fails as a whole throws, and the stream tries again.
 */
export async function relay(event: DynamoDBStreamEvent, dependencies: OutboxDependencies): Promise<void> {
  const items = event.Records.filter((record) => record.eventName === 'INSERT').map((record) =>
    newImageSchema.parse(record.dynamodb?.NewImage),
  );
  await publishAndForget(items, dependencies);
}

/** Publishes what has lain in the outbox for over a minute, and raises an alarm about what lies there too long. */
export async function sweep(dependencies: OutboxDependencies): Promise<void> {
  const { client, outboxTable, telemetry, clockAndIds } = dependencies;
  let stuck = 0;
  for await (const page of unpublished(client, outboxTable)) {
    const age = (item: OutboxItem): number => clockAndIds.now().getTime() - Date.parse(item.recordedAt);
    const refused = await publishAndForget(
      page.filter((item) => age(item) > SWEEP_AFTER),
      dependencies,
    );
    stuck += refused.filter(({ item }) => age(item) > STUCK_AFTER).length;
  }
  telemetry.metrics.addMetric('OutboxStuck', MetricUnit.Count, stuck);
  telemetry.metrics.publishStoredMetrics();
}

async function publishAndForget(
  items: readonly OutboxItem[],
  dependencies: OutboxDependencies,
): Promise<readonly Refused[]> {
  const { client, outboxTable, publisher, telemetry } = dependencies;
  let left = items;
  let refused: readonly Refused[] = [];
  for (let offer = 0; offer < OFFERS && left.length > 0; offer++) {
    const publication = await publisher.publish(left);
    await forget(
      client,
      outboxTable,
      publication.published.map(({ id }) => id),
    );
    refused = publication.refused;
    left = refused.map(({ item }) => item);
  }
  for (const { item, code, message } of refused) {
    telemetry.logger.warn('the bus refused a message, which stays in the outbox', {
      messageId: item.id,
      type: item.type,
      code,
      reason: message,
    });
  }
  return refused;
}
