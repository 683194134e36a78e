import { AwsError } from '../aws-error.ts';
import { RawResponse } from '../service.ts';
import { FUNCTION, type GivenHttpApi, givenHttpApi, returns } from './given-http-api.ts';

let given: GivenHttpApi;

beforeEach(async () => {
  given = await givenHttpApi();
});

afterEach(() => given.stop());

describe('the answer of a function (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html)', () => {
  it('with a status code says all', async () => {
    given.declareApi();
    given.behaviour = returns({
      statusCode: 201,
      headers: { Location: '/orders/1', 'X-Count': 3 },
      cookies: ['a=1; HttpOnly', 'b=2'],
      body: '{"orderId":"1"}',
    });
    const { status, headers, body } = await given.request('/orders', { method: 'POST' });
    expect(status).toBe(201);
    expect(body).toBe('{"orderId":"1"}');
    expect(headers.getSetCookie()).toEqual(['a=1; HttpOnly', 'b=2']);
    expect(Object.fromEntries(headers)).toMatchObject({
      location: '/orders/1',
      'x-count': '3',
      'content-type': 'text/plain;charset=utf-8',
      'apigw-requestid': expect.stringMatching(/=$/),
    });
  });

  it('is decoded where it says that it is base64', async () => {
    given.declareApi();
    given.behaviour = returns({
      statusCode: 200,
      body: Buffer.from('héllo').toString('base64'),
      isBase64Encoded: true,
    });
    expect((await given.request('/orders/1')).body).toBe('héllo');
  });

  it.each([
    [{ message: 'Hello' }, '{"message":"Hello"}'],
    ['Hello', 'Hello'],
    [[1, 2], '[1,2]'],
    [null, 'null'],
  ])('without a status code is the body of a 200: %j', async (value, expected) => {
    given.declareApi();
    given.behaviour = returns(value);
    const { status, headers, body } = await given.request('/orders/1');
    expect([status, headers.get('content-type'), body]).toEqual([200, 'application/json', expected]);
  });

  it.each([
    { statusCode: 'abc' },
    { statusCode: 99 },
    { statusCode: 200.5 },
    { statusCode: 200, body: { a: 1 } },
    { statusCode: 200, headers: { a: ['b'] } },
    { statusCode: 200, headers: { 'bad name': 'b' } },
    { statusCode: 200, headers: { a: 'b\r\nc: d' } },
    { statusCode: 200, cookies: 'a=1' },
  ])('that is no answer becomes a 500: %j', async (value) => {
    given.declareApi();
    given.behaviour = returns(value);
    const { status, body } = await given.request('/orders/1');
    expect([status, body]).toEqual([500, '{"message":"Internal Server Error"}']);
    expect(given.reported[0]).toContain('shop-order-dev, GET /orders/{orderId}');
  });

  it('that is not JSON becomes a 500', async () => {
    given.declareApi();
    given.behaviour = () => Promise.resolve(new RawResponse(200, {}, Buffer.from('not json')));
    expect((await given.request('/orders/1')).status).toBe(500);
  });

  it('that is an error becomes a 500 without its details', async () => {
    given.declareApi();
    given.behaviour = () =>
      Promise.resolve(
        new RawResponse(200, { 'X-Amz-Function-Error': 'Unhandled' }, Buffer.from('{"errorMessage":"secret"}')),
      );
    const { status, body } = await given.request('/orders/1');
    expect([status, body]).toEqual([500, '{"message":"Internal Server Error"}']);
  });

  it.each([
    [new AwsError('AccessDeniedException', 'no permission', { status: 403 }), 500, 'Internal Server Error'],
    [new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429 }), 503, 'Service Unavailable'],
    [new AwsError('RequestTooLargeException', 'too large', { status: 413 }), 413, 'Request Entity Too Large'],
  ])('that cannot be had because of %s is a %d', async (error, status, message) => {
    given.declareApi();
    given.behaviour = () => Promise.reject(error);
    expect(await given.request('/orders/1')).toMatchObject({ status, body: JSON.stringify({ message }) });
  });

  it('that takes longer than the integration may is a 503', async () => {
    given.declareApi({ integration: { TimeoutInMillis: 29_000 } });
    const invoked = new Promise<void>((resolve) => {
      given.behaviour = () => {
        resolve();
        return new Promise(() => undefined);
      };
    });
    const pending = given.request('/orders/1');
    await invoked;
    await given.clock.advance(28_999);
    await given.clock.advance(1);
    expect(await pending).toMatchObject({ status: 503, body: '{"message":"Service Unavailable"}' });
  });
});

describe('the gateway itself (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html)', () => {
  it('tells the time of the one clock', async () => {
    given.declareApi();
    expect((await given.request('/orders/1')).headers.get('date')).toBe('Mon, 23 Nov 2026 09:05:07 GMT');
  });

  it.each([
    [50, true],
    [30_000, true],
    [49, false],
    [30_001, false],
  ])('waits %d ms for a function: %s', (TimeoutInMillis, allowed) => {
    const declare = () => given.declareApi({ integration: { TimeoutInMillis } });
    if (allowed) expect(declare).not.toThrow();
    else expect(declare).toThrow('TimeoutInMillis');
  });

  it('answers 404 in its own form where no route matches', async () => {
    given.declareApi();
    const { status, headers, body } = await given.request('/orders');
    expect([status, headers.get('content-type'), body]).toEqual([404, 'application/json', '{"message":"Not Found"}']);
    expect(headers.get('apigw-requestid')).toMatch(/=$/);
  });

  it('lets a burst through, then the rate, route by route', async () => {
    given.declareApi({ stage: { DefaultRouteSettings: { ThrottlingBurstLimit: 2, ThrottlingRateLimit: 1 } } });
    const statuses = async (count: number) => {
      const seen: number[] = [];
      for (let each = 0; each < count; each++) seen.push((await given.request('/orders/1')).status);
      return seen;
    };
    expect(await statuses(3)).toEqual([200, 200, 429]);
    expect((await given.request('/orders/1')).body).toBe('{"message":"Too Many Requests"}');
    expect((await given.request('/orders', { method: 'POST' })).status).toBe(200);
    await given.clock.advance(1000);
    expect(await statuses(2)).toEqual([200, 429]);
  });
});

describe('the limits of single routes (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html)', () => {
  const burst = async (path: string, init: RequestInit, count: number) => {
    const seen: number[] = [];
    for (let each = 0; each < count; each++) seen.push((await given.request(path, init)).status);
    return seen;
  };

  it("go before the stage's", async () => {
    given.declareApi({
      stage: {
        DefaultRouteSettings: { ThrottlingBurstLimit: 1, ThrottlingRateLimit: 1 },
        RouteSettings: { 'POST /orders': { ThrottlingBurstLimit: 3, ThrottlingRateLimit: 1 } },
      },
    });
    expect(await burst('/orders/1', {}, 2)).toEqual([200, 429]);
    expect(await burst('/orders', { method: 'POST' }, 4)).toEqual([200, 200, 200, 429]);
  });

  it('fill up by parts of a token, up to the burst and no further', async () => {
    given.declareApi({ stage: { DefaultRouteSettings: { ThrottlingBurstLimit: 2, ThrottlingRateLimit: 4 } } });
    expect(await burst('/orders/1', {}, 3)).toEqual([200, 200, 429]);
    await given.clock.advance(249);
    expect(await burst('/orders/1', {}, 1)).toEqual([429]);
    await given.clock.advance(1);
    expect(await burst('/orders/1', {}, 2)).toEqual([200, 429]);
    await given.clock.advance(3_600_000);
    expect(await burst('/orders/1', {}, 3)).toEqual([200, 200, 429]);
  });

  it("have the account's rate where only a burst is named", async () => {
    given.declareApi({ stage: { DefaultRouteSettings: { ThrottlingBurstLimit: 1 } } });
    expect(await burst('/orders/1', {}, 2)).toEqual([200, 429]);
    await given.clock.advance(1);
    expect(await burst('/orders/1', {}, 2)).toEqual([200, 429]);
  });
});

describe('cross-origin requests (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html)', () => {
  const cors = {
    CorsConfiguration: {
      AllowOrigins: ['https://shop.example'],
      AllowMethods: ['GET', 'POST'],
      AllowHeaders: ['content-type', 'x-idempotency-key'],
      ExposeHeaders: ['location'],
      AllowCredentials: true,
      MaxAge: 300,
    },
  };
  const preflight = (origin: string) =>
    given.request('/orders', {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
    });

  it('are announced and answered from the configuration, without the function', async () => {
    given.declareApi({ api: cors });
    const { status, headers } = await preflight('https://shop.example');
    expect(status).toBe(204);
    expect(Object.fromEntries(headers)).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'content-type,x-idempotency-key',
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '300',
    });
    expect(given.invocations).toEqual([]);
  });

  it.each([
    [['https://*'], 'https://any.example', 'https://any.example'],
    [['https://*'], 'http://any.example', null],
    [['*'], 'http://any.example', '*'],
    [['https://Shop.example'], 'https://shop.example', 'https://shop.example'],
  ])('are measured by the origins %j: %s', async (AllowOrigins, from, allowed) => {
    given.declareApi({ api: { CorsConfiguration: { AllowOrigins, AllowMethods: ['*'] } } });
    expect((await preflight(from)).headers.get('access-control-allow-origin')).toBe(allowed);
  });

  it('without an origin get no headers, and reach the function', async () => {
    given.declareApi({ api: cors });
    const { status, headers } = await given.request('/orders/1');
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, null]);
  });

  it('from elsewhere reach the function all the same: what the answer says is for the browser to obey', async () => {
    given.declareApi({ api: cors });
    const { status, headers } = await given.request('/orders/1', { headers: { Origin: 'https://elsewhere.example' } });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, null]);
    expect(given.invocations).toHaveLength(1);
  });

  it.each([-1, 86_400])('may be remembered for %d seconds', async (MaxAge) => {
    given.declareApi({ api: { CorsConfiguration: { ...cors.CorsConfiguration, MaxAge } } });
    expect((await preflight('https://shop.example')).headers.get('access-control-max-age')).toBe(String(MaxAge));
  });

  it.each([
    [{ MaxAge: -2 }, 'MaxAge'],
    [{ MaxAge: 86_401 }, 'MaxAge'],
    [{ AllowCredentials: true, AllowOrigins: ['*'] }, 'credentials need named origins'],
  ])('are not configured with %j', (changes, message) => {
    const CorsConfiguration = { ...cors.CorsConfiguration, ...changes };
    expect(() => given.declareApi({ api: { CorsConfiguration } })).toThrow(message);
  });

  it('from elsewhere get no permission', async () => {
    given.declareApi({ api: cors });
    expect((await preflight('https://elsewhere.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('are answered with the configured headers instead of those of the function', async () => {
    given.declareApi({ api: cors });
    given.behaviour = returns({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*' }, body: '' });
    const { headers } = await given.request('/orders/1', { headers: { Origin: 'https://shop.example' } });
    expect(headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(headers.get('access-control-expose-headers')).toBe('location');
  });

  it('are the business of a route where nothing is configured', async () => {
    given.declareApi({ routes: ['$default'] });
    expect((await preflight('https://shop.example')).status).toBe(200);
    expect(given.invocations[0]?.event).toMatchObject({ routeKey: '$default' });
  });
});

describe('a declaration (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGatewayV2.html)', () => {
  it('gives what CloudFormation documents for Ref and GetAtt, the same on every start', () => {
    const api = given.declareApi();
    expect(api.ref).toMatch(/^[0-9a-z]{10}$/);
    expect(api.attributes).toEqual({
      ApiId: api.ref,
      ApiEndpoint: `https://${api.ref}.execute-api.us-east-1.amazonaws.com`,
    });
  });

  it('of a property that is not supported names it', () => {
    expect(() => given.declareApi({ api: { FailOnWarnings: true } })).toThrow(
      'the property FailOnWarnings is not supported',
    );
    expect(() => given.declareApi({ integration: { PayloadFormatVersion: '1.0' } })).toThrow('PayloadFormatVersion');
    expect(() => given.declareApi({ stage: { AutoDeploy: false } })).toThrow('AutoDeploy');
  });

  it('of a route that another API has names both', () => {
    given.declareApi({ routes: ['GET /orders/{orderId}', '$default'] });
    const other = given.declare('Api', 'Other', { Name: 'shop-other-dev', ProtocolType: 'HTTP' });
    const integration = given.declare('Integration', 'OtherIntegration', {
      ApiId: other.ref,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: FUNCTION,
      PayloadFormatVersion: '2.0',
    });
    const route = (RouteKey: string) =>
      given.declare('Route', `Other ${RouteKey}`, {
        ApiId: other.ref,
        RouteKey,
        Target: `integrations/${integration.ref}`,
      });
    expect(route('$default')).toBeDefined();
    expect(() => route('GET /orders/{id}')).toThrow(
      'the route GET /orders/{id} is declared by shop-order-dev (shop/Api) and by shop-other-dev (shop/Other)',
    );
  });
});
