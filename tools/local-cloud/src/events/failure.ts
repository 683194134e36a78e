/** What a failed attempt at delivery means: whether it is tried again, and what the dead letter says of it. */
import { AwsError } from '../aws-error.ts';
import type { RetryPolicy } from './rule.ts';
import { messageOf } from '../error-text.ts';

/** A failed attempt, by the error codes of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html. */
export interface Failure {
  readonly errorCode: string;
  readonly message: string;
  readonly isRetriable: boolean;
}

/** Says that what a target would be sent is no JSON, though the target needs it. */
export class InvalidJson extends Error {
  override readonly name = 'InvalidJson';
}

/** An attempt that a fault made fail, whatever it is called: it is tried again. */
export class FailedByFault extends Error {
  override readonly name = 'FailedByFault';
}

const NO_PERMISSIONS = new Set(['AccessDenied', 'AccessDeniedException', 'NotAuthorized', 'UnauthorizedOperation']);
const NO_RESOURCE = new Set([
  'QueueDoesNotExist',
  'ResourceNotFoundException',
  'StateMachineDoesNotExist',
  'ResourceNotFound',
]);
const THROTTLING = new Set([
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestThrottled',
  'ExecutionLimitExceeded',
]);

/** Missing permissions and targets, and input that is refused, are not tried again; all else is. */
export function failureOf(error: unknown): Failure {
  const message = messageOf(error);
  if (error instanceof InvalidJson) return { errorCode: 'INVALID_JSON', message, isRetriable: false };
  if (!(error instanceof AwsError)) return { errorCode: 'ERROR_FROM_TARGET', message, isRetriable: true };
  if (NO_PERMISSIONS.has(error.code)) return { errorCode: 'NO_PERMISSIONS', message, isRetriable: false };
  if (NO_RESOURCE.has(error.code)) return { errorCode: 'NO_RESOURCE', message, isRetriable: false };
  if (THROTTLING.has(error.code)) return { errorCode: 'THROTTLING', message, isRetriable: true };
  if (error.code === 'NotImplemented') return { errorCode: 'SDK_CLIENT_ERROR', message, isRetriable: false };
  if (error.status < 500) return { errorCode: 'INVALID_PARAMETER', message, isRetriable: false };
  return { errorCode: 'ERROR_FROM_TARGET', message, isRetriable: true };
}

/** Which limit of the retry policy ended the retries. */
export type Exhausted = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';

const FIRST_BACKOFF = 1000;
/** With this ceiling, 185 retries fill about 24 hours, the two defaults of a retry policy. */
const LONGEST_BACKOFF = 600_000;

/**
 * When to try again, in milliseconds since the epoch, or which limit forbids it:
 * exponential backoff from a second, with jitter over its upper half.
 */
export function nextAttempt(
  policy: RetryPolicy,
  acceptedAt: number,
  failedAttempts: number,
  now: number,
  random: () => number,
): number | Exhausted {
  if (failedAttempts > policy.maximumRetryAttempts) return 'MaximumRetryAttempts';
  const backoff = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (failedAttempts - 1));
  const due = now + Math.round(backoff * (0.5 + random() / 2));
  return due > acceptedAt + policy.maximumEventAgeInSeconds * 1000 ? 'MaximumEventAgeInSeconds' : due;
}
