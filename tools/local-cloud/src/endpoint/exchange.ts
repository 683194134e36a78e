/** What the three wire protocols have in common: a recognised call, and how its answers look on the wire. */
import type { IncomingMessage } from 'node:http';
import type { AwsError } from '../aws-error.ts';

/** What goes back over HTTP; the request id and the body's length are added by the endpoint. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** One call whose service and operation are known, in the dress of its protocol. */
export interface Exchange {
  /** The service's id at the dispatcher. */
  readonly id: string;
  /** What the service is called in the scope of a credential. */
  readonly service: string;
  readonly operation: string;
  /** The operation's input from the body; throws the protocol's error where it cannot be read. */
  input(body: Buffer): unknown;
  answer(output: unknown, requestId: string): Answer;
  refusal(error: AwsError, requestId: string): Answer;
}

/** The part of an HTTP request that routing looks at; the path keeps its percent-encoding. */
export interface Head {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingMessage['headers'];
}

/** Splits a request's target into path and query. */
export function headOf(request: IncomingMessage): Head {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers: request.headers,
  };
}
