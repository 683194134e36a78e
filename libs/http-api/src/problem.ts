/** What goes wrong at the edge, each with its RFC 9457 problem type; only this room knows status codes. */
import type { Problem } from '@distributed-patterns/contracts';

/** The failing fields of a request, by JSON Pointer (RFC 6901). */
export type FieldErrors = NonNullable<Problem['errors']>;

const kinds = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'invalid-idempotency-key': { status: 400, title: 'The idempotency key is not valid' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'request-in-progress': { status: 409, title: 'The first request with this key is still running' },
  'body-too-large': { status: 413, title: 'The request body is too large' },
  'unsupported-media-type': { status: 415, title: 'The request body must be JSON' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key belongs to another request' },
  'internal-error': { status: 500, title: 'Something went wrong on our side' },
  'temporarily-unavailable': { status: 503, title: 'The service cannot take this request right now' },
} as const;
export type ProblemKind = keyof typeof kinds;

/** A request that is answered with a problem. `detail` is for the caller: it names no internals. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly kind: ProblemKind;
  readonly errors: FieldErrors;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    kind: ProblemKind,
    detail: string,
    more: {
      readonly errors?: FieldErrors;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: more.cause });
    this.kind = kind;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }

  get status(): number {
    return kinds[this.kind].status;
  }

  /** The problem's body; `correlationId` is what a caller quotes when asking for help. */
  toBody(correlationId: string): Problem {
    const { status, title } = kinds[this.kind];
    return {
      type: `urn:distributed-patterns-demo:problem:${this.kind}`,
      title,
      status,
      detail: this.message,
      instance: `urn:distributed-patterns-demo:request:${correlationId}`,
      ...(this.errors.length > 0 ? { errors: this.errors } : {}),
    };
  }
}
