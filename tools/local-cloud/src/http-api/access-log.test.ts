import { AwsError } from '../aws-error.ts';
import { RawResponse } from '../service.ts';
import { type GivenHttpApi, givenHttpApi, NOW, returns } from './given-http-api.ts';

let given: GivenHttpApi;

beforeEach(async () => {
  given = await givenHttpApi();
});

afterEach(() => given.stop());

const line = (names: readonly string[]) =>
  JSON.stringify(
    Object.fromEntries([['id', '$context.requestId'], ...names.map((name) => [name, `$context.${name}`])]),
  );

async function loggedOf(names: readonly string[], options: object = {}, path = '/orders/17'): Promise<unknown> {
  given.declareApi({ stage: given.accessLog(line(names)), ...options });
  await given.request(path, { headers: { 'User-Agent': 'a "test"' } });
  return JSON.parse((await given.logged())[0] ?? '');
}

describe('the access log (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html)', () => {
  it('says of a request what its format asks', async () => {
    const names = ['apiId', 'stage', 'routeKey', 'httpMethod', 'path', 'protocol', 'status', 'responseLength'];
    given.behaviour = returns({ statusCode: 201, body: 'héllo' });
    expect(await loggedOf([...names, 'requestTime', 'requestTimeEpoch', 'identity.userAgent'])).toEqual({
      id: expect.stringMatching(/=$/),
      apiId: expect.stringMatching(/^[0-9a-z]{10}$/),
      stage: 'dev',
      routeKey: 'GET /orders/{orderId}',
      httpMethod: 'GET',
      path: '/dev/orders/17',
      protocol: 'HTTP/1.1',
      status: '201',
      responseLength: '6',
      requestTime: '23/Nov/2026:09:05:07 +0000',
      requestTimeEpoch: String(NOW),
      'identity.userAgent': 'a "test"',
    });
  });

  it('says how the function was called', async () => {
    given.behaviour = returns({ statusCode: 418 });
    const names = [
      'integration.status',
      'integration.integrationStatus',
      'integrationStatus',
      'integrationErrorMessage',
    ];
    expect(await loggedOf([...names, 'integration.latency', 'integration.requestId'])).toMatchObject({
      'integration.status': '418',
      'integration.integrationStatus': '200',
      integrationStatus: '200',
      integrationErrorMessage: '-',
      'integration.latency': '0',
      'integration.requestId': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it.each([
    [
      'an error of the function',
      () => Promise.resolve(new RawResponse(200, { 'x-amz-function-error': 'Unhandled' }, Buffer.from('{}'))),
      'The Lambda function returned an error.',
      '500',
    ],
    [
      'an error of Lambda',
      () => Promise.reject(new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429 })),
      'Rate Exceeded.',
      '503',
    ],
  ])('says why there is no answer: %s', async (_, behaviour, error, status) => {
    given.behaviour = behaviour;
    expect(await loggedOf(['integration.error', 'status', 'error.message'])).toMatchObject({
      'integration.error': error,
      status,
      'error.message': status === '500' ? 'Internal Server Error' : 'Service Unavailable',
    });
  });

  it('says what the gateway refused by itself', async () => {
    const stage = { DefaultRouteSettings: { ThrottlingBurstLimit: 0, ThrottlingRateLimit: 0 } };
    const format = '$context.requestId $context.status $context.error.messageString $context.integration.status';
    given.declareApi({ stage: { ...given.accessLog(format), ...stage } });
    await given.request('/orders/17');
    expect(await given.logged()).toEqual([expect.stringMatching(/= 429 "Too Many Requests" -$/)]);
  });

  it('says what an authorizer had against a token', async () => {
    const names = ['authorizer.error', 'authorizer.claims.sub', 'status'];
    expect(await loggedOf(names, { authorizer: {} })).toMatchObject({
      'authorizer.error': 'token not provided',
      'authorizer.claims.sub': '-',
      status: '401',
    });
  });

  it('has one line a request, whatever is in the path', async () => {
    expect(await loggedOf(['path'], {}, '/orders/a%0Ab%22c')).toMatchObject({ path: '/dev/orders/a\nb"c' });
    expect(await given.logged()).toHaveLength(1);
  });

  it('is lost, and that is told once, where there is no such group', async () => {
    const DestinationArn = 'arn:aws:logs:us-east-1:000000000000:log-group:none:*';
    given.declareApi({ stage: { AccessLogSettings: { DestinationArn, Format: '$context.requestId' } } });
    expect((await given.request('/orders/1')).status).toBe(200);
    expect((await given.request('/orders/2')).status).toBe(200);
    expect(given.reported).toEqual([expect.stringMatching(/^the access log of \w+\/dev is lost: /)]);
  });

  it.each([
    ['$context.requestId $context.nothing', 'the access log variable $context.nothing is not supported'],
    ['$context.status', 'must have $context.requestId'],
  ])('is refused with the format %s', (Format, message) => {
    const DestinationArn = 'arn:aws:logs:us-east-1:000000000000:log-group:g';
    expect(() => given.declareApi({ stage: { AccessLogSettings: { DestinationArn, Format } } })).toThrow(message);
  });

  it('goes to a log group only', () => {
    const DestinationArn = 'arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-a';
    const settings = { DestinationArn, Format: '$context.requestId' };
    expect(() => given.declareApi({ stage: { AccessLogSettings: settings } })).toThrow(
      'must be the ARN of a log group',
    );
  });
});
