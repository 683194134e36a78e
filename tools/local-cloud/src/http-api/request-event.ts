/** Writes the event that a function gets: API Gateway's payload format 2.0. */
import { randomBytes } from 'node:crypto';
import { ACCOUNT, REGION } from '../arn.ts';
import { headerValues, type GatewayRequest } from './exchange.ts';
import type { Authorized } from './jwt-authorizer.ts';
import type { Api } from './registry.ts';
import type { Selection } from './selection.ts';

/** Headers of the connection, which no gateway passes on; cookies have a member of their own. */
const NOT_PASSED_ON = new Set([
  'connection',
  'cookie',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * The event for a request; members without a value are left out, as AWS does.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function requestEvent(
  request: GatewayRequest,
  selection: Selection,
  requestId: string,
  now: number,
  authorized?: Authorized,
): Record<string, unknown> {
  const { api, stage, route, parameters, path } = selection;
  const cookies = headerValues(request, 'cookie')
    .flatMap((value) => value.split(/; */))
    .filter((cookie) => cookie !== '');
  const query = queryParameters(request.query);
  return {
    version: '2.0',
    routeKey: route.key.text,
    rawPath: path,
    rawQueryString: request.query,
    ...(cookies.length > 0 ? { cookies } : {}),
    headers: headersOf(request, now),
    ...(hasMembers(query) ? { queryStringParameters: query } : {}),
    requestContext: {
      accountId: ACCOUNT,
      apiId: api.id,
      ...(authorized === undefined ? {} : { authorizer: { jwt: authorized } }),
      domainName: domainNameOf(api),
      domainPrefix: api.id,
      http: {
        method: request.method,
        path,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: headerValues(request, 'user-agent').join(','),
      },
      requestId,
      routeKey: route.key.text,
      stage: stage.name,
      time: commonLogTime(now),
      timeEpoch: now,
    },
    ...(hasMembers(parameters) ? { pathParameters: parameters } : {}),
    ...(hasMembers(stage.variables) ? { stageVariables: stage.variables } : {}),
    ...bodyOf(request),
  };
}

/** The host that an API has on AWS. */
export function domainNameOf(api: Api): string {
  return `${api.id}.execute-api.${REGION}.amazonaws.com`;
}

/** An id as HTTP APIs give it, such as `JKJaXmPLvHcESHA=`. */
export function newRequestId(): string {
  return randomBytes(11).toString('base64');
}

/** Repeated headers are joined by commas; the gateway adds how the request reached it. */
function headersOf(request: GatewayRequest, now: number): Record<string, string> {
  const joined: Record<string, string> = { 'content-length': String(request.body.byteLength) };
  for (const name of new Set(request.headers.map(([each]) => each.toLowerCase()))) {
    if (!NOT_PASSED_ON.has(name)) joined[name] = headerValues(request, name).join(',');
  }
  return {
    'x-amzn-trace-id': `Root=1-${Math.floor(now / 1000).toString(16)}-${randomBytes(12).toString('hex')}`,
    ...joined,
    'x-forwarded-for': [...headerValues(request, 'x-forwarded-for'), request.sourceIp].join(', '),
    'x-forwarded-port': String(request.port),
    'x-forwarded-proto': 'http',
  };
}

function queryParameters(query: string): Record<string, string> {
  const parameters = new URLSearchParams(query);
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name).join(',')]));
}

function bodyOf(request: GatewayRequest): Record<string, unknown> {
  const body = Buffer.from(request.body);
  if (body.byteLength === 0) return { isBase64Encoded: false };
  const text = isText(headerValues(request, 'content-type')[0]);
  return { body: body.toString(text ? 'utf8' : 'base64'), isBase64Encoded: !text };
}

/** Forms are not text to an HTTP API: they reach the function in base64. */
function isText(contentType = 'text/plain'): boolean {
  const mediaType = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  return /^text\/|^application\/(json|javascript|xml)$|\+(json|xml)$/.test(mediaType);
}

/** `12/Mar/2020:19:03:58 +0000` */
export function commonLogTime(now: number): string {
  const [date = '', time = ''] = new Date(now).toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}

function hasMembers(record: Readonly<Record<string, string>>): boolean {
  return Object.keys(record).length > 0;
}
