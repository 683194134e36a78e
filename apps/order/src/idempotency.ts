/** What the caller of a repeated request is told where it cannot be answered yet, or belongs to another one. */
import {
  IdempotencyAlreadyInProgressError,
  IdempotencyInconsistentStateError,
  IdempotencyItemAlreadyExistsError,
  IdempotencyItemNotFoundError,
  IdempotencyRecordStatus,
  IdempotencyValidationError,
} from '@aws-lambda-powertools/idempotency';
import { HttpProblem } from '@distributed-patterns/http-api';

/**
 * What Powertools says of a repeated request, as the problem that its caller gets; anything else passes unchanged.
 * Only an order binds its key to a body. While another body is being tried, it is open to whom the key belongs: the guard
 * may know an order of this one, which Powertools has forgotten.
 */
export function toIdempotencyProblem(error: unknown): unknown {
  if (error instanceof IdempotencyValidationError && hasAnswer(error)) return keyReused(error);
  if (
    error instanceof IdempotencyValidationError ||
    error instanceof IdempotencyAlreadyInProgressError ||
    error instanceof IdempotencyItemAlreadyExistsError ||
    error instanceof IdempotencyItemNotFoundError ||
    error instanceof IdempotencyInconsistentStateError
  ) {
    return new HttpProblem('request-in-progress', 'Wait for its answer, or ask again with the same key in a moment.', {
      headers: { 'retry-after': '1' },
      cause: error,
    });
  }
  return error;
}

function hasAnswer({ existingRecord }: IdempotencyValidationError): boolean {
  return existingRecord?.getStatus() === IdempotencyRecordStatus.COMPLETED;
}

/** The problem of a key that comes again with another body. */
export function keyReused(cause?: unknown): HttpProblem {
  return new HttpProblem('idempotency-key-reused', 'Use a new key for a new request.', { cause });
}
