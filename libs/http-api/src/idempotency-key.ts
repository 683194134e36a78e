/** What makes a request the same as an earlier one: its idempotency key, whose it is, and what it asks for. */
import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { HttpProblem } from './problem.ts';

/** Visible ASCII, which a header carries unharmed. A comma is what joins two headers into one; a quote begins a string. */
const BARE = /^[\x21\x23-\x2b\x2d-\x7e]+$/;

/** A string of the Structured Fields, and nothing after it (RFC 9651, section 4.2.5): only quote and backslash are escaped. */
const QUOTED = /^ *"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)" *$/;

const LONGEST_KEY = 255;

/**
 * The key of a request, from `Idempotency-Key` or `x-idempotency-key`; undefined where it has none. The standard form is
 * a quoted string (draft-ietf-httpapi-idempotency-key-header-07, section 2.1); bare it is the same key.
 * @throws HttpProblem for a malformed key, or two that differ
 */
export function idempotencyKeyOf({ headers }: APIGatewayProxyEventV2): string | undefined {
  const [key, other] = [headers['idempotency-key'], headers['x-idempotency-key']].flatMap((header) =>
    header === undefined ? [] : [readKey(header)],
  );
  if (other !== undefined && other !== key) {
    throw new HttpProblem('invalid-idempotency-key', 'Idempotency-Key and x-idempotency-key differ; send one of them.');
  }
  return key;
}

/**
 * The key of a request that cannot do without.
 * @throws HttpProblem for a missing or malformed key, or two that differ
 */
export function requiredIdempotencyKeyOf(event: APIGatewayProxyEventV2): string {
  const key = idempotencyKeyOf(event);
  if (key !== undefined) return key;
  throw new HttpProblem('invalid-idempotency-key', 'The key is missing: send Idempotency-Key.');
}

function readKey(header: string): string {
  const key = BARE.test(header) ? header : QUOTED.exec(header)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  if (key !== undefined && key.length >= 1 && key.length <= LONGEST_KEY) return key;
  throw new HttpProblem(
    'invalid-idempotency-key',
    'An idempotency key is a quoted string, or visible ASCII without comma and quote, of 1 to 255 characters.',
  );
}

/** The key as it is stored: hashed, and scoped to its owner and route, so that nobody meets another's answer. */
export function scopedKey(owner: string, route: string, key: string): string {
  return sha256(JSON.stringify([owner, route, key]));
}

/** What tells one body from another, whatever the order of its members. */
export function fingerprint(body: unknown): string {
  return sha256(JSON.stringify(body, sortedMembers));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sortedMembers(_name: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
