import { request } from 'node:http';
import { placeOrderResponseSchema, problemSchema } from '@distributed-patterns/contracts';
import { goodOrder, System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterAll(() => system.stop());

const item = goodOrder.items[0];

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
    ['too many items', { ...goodOrder, items: Array(21).fill(item) }, '/items'],
    ['a negative quantity', { ...goodOrder, items: [{ ...item, quantity: -1 }] }, '/items/0/quantity'],
    ['no quantity at all', { ...goodOrder, items: [{ ...item, quantity: 0 }] }, '/items/0/quantity'],
    ['half a laptop', { ...goodOrder, items: [{ ...item, quantity: 0.5 }] }, '/items/0/quantity'],
    ['a quantity as text', { ...goodOrder, items: [{ ...item, quantity: '1' }] }, '/items/0/quantity'],
    ['a price with three decimals', { ...goodOrder, items: [{ ...item, price: 1.999 }] }, '/items/0/price'],
    [
      'a price that is not a number',
      '{"customerId":"c","items":[{"productId":"laptop","quantity":1,"price":NaN}]}',
      '',
    ],
    ['an unknown field', { ...goodOrder, coupon: 'FREE' }, '/coupon'],
    ['an unknown field of an item', { ...goodOrder, items: [{ ...item, gift: true }] }, '/items/0/gift'],
    ['an address that is none', { ...goodOrder, customerEmail: 'a@b\nBcc: c@d.example' }, '/customerEmail'],
    ['a polluted prototype', '{"__proto__":{"admin":true},"customerId":"c","items":[]}', '/items'],
  ])('refuses %s and names the field', async (_what, body, pointer) => {
    const response = await system.post(body);
    const problem = problemSchema.parse(await response.json());
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(problem.errors?.map((error) => error.pointer)).toContain(pointer);
    expect(JSON.stringify(problem)).not.toMatch(/\bat .*\.(m?js|ts):\d+/);
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

  it('may come under its standard name', async () => {
    const first = await system.place({}, { 'x-idempotency-key': 'named' });
    const second = await system.place({}, { 'idempotency-key': 'named' });
    expect(second).toEqual(first);
  });

  it('that is another one makes another order; so does none', async () => {
    const orders = await Promise.all([
      system.place({}, { 'x-idempotency-key': 'one' }),
      system.place({}, { 'x-idempotency-key': 'other' }),
      system.place(),
      system.place(),
    ]);
    expect(new Set(orders.map(({ orderId }) => orderId)).size).toBe(4);
  });

  it('belongs to its body', async () => {
    await system.place({}, { 'x-idempotency-key': 'body' });
    const response = await system.post({ ...goodOrder, customerId: 'another' }, { 'x-idempotency-key': 'body' });
    expect(response.status).toBe(422);
    expect(problemSchema.parse(await response.json()).type).toContain('idempotency-key-reused');
  });

  it('makes a new order once its ten minutes are over', async () => {
    const first = await system.place({}, { 'x-idempotency-key': 'late' });
    await system.advance(10 * 60_000 + 1_000);
    const second = await system.place({}, { 'x-idempotency-key': 'late' });
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
    ['two values', { 'x-idempotency-key': 'a', 'idempotency-key': 'b' }],
  ])('with %s is refused', async (_what, headers) => {
    const response = await system.post(goodOrder, headers);
    expect(response.status).toBe(400);
    expect(problemSchema.parse(await response.json()).type).toContain('invalid-idempotency-key');
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
