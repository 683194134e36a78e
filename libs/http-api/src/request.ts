/** Reads a request of API Gateway's payload format 2.0, and refuses what is not what it should be. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type * as z from 'zod';
import { inBody, inParameters, misfit } from './field-errors.ts';
import { HttpProblem } from './problem.ts';

/** The largest body that is looked at, in bytes. */
export const LARGEST_BODY = 256 * 1024;

/**
 * The JSON body of a request, parsed by `schema`.
 * @throws HttpProblem naming what is wrong, field by field
 */
export function readJson<Schema extends z.ZodType>(event: APIGatewayProxyEventV2, schema: Schema): z.infer<Schema> {
  const body = parseJson(readBody(event));
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw misfit(result.error, body, inBody);
}

/**
 * The query of a request, parsed by `schema`; a parameter that comes twice has both values, joined by a comma.
 * @throws HttpProblem naming what is wrong, parameter by parameter
 */
export function readQuery<Schema extends z.ZodType>(event: APIGatewayProxyEventV2, schema: Schema): z.infer<Schema> {
  const query = event.queryStringParameters ?? {};
  const result = schema.safeParse(query);
  if (result.success) return result.data;
  throw misfit(result.error, query, inParameters);
}

/**
 * The parameters of a request's path, parsed by `schema`.
 * @throws HttpProblem naming what is wrong, parameter by parameter
 */
export function readPath<Schema extends z.ZodType>(event: APIGatewayProxyEventV2, schema: Schema): z.infer<Schema> {
  const path = event.pathParameters ?? {};
  const result = schema.safeParse(path);
  if (result.success) return result.data;
  throw misfit(result.error, path, inParameters);
}

function readBody(event: APIGatewayProxyEventV2): string {
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (body.byteLength > LARGEST_BODY) {
    throw new HttpProblem('body-too-large', `The body may have at most ${LARGEST_BODY} bytes.`);
  }
  if (body.byteLength === 0) {
    throw new HttpProblem('invalid-request', 'The request has no body.', {
      errors: [{ pointer: '', detail: 'is missing' }],
    });
  }
  const encoding = event.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new HttpProblem('unsupported-media-type', 'Send the body as it is, without Content-Encoding.');
  }
  const mediaType = event.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') {
    throw new HttpProblem('unsupported-media-type', 'Send the body as Content-Type: application/json.');
  }
  return body.toString('utf8');
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new HttpProblem('invalid-request', 'The body is not valid JSON.', {
      errors: [{ pointer: '', detail: 'is not valid JSON' }],
      cause,
    });
  }
}
