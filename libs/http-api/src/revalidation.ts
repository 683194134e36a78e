/** Answers that a client may keep as long as it asks whether they are still true (RFC 9110, section 13.1.2). */
import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Answer } from './edge.ts';

/** The answer with an entity tag; 304 without a body where the request names that tag in `If-None-Match`. */
export function revalidated(event: APIGatewayProxyEventV2, answer: Answer): Answer {
  const tag = `"${createHash('sha256').update(JSON.stringify(answer.body)).digest('base64url').slice(0, 22)}"`;
  const headers = { ...answer.headers, etag: tag, 'cache-control': 'private, no-cache' };
  return names(event.headers['if-none-match'], tag) ? { status: 304, headers } : { ...answer, headers };
}

/** The comparison is weak, as for every GET: a cache on the way may have marked our tag as weak. */
function names(condition: string | undefined, tag: string): boolean {
  if (condition?.trim() === '*') return true;
  const named = (condition ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return named.includes(tag);
}
