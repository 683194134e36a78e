import { silentTelemetry } from '@distributed-patterns/telemetry';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import * as z from 'zod';
import { httpEdge } from './edge.ts';
import { request } from './given-request.ts';
import { notFound } from './not-found.ts';
import { HttpProblem } from './problem.ts';
import { LARGEST_BODY, readJson } from './request.ts';

const schema = z.strictObject({ name: z.string().min(1), items: z.array(z.strictObject({ quantity: z.int() })) });

// The edge looks at nothing of the context.
const context = {} as Context;

const call = async (handle: Parameters<typeof httpEdge>[0], event = request()) => {
  const { statusCode, headers, body } = await httpEdge(handle, () => silentTelemetry)(event, context);
  return { statusCode, headers, body: JSON.parse(body ?? 'null') };
};

const read = (change: Partial<APIGatewayProxyEventV2>) =>
  call(async (event) => ({ status: 200, body: readJson(event, schema) }), request(change));

describe('the edge', () => {
  it('answers what the handler answers, with the correlation id', async () => {
    const answer = await call(async () => ({ status: 201, body: { id: 1 }, headers: { location: '/things/1' } }));
    expect(answer).toEqual({
      statusCode: 201,
      headers: { 'content-type': 'application/json', 'x-correlation-id': 'request-1', location: '/things/1' },
      body: { id: 1 },
    });
  });

  it('says nothing about the insides of what it did not expect', async () => {
    const answer = await call(async () => Promise.reject(new Error('secret table name')));
    expect(answer.statusCode).toBe(500);
    expect(answer.headers?.['content-type']).toBe('application/problem+json');
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(answer.body.instance).toContain('request-1');
  });

  it.each([
    'ThrottlingException',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'ReadIncomplete',
    'VersionClash',
    'TransactionContended',
    'TransactionInProgressException',
    'InternalServerError',
    'ServiceUnavailable',
    'TimeoutError',
  ])('says when to come back where a fault will pass, however deep it lies: %s', async (name) => {
    const throttled = Object.assign(new Error('slow down'), { name });
    const answer = await call(async () => Promise.reject(new Error('wrapped', { cause: throttled })));
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
  });

  it.each(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'])(
    'says when to come back where a connection could not be made: %s',
    async (code) => {
      const answer = await call(async () => Promise.reject(Object.assign(new Error('connect'), { code })));
      expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    },
  );

  it.each<[string, unknown]>([
    ['that will not pass', Object.assign(new Error('no'), { name: 'AccessDeniedException' })],
    ['whose code is a number', Object.assign(new Error('no'), { code: 20 })],
    ['that is no error', 'ThrottlingException'],
    ['that is nothing', undefined],
  ])('answers 500 to a fault %s', async (_what, fault) => {
    expect((await call(async () => Promise.reject(fault))).statusCode).toBe(500);
  });

  it('writes out no body where there is none, nor says of what type it would be', async () => {
    const event = request();
    const answer = await httpEdge(
      async () => ({ status: 304, headers: { etag: '"a"' } }),
      () => silentTelemetry,
    )(event, context);
    expect(answer).toEqual({ statusCode: 304, headers: { 'x-correlation-id': 'request-1', etag: '"a"' } });
  });
});

describe('a request body', () => {
  it('is parsed', async () => {
    const answer = await read({ body: '{"name":"a","items":[{"quantity":2}]}' });
    expect(answer.body).toEqual({ name: 'a', items: [{ quantity: 2 }] });
  });

  it('may come in base64', async () => {
    const body = Buffer.from('{"name":"a","items":[]}').toString('base64');
    expect((await read({ body, isBase64Encoded: true })).statusCode).toBe(200);
  });

  it.each([
    ['nothing', undefined, ''],
    ['broken JSON', '{"name":', ''],
    ['an empty name', '{"name":"","items":[]}', '/name'],
    ['a wrong type', '{"name":1,"items":[]}', '/name'],
    ['a fraction', '{"name":"a","items":[{"quantity":1.5}]}', '/items/0/quantity'],
    ['an unknown field', '{"name":"a","items":[],"a/b":1}', '/a~1b'],
    ['null', 'null', ''],
  ])('with %s is refused by name', async (_what, body, pointer) => {
    const answer = await read({ ...(body === undefined ? {} : { body }) });
    expect(answer.statusCode).toBe(400);
    expect(answer.body.errors).toEqual([{ pointer, detail: expect.any(String) }]);
  });

  it('with a field too few is refused in plain words', async () => {
    const { body } = await read({ body: '{"items":[{}]}' });
    expect(body.errors).toEqual([
      { pointer: '/name', detail: 'is missing' },
      { pointer: '/items/0/quantity', detail: 'is missing' },
    ]);
  });

  it('is refused when it is too large or no JSON', async () => {
    const fits = JSON.stringify({ name: 'a'.repeat(LARGEST_BODY - 22), items: [] });
    expect(Buffer.byteLength(fits)).toBe(LARGEST_BODY);
    expect((await read({ body: fits })).statusCode).toBe(200);
    expect((await read({ body: `${fits} ` })).statusCode).toBe(413);
    expect((await read({ body: '{}', headers: { 'content-type': 'text/plain' } })).statusCode).toBe(415);
    expect((await read({ body: '{}', headers: {} })).statusCode).toBe(415);
  });

  it('is refused when it is compressed, and read when it says that it is not', async () => {
    const body = '{"name":"a","items":[]}';
    const encoded = (encoding: string) =>
      read({ body, headers: { 'content-type': 'application/json', 'content-encoding': encoding } });
    expect((await encoded('gzip')).statusCode).toBe(415);
    expect((await encoded('identity')).statusCode).toBe(200);
  });
});

describe('the default route', () => {
  const handle = notFound(['POST /things', 'GET /things/{id}']);

  it('answers 404 for a path that the API does not have', async () => {
    const answer = await call(handle, request({}, '/dev/nothing', 'GET'));
    expect(answer).toMatchObject({ statusCode: 404, body: { detail: 'There is no /nothing here.' } });
  });

  it.each([
    ['/things', 'DELETE', 'POST'],
    ['/dev/things', 'GET', 'POST'],
    ['/things/7', 'PUT', 'GET'],
  ])('answers 405 for %s with %s', async (path, method, allow) => {
    const answer = await call(handle, request({}, path, method));
    expect(answer).toMatchObject({ statusCode: 405, headers: { allow } });
  });
});

it('a problem of the handler is answered as it is', async () => {
  const answer = await call(async () => Promise.reject(new HttpProblem('not-found', 'There is no thing 7.')));
  expect(answer.body).toEqual({
    type: 'urn:distributed-patterns-demo:problem:not-found',
    title: 'There is nothing here',
    status: 404,
    detail: 'There is no thing 7.',
    instance: 'urn:distributed-patterns-demo:request:request-1',
  });
});
