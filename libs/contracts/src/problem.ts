/** What goes wrong at the HTTP edge, and how it is told: RFC 9457 problem details. */
import * as z from 'zod';

/** Every problem of ours by the last part of its `type`, with its status code and title. */
export const problems = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'invalid-idempotency-key': { status: 400, title: 'The idempotency key is not valid' },
  'invalid-cursor': { status: 400, title: 'The cursor does not belong to this list' },
  'invalid-identifier': { status: 400, title: 'An identifier is not of the stated alphabet' },
  'too-many-lines': { status: 400, title: 'The order has too many lines' },
  'quantity-out-of-range': { status: 400, title: 'A quantity is out of range' },
  'total-too-large': { status: 400, title: 'The order costs too much' },
  forbidden: { status: 403, title: 'This belongs to somebody else' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'request-in-progress': { status: 409, title: 'The first request with this key is still running' },
  'order-ended': { status: 409, title: 'The order has ended' },
  'body-too-large': { status: 413, title: 'The request body is too large' },
  'unsupported-media-type': { status: 415, title: 'The request body must be JSON' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key belongs to another request' },
  'internal-error': { status: 500, title: 'Something went wrong on our side' },
  'temporarily-unavailable': { status: 503, title: 'The service cannot take this request right now' },
} as const;
export type ProblemKind = keyof typeof problems;

/** The `type` of a problem: a name, not an address. */
export function problemType(kind: ProblemKind): string {
  return `urn:distributed-patterns-demo:problem:${kind}`;
}

/** What is wrong with one field of a request. */
export const fieldErrorSchema = z.object({
  /** JSON Pointer (RFC 6901) into the request's body. */
  pointer: z.string().optional(),
  /** The name of a parameter of the query or of the path. */
  parameter: z.string().optional(),
  detail: z.string(),
  /** The problem's type, where the field breaks a limit that has one of its own. */
  type: z.string().optional(),
});
export type FieldError = z.infer<typeof fieldErrorSchema>;

/** The body of every error of ours. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  /** The correlation id, for whoever is asked for help. */
  instance: z.string(),
  errors: z.array(fieldErrorSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** What breaks a limit that has a problem type of its own: zod carries it in the issue. */
export const brokenLimitSchema = z.object({
  problem: z.enum(['invalid-identifier', 'too-many-lines', 'quantity-out-of-range', 'total-too-large']),
});
export type BrokenLimit = z.infer<typeof brokenLimitSchema>;

/** A limit, the problem of breaking it, and what JSON Schema says of it, which cannot be told from a predicate. */
interface Limit<Value> {
  readonly holds: (value: Value) => boolean;
  readonly problem: BrokenLimit['problem'];
  readonly message: string;
  /** Only of a value that nothing else is wrong with: what is made of wrong parts would be reported twice. */
  readonly isJudgedLast?: boolean;
  readonly jsonSchema?: Readonly<Record<string, unknown>>;
}

/** A schema with a limit whose breach the HTTP edge can tell from any other mistake. */
export function limited<Schema extends z.ZodType>(schema: Schema, limit: Limit<z.output<Schema>>): Schema {
  const { holds, problem, message, isJudgedLast = false, jsonSchema } = limit;
  const params: BrokenLimit = { problem };
  const last = isJudgedLast ? { when: ({ issues }: z.core.ParsePayload) => issues.length === 0 } : {};
  const checked = schema.refine(holds, { error: message, params, ...last });
  return jsonSchema === undefined ? checked : checked.meta(jsonSchema);
}
