/** From the outbox to the bus: the relay follows the table's stream, the sweeper looks at the table itself. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { milliseconds, outboxAges } from '@distributed-patterns/durations';
import { MetricUnit, type Telemetry } from '@distributed-patterns/telemetry';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod';
import { backoff, type Pause } from './backoff.ts';
import { forget, type OutboxItem, unpublished } from './outbox.ts';
import type { Publication, Publisher } from './publisher.ts';
import type { ClockAndIds } from './stamp.ts';

/** What relay and sweeper work with. */
export interface OutboxDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly outboxTable: string;
  readonly publisher: Publisher;
  readonly telemetry: Telemetry;
  readonly clockAndIds: ClockAndIds;
  /** How a refused message is waited for; with exponential backoff unless told. */
  readonly pause?: Pause;
}

/** How often a refused message is offered within one invocation before it is left to the sweeper. */
const OFFERS = 3;
/** The relay has had its chance after this long. */
const SWEEP_AFTER = milliseconds(outboxAges.sweptAfter);
/** A message refused for this long needs a person. */
const STUCK_AFTER = milliseconds(outboxAges.stuckAfter);

const text = z.object({ S: z.string() }).transform(({ S }) => S);
const newImageSchema = z.object({ id: text, type: text, source: text, detail: text, recordedAt: text });

/**
 * Publishes what a stream batch recorded. A refused message stays in the table and the batch succeeds,
 * so that no single message blocks the shard.
 * @throws whatever made a whole call fail, once all others are done: the stream tries the batch again
 */
export async function relay(event: DynamoDBStreamEvent, dependencies: OutboxDependencies): Promise<void> {
  const inserted = event.Records.filter((record) => record.eventName === 'INSERT');
  // What is no message stays in the table as well, where the sweeper counts it.
  const items = inserted.flatMap((record) => newImageSchema.safeParse(record.dynamodb?.NewImage).data ?? []);
  const { failed, failure } = await publishAndForget(items, dependencies);
  if (failed.length > 0) throw failure;
}

/**
 * Publishes what has lain in the outbox for over a minute, and counts what lies there too long.
 * No message keeps another from being published: where a call fails, its messages are offered one by one.
 * @throws whatever made the last offer of a message fail, once all others are done
 */
export async function sweep(dependencies: OutboxDependencies): Promise<void> {
  const { client, outboxTable, telemetry, clockAndIds } = dependencies;
  const age = (item: OutboxItem): number => clockAndIds.now().getTime() - Date.parse(item.recordedAt);
  const failures: unknown[] = [];
  let stuck = 0;
  for await (const { items, unreadable } of unpublished(client, outboxTable)) {
    const together = await publishAndForget(
      items.filter((item) => age(item) > SWEEP_AFTER),
      dependencies,
    );
    const left = together.refused.map(({ item }) => item);
    for (const item of together.failed) {
      const alone = await publishAndForget([item], dependencies);
      if (alone.failed.length > 0) failures.push(alone.failure);
      left.push(...alone.refused.map((refused) => refused.item), ...alone.failed);
    }
    stuck += unreadable + left.filter((item) => age(item) > STUCK_AFTER).length;
  }
  telemetry.metrics.addMetric('OutboxStuck', MetricUnit.Count, stuck);
  telemetry.metrics.publishStoredMetrics();
  if (failures.length > 0) throw failures[0];
}

async function publishAndForget(
  items: readonly OutboxItem[],
  { client, outboxTable, publisher, telemetry, pause = backoff }: OutboxDependencies,
): Promise<Publication> {
  const failed: OutboxItem[] = [];
  let publication: Publication = { published: [], refused: [], failed: [] };
  let left = items;
  for (let offer = 0; offer < OFFERS && left.length > 0; offer++) {
    if (offer > 0) await pause(offer);
    publication = await publisher.publish(left);
    const ids = publication.published.map(({ id }) => id);
    const kept = await forget(client, outboxTable, ids);
    if (kept.length > 0)
      telemetry.logger.warn('published messages could not be removed and will be sent again', { kept });
    failed.push(...publication.failed);
    left = publication.refused.map(({ item }) => item);
  }
  for (const { item, code, message } of publication.refused) {
    const refused = { messageId: item.id, type: item.type, code, reason: message };
    telemetry.logger.warn('the bus refused a message, which stays in the outbox', refused);
  }
  return { ...publication, failed };
}
