/** Cross-origin requests, answered from an API's CORS configuration alone. */
import { headerValues, type GatewayRequest, type GatewayResponse } from './exchange.ts';
import type { CorsConfiguration } from './registry.ts';

/** Whether a browser asks beforehand: AWS requires both headers. */
export function isPreflight(request: GatewayRequest): boolean {
  return request.method === 'OPTIONS' && origin(request) !== undefined && requestedMethod(request) !== undefined;
}

/** The method that a preflight request asks about. */
export function requestedMethod(request: GatewayRequest): string | undefined {
  return headerValues(request, 'access-control-request-method')[0];
}

/**
 * The gateway's own answer to a preflight request; no function is asked.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function preflightResponse(cors: CorsConfiguration, request: GatewayRequest): GatewayResponse {
  const allowed = originHeaders(cors, request);
  const headers = allowed && {
    ...allowed,
    ...list('access-control-allow-methods', cors.AllowMethods),
    ...list('access-control-allow-headers', cors.AllowHeaders),
    ...(cors.MaxAge === undefined ? {} : { 'access-control-max-age': String(cors.MaxAge) }),
  };
  return { status: 204, headers: headers ?? {}, cookies: [], body: Buffer.alloc(0) };
}

/** The answer with the configured headers in place of those that the function set, which AWS ignores. */
export function withCors(cors: CorsConfiguration, request: GatewayRequest, response: GatewayResponse): GatewayResponse {
  const own = Object.entries(response.headers).filter(([name]) => !name.startsWith('access-control-'));
  return { ...response, headers: { ...Object.fromEntries(own), ...originHeaders(cors, request) } };
}

function originHeaders(cors: CorsConfiguration, request: GatewayRequest): Record<string, string> | undefined {
  const from = origin(request);
  const allowed = from === undefined ? undefined : cors.AllowOrigins?.find((each) => covers(each, from));
  if (from === undefined || allowed === undefined) return undefined;
  return {
    'access-control-allow-origin': allowed === '*' ? '*' : from,
    ...(cors.AllowCredentials === true ? { 'access-control-allow-credentials': 'true' } : {}),
    ...list('access-control-expose-headers', cors.ExposeHeaders),
  };
}

/** `https://*` allows every origin of its scheme. */
function covers(allowed: string, from: string): boolean {
  if (allowed === '*') return true;
  return allowed.endsWith('://*')
    ? from.startsWith(allowed.slice(0, -1))
    : allowed.toLowerCase() === from.toLowerCase();
}

function list(name: string, values: readonly string[] | undefined): Record<string, string> {
  return values === undefined || values.length === 0 ? {} : { [name]: values.join(',') };
}

function origin(request: GatewayRequest): string | undefined {
  return headerValues(request, 'origin')[0];
}
