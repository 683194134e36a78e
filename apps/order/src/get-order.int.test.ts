import {
  createServiceTables,
  environmentOf,
  httpEvent,
  lambdaContext,
  type ServiceTables,
  startDynamoDb,
  type TestDynamoDb,
  type TestRequest,
} from '@distributed-patterns/testing';
import { handler } from './get-order.handler.ts';
import { handler as notFound } from './not-found.handler.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const PLACED_AT = '2026-01-15T09:30:00.000Z';

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
  tables = await createServiceTables(dynamodb);
  // One attempt a call, so that no test waits for the SDK to try again.
  Object.assign(process.env, environmentOf(dynamodb, tables), { AWS_MAX_ATTEMPTS: '1' });
});
afterAll(() => dynamodb.stop());
beforeEach(() => tables.put(item));
afterEach(() => dynamodb.faults.remove());

const item = {
  pk: `order#${ORDER}`,
  orderId: ORDER,
  customerId: 'customer-123',
  items: [{ productId: 'laptop', quantity: 1, unitPrice: { amount: 129_999, currency: 'USD' } }],
  total: { amount: 129_999, currency: 'USD' },
  paymentMethod: 'pm_card_visa',
  placedAt: PLACED_AT,
  history: { placed: PLACED_AT },
  status: 'PENDING',
  version: 1,
};

const get = async (parameters?: Record<string, string>, request: Omit<TestRequest, 'route'> = {}) => {
  const event = httpEvent({
    route: 'GET /orders/{orderId}',
    ...(parameters === undefined ? {} : { parameters }),
    ...request,
  });
  const { statusCode, headers = {}, body } = await handler(event, lambdaContext());
  return { status: statusCode, headers, body: JSON.parse(body ?? 'null') };
};
const ifNoneMatch = (condition: string) => get({ orderId: ORDER }, { headers: { 'if-none-match': condition } });
const tagOf = async (): Promise<string> => String((await get({ orderId: ORDER })).headers['etag']);

it('an order is answered as it is now', async () => {
  expect(await get({ orderId: ORDER })).toEqual({
    status: 200,
    headers: {
      'content-type': 'application/json',
      'x-correlation-id': 'request-1',
      'cache-control': 'private, no-cache',
      etag: expect.stringMatching(/^"[\w-]{22}"$/),
    },
    body: {
      orderId: ORDER,
      customerId: 'customer-123',
      status: 'PENDING',
      items: [{ productId: 'laptop', quantity: 1, price: 1299.99 }],
      totalAmount: 1299.99,
      currency: 'USD',
      placedAt: PLACED_AT,
      history: [{ step: 'placed', at: PLACED_AT }],
    },
  });
});

it.each<[string, Record<string, string> | undefined]>([
  ['an order that there is not', { orderId: '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c71' }],
  ['something that is no order’s id', { orderId: 'latest' }],
  ['another item’s key', { orderId: `${ORDER}#x` }],
  ['nothing', undefined],
])('%s is answered 404', async (_what, parameters) => {
  expect(await get(parameters)).toMatchObject({ status: 404, body: { type: expect.stringContaining('not-found') } });
});

it('an order whose cancellation was asked for says so', async () => {
  await tables.put({ ...item, cancelRequestedAt: '2026-01-15T09:31:00.000Z' });
  const { body } = await get({ orderId: ORDER });
  expect(body.history).toEqual([
    { step: 'placed', at: PLACED_AT },
    { step: 'cancellation requested', at: '2026-01-15T09:31:00.000Z' },
  ]);
});

describe('an order that the caller has seen', () => {
  it.each<[string, (tag: string) => string]>([
    ['its tag', (tag) => tag],
    ['its tag, marked as weak', (tag) => `W/${tag}`],
    ['a list with its tag', (tag) => `"another", W/${tag},"a third"`],
    ['any tag', () => '*'],
  ])('is not sent again to who names %s', async (_what, condition) => {
    const tag = await tagOf();
    expect(await ifNoneMatch(condition(tag))).toEqual({
      status: 304,
      headers: { 'x-correlation-id': 'request-1', 'cache-control': 'private, no-cache', etag: tag },
      body: null,
    });
  });

  it('is sent again once it has changed, with another tag', async () => {
    const tag = await tagOf();
    await tables.put({ ...item, status: 'INVENTORY_RESERVED' });
    const answer = await ifNoneMatch(tag);
    expect(answer).toMatchObject({ status: 200, body: { status: 'INVENTORY_RESERVED' } });
    expect(answer.headers['etag']).not.toBe(tag);
  });
});

describe('where the stage asks for a token', () => {
  it('an order is answered to its customer', async () => {
    expect(await get({ orderId: ORDER }, { claims: { sub: 'customer-123' } })).toMatchObject({ status: 200 });
  });

  it('another customer’s order is answered as if there were none', async () => {
    const claims = { sub: 'customer-7' };
    const none = await get({ orderId: '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c71' }, { claims });
    expect(none.status).toBe(404);
    expect(await get({ orderId: ORDER }, { claims })).toEqual(none);
    expect(await get({ orderId: ORDER }, { claims, headers: { 'if-none-match': '*' } })).toEqual(none);
  });

  it('a token that is nobody’s is answered 403', async () => {
    expect(await get({ orderId: ORDER }, { claims: {} })).toMatchObject({ status: 403 });
  });
});

it.each(['ThrottlingException', 'ProvisionedThroughputExceededException'])(
  'a table that has no capacity (%s) is answered 503, with when to come back',
  async (code) => {
    const error = { code, message: 'slow down', status: 400 };
    dynamodb.faults.inject({ at: 'dynamodb.BatchGetItem', effect: 'error', error, times: 1 });
    expect(await get({ orderId: ORDER })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { type: expect.stringContaining('temporarily-unavailable') },
    });
  },
);

it('an order that cannot be understood is a fault of ours', async () => {
  await tables.put({ ...item, status: 'LOST' });
  expect(await get({ orderId: ORDER })).toMatchObject({ status: 500 });
});

it.each<[`${string} /${string}`, number]>([
  ['DELETE /orders', 405],
  ['PUT /orders', 405],
  ['POST /orders/{orderId}', 405],
  ['GET /orders/{orderId}/cancel', 405],
  ['POST /orders/{orderId}/complete', 404],
  ['GET /customers', 404],
])('%s, which the API does not have, is answered %i', async (route, status) => {
  const event = httpEvent({ route, parameters: { orderId: ORDER } });
  expect(await notFound(event, lambdaContext())).toMatchObject({ statusCode: status });
});
