/** One decision, one transaction: what a store commits with, and the outcomes that it can name. */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { conflictAttempts, conflictBackoff, milliseconds, timeToAnswer } from '@distributed-patterns/durations';
import type { Context } from 'aws-lambda';
import { backoff, type Pause } from './backoff.ts';
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

/** Transactions met each other, or a limit, too often: it may well go through later. */
export class TransactionContended extends Error {
  override readonly name = 'TransactionContended';
}

/** How what passes is waited out. */
export interface ConflictRetry {
  /** Whether there is another attempt after so many. */
  readonly goesOn: (attempts: number) => boolean;
  readonly pause: Pause;
}

/** Five seconds at the longest: whoever waits for an answer over HTTP waits no longer. */
export const patientRetry: ConflictRetry = {
  goesOn: (attempts) => attempts < conflictAttempts.transaction,
  pause: backoff,
};

/** Milliseconds that one more attempt may take: a pause, and a call that is answered. */
const ANOTHER_ATTEMPT = milliseconds(conflictBackoff.longestPause + timeToAnswer);

/**
 * For as long as a function has the time. Giving a message up is dear: it is not seen again until its visibility timeout
 * is over, and has one delivery less. Where a thousand orders at a time wanted one product, and a transaction took ten
 * milliseconds, five seconds were too short for one in a hundred.
 * @param context of the function; as `patientRetry` where there is none
 */
export function untilOutOfTime(context: Pick<Context, 'getRemainingTimeInMillis'> | undefined): ConflictRetry {
  if (context === undefined) return patientRetry;
  const tooLate = milliseconds(timeToAnswer) + ANOTHER_ATTEMPT;
  return { goesOn: () => context.getRemainingTimeInMillis() > tooLate, pause: backoff };
}

/** Reasons of a cancellation that will pass (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html). */
const PASSING = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/**
 * Commits all writes or none. A transaction that was in another's way, or throttled, is tried again.
 * @returns the conditions that did not hold; none of them means committed
 * @throws TransactionContended when it was in the way too often
 * @throws TransactionCanceledException when it was cancelled for a reason that will not pass
 */
export async function transact(
  client: DynamoDBDocumentClient,
  writes: TransactWrite[],
  retry: ConflictRetry = patientRetry,
): Promise<readonly FailedCondition[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.send(new TransactWriteCommand({ TransactItems: writes }));
      return [];
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const failed = failedConditions(error);
      if (failed.length > 0) return failed;
      if (!isPassing(error)) throw error;
      if (!retry.goesOn(attempt)) throw new TransactionContended('given up', { cause: error });
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

function isPassing(error: TransactionCanceledException): boolean {
  return (error.CancellationReasons ?? []).some(({ Code }) => Code !== undefined && PASSING.has(Code));
}
