import { placeOrderResponseSchema, problemSchema } from '@distributed-patterns/contracts';
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
import { handler } from './place-order.handler.ts';

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
  tables = await createServiceTables(dynamodb);
  Object.assign(process.env, environmentOf(dynamodb, tables), { IDEMPOTENCY_SECONDS: '600' });
});
afterAll(() => dynamodb.stop());
afterEach(() => dynamodb.faults.remove());

const body = (customerId: string, price = 1299.99) => ({
  customerId,
  items: [{ productId: 'laptop', quantity: 2, price }],
});

/** The answer to a request; each test has a customer and a key of its own. */
const post = async (request: Omit<TestRequest, 'route'>, context = lambdaContext()) => {
  const { statusCode, headers, body: text } = await handler(httpEvent({ route: 'POST /orders', ...request }), context);
  return { status: statusCode, headers: headers ?? {}, body: JSON.parse(text ?? 'null') };
};
const withKey = (key: string) => ({ 'idempotency-key': key });

const ordersOf = async (customerId: string) =>
  (await tables.items()).filter((item) => item['customerId'] === customerId);
const eventsOf = async (customerId: string) =>
  (await tables.recorded()).filter(({ data }) => JSON.stringify(data).includes(`"${customerId}"`));

/** The table refuses one call; none of the SDK's own attempts follows. */
const refuse = (operation: string) =>
  dynamodb.faults.inject({
    at: `dynamodb.${operation}`,
    effect: 'error',
    error: { code: 'AccessDeniedException', message: 'not allowed', status: 400 },
    times: 1,
  });

describe('a good request', () => {
  it('is answered 201 with the order’s address, once order and event are stored', async () => {
    const answer = await post({ body: { ...body('ann'), customerEmail: 'ann@example.com' }, requestId: 'request-7' });
    const { orderId } = placeOrderResponseSchema.parse(answer.body);
    expect(answer).toEqual({
      status: 201,
      headers: { 'content-type': 'application/json', 'x-correlation-id': 'request-7', location: `/orders/${orderId}` },
      body: { orderId, status: 'PENDING', totalAmount: 2599.98, message: 'Order created successfully' },
    });
    expect(await tables.item(`order#${orderId}`)).toMatchObject({ status: 'PENDING', paymentMethod: 'pm_card_visa' });
    expect(await eventsOf('ann')).toMatchObject([
      {
        type: 'OrderPlaced',
        metadata: { correlationId: 'request-7', causationId: 'request-7' },
        data: { orderId, customerEmail: 'ann@example.com', total: { amount: 259_998, currency: 'USD' } },
      },
    ]);
  });

  it('without a key is a new order each time', async () => {
    await post({ body: body('bea') });
    await post({ body: body('bea') });
    expect(await ordersOf('bea')).toHaveLength(2);
  });
});

describe('a bad request', () => {
  it('is answered 400 with the failing fields, and stores nothing', async () => {
    const answer = await post({ body: body('bob', 0.001), headers: withKey('bob') });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/items/0/price' }] } });
    expect(await ordersOf('bob')).toEqual([]);
  });

  it('with a malformed key is answered 400', async () => {
    const answer = await post({ body: body('bob'), headers: withKey('a key') });
    expect(answer).toMatchObject({ status: 400, body: { type: expect.stringContaining('invalid-idempotency-key') } });
  });

  it('may be put right under the same key', async () => {
    await post({ body: body('ben', 0.001), headers: withKey('ben') });
    expect((await post({ body: body('ben'), headers: withKey('ben') })).status).toBe(201);
  });
});

describe('a repeated request', () => {
  it('is answered as the first was, says so, and places nothing', async () => {
    const first = await post({ body: body('cat'), headers: withKey('cat'), requestId: 'first' });
    const second = await post({ body: body('cat'), headers: withKey('cat'), requestId: 'second' });
    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    expect(second).toEqual({
      ...first,
      headers: { ...first.headers, 'x-correlation-id': 'second', 'idempotent-replayed': 'true' },
    });
    expect(await ordersOf('cat')).toHaveLength(1);
    expect(await eventsOf('cat')).toHaveLength(1);
  });

  it('may have its members in another order, and its key in the other header', async () => {
    const first = await post({ body: body('cid'), headers: withKey('cid') });
    const { customerId, items } = body('cid');
    const second = await post({ body: { items, customerId }, headers: { 'x-idempotency-key': 'cid' } });
    expect(second.body).toEqual(first.body);
  });

  it('is answered as before although the order has moved on', async () => {
    const first = await post({ body: body('cyd'), headers: withKey('cyd') });
    const [item] = await ordersOf('cyd');
    await tables.put({ ...item, status: 'COMPLETED' });
    expect((await post({ body: body('cyd'), headers: withKey('cyd') })).body).toEqual(first.body);
  });

  it('with another body is answered 422, and places nothing', async () => {
    await post({ body: body('dan'), headers: withKey('dan') });
    const second = await post({ body: body('dan', 1), headers: withKey('dan') });
    expect(second.status).toBe(422);
    expect(problemSchema.parse(second.body).type).toContain('idempotency-key-reused');
    expect(await ordersOf('dan')).toHaveLength(1);
  });

  it('whose first is still running is answered 409, with when to come back', async () => {
    refuse('UpdateItem'); // The first dies before its answer is recorded.
    expect((await post({ body: body('eve'), headers: withKey('eve') })).status).toBe(500);
    const second = await post({ body: body('eve'), headers: withKey('eve') });
    expect(second).toMatchObject({ status: 409, headers: { 'retry-after': '1' } });
    expect(problemSchema.parse(second.body).type).toContain('request-in-progress');
    expect(await ordersOf('eve')).toHaveLength(1);
  });
});

describe('a function that died between the order and the record of its answer', () => {
  const die = async (customerId: string) => {
    refuse('UpdateItem');
    // Its time is up already, so that nobody waits for it any longer.
    return post({ body: body(customerId), headers: withKey(customerId) }, lambdaContext(-1));
  };

  it('has placed the order, which a repeated request then finds', async () => {
    expect((await die('fay')).status).toBe(500);
    const second = await post({ body: body('fay'), headers: withKey('fay') });
    expect(second).toMatchObject({
      status: 201,
      headers: { 'idempotent-replayed': 'true' },
      body: { status: 'PENDING' },
    });
    expect(await ordersOf('fay')).toMatchObject([{ orderId: second.body.orderId }]);
    expect(await eventsOf('fay')).toHaveLength(1);
    const third = await post({ body: body('fay'), headers: withKey('fay') });
    expect(third.body).toEqual(second.body);
  });

  it('has bound the key to its body', async () => {
    await die('flo');
    expect((await post({ body: body('flo', 1), headers: withKey('flo') })).status).toBe(422);
    expect(await ordersOf('flo')).toHaveLength(1);
  });
});

describe('a fault while the order is being placed', () => {
  it('is answered 500 and never recorded: the same key then places the order', async () => {
    refuse('TransactWriteItems');
    expect((await post({ body: body('gus'), headers: withKey('gus') })).status).toBe(500);
    expect(await ordersOf('gus')).toEqual([]);
    const second = await post({ body: body('gus'), headers: withKey('gus') });
    expect(second.status).toBe(201);
    expect(second.headers).not.toHaveProperty('idempotent-replayed');
    expect(await eventsOf('gus')).toHaveLength(1);
  });
});

it('keys lie hashed in the tables', async () => {
  await post({ body: body('hal'), headers: withKey('very-secret-key') });
  expect(JSON.stringify(await tables.items())).not.toContain('very-secret-key');
});
