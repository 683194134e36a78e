/** One decision, one transaction: what a store commits with, and the outcomes that it can name. */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { TransactWrite } from './outbox.ts';

/** The state was changed by someone else between load and commit: load again and decide anew. */
export class VersionClash extends Error {
  override readonly name = 'VersionClash';
}

/** A write whose condition did not hold, with the item that was in its way where the write asked for it. */
export interface FailedCondition {
  readonly index: number;
  readonly item: Readonly<Record<string, unknown>> | undefined;
}

/** How conflicts with other transactions are waited out: attempts, and the pause in milliseconds before each next one. */
export interface ConflictRetry {
  readonly attempts: number;
  readonly pause: (attempt: number) => Promise<void>;
}

const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 400;

/** Exponential backoff with full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). */
export const patientRetry: ConflictRetry = {
  attempts: 8,
  pause: (attempt) => {
    const ceiling = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** attempt);
    return new Promise((resolve) => setTimeout(resolve, Math.random() * ceiling));
  },
};

/**
 * Commits all writes or none. Transactions in each other's way are tried again.
 * @returns the conditions that did not hold; none of them means committed
 * @throws TransactionCanceledException when it was cancelled for another reason than a condition, or too often in conflict
 */
export async function transact(
  client: DynamoDBDocumentClient,
  writes: TransactWrite[],
  retry: ConflictRetry = patientRetry,
): Promise<readonly FailedCondition[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      await client.send(new TransactWriteCommand({ TransactItems: writes }));
      return [];
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const failed = failedConditions(error);
      if (failed.length > 0) return failed;
      if (!isConflict(error) || attempt + 1 >= retry.attempts) throw error;
      await retry.pause(attempt);
    }
  }
}

function failedConditions(error: TransactionCanceledException): FailedCondition[] {
  return (error.CancellationReasons ?? []).flatMap((reason, index) =>
    reason.Code === 'ConditionalCheckFailed'
      ? [{ index, item: reason.Item === undefined ? undefined : unmarshall(reason.Item) }]
      : [],
  );
}

function isConflict(error: TransactionCanceledException): boolean {
  return (error.CancellationReasons ?? []).some((reason) => reason.Code === 'TransactionConflict');
}
