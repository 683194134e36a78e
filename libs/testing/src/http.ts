/** Requests as an HTTP API hands them to its functions (payload format 2.0). */
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';

/** What a test says of a request. */
export interface TestRequest {
  /** The route with its parameters in braces, as the API declares it. */
  readonly route: `${string} /${string}`;
  readonly parameters?: Readonly<Record<string, string>>;
  /** By name, as the gateway hands them over: decoded, and several values of a name joined by commas. */
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The claims of the token that the gateway has checked; without them the route asks for none. */
  readonly claims?: Readonly<Record<string, string>>;
  readonly requestId?: string;
}

/** The event of a request. */
export function httpEvent({
  route,
  parameters,
  query,
  body,
  headers,
  claims,
  requestId = 'request-1',
}: TestRequest): APIGatewayProxyEventV2 {
  const [method = '', template = ''] = route.split(' ');
  const path = template.replaceAll(/\{([^}]+)\}/g, (_whole, name: string) => parameters?.[name] ?? '');
  return {
    version: '2.0',
    routeKey: route,
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(parameters === undefined ? {} : { pathParameters: { ...parameters } }),
    ...(query === undefined ? {} : { queryStringParameters: { ...query } }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    isBase64Encoded: false,
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      ...(claims === undefined ? {} : { authorizer: { jwt: { claims: { ...claims }, scopes: null } } }),
      domainName: 'api.example',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId,
      routeKey: route,
      stage: 'dev',
      time: '15/Jan/2026:09:30:00 +0000',
      timeEpoch: 1_768_469_400_000,
    },
  };
}

/** The context of an invocation that may still run for `remaining` milliseconds. */
export function lambdaContext(remaining = 10_000): Context {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'function',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:function',
    memoryLimitInMB: '256',
    awsRequestId: 'invocation-1',
    logGroupName: 'function',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => remaining,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
