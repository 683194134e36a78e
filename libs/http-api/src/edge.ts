/** The one try/catch of an HTTP function: whatever happens inside, the caller gets an answer of ours. */
import type { Telemetry } from '@distributed-patterns/telemetry';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { HttpProblem } from './problem.ts';

/** An answer before it is written out: the body is any JSON, and absent where there is none. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a handler of this edge takes and gives. */
export type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<Answer>;

/** Errors of the SDK that say "not now" rather than "never": the caller should come back. */
const TRANSIENT = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TransactionContended',
  'TransactionInProgressException',
  'InternalServerError',
  'TimeoutError',
]);

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
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (TRANSIENT.has(cause.name)) return true;
  }
  return false;
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
