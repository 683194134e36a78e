import { Activity } from '../activity.ts';
import { AwsError } from '../aws-error.ts';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { Dispatcher } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import { operation, type Principal, RawResponse } from '../service.ts';
import { Signals } from '../signals.ts';
import { createHttpApi, type HttpApi, type Listening } from './index.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:place-order';
const NOW = Date.UTC(2026, 10, 23, 9, 5, 7, 250);

interface Invocation {
  readonly principal: Principal;
  readonly functionName: unknown;
  readonly event: Record<string, unknown>;
}

let clock: Clock;
let httpApi: HttpApi;
let server: Listening;
let reported: string[];
let invocations: Invocation[];
/** What the function does, set by each test. */
let behaviour: () => Promise<RawResponse>;

const returns = (value: unknown) => () => Promise.resolve(new RawResponse(200, {}, Buffer.from(JSON.stringify(value))));
const declare = (type: string, logicalId: string, properties: Record<string, unknown>) =>
  httpApi.resources[`AWS::ApiGatewayV2::${type}`]?.({
    stack: 'shop',
    logicalId,
    type: `AWS::ApiGatewayV2::${type}`,
    properties,
  });

function declareApi(options: { api?: object; stage?: object; integration?: object; routes?: string[] } = {}) {
  const api = declare('Api', 'Api', { Name: 'shop-order-dev', ProtocolType: 'HTTP', ...options.api });
  const integration = declare('Integration', 'Integration', {
    ApiId: api?.ref,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: FUNCTION,
    PayloadFormatVersion: '2.0',
    ...options.integration,
  });
  for (const RouteKey of options.routes ?? ['POST /orders', 'GET /orders/{orderId}']) {
    declare('Route', RouteKey, { ApiId: api?.ref, RouteKey, Target: `integrations/${integration?.ref}` });
  }
  declare('Stage', 'Stage', { ApiId: api?.ref, StageName: 'dev', AutoDeploy: true, ...options.stage });
  return api;
}

async function request(path: string, init: RequestInit = {}) {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
  return { status: response.status, headers: response.headers, body: await response.text() };
}

beforeEach(async () => {
  clock = new Clock({ frozenAt: NOW });
  reported = [];
  invocations = [];
  behaviour = returns({ ok: true });
  const faults = new Faults();
  const dispatcher = new Dispatcher({ authorize: () => undefined }, faults);
  const invoke = operation({
    parse: (raw) => Object(raw),
    needs: () => [],
    run: ({ FunctionName, Payload }, { principal }) => {
      invocations.push({ principal, functionName: FunctionName, event: JSON.parse(Buffer.from(Payload).toString()) });
      return behaviour();
    },
  });
  dispatcher.register('lambda', {
    name: 'lambda',
    wire: { protocol: 'rest-json', routes: [] },
    operations: { Invoke: invoke },
  });
  httpApi = createHttpApi({
    clock,
    database: new Database(':memory:'),
    dispatcher,
    signals: new Signals(),
    activity: new Activity(),
    faults,
    random: () => 0.5,
    report: (line) => reported.push(line),
  });
  server = await httpApi.listen(0);
});

afterEach(() => httpApi.stop?.());

describe('the event of a request', () => {
  it('is payload format 2.0', async () => {
    const api = declareApi({ stage: { StageVariables: { colour: 'blue' } } });
    await request('/orders?tag=a&tag=b&note=x%20y', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Cookie: 'one=1; two=2',
        'User-Agent': 'test',
        'X-Forwarded-For': '10.0.0.1',
      },
      body: '{"a":1}',
    });
    const id = api?.ref;
    expect(invocations[0]?.event).toMatchObject({
      version: '2.0',
      routeKey: 'POST /orders',
      rawPath: '/dev/orders',
      rawQueryString: 'tag=a&tag=b&note=x%20y',
      cookies: ['one=1', 'two=2'],
      headers: {
        'content-type': 'application/json',
        'content-length': '7',
        host: `127.0.0.1:${server.port}`,
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        'x-forwarded-for': '10.0.0.1, 127.0.0.1',
        'x-forwarded-port': String(server.port),
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
    expect(invocations[0]?.event['headers']).not.toHaveProperty('cookie');
    expect(invocations[0]?.event['headers']).not.toHaveProperty('connection');
  });

  it('leaves out what the request does not have', async () => {
    declareApi();
    await request('/orders/17');
    expect(Object.keys(invocations[0]?.event ?? {}).sort()).toEqual(
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
    expect(invocations[0]?.event).toMatchObject({
      rawQueryString: '',
      pathParameters: { orderId: '17' },
      isBase64Encoded: false,
    });
  });

  it('has the path without its percent-encoding, as HTTP APIs decode it first', async () => {
    declareApi();
    await request('/orders/a%20b%C3%BC');
    expect(invocations[0]?.event).toMatchObject({ rawPath: '/dev/orders/a bü', pathParameters: { orderId: 'a bü' } });
  });

  it.each([
    ['application/json; charset=utf-8', false],
    ['application/problem+json', false],
    ['text/csv', false],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
  ])('has a body of type %s in base64: %s', async (type, encoded) => {
    declareApi();
    await request('/orders', { method: 'POST', headers: { 'content-type': type }, body: 'a=ü' });
    const { body, isBase64Encoded } = invocations[0]?.event ?? {};
    expect(isBase64Encoded).toBe(encoded);
    expect(body).toBe(encoded ? Buffer.from('a=ü').toString('base64') : 'a=ü');
  });

  it('comes from the gateway, for the route as its key spells it', async () => {
    const api = declareApi({ routes: ['GET /orders/{orderId}', '$default'] });
    await request('/orders/17');
    await request('/elsewhere');
    const sourceArns = invocations.map(({ principal }) => principal);
    const base = `arn:aws:execute-api:us-east-1:000000000000:${api?.ref}/dev/`;
    expect(sourceArns).toEqual([
      { type: 'service', name: 'apigateway.amazonaws.com', sourceArn: `${base}GET/orders/{orderId}` },
      { type: 'service', name: 'apigateway.amazonaws.com', sourceArn: `${base}$default` },
    ]);
    expect(invocations[0]?.functionName).toBe(FUNCTION);
  });
});

describe('the answer of a function', () => {
  it('with a status code says all', async () => {
    declareApi();
    behaviour = returns({
      statusCode: 201,
      headers: { Location: '/orders/1', 'X-Count': 3 },
      cookies: ['a=1; HttpOnly', 'b=2'],
      body: '{"orderId":"1"}',
    });
    const { status, headers, body } = await request('/orders', { method: 'POST' });
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
    declareApi();
    behaviour = returns({ statusCode: 200, body: Buffer.from('héllo').toString('base64'), isBase64Encoded: true });
    expect((await request('/orders/1')).body).toBe('héllo');
  });

  it.each([
    [{ message: 'Hello' }, '{"message":"Hello"}'],
    ['Hello', 'Hello'],
    [[1, 2], '[1,2]'],
    [null, 'null'],
  ])('without a status code is the body of a 200: %j', async (value, expected) => {
    declareApi();
    behaviour = returns(value);
    const { status, headers, body } = await request('/orders/1');
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
    declareApi();
    behaviour = returns(value);
    const { status, body } = await request('/orders/1');
    expect([status, body]).toEqual([500, '{"message":"Internal Server Error"}']);
    expect(reported[0]).toContain('shop-order-dev, GET /orders/{orderId}');
  });

  it('that is not JSON becomes a 500', async () => {
    declareApi();
    behaviour = () => Promise.resolve(new RawResponse(200, {}, Buffer.from('not json')));
    expect((await request('/orders/1')).status).toBe(500);
  });

  it('that is an error becomes a 500 without its details', async () => {
    declareApi();
    behaviour = () =>
      Promise.resolve(
        new RawResponse(200, { 'X-Amz-Function-Error': 'Unhandled' }, Buffer.from('{"errorMessage":"secret"}')),
      );
    const { status, body } = await request('/orders/1');
    expect([status, body]).toEqual([500, '{"message":"Internal Server Error"}']);
  });

  it.each([
    [new AwsError('AccessDeniedException', 'no permission', { status: 403 }), 500, 'Internal Server Error'],
    [new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429 }), 503, 'Service Unavailable'],
    [new AwsError('RequestTooLargeException', 'too large', { status: 413 }), 413, 'Request Entity Too Large'],
  ])('that cannot be had because of %s is a %d', async (error, status, message) => {
    declareApi();
    behaviour = () => Promise.reject(error);
    expect(await request('/orders/1')).toMatchObject({ status, body: JSON.stringify({ message }) });
  });

  it('that takes longer than the integration may is a 503', async () => {
    declareApi({ integration: { TimeoutInMillis: 29_000 } });
    const invoked = new Promise<void>((resolve) => {
      behaviour = () => {
        resolve();
        return new Promise(() => undefined);
      };
    });
    const pending = request('/orders/1');
    await invoked;
    await clock.advance(29_000);
    expect(await pending).toMatchObject({ status: 503, body: '{"message":"Service Unavailable"}' });
  });
});

describe('the gateway itself', () => {
  it('answers 404 in its own form where no route matches', async () => {
    declareApi();
    const { status, headers, body } = await request('/orders');
    expect([status, headers.get('content-type'), body]).toEqual([404, 'application/json', '{"message":"Not Found"}']);
    expect(headers.get('apigw-requestid')).toMatch(/=$/);
  });

  it('lets a burst through, then the rate, route by route', async () => {
    declareApi({ stage: { DefaultRouteSettings: { ThrottlingBurstLimit: 2, ThrottlingRateLimit: 1 } } });
    const statuses = async (count: number) => {
      const seen: number[] = [];
      for (let each = 0; each < count; each++) seen.push((await request('/orders/1')).status);
      return seen;
    };
    expect(await statuses(3)).toEqual([200, 200, 429]);
    expect((await request('/orders/1')).body).toBe('{"message":"Too Many Requests"}');
    expect((await request('/orders', { method: 'POST' })).status).toBe(200);
    await clock.advance(1000);
    expect(await statuses(2)).toEqual([200, 429]);
  });
});

describe('cross-origin requests', () => {
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
    request('/orders', { method: 'OPTIONS', headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' } });

  it('are announced and answered from the configuration, without the function', async () => {
    declareApi({ api: cors });
    const { status, headers } = await preflight('https://shop.example');
    expect(status).toBe(204);
    expect(Object.fromEntries(headers)).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'content-type,x-idempotency-key',
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '300',
    });
    expect(invocations).toEqual([]);
  });

  it('from elsewhere get no permission', async () => {
    declareApi({ api: cors });
    expect((await preflight('https://elsewhere.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('are answered with the configured headers instead of those of the function', async () => {
    declareApi({ api: cors });
    behaviour = returns({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*' }, body: '' });
    const { headers } = await request('/orders/1', { headers: { Origin: 'https://shop.example' } });
    expect(headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(headers.get('access-control-expose-headers')).toBe('location');
  });

  it('are the business of a route where nothing is configured', async () => {
    declareApi({ routes: ['$default'] });
    expect((await preflight('https://shop.example')).status).toBe(200);
    expect(invocations[0]?.event).toMatchObject({ routeKey: '$default' });
  });
});

describe('a declaration', () => {
  it('gives what CloudFormation documents for Ref and GetAtt, the same on every start', () => {
    const api = declareApi();
    expect(api?.ref).toMatch(/^[0-9a-z]{10}$/);
    expect(api?.attributes).toEqual({
      ApiId: api?.ref,
      ApiEndpoint: `https://${api?.ref}.execute-api.us-east-1.amazonaws.com`,
    });
  });

  it('of a property that is not supported names it', () => {
    expect(() => declareApi({ api: { FailOnWarnings: true } })).toThrow(
      'shop/Api (AWS::ApiGatewayV2::Api): FailOnWarnings is not supported',
    );
    expect(() => declareApi({ integration: { PayloadFormatVersion: '1.0' } })).toThrow('PayloadFormatVersion');
    expect(() => declareApi({ stage: { AutoDeploy: false } })).toThrow('AutoDeploy');
  });

  it('of a JWT authorizer is refused', () => {
    expect(() => declare('Authorizer', 'Jwt', {})).toThrow('does not implement AWS::ApiGatewayV2::Authorizer');
  });

  it('of a route that another API has names both', () => {
    declareApi({ routes: ['GET /orders/{orderId}', '$default'] });
    const other = declare('Api', 'Other', { Name: 'shop-other-dev', ProtocolType: 'HTTP' });
    const integration = declare('Integration', 'OtherIntegration', {
      ApiId: other?.ref,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: FUNCTION,
      PayloadFormatVersion: '2.0',
    });
    const route = (RouteKey: string) =>
      declare('Route', `Other ${RouteKey}`, {
        ApiId: other?.ref,
        RouteKey,
        Target: `integrations/${integration?.ref}`,
      });
    expect(route('$default')).toBeDefined();
    expect(() => route('GET /orders/{id}')).toThrow(
      'the route GET /orders/{id} is declared by shop-order-dev (shop/Api) and by shop-other-dev (shop/Other)',
    );
  });
});
