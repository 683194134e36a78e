/** The three ways in which a request of the order API can fail: refused, not answered, not understood. */
import { type Problem, type ProblemKind, problemSchema, problemType } from '@distributed-patterns/contracts';
import * as z from 'zod';

/** A request as its errors tell of it. */
export interface Call {
  readonly method: 'GET' | 'POST';
  /** Without the base URL, as `/orders`. */
  readonly path: string;
  readonly idempotencyKey?: string;
}

/** An answer that was read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** What may pass by itself, apart from a first request that is still running. */
const PASSING = new Set([429, 500, 502, 503, 504]);

/** What the gateway says when it answers itself. */
const gatewaySchema = z.object({ message: z.string() });

/** The API answered, and it was no success. */
export class OrderApiError extends Error {
  override readonly name = 'OrderApiError';
  readonly status: number;
  /** What went wrong, where the service itself answered. */
  readonly problem: Problem | undefined;
  /** What went wrong, where the gateway answered in the service's place. */
  readonly gatewayMessage: string | undefined;
  /** Whether the same request may succeed later; with a key, `placeOrder` is then safe to call again. */
  readonly retryable: boolean;
  /** What to quote when asking for help. */
  readonly correlationId: string | undefined;
  /** The header Retry-After as it came: seconds, or a date. */
  readonly retryAfter: string | undefined;
  /** The key that a `placeOrder` went out with. */
  readonly idempotencyKey: string | undefined;

  constructor(call: Call, { status, headers, body }: Answer) {
    const json = jsonOf(body);
    const problem = problemSchema.safeParse(json).data;
    const gatewayMessage = gatewaySchema.safeParse(json).data?.message;
    super(
      `${call.method} ${call.path} was answered with ${status}: ${problem?.detail ?? gatewayMessage ?? 'no reason'}`,
    );
    this.status = status;
    this.problem = problem;
    this.gatewayMessage = gatewayMessage;
    this.retryable = PASSING.has(status) || (status === 409 && this.is('request-in-progress'));
    this.correlationId = correlationIdOf(headers);
    this.retryAfter = headers.get('retry-after') ?? undefined;
    this.idempotencyKey = call.idempotencyKey;
  }

  /** Whether the service said that it is this problem. */
  is(kind: ProblemKind): boolean {
    return this.problem?.type === problemType(kind);
  }
}

/** No attempt was answered; `cause` is why the last one was not. Whether the request took effect is not known. */
export class OrderApiUnreachable extends Error {
  override readonly name = 'OrderApiUnreachable';
  readonly retryable = true;
  /** The key that a `placeOrder` went out with: called again with it, it makes no second order. */
  readonly idempotencyKey: string | undefined;

  constructor(call: Call, cause: unknown) {
    super(`${call.method} ${call.path} was not answered`, { cause });
    this.idempotencyKey = call.idempotencyKey;
  }
}

/** The API reported success in a form that is not the contract's; `cause` says what does not fit. */
export class OrderApiUnreadable extends Error {
  override readonly name = 'OrderApiUnreadable';
  readonly status: number;
  readonly correlationId: string | undefined;
  /** The key that a `placeOrder` went out with: it has most likely placed its order. */
  readonly idempotencyKey: string | undefined;

  constructor(call: Call, { status, headers }: Answer, cause: unknown) {
    super(`${call.method} ${call.path} was answered with ${status} in a form that does not fit the contract`, {
      cause,
    });
    this.status = status;
    this.correlationId = correlationIdOf(headers);
    this.idempotencyKey = call.idempotencyKey;
  }
}

/** The gateway's own answers carry its id only; in the service's both are the same. */
function correlationIdOf(headers: Headers): string | undefined {
  return headers.get('x-correlation-id') ?? headers.get('apigw-requestid') ?? undefined;
}

/** A proxy on the way may answer with anything. */
function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
