/** The two layers that make a repeated request find the first: what a key is, and what its errors mean to the caller. */
import { createHash } from 'node:crypto';
import {
  IdempotencyAlreadyInProgressError,
  IdempotencyInconsistentStateError,
  IdempotencyItemAlreadyExistsError,
  IdempotencyValidationError,
} from '@aws-lambda-powertools/idempotency';
import { HttpProblem } from '@distributed-patterns/http-api';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** 1 to 255 visible ASCII characters: what a header carries unharmed. A comma is what joins two headers into one. */
const KEY = /^[\x21-\x2b\x2d-\x7e]{1,255}$/;

/**
 * The key of a request, from `x-idempotency-key` or the standard `Idempotency-Key`; undefined where it has none.
 * @throws HttpProblem for a malformed key, or two that differ
 */
export function idempotencyKeyOf(event: APIGatewayProxyEventV2): string | undefined {
  const ours = event.headers['x-idempotency-key'];
  const standard = event.headers['idempotency-key'];
  if (ours !== undefined && standard !== undefined && ours !== standard) {
    throw new HttpProblem('invalid-idempotency-key', 'x-idempotency-key and Idempotency-Key differ; send one of them.');
  }
  const key = ours ?? standard;
  if (key !== undefined && !KEY.test(key)) {
    throw new HttpProblem(
      'invalid-idempotency-key',
      'An idempotency key has 1 to 255 visible ASCII characters, and no comma.',
    );
  }
  return key;
}

/** The key as it is stored: hashed, and scoped to caller and route, so that nobody meets another's answer. */
export function scopedKey(principal: string, route: string, key: string): string {
  return sha256(JSON.stringify([principal, route, key]));
}

/** What tells one body from another, whatever the order of its members. */
export function fingerprint(body: unknown): string {
  return sha256(JSON.stringify(body, sortedMembers));
}

/** What Powertools says of a repeated request, as the problem that its caller gets; anything else passes unchanged. */
export function toIdempotencyProblem(error: unknown): unknown {
  if (error instanceof IdempotencyValidationError) return keyReused(error);
  if (
    error instanceof IdempotencyAlreadyInProgressError ||
    error instanceof IdempotencyItemAlreadyExistsError ||
    error instanceof IdempotencyInconsistentStateError
  ) {
    return new HttpProblem('request-in-progress', 'Wait for its answer, or ask again with the same key in a moment.', {
      headers: { 'retry-after': '1' },
      cause: error,
    });
  }
  return error;
}

/** The problem of a key that comes again with another body. */
export function keyReused(cause?: unknown): HttpProblem {
  return new HttpProblem('idempotency-key-reused', 'Use a new key for a new request.', { cause });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sortedMembers(_name: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
