/** What the routes answer: bodies, problems, the gateway's own messages, and the headers of each. */
import { type Problem, type ProblemKind, problems, problemType } from '@distributed-patterns/contracts';
import type { oas31, ZodOpenApiContentObject, ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { bodyNamed, type ComponentName } from './openapi-components.ts';
import { problemExamples } from './openapi-examples.ts';

/** What the gateway says by itself, by status code. */
const gatewayMessages = {
  401: 'Unauthorized',
  403: 'Forbidden',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;
type GatewayStatus = keyof typeof gatewayMessages;

/** What the gateway may say on every route, and what every service. */
export const always = [401, 403, 429, 500, 503] as const;
export const failures = ['internal-error', 'temporarily-unavailable'] as const;

/** What a status code means to the caller, whoever answers with it; any other means what its problems say. */
const meanings: Readonly<Record<number, string>> = {
  400: 'The request is not as it must be. Mend it before it is sent again.',
  401: 'The API asks for a token, and the request has none that is valid.',
  403: 'The token does not allow this.',
  404: 'There is no such order or product. Another customer’s order is answered alike.',
  413: 'The request is too large.',
  429: 'Too many requests. Send it again later, with the same idempotency key if it had one.',
  500: 'Something failed inside. The request may have taken effect: send it again, with the same idempotency key if it had one.',
  503: 'Not now. Send the request again after `Retry-After`, with the same idempotency key if it had one.',
};

/** Problems that pass: their answer says when to ask again. */
const passing: ReadonlySet<ProblemKind> = new Set(['request-in-progress', 'temporarily-unavailable']);

/** The headers of the responses. */
const headers = {
  'X-Correlation-Id': header('Names the request: quote it when asking for help.', { type: 'string' }),
  Location: header('Where the order or product is, as a path of the same host.', {
    type: 'string',
    format: 'uri-reference',
  }),
  'Idempotent-Replayed': header(
    'There where an earlier request with the same idempotency key did what was asked; this is its answer.',
    { type: 'string', const: 'true' },
  ),
  ETag: header('What the answer says, as a tag: send it as `If-None-Match` next time.', { type: 'string' }),
  'Cache-Control': header('The answer may be kept by the client, who has to ask whether it is still true.', {
    type: 'string',
  }),
  'WWW-Authenticate': header('What the gateway finds wrong with the token (RFC 6750, section 3).', { type: 'string' }),
  'Retry-After': header('How many seconds to wait before the request is sent again.', { type: 'integer', minimum: 0 }),
} satisfies Readonly<Record<string, oas31.HeaderObject>>;
type HeaderName = keyof typeof headers;

/** An answer that a route is there for. */
export function success(
  description: string,
  { body, examples, headers: always = [], sometimes = [] }: Success = {},
): ZodOpenApiResponseObject {
  return {
    description,
    headers: { ...required('X-Correlation-Id', ...always), ...optional(...sometimes) },
    ...(body === undefined ? {} : { content: { 'application/json': { schema: bodyNamed(body), ...examples } } }),
  };
}
interface Success {
  readonly body?: ComponentName;
  readonly examples?: Pick<oas31.MediaTypeObject, 'example' | 'examples'>;
  readonly headers?: readonly HeaderName[];
  readonly sometimes?: readonly HeaderName[];
}

/**
 * What else a route answers: each problem under its status, beside what the gateway says with the same one.
 * @param own examples of problems that look different on this route than on most
 */
export function refusals(
  kinds: readonly ProblemKind[],
  gateway: readonly GatewayStatus[],
  own: Readonly<Partial<Record<ProblemKind, Problem>>> = {},
): ZodOpenApiResponsesObject {
  const examples = { ...problemExamples, ...own };
  const statuses = new Set<number>([...kinds.map((kind) => problems[kind].status), ...gateway]);
  return Object.fromEntries(
    [...statuses].map((status) => [
      String(status),
      refusal(
        status,
        kinds.filter((kind) => problems[kind].status === status),
        examples,
        gateway.find((one) => one === status),
      ),
    ]),
  );
}

type Examples = Readonly<Record<ProblemKind, Problem>>;

/** Only what is always there is required: the gateway adds no header of ours to what it says. */
function refusal(
  status: number,
  kinds: readonly ProblemKind[],
  examples: Examples,
  gateway: GatewayStatus | undefined,
): ZodOpenApiResponseObject {
  const ours: readonly HeaderName[] = [
    ...(kinds.length > 0 ? (['X-Correlation-Id'] as const) : []),
    ...(kinds.some((kind) => passing.has(kind)) ? (['Retry-After'] as const) : []),
  ];
  const present = { ...(gateway === undefined ? required(...ours) : optional(...ours)), ...challenge(gateway) };
  return {
    description: meanings[status] ?? kinds.map((kind) => `${problems[kind].title}.`).join(' '),
    ...(Object.keys(present).length === 0 ? {} : { headers: present }),
    content: {
      ...(kinds.length === 0 ? {} : problemContent(status, kinds, examples)),
      ...(gateway === undefined ? {} : gatewayContent(gateway)),
    },
  };
}

/** Whoever sends no valid token is told so in every case (RFC 9110, section 15.5.2). */
function challenge(gateway: GatewayStatus | undefined): Record<string, oas31.HeaderObject> {
  if (gateway === 401) return required('WWW-Authenticate');
  return gateway === 403 ? optional('WWW-Authenticate') : {};
}

function problemContent(status: number, kinds: readonly ProblemKind[], each: Examples): ZodOpenApiContentObject {
  const schema: oas31.SchemaObject = {
    type: 'object',
    allOf: [bodyNamed('Problem')],
    properties: { type: { enum: kinds.map(problemType) }, status: { const: status } },
  };
  const examples = kinds.map((kind) => [kind, { summary: problems[kind].title, value: each[kind] }] as const);
  return { 'application/problem+json': { schema, examples: Object.fromEntries(examples) } };
}

function gatewayContent(status: GatewayStatus): ZodOpenApiContentObject {
  const example = { message: gatewayMessages[status] };
  return { 'application/json': { schema: bodyNamed('GatewayMessage'), example } };
}

function header(description: string, schema: oas31.SchemaObject): oas31.HeaderObject {
  return { description, schema };
}

function required(...names: readonly HeaderName[]): Record<string, oas31.HeaderObject> {
  return Object.fromEntries(names.map((name) => [name, { ...headers[name], required: true }]));
}

function optional(...names: readonly HeaderName[]): Record<string, oas31.HeaderObject> {
  return Object.fromEntries(names.map((name) => [name, headers[name]]));
}
