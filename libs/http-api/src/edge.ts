/** The one try/catch of an HTTP function: whatever happens inside, the caller gets an answer of ours. */
import type { Telemetry } from '@distributed-patterns/telemetry';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import * as z from 'zod';
import { HttpProblem } from './problem.ts';

/** An answer before it is written out: the body is any JSON, and absent where there is none. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a handler of this edge takes and gives. */
export type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<Answer>;

/**
 * Errors that say "not now" rather than "never", so that the caller should come back: by name those of the SDK and of our
 * stores, by code those of a connection that could not be made.
 */
const TRANSIENT: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ReadIncomplete',
  'VersionClash',
  'TransactionContended',
  'TransactionInProgressException',
  'InternalServerError',
  'ServiceUnavailable',
  'TimeoutError',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);

/** Any error, of whatever realm and class. */
const faultSchema = z.object({ name: z.string(), code: z.string().optional(), cause: z.unknown().optional() });

/** Turns a handler into a Lambda function behind an HTTP API (payload format 2.0). */
export function httpEdge(handle: HttpHandler, telemetry: () => Telemetry) {
  return async (event: APIGatewayProxyEventV2, context: Context): Promise<APIGatewayProxyStructuredResultV2> => {
    const correlationId = event.requestContext.requestId;
    try {
      const { status, body, headers } = await handle(event, context);
      return respond(status, body, 'application/json', correlationId, headers);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status >= 500) telemetry().logger.error('request failed', { correlationId, error });
      return respond(
        problem.status,
        problem.toBody(correlationId),
        'application/problem+json',
        correlationId,
        problem.headers,
      );
    }
  };
}

function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (isTransient(error)) {
    return new HttpProblem('temporarily-unavailable', 'Try again in a moment.', { headers: { 'retry-after': '1' } });
  }
  return new HttpProblem('internal-error', 'The request could not be handled; its instance says which one it was.');
}

function isTransient(error: unknown): boolean {
  const fault = faultSchema.safeParse(error);
  if (!fault.success) return false;
  const { name, code, cause } = fault.data;
  return TRANSIENT.has(name) || (code !== undefined && TRANSIENT.has(code)) || isTransient(cause);
}

function respond(
  statusCode: number,
  body: unknown,
  contentType: string,
  correlationId: string,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 {
  const everywhere = { 'x-correlation-id': correlationId, ...headers };
  if (body === undefined) return { statusCode, headers: everywhere };
  return { statusCode, headers: { 'content-type': contentType, ...everywhere }, body: JSON.stringify(body) };
}
