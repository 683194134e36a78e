import { request } from 'node:http';
import {
  orderListSchema,
  placeOrderResponseSchema,
  type ProblemKind,
  problemSchema,
  problemType,
} from '@distributed-patterns/contracts';
import { OrderApiError } from '@distributed-patterns/order-client';
import { goodOrder, System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterAll(() => system.stop());

const item = goodOrder.items[0];
const mouse = { productId: 'mouse', quantity: 1, price: 39.99 };
const SCRIPT = '<script>alert(1)</script>';
/** Of ours: the status of an answer, and the type of its problem. */
async function problemOf(response: Response): Promise<[number, string]> {
  return [response.status, problemSchema.parse(await response.json()).type];
}
const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${system.apiUrl}${path}`, { headers });

describe('POST /orders', () => {
  it('is served under the stage as well, as it is deployed', async () => {
    const response = await system.post(goodOrder, {}, '/dev/orders');
    expect(response.status).toBe(201);
    const { orderId } = placeOrderResponseSchema.parse(await response.json());
    expect(await (await fetch(`${system.apiUrl}/dev/orders/${orderId}`)).json()).toMatchObject({ orderId });
  });

  it.each([
    ['no body', '', ''],
    ['broken JSON', '{"customerId": "customer-123", ', ''],
    ['a list', [], ''],
    ['no customer', { items: [item] }, '/customerId'],
    ['a customer of the wrong type', { ...goodOrder, customerId: 7 }, '/customerId'],
    ['no items', { customerId: 'customer-123' }, '/items'],
    ['empty items', { ...goodOrder, items: [] }, '/items'],
    ['half a laptop', { ...goodOrder, items: [{ ...item, quantity: 0.5 }] }, '/items/0/quantity'],
    ['a quantity as text', { ...goodOrder, items: [{ ...item, quantity: '1' }] }, '/items/0/quantity'],
    ['a price with three decimals', { ...goodOrder, items: [{ ...item, price: 1.999 }] }, '/items/0/price'],
    [
      'a price that is not a number',
      '{"customerId":"c","items":[{"productId":"laptop","quantity":1,"price":NaN}]}',
      '',
    ],
    ['two prices for one product', { ...goodOrder, items: [item, mouse, { ...item, price: 1299 }] }, '/items/2/price'],
    ['an unknown field', { ...goodOrder, coupon: 'FREE' }, '/coupon'],
    ['an unknown field of an item', { ...goodOrder, items: [{ ...item, gift: true }] }, '/items/0/gift'],
    ['an address that is none', { ...goodOrder, customerEmail: 'a@b' }, '/customerEmail'],
    ['a header in an address', { ...goodOrder, customerEmail: 'a@b.example\r\nBcc: c@d.example' }, '/customerEmail'],
    ['a script in an address', { ...goodOrder, customerEmail: `"${SCRIPT}"@b.example` }, '/customerEmail'],
    ['a script as a card', { ...goodOrder, paymentMethod: `pm_${SCRIPT}` }, '/paymentMethod'],
    ['a polluted prototype', '{"__proto__":{"admin":true},"customerId":"c","items":[]}', '/items'],
  ])('refuses %s and names the field', async (_what, body, pointer) => {
    const response = await system.post(body);
    const problem = problemSchema.parse(await response.json());
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(problem.errors?.map((error) => error.pointer)).toContain(pointer);
    expect(problem.type).toBe(problemType('invalid-request'));
    expect(JSON.stringify(problem)).not.toMatch(/\bat .*\.(m?js|ts):\d+/);
  });

  it.each<[string, object, ProblemKind, string]>([
    ['21 lines', { items: Array(21).fill(item) }, 'too-many-lines', '/items'],
    ['a negative quantity', { items: [{ ...item, quantity: -1 }] }, 'quantity-out-of-range', '/items/0/quantity'],
    ['no quantity at all', { items: [{ ...item, quantity: 0 }] }, 'quantity-out-of-range', '/items/0/quantity'],
    ['1001 mice', { items: [{ ...mouse, quantity: 1_001 }] }, 'quantity-out-of-range', '/items/0/quantity'],
    [
      'a cent over a million',
      {
        items: [
          { ...item, quantity: 100, price: 10_000 },
          { ...mouse, price: 0.01 },
        ],
      },
      'total-too-large',
      '/items',
    ],
    ['a product with a slash', { items: [{ ...item, productId: 'a/b' }] }, 'invalid-identifier', '/items/0/productId'],
    ['a script as a product', { items: [{ ...item, productId: SCRIPT }] }, 'invalid-identifier', '/items/0/productId'],
    ['a script as a customer', { customerId: SCRIPT }, 'invalid-identifier', '/customerId'],
    ['a customer of 65 letters', { customerId: 'c'.repeat(65) }, 'invalid-identifier', '/customerId'],
  ])('has a problem type of its own for %s', async (_what, other, kind, pointer) => {
    const response = await system.post({ ...goodOrder, ...other });
    const problem = problemSchema.parse(await response.json());
    expect([response.status, problem.type]).toEqual([400, problemType(kind)]);
    expect(problem.errors).toEqual([expect.objectContaining({ pointer, type: problemType(kind) })]);
  });

  it('names a hundred mistakes at most, however many there are', async () => {
    const response = await system.post({ ...goodOrder, items: Array(50_000).fill({}) });
    expect(response.status).toBe(400);
    expect(problemSchema.parse(await response.json()).errors).toHaveLength(100);
  });

  it('takes what is just within the limits', async () => {
    const items = [{ productId: 'p'.repeat(64), quantity: 1_000, price: 1_000 }];
    const { orderId, totalAmount } = await system.place({ customerId: 'c'.repeat(64), items });
    expect(totalAmount).toBe(1_000_000);
    expect(await system.ended(orderId)).toMatchObject({ status: 'FAILED', reason: { code: 'UNKNOWN_PRODUCT' } });
  });

  it('refuses a body of one megabyte', async () => {
    const response = await system.post({ ...goodOrder, customerId: 'a'.repeat(1024 * 1024) });
    expect(response.status).toBe(413);
    expect(problemSchema.parse(await response.json()).status).toBe(413);
  });

  it('leaves to the gateway what the gateway refuses', async () => {
    const response = await system.post(JSON.stringify({ ...goodOrder, customerId: 'a'.repeat(11 * 1024 * 1024) }));
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ message: 'Request Entity Too Large' });
  });

  it('refuses what is not JSON', async () => {
    expect((await system.post(goodOrder, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await system.post(goodOrder, { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it('survives a client that goes away in the middle of its body', async () => {
    const { hostname, port } = new URL(system.apiUrl);
    const broken = request({ hostname, port, path: '/orders', method: 'POST', headers: { 'content-length': '1000' } });
    await new Promise<void>((resolve) => {
      broken.once('close', resolve).once('error', () => resolve());
      broken.write('{"customerId":', () => broken.destroy());
    });
    expect((await system.post(goodOrder)).status).toBe(201);
  });
});

describe('other paths and methods', () => {
  it.each([
    ['GET', '/nothing', 404],
    ['GET', '/', 404],
    ['GET', '/orders/not-an-id', 404],
    ['GET', '/orders/0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70', 404],
    ['GET', '/orders/0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70/cancel', 405],
    ['POST', '/orders/0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70/cancel', 404],
    ['POST', '/orders/0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70', 405],
    ['DELETE', '/orders', 405],
    ['PUT', '/dev/orders', 405],
    ['POST', '/products', 405],
    ['POST', '/orders/', 404],
  ])('%s %s answers %d as a problem', async (method, path, status) => {
    const response = await fetch(`${system.apiUrl}${path}`, { method });
    expect(response.status).toBe(status);
    expect(problemSchema.parse(await response.json()).status).toBe(status);
  });

  it('leaves to the gateway a path that cannot be decoded', async () => {
    const response = await fetch(`${system.apiUrl}/%E0%A4%A`);
    expect([response.status, await response.json()]).toEqual([400, { message: 'Bad Request' }]);
  });

  it('lists what can be ordered', async () => {
    expect(await system.product('laptop')).toMatchObject({ name: 'Laptop', price: 1299.99, currency: 'USD' });
  });
});

describe('an idempotency key', () => {
  it('makes one order of two requests, and says which answer is a repeat', async () => {
    const headers = { 'x-idempotency-key': 'twice' };
    const first = await system.post(goodOrder, headers);
    await system.idle();
    const second = await system.post(goodOrder, headers);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await second.json()).toEqual(await first.json());
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['under its standard name', { 'idempotency-key': 'named' }],
    ['under its standard name, quoted as the standard has it', { 'idempotency-key': '"named"' }],
    ['quoted under its other name', { 'x-idempotency-key': '"named"' }],
    ['under both', { 'x-idempotency-key': 'named', 'idempotency-key': '"named"' }],
  ])('may come %s', async (_how, headers) => {
    const first = await system.post(goodOrder, { 'x-idempotency-key': 'named' });
    const second = await system.post(goodOrder, headers);
    expect(second.status).toBe(201);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await second.json()).toEqual(await first.json());
  });

  it('that is another one makes another order; so does none', async () => {
    const answers = await Promise.all([
      system.post(goodOrder, { 'x-idempotency-key': 'one' }),
      system.post(goodOrder, { 'x-idempotency-key': 'other' }),
      system.post({ ...goodOrder, customerId: 'somebody' }, { 'x-idempotency-key': 'one' }),
      system.post(goodOrder),
      system.post(goodOrder),
    ]);
    const orders = await Promise.all(answers.map((answer) => answer.json()));
    expect(new Set(orders.map((order) => placeOrderResponseSchema.parse(order).orderId)).size).toBe(5);
  });

  it('belongs to its body', async () => {
    await system.place({}, { idempotencyKey: 'body' });
    const response = await system.post({ ...goodOrder, items: [mouse] }, { 'x-idempotency-key': 'body' });
    expect(await problemOf(response)).toEqual([422, problemType('idempotency-key-reused')]);
  });

  it('makes a new order once its ten minutes are over', async () => {
    const first = await system.place({}, { idempotencyKey: 'late' });
    await system.advance(10 * 60_000 + 1_000);
    const second = await system.place({}, { idempotencyKey: 'late' });
    expect(second.orderId).not.toBe(first.orderId);
  });

  it('finds the first order although its answer was never recorded', async () => {
    await system.inject({
      at: 'dynamodb.UpdateItem',
      effect: 'error',
      error: { code: 'InternalServerError', message: 'down' },
      times: 5,
    });
    const broken = await system.post(goodOrder, { 'x-idempotency-key': 'crash' });
    expect(broken.status).toBe(503);
    await system.heal();
    await system.advance(60_000);
    const again = await system.post(goodOrder, { 'x-idempotency-key': 'crash' });
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it.each([
    ['blanks', { 'x-idempotency-key': 'a b' }],
    ['too much', { 'x-idempotency-key': 'a'.repeat(256) }],
    ['a comma, as of a header that came twice', { 'x-idempotency-key': 'a,b' }],
    ['half a quote', { 'idempotency-key': '"a' }],
    ['something after its quote', { 'idempotency-key': '"a";b' }],
    ['nothing in its quotes', { 'idempotency-key': '""' }],
    ['two values', { 'x-idempotency-key': 'a', 'idempotency-key': 'b' }],
  ])('with %s is refused', async (_what, headers) => {
    expect(await problemOf(await system.post(goodOrder, headers))).toEqual([
      400,
      problemType('invalid-idempotency-key'),
    ]);
  });

  it('of many requests at once makes one order', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => system.post(goodOrder, { 'x-idempotency-key': 'many' })),
    );
    const accepted = answers.filter(({ status }) => status === 201);
    const bodies = await Promise.all(accepted.map((answer) => answer.json()));
    expect(new Set(bodies.map((body) => placeOrderResponseSchema.parse(body).orderId)).size).toBe(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([409, '1']);
    }
  });
});

describe('GET /orders/{orderId}', () => {
  it('has nothing new to say while the tag that it gave is still true', async () => {
    const release = await system.inject({ at: 'events.deliver', where: { detailType: 'OrderPlaced' }, effect: 'hold' });
    const { orderId } = await system.place();
    await system.idle();
    const placed = await get(`/orders/${orderId}`);
    const tag = placed.headers.get('etag') ?? '';
    const again = await get(`/orders/${orderId}`, { 'if-none-match': `"other", W/${tag}` });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);

    await release();
    await system.ended(orderId);
    const completed = await get(`/orders/${orderId}`, { 'if-none-match': tag });
    expect([completed.status, await completed.json()]).toEqual([200, expect.objectContaining({ status: 'COMPLETED' })]);
    expect(completed.headers.get('etag')).not.toBe(tag);
  });
});

describe('GET /orders', () => {
  const customerId = 'customer-with-a-list';
  let placed: string[];
  const ids = (orders: readonly { readonly orderId: string }[]) => orders.map(({ orderId }) => orderId);

  beforeAll(async () => {
    placed = [];
    for (const quantity of [1, 2, 1, 1, 2]) {
      const items = [{ productId: 'limited-edition', quantity, price: 499 }];
      placed.unshift((await system.place({ customerId, items })).orderId);
      // Time tells them apart, and what is left for the others.
      await system.idle();
      await system.advance(1);
    }
  });

  it("lists a customer's orders as they are, newest first", async () => {
    const orders = await system.orders({ customerId });
    expect(ids(orders)).toEqual(placed);
    expect(orders[4]).toEqual(await system.order(placed[4] ?? ''));
    expect(await system.orders({ customerId: 'customer-without-orders' })).toEqual([]);
  });

  it('lists those of one status only', async () => {
    const [completed, failed, pending] = [
      await system.orders({ customerId, status: 'COMPLETED' }),
      await system.orders({ customerId, status: 'FAILED' }),
      await system.orders({ customerId, status: 'PENDING' }),
    ];
    expect(ids(completed)).toEqual(placed.slice(-1));
    expect(ids(failed)).toEqual(placed.slice(0, -1));
    expect(pending).toEqual([]);
  });

  it.each([1, 2, 4, 5, 100])('gives each order once, %d a page', async (limit) => {
    expect(ids(await system.orders({ customerId, limit }))).toEqual(placed);
    expect(ids(await system.orders({ customerId, limit, status: 'FAILED' }))).toEqual(placed.slice(0, -1));
  });

  it('goes on where a page ended, although there are newer orders meanwhile', async () => {
    const other = 'customer-who-goes-on';
    const first = await system.place({ customerId: other });
    await system.advance(1);
    await system.place({ customerId: other });
    const { nextCursor } = await system.client().ordersPage({ customerId: other, limit: 1 });
    await system.advance(1);
    await system.place({ customerId: other });
    const { orders } = await system.client().ordersPage({ customerId: other, cursor: nextCursor ?? '' });
    expect(ids(orders)).toEqual([first.orderId]);
  });

  it.each<[string, string, ProblemKind]>([
    ['no customer', '', 'invalid-request'],
    ['a customer that cannot be', 'customerId=a/b', 'invalid-identifier'],
    ['a status that there is not', 'customerId=a&status=SHIPPED', 'invalid-request'],
    ['no orders a page', 'customerId=a&limit=0', 'invalid-request'],
    ['too many orders a page', 'customerId=a&limit=101', 'invalid-request'],
    ['half an order a page', 'customerId=a&limit=0.5', 'invalid-request'],
    ['the same twice', 'customerId=a&limit=1&limit=1', 'invalid-request'],
    ['an unknown parameter', 'customerId=a&page=2', 'invalid-request'],
    ['a cursor that is none', 'customerId=a&cursor=MTIz', 'invalid-cursor'],
  ])('refuses %s', async (_what, query, kind) => {
    expect(await problemOf(await get(`/orders?${query}`))).toEqual([400, problemType(kind)]);
  });

  it('refuses a cursor of another list', async () => {
    const { nextCursor = '' } = orderListSchema.parse(
      await (await get(`/orders?customerId=${customerId}&limit=1`)).json(),
    );
    expect(nextCursor).not.toBe('');
    for (const other of ['customerId=a', `customerId=${customerId}&status=FAILED`]) {
      const response = await get(`/orders?${other}&cursor=${nextCursor}`);
      expect(await problemOf(response)).toEqual([400, problemType('invalid-cursor')]);
    }
  });
});

describe('POST /orders/{orderId}/cancel', () => {
  it('has everything undone that was done for an order', async () => {
    const before = await system.product('headset');
    const release = await system.inject({
      at: 'events.deliver',
      where: { detailType: 'CompleteOrder' },
      effect: 'hold',
      times: 10,
    });
    const { orderId } = await system.place({ items: [{ productId: 'headset', quantity: 2, price: 129.5 }] });
    expect(await system.settled(orderId)).toMatchObject({ status: 'PAYMENT_PROCESSED' });
    expect(await system.charged(orderId)).toBe(25_900);

    const response = await fetch(`${system.apiUrl}/orders/${orderId}/cancel`, { method: 'POST' });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ orderId, status: 'PAYMENT_PROCESSED' });
    expect(await (await get(response.headers.get('location') ?? '')).json()).toMatchObject({ orderId });
    await system.idle();
    await release();

    const order = await system.ended(orderId);
    expect(order).toMatchObject({ status: 'CANCELLED', reason: { code: 'CANCELLED_BY_CUSTOMER' } });
    expect(order.history.map(({ step }) => step).sort()).toEqual(
      [
        ...['placed', 'reserved', 'paid', 'notified', 'cancellation requested'],
        ...['notification cancelled', 'refunded', 'released', 'cancelled'],
      ].sort(),
    );
    await system.idle();
    expect(await system.product('headset')).toEqual(before);
    expect(await system.payments(orderId)).toMatchObject([{ latest_charge: { amount_refunded: 25_900 } }]);
    expect(await system.cancel(orderId)).toEqual({ outcome: 'cancelled', order });
  });

  it('of an order of which nothing has been done ends it without a charge', async () => {
    const before = await system.product('headset');
    const release = await system.inject({ at: 'events.deliver', where: { detailType: 'OrderPlaced' }, effect: 'hold' });
    const { orderId } = await system.place({ items: [{ productId: 'headset', quantity: 2, price: 129.5 }] });
    await system.idle();
    expect(await system.cancel(orderId)).toMatchObject({ outcome: 'cancelling', order: { status: 'PENDING' } });
    expect(await system.cancel(orderId)).toMatchObject({ outcome: 'cancelling' });
    await system.idle();
    await release();

    expect(await system.ended(orderId)).toMatchObject({ status: 'CANCELLED' });
    await system.idle();
    expect(await system.charged(orderId)).toBe(0);
    expect(await system.product('headset')).toEqual(before);
  });

  it.each([
    ['completed', item, 'COMPLETED'],
    ['failed', { ...item, productId: 'tractor' }, 'FAILED'],
  ])('of an order that has %s is refused', async (_how, ordered, status) => {
    const { orderId } = await system.place({ items: [ordered] });
    const ended = await system.ended(orderId);
    expect(ended.status).toBe(status);
    const error: unknown = await system.cancel(orderId).catch((refusal: unknown) => refusal);
    expect(error).toBeInstanceOf(OrderApiError);
    expect(error).toMatchObject({
      status: 409,
      problem: { type: problemType('order-ended'), detail: expect.stringContaining(status) },
    });
    expect(await system.order(orderId)).toEqual(ended);
  });
});
