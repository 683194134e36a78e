/** Reads what a function returned as an HTTP answer: payload format 2.0. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod';
import type { GatewayResponse } from './exchange.ts';

const headerValue = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** Further members, such as format 1.0's `multiValueHeaders`, have no meaning in this format. */
const structured = z.object({
  statusCode: z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{3}$/)
        .transform(Number),
    ])
    .pipe(z.number().int().min(200).max(599)),
  headers: z.record(z.string(), headerValue).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** Headers that the gateway sets itself. */
const SET_BY_GATEWAY = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade']);

/**
 * The answer that a function's JSON stands for: with a `statusCode` it says all, without one it is the body of a 200.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 * @throws Error where the format is not met
 */
export function functionResponse(payload: Uint8Array): GatewayResponse {
  const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8') || 'null');
  if (typeof value !== 'object' || value === null || !('statusCode' in value)) return inferred(value);
  const result = structured.safeParse(value);
  if (!result.success)
    throw new Error(`not payload format 2.0: ${result.error.issues.map((issue) => issue.path.join('.')).join(', ')}`);
  const { statusCode, headers, cookies, body, isBase64Encoded } = result.data;
  return {
    status: statusCode,
    headers: { 'content-type': 'text/plain;charset=utf-8', ...passedOn(headers ?? {}) },
    cookies: (cookies ?? []).map((cookie) => valid('set-cookie', cookie)),
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function inferred(value: unknown): GatewayResponse {
  const body = typeof value === 'string' ? value : JSON.stringify(value);
  return { status: 200, headers: { 'content-type': 'application/json' }, cookies: [], body: Buffer.from(body) };
}

function passedOn(headers: Readonly<Record<string, string>>): Record<string, string> {
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), valid(name, value)] as const);
  return Object.fromEntries(lowered.filter(([name]) => !SET_BY_GATEWAY.has(name)));
}

function valid(name: string, value: string): string {
  validateHeaderName(name);
  validateHeaderValue(name, value);
  return value;
}
