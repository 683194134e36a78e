import { send } from '../endpoint/raw-client.ts';
import { FUNCTION, type GivenHttpApi, givenHttpApi, NOW } from './given-http-api.ts';

let given: GivenHttpApi;

beforeEach(async () => {
  given = await givenHttpApi();
});

afterEach(() => given.stop());

describe('the event of a request (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html)', () => {
  it('is payload format 2.0', async () => {
    const api = given.declareApi({ stage: { StageVariables: { colour: 'blue' } } });
    await given.request('/orders?tag=a&tag=b&note=x%20y', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Cookie: 'one=1; two=2',
        'User-Agent': 'test',
        'X-Forwarded-For': '10.0.0.1',
      },
      body: '{"a":1}',
    });
    const id = api.ref;
    expect(given.invocations[0]?.event).toMatchObject({
      version: '2.0',
      routeKey: 'POST /orders',
      rawPath: '/dev/orders',
      rawQueryString: 'tag=a&tag=b&note=x%20y',
      cookies: ['one=1', 'two=2'],
      headers: {
        'content-type': 'application/json',
        'content-length': '7',
        host: `127.0.0.1:${given.port}`,
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        'x-forwarded-for': '10.0.0.1, 127.0.0.1',
        'x-forwarded-port': String(given.port),
        'x-forwarded-proto': 'http',
      },
      queryStringParameters: { tag: 'a,b', note: 'x y' },
      requestContext: {
        accountId: '000000000000',
        apiId: id,
        domainName: `${id}.execute-api.us-east-1.amazonaws.com`,
        domainPrefix: id,
        http: { method: 'POST', path: '/dev/orders', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
        requestId: expect.stringMatching(/^[\w+/]{15}=$/),
        routeKey: 'POST /orders',
        stage: 'dev',
        time: '23/Nov/2026:09:05:07 +0000',
        timeEpoch: NOW,
      },
      stageVariables: { colour: 'blue' },
      body: '{"a":1}',
      isBase64Encoded: false,
    });
    expect(given.invocations[0]?.event['headers']).not.toHaveProperty('cookie');
    expect(given.invocations[0]?.event['headers']).not.toHaveProperty('connection');
  });

  it('leaves out what the request does not have', async () => {
    given.declareApi();
    await given.request('/orders/17');
    expect(Object.keys(given.invocations[0]?.event ?? {}).sort()).toEqual(
      [
        'headers',
        'isBase64Encoded',
        'pathParameters',
        'rawPath',
        'rawQueryString',
        'requestContext',
        'routeKey',
        'version',
      ].sort(),
    );
    expect(given.invocations[0]?.event).toMatchObject({
      rawQueryString: '',
      pathParameters: { orderId: '17' },
      isBase64Encoded: false,
    });
  });

  it('has the path without its percent-encoding, as HTTP APIs decode it first', async () => {
    given.declareApi();
    await given.request('/orders/a%20b%C3%BC');
    expect(given.invocations[0]?.event).toMatchObject({
      rawPath: '/dev/orders/a bü',
      pathParameters: { orderId: 'a bü' },
    });
  });

  it.each([
    ['application/json; charset=utf-8', false],
    ['application/problem+json', false],
    ['text/csv', false],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
  ])('has a body of type %s in base64: %s', async (type, encoded) => {
    given.declareApi();
    await given.request('/orders', { method: 'POST', headers: { 'content-type': type }, body: 'a=ü' });
    const { body, isBase64Encoded } = given.invocations[0]?.event ?? {};
    expect(isBase64Encoded).toBe(encoded);
    expect(body).toBe(encoded ? Buffer.from('a=ü').toString('base64') : 'a=ü');
  });

  it('joins repeated headers and parameters with commas, and takes every cookie of every cookie header', async () => {
    given.declareApi();
    const lines = ['Host: a', 'X-Tag: one', 'x-tag: two', 'Cookie: a=1; b=2', 'Cookie: c=3;d=', 'Connection: close'];
    await send(given.url, `GET /orders/1?a=1&b=2&a=3&c&d=&e=x%2Cy+z HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    expect(given.invocations[0]?.event).toMatchObject({
      headers: { 'x-tag': 'one,two', host: 'a' },
      cookies: ['a=1', 'b=2', 'c=3', 'd='],
      rawQueryString: 'a=1&b=2&a=3&c&d=&e=x%2Cy+z',
      queryStringParameters: { a: '1,3', b: '2', c: '', d: '', e: 'x,y z' },
      requestContext: { http: { userAgent: '' } },
    });
  });

  it('has names that JavaScript gives a meaning of its own like any other', async () => {
    given.declareApi();
    await given.request('/orders/1?__proto__=a&constructor=b');
    const { queryStringParameters } = given.invocations[0]?.event ?? {};
    expect(JSON.stringify(queryStringParameters)).toBe('{"__proto__":"a","constructor":"b"}');
  });

  it('has bytes as they came', async () => {
    given.declareApi();
    const body = Buffer.from([0, 255, 128, 10]);
    const headers = { 'content-type': 'image/png' };
    await given.request('/orders', { method: 'POST', headers, body: new Uint8Array(body) });
    expect(given.invocations[0]?.event).toMatchObject({ body: body.toString('base64'), isBase64Encoded: true });
  });

  it('has the stage in front of its path however the request named it, but for the $default stage', async () => {
    given.declareApi({ stage: { StageName: '$default' } });
    await given.request('/orders/1');
    expect(given.invocations[0]?.event).toMatchObject({
      rawPath: '/orders/1',
      requestContext: { stage: '$default', http: { path: '/orders/1' } },
    });
  });

  it('has the method of a HEAD request, whose answer has no body', async () => {
    given.declareApi({ routes: ['ANY /orders/{orderId}'] });
    const { status, body } = await given.request('/orders/1', { method: 'HEAD' });
    expect([status, body]).toEqual([200, '']);
    expect(given.invocations[0]?.event).toMatchObject({ requestContext: { http: { method: 'HEAD' } } });
  });

  it('has the time of the one clock', async () => {
    given.declareApi();
    await given.clock.advance(86_400_000);
    await given.request('/orders/1');
    expect(given.invocations[0]?.event).toMatchObject({
      requestContext: { time: '24/Nov/2026:09:05:07 +0000', timeEpoch: NOW + 86_400_000 },
    });
  });

  it('comes from the gateway, for the route as its key spells it', async () => {
    const api = given.declareApi({ routes: ['GET /orders/{orderId}', '$default'] });
    await given.request('/orders/17');
    await given.request('/elsewhere');
    const sourceArns = given.invocations.map(({ principal }) => principal);
    const base = `arn:aws:execute-api:us-east-1:000000000000:${api.ref}/dev/`;
    expect(sourceArns).toEqual([
      { type: 'service', name: 'apigateway.amazonaws.com', sourceArn: `${base}GET/orders/{orderId}` },
      { type: 'service', name: 'apigateway.amazonaws.com', sourceArn: `${base}$default` },
    ]);
    expect(given.invocations[0]?.functionName).toBe(FUNCTION);
  });
});
