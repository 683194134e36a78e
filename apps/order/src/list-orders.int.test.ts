import { orderListSchema } from '@distributed-patterns/contracts';
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
import { handler } from './list-orders.handler.ts';
import { place } from './order.ts';
import { ordersOfCustomer } from './order-index.ts';

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
  tables = await createServiceTables(dynamodb, { indexes: [ordersOfCustomer] });
  // One attempt a call, so that no test waits for the SDK to try again.
  Object.assign(process.env, environmentOf(dynamodb, tables), { AWS_MAX_ATTEMPTS: '1' });
  for (const minute of [1, 2, 3, 4, 5]) await given('ann', minute, minute === 2 ? 'COMPLETED' : 'PENDING');
  await given('bob', 6, 'PENDING');
});
afterAll(() => dynamodb.stop());
afterEach(() => dynamodb.faults.remove());

const idOf = (minute: number): string => `0199a7c2-5b1e-7c3a-9d2f-00000000000${minute}`;

const given = async (customerId: string, minute: number, status: string) => {
  const { order } = place({
    orderId: idOf(minute),
    customerId,
    items: [{ productId: 'laptop', quantity: 1, unitPrice: { amount: 129_999, currency: 'USD' } }],
    total: { amount: 129_999, currency: 'USD' },
    paymentMethod: 'pm_card_visa',
    placedAt: `2026-01-15T09:0${minute}:00.000Z`,
  });
  await tables.put({ pk: `order#${order.orderId}`, ...order, status, version: 1 });
};

const get = async (query: Record<string, string>, request: Pick<TestRequest, 'claims'> = {}) => {
  const event = httpEvent({ route: 'GET /orders', query, ...request });
  const { statusCode, headers = {}, body } = await handler(event, lambdaContext());
  return { status: statusCode, headers, body: JSON.parse(body ?? 'null') };
};
/** What a good answer lists. */
const listed = async (query: Record<string, string>, request?: Pick<TestRequest, 'claims'>) => {
  const { status, body } = await get(query, request);
  expect(status).toBe(200);
  const { orders, nextCursor } = orderListSchema.parse(body);
  return { ids: orders.map(({ orderId }) => orderId), nextCursor: nextCursor ?? 'none' };
};

describe('a customer’s orders', () => {
  it('are answered newest first, each as it is read by itself', async () => {
    const { ids, nextCursor } = await listed({ customerId: 'ann' });
    expect(ids).toEqual([5, 4, 3, 2, 1].map(idOf));
    expect(nextCursor).toBe('none');
    const { body } = await get({ customerId: 'bob' });
    expect(body).toEqual({
      orders: [
        {
          orderId: idOf(6),
          customerId: 'bob',
          status: 'PENDING',
          items: [{ productId: 'laptop', quantity: 1, price: 1299.99 }],
          totalAmount: 1299.99,
          currency: 'USD',
          placedAt: '2026-01-15T09:06:00.000Z',
          history: [{ step: 'placed', at: '2026-01-15T09:06:00.000Z' }],
        },
      ],
    });
  });

  it('are answered page by page', async () => {
    const first = await listed({ customerId: 'ann', limit: '2' });
    const second = await listed({ customerId: 'ann', limit: '2', cursor: first.nextCursor });
    const third = await listed({ customerId: 'ann', limit: '2', cursor: second.nextCursor });
    expect([first.ids, second.ids, third.ids]).toEqual([[5, 4].map(idOf), [3, 2].map(idOf), [idOf(1)]]);
    expect(third.nextCursor).toBe('none');
  });

  it('may be asked for by status', async () => {
    expect(await listed({ customerId: 'ann', status: 'COMPLETED' })).toEqual({ ids: [idOf(2)], nextCursor: 'none' });
    expect(await listed({ customerId: 'ann', status: 'FAILED' })).toEqual({ ids: [], nextCursor: 'none' });
  });

  it('are none where the customer has none', async () => {
    expect(await get({ customerId: 'cat' })).toMatchObject({ status: 200, body: { orders: [] } });
  });
});

describe('where the stage asks for a token', () => {
  const claims = { sub: 'ann' };

  it('they are those of the token’s customer', async () => {
    expect((await listed({}, { claims })).ids).toHaveLength(5);
    expect((await listed({ customerId: 'ann' }, { claims })).ids).toHaveLength(5);
  });

  it('another customer’s are answered 403', async () => {
    expect(await get({ customerId: 'bob' }, { claims })).toMatchObject({
      status: 403,
      body: { type: expect.stringContaining('forbidden') },
    });
  });

  it('another customer’s cursor leads nowhere', async () => {
    const { nextCursor } = await listed({ limit: '2' }, { claims });
    const ofBob = await get({ cursor: nextCursor }, { claims: { sub: 'bob' } });
    expect(ofBob).toMatchObject({ status: 400, body: { type: expect.stringContaining('invalid-cursor') } });
  });
});

describe('a request that is not valid', () => {
  it.each<[string, Record<string, string>, string]>([
    ['names no customer', {}, 'customerId'],
    ['asks for nothing', { customerId: 'ann', limit: '0' }, 'limit'],
    ['asks for too much', { customerId: 'ann', limit: '101' }, 'limit'],
    ['asks for a number that is none', { customerId: 'ann', limit: 'all' }, 'limit'],
    ['names a status that there is not', { customerId: 'ann', status: 'LOST' }, 'status'],
    ['names two', { customerId: 'ann', status: 'PENDING,FAILED' }, 'status'],
    ['has an empty cursor', { customerId: 'ann', cursor: '' }, 'cursor'],
    ['has a parameter that nobody knows', { customerId: 'ann', page: '2' }, 'page'],
  ])('since it %s is answered 400, by the parameter’s name', async (_what, query, parameter) => {
    expect(await get(query)).toMatchObject({
      status: 400,
      body: {
        type: expect.stringContaining('invalid-request'),
        errors: [{ parameter, detail: expect.any(String) }],
      },
    });
  });

  it('since its customer is no identifier is answered 400, as that', async () => {
    expect(await get({ customerId: 'ann and bob' })).toMatchObject({
      status: 400,
      body: { type: expect.stringContaining('invalid-identifier'), errors: [{ parameter: 'customerId' }] },
    });
  });

  it.each<[string, (cursor: string) => Record<string, string>]>([
    ['that cannot be read', () => ({ customerId: 'ann', cursor: 'latest' })],
    ['of another customer', (cursor) => ({ customerId: 'bob', cursor })],
    ['of another status', (cursor) => ({ customerId: 'ann', status: 'PENDING', cursor })],
    ['that comes twice', (cursor) => ({ customerId: 'ann', cursor: `${cursor},${cursor}` })],
  ])('since it has a cursor %s is answered 400, as that', async (_what, query) => {
    const { nextCursor } = await listed({ customerId: 'ann', limit: '1' });
    expect(await get(query(nextCursor))).toMatchObject({
      status: 400,
      body: { type: expect.stringContaining('invalid-cursor'), errors: [{ parameter: 'cursor' }] },
    });
  });
});

it.each([
  ['Query', 'ThrottlingException'],
  ['Query', 'ProvisionedThroughputExceededException'],
  ['BatchGetItem', 'ThrottlingException'],
  ['BatchGetItem', 'ProvisionedThroughputExceededException'],
])('a table that has no capacity (%s, %s) is answered 503, with when to come back', async (operation, code) => {
  const error = { code, message: 'slow down', status: 400 };
  dynamodb.faults.inject({ at: `dynamodb.${operation}`, effect: 'error', error, times: 1 });
  expect(await get({ customerId: 'ann' })).toMatchObject({
    status: 503,
    headers: { 'retry-after': '1' },
    body: { type: expect.stringContaining('temporarily-unavailable') },
  });
});

it('an order that cannot be understood is a fault of ours', async () => {
  await given('dan', 7, 'LOST');
  expect(await get({ customerId: 'dan' })).toMatchObject({ status: 500 });
});
