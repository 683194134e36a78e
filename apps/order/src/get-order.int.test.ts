import {
  createServiceTables,
  environmentOf,
  httpEvent,
  lambdaContext,
  type ServiceTables,
  startDynamoDb,
  type TestDynamoDb,
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
  Object.assign(process.env, environmentOf(dynamodb, tables));
  await tables.put({
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
  });
});
afterAll(() => dynamodb.stop());

const get = async (parameters?: Record<string, string>) => {
  const event = httpEvent({ route: 'GET /orders/{orderId}', ...(parameters === undefined ? {} : { parameters }) });
  const { statusCode, body } = await handler(event, lambdaContext());
  return { status: statusCode, body: JSON.parse(body ?? 'null') };
};

it('an order is answered as it is now', async () => {
  expect(await get({ orderId: ORDER })).toEqual({
    status: 200,
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

it.each<[`${string} /${string}`, number]>([
  ['DELETE /orders', 405],
  ['GET /orders', 405],
  ['POST /orders/{orderId}', 405],
  ['GET /customers', 404],
])('%s, which the API does not have, is answered %i', async (route, status) => {
  const event = httpEvent({ route, parameters: { orderId: ORDER } });
  expect(await notFound(event, lambdaContext())).toMatchObject({ statusCode: status });
});
