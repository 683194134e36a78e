/** Reading a request's body whole, up to a limit. */
import type { IncomingMessage } from 'node:http';

/** The largest body any service takes is DynamoDB's 16 MB (BatchWriteItem). */
export const BODY_LIMIT = 16 * 1024 * 1024;

const NOTHING = Buffer.alloc(0);

/**
 * Calls `done` once with the body, or with undefined where it is longer than `limit` bytes.
 * A connection that closes before the body's end is forgotten: nobody is left to answer.
 */
export function readBody(request: IncomingMessage, limit: number, done: (body: Buffer | undefined) => void): void {
  let first: Buffer | undefined;
  let more: Buffer[] | undefined;
  let length = 0;
  let over = false;
  request.on('data', (chunk: Buffer) => {
    if (over) return;
    length += chunk.length;
    if (length > limit) {
      over = true;
      first = more = undefined;
      done(undefined);
    } else if (first === undefined) first = chunk;
    else (more ??= [first]).push(chunk);
  });
  request.on('end', () => {
    if (!over) done(more === undefined ? (first ?? NOTHING) : Buffer.concat(more, length));
  });
  request.on('error', () => undefined);
}
