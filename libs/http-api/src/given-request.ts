/** The request that the tests of this library begin with. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** A request of payload format 2.0 with a JSON body's type, changed as a test needs it. */
export const request = (
  change: Partial<APIGatewayProxyEventV2> = {},
  path = '/things',
  method = 'POST',
): APIGatewayProxyEventV2 => ({
  version: '2.0',
  routeKey: 'POST /things',
  rawPath: path,
  rawQueryString: '',
  headers: { 'content-type': 'application/json' },
  isBase64Encoded: false,
  requestContext: {
    accountId: '000000000000',
    apiId: 'api',
    domainName: 'localhost',
    domainPrefix: 'localhost',
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
    requestId: 'request-1',
    routeKey: 'POST /things',
    stage: 'dev',
    time: '15/Jan/2026:09:30:00 +0000',
    timeEpoch: 0,
  },
  ...change,
});
