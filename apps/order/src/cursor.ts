/** Where a list goes on, as a text that is opaque to clients and good for the list that it came from only. */
import { createHash } from 'node:crypto';
import type { OrderStatus } from '@distributed-patterns/contracts';
import { HttpProblem } from '@distributed-patterns/http-api';
import * as z from 'zod';
import { type Position, positionSchema } from './order-index.ts';

/** What a list is of. */
export interface ListScope {
  readonly customerId: string;
  readonly status?: OrderStatus | undefined;
}

const cursorSchema = z.strictObject({ ...positionSchema.shape, scope: z.string() });

/**
 * The cursor of a position in a list. It is not signed: whatever position somebody makes up, the list is still the one
 * of the customer that the request is allowed to ask for.
 */
export function toCursor({ placedAt, orderId }: Position, scope: ListScope): string {
  return Buffer.from(JSON.stringify({ placedAt, orderId, scope: hashOf(scope) })).toString('base64url');
}

/**
 * The position that a cursor of this list stands for.
 * @throws HttpProblem for a cursor that cannot be read, or is of another list
 */
export function fromCursor(cursor: string, scope: ListScope): Position {
  const parsed = cursorSchema.safeParse(decoded(cursor));
  if (!parsed.success || parsed.data.scope !== hashOf(scope)) throw invalidCursor(parsed.error);
  const { placedAt, orderId } = parsed.data;
  return { placedAt, orderId };
}

function decoded(cursor: string): unknown {
  const bytes = Buffer.from(cursor, 'base64url');
  // Node passes over what is not of the alphabet.
  if (bytes.toString('base64url') !== cursor) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw invalidCursor(cause);
  }
}

function invalidCursor(cause: unknown): HttpProblem {
  const detail = 'Send a nextCursor as it came, with the customerId and the status that it came for.';
  return new HttpProblem('invalid-cursor', detail, {
    errors: [{ parameter: 'cursor', detail: 'is not a cursor of this list' }],
    cause,
  });
}

function hashOf({ customerId, status }: ListScope): string {
  return createHash('sha256')
    .update(JSON.stringify([customerId, status]))
    .digest('base64url')
    .slice(0, 22);
}
