/** Puts recorded messages on the bus and says of each whether the bus took it. */
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { chunks } from './chunks.ts';
import type { OutboxItem } from './outbox.ts';

/** PutEvents takes at most this many entries (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html). */
const ENTRIES_PER_CALL = 10;

/** A message that the bus refused, with its reason. */
export interface Refused {
  readonly item: OutboxItem;
  readonly code: string;
  readonly message: string;
}

/** What became of each message. A call that failed as a whole tells nothing of its messages: they are `failed`. */
export interface Publication {
  readonly published: readonly OutboxItem[];
  readonly refused: readonly Refused[];
  readonly failed: readonly OutboxItem[];
  /** Why the first failed call failed. */
  readonly failure?: unknown;
}

/** A bus that may refuse single messages, or not answer at all. */
export interface Publisher {
  publish(items: readonly OutboxItem[]): Promise<Publication>;
}

/** A publisher on an EventBridge bus: an answer with status 200 may still hold refused entries, so each is looked at. */
export function eventBridgePublisher(client: EventBridgeClient, busName: string): Publisher {
  return {
    async publish(items) {
      const calls = chunks(items, ENTRIES_PER_CALL).map(async (chunk): Promise<Publication> => {
        try {
          return await putEvents(client, busName, chunk);
        } catch (failure) {
          return { published: [], refused: [], failed: chunk, failure };
        }
      });
      const results = await Promise.all(calls);
      return {
        published: results.flatMap((result) => result.published),
        refused: results.flatMap((result) => result.refused),
        failed: results.flatMap((result) => result.failed),
        failure: results.find((result) => result.failed.length > 0)?.failure,
      };
    },
  };
}

async function putEvents(
  client: EventBridgeClient,
  busName: string,
  items: readonly OutboxItem[],
): Promise<Publication> {
  const entries = items.map((item) => ({
    EventBusName: busName,
    Source: item.source,
    DetailType: item.type,
    Detail: item.detail,
    Time: new Date(item.recordedAt),
  }));
  const answer = await client.send(new PutEventsCommand({ Entries: entries }));
  const published: OutboxItem[] = [];
  const refused: Refused[] = [];
  for (const [index, item] of items.entries()) {
    const result = answer.Entries?.[index];
    if (result?.EventId !== undefined) published.push(item);
    else refused.push({ item, code: result?.ErrorCode ?? 'Unanswered', message: result?.ErrorMessage ?? '' });
  }
  return { published, refused, failed: [] };
}
