/** The catalogue's routes, as the gateway calls them. */
import {
  type Message,
  orderCompleted,
  problemSchema,
  problemType,
  putProductRequestSchema,
  releaseInventory,
  reserveInventory,
} from '@distributed-patterns/contracts';
import { httpEdge } from '@distributed-patterns/http-api';
import { silentTelemetry } from '@distributed-patterns/telemetry';
import {
  allHandled,
  createServiceTables,
  environmentOf,
  httpEvent,
  lambdaContext,
  messageOf,
  queueEvent,
  type ServiceTables,
  startDynamoDb,
  testClockAndIds,
  type TestClockAndIds,
  type TestDynamoDb,
  type TestRequest,
} from '@distributed-patterns/testing';
import * as z from 'zod';
import { CatalogueStore } from './catalogue-store.ts';
import { getProduct } from './get-product.handler.ts';
import { InventoryStore } from './inventory-store.ts';
import { handler as listProducts } from './list-products.handler.ts';
import { handler as notFound } from './not-found.handler.ts';
import { handler as onMessage } from './on-message.handler.ts';
import { putProduct } from './put-product.handler.ts';
import { restockProduct } from './restock-product.handler.ts';
import type { RestockWiring } from './wiring.ts';

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
let clockAndIds: TestClockAndIds;
let wired: RestockWiring;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb);
  // Years ahead, so that no record's time is over for DynamoDB, which would delete it.
  clockAndIds = testClockAndIds('2099-01-15T09:30:00.000Z');
  wired = {
    store: new InventoryStore(tables.client, tables),
    catalogue: new CatalogueStore(tables.client, tables),
    telemetry: silentTelemetry,
    clockAndIds,
    idempotencySeconds: 600,
  };
});

type Request = Partial<Omit<TestRequest, 'route' | 'parameters'>>;

/** Status, headers and body of an answer. */
async function ask(route: TestRequest['route'], productId: string, request: Request = {}) {
  const handle = { GET: getProduct, PUT: putProduct, POST: restockProduct }[route.split(' ')[0] ?? ''];
  if (handle === undefined) throw new Error(`nothing handles ${route}`);
  const handler = httpEdge(
    (event, context) => handle(event, context, wired),
    () => silentTelemetry,
  );
  const answer = await handler(httpEvent({ route, parameters: { productId }, ...request }), lambdaContext());
  return {
    status: answer.statusCode,
    headers: answer.headers ?? {},
    body: JSON.parse(answer.body ?? 'null') as unknown,
  };
}
const get = (productId: string, headers: Record<string, string> = {}) =>
  ask('GET /products/{productId}', productId, { headers });
const put = (productId: string, body: unknown) =>
  ask('PUT /products/{productId}', productId, { body, requestId: 'request-put' });
const restock = (productId: string, quantity: unknown, key: string | undefined = 'key-1', request: Request = {}) =>
  ask('POST /products/{productId}/restock', productId, {
    body: { quantity },
    headers: key === '' ? {} : { 'idempotency-key': key },
    ...request,
  });

const laptop = { name: 'Laptop', price: 1299.99 };
const view = { productId: 'laptop', ...laptop, currency: 'USD', available: 0 };
const messages = async () => (await tables.recorded()).map(({ type, data }) => [type, data]);
const problem = (kind: Parameters<typeof problemType>[0], status: number) => ({
  status,
  body: { type: problemType(kind) },
});

describe('a product', () => {
  it('is not there before it is put, nor under an id that is none', async () => {
    for (const productId of ['laptop', 'a/b', '', '__proto__', 'p'.repeat(65)]) {
      expect(await get(productId)).toMatchObject(problem('not-found', 404));
    }
  });

  it('is made by the first put, without stock, and says where it is', async () => {
    expect(await put('laptop', laptop)).toMatchObject({
      status: 201,
      headers: { location: '/products/laptop' },
      body: view,
    });
    expect(await get('laptop')).toMatchObject({ status: 200, body: view });
    expect([await tables.item('product#laptop'), await messages()]).toMatchObject([{ received: 0 }, []]);
  });

  it('has a tag that holds until something changes', async () => {
    await put('laptop', laptop);
    const { headers } = await get('laptop');
    const condition = { 'if-none-match': String(headers['etag']) };
    expect(await get('laptop', condition)).toMatchObject({ status: 304, body: null });
    await restock('laptop', 1);
    expect(await get('laptop', condition)).toMatchObject({ status: 200, body: { available: 1 } });
  });

  it('may get another price, which is told once, with what it was before', async () => {
    await put('laptop', laptop);
    for (let time = 0; time < 2; time++) {
      expect(await put('laptop', { ...laptop, price: 1199.5 })).toMatchObject({ status: 200, body: { price: 1199.5 } });
    }
    const [price, formerPrice] = [119_950, 129_999].map((amount) => ({ amount, currency: 'USD' }));
    expect(await messages()).toEqual([['ProductPriceChanged', { productId: 'laptop', price, formerPrice }]]);
    expect((await tables.recorded())[0]?.metadata).toMatchObject({
      causationId: 'request-put',
      correlationId: 'request-put',
    });
  });

  it('may get another name, which is told to nobody', async () => {
    await put('laptop', laptop);
    expect(await put('laptop', { ...laptop, name: 'Notebook' })).toMatchObject({ status: 200 });
    expect(await get('laptop')).toMatchObject({ body: { ...view, name: 'Notebook' } });
    expect(await messages()).toEqual([]);
  });

  it('keeps its stock when it is put', async () => {
    await put('laptop', laptop);
    await restock('laptop', 7);
    expect(await put('laptop', { ...laptop, price: 1 })).toMatchObject({ body: { available: 7 } });
  });

  it('that is put by many at once is made once, and every price that it had is told of', async () => {
    const prices = [10, 20, 30, 40];
    const answers = await Promise.all(prices.map((price) => put('laptop', { ...laptop, price })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    const told = (await tables.recorded()).map(
      ({ data }) => data as Record<'price' | 'formerPrice', { amount: number }>,
    );
    expect(told).toHaveLength(3);
    const last = Number((await wired.catalogue.load('laptop'))?.price.amount);
    const ends = told
      .map(({ price }) => price.amount)
      .filter((one) => !told.some((each) => each.formerPrice.amount === one));
    expect(ends).toEqual([last]);
  });

  it.each<[string, string, unknown, string, object]>([
    ['an id that is none', 'a b', laptop, 'invalid-identifier', { parameter: 'productId' }],
    ['a name too few', 'laptop', { price: 1 }, 'invalid-request', { pointer: '/name', detail: 'is missing' }],
    ['a price of nothing', 'laptop', { ...laptop, price: 0 }, 'invalid-request', { pointer: '/price' }],
    ['half a cent', 'laptop', { ...laptop, price: 0.005 }, 'invalid-request', { pointer: '/price' }],
    [
      'a price beyond every order',
      'laptop',
      { ...laptop, price: 1_000_000.01 },
      'invalid-request',
      { pointer: '/price' },
    ],
    [
      'a stock',
      'laptop',
      { ...laptop, available: 9 },
      'invalid-request',
      { pointer: '/available', detail: 'is not known' },
    ],
  ])('with %s is refused, and not made', async (_what, productId, body, kind, error) => {
    const answer = await put(productId, body);
    expect(problemSchema.parse(answer.body)).toMatchObject({
      type: problemType('not-found').replace('not-found', kind),
      status: 400,
      errors: [error],
    });
    expect(await tables.items()).toEqual([]);
  });
});

describe('the name of a product', () => {
  it.each(['a', 'Lämp', '数码相机', '👩‍🚀 suit', 'a b', 'x'.repeat(200), '𝒳'.repeat(200), '<b>'])('may be %s', (name) => {
    expect(putProductRequestSchema.safeParse({ name, price: 1 }).success).toBe(true);
  });

  it.each(['', ' ', ' a', 'a ', 'a\nb', 'a\u0000', '\ud800', 'x'.repeat(201), '𝒳'.repeat(201)])('is not %j', (name) => {
    expect(putProductRequestSchema.safeParse({ name, price: 1 }).success).toBe(false);
  });
});

describe('a delivery', () => {
  beforeEach(() => put('laptop', laptop));
  const replayed = { 'idempotent-replayed': 'true' };

  it('can be ordered at once, and is told of', async () => {
    const receipt = { productId: 'laptop', quantity: 5, received: 5 };
    const answer = await restock('laptop', 5);
    expect(answer).toMatchObject({ status: 200, body: receipt });
    expect(answer.headers).not.toHaveProperty('idempotent-replayed');
    expect(await get('laptop')).toMatchObject({ body: { available: 5 } });
    expect(await messages()).toEqual([['StockReplenished', receipt]]);
  });

  it('with a key that came before is answered as the first time, whatever came in between', async () => {
    const first = await restock('laptop', 5);
    await restock('laptop', 2, 'key-2');
    for (const key of ['key-1', '"key-1"']) {
      expect(await restock('laptop', 5, key)).toMatchObject({ status: 200, headers: replayed, body: first.body });
    }
    expect(await get('laptop')).toMatchObject({ body: { available: 7 } });
    expect(await messages()).toHaveLength(2);
  });

  it('of another quantity with a key that came before is refused', async () => {
    await restock('laptop', 5);
    expect(await restock('laptop', 6)).toMatchObject(problem('idempotency-key-reused', 422));
    expect(await get('laptop')).toMatchObject({ body: { available: 5 } });
  });

  it('may have the key of another product, or of another caller', async () => {
    await put('mouse', laptop);
    await restock('laptop', 5);
    const answers = [
      await restock('mouse', 6),
      await restock('laptop', 7, 'key-1', { claims: { sub: 'client|warehouse' } }),
      await restock('laptop', 8, 'key-1', { claims: { sub: 'client|office' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await get('laptop')).toMatchObject({ body: { available: 20 } });
  });

  it('comes in anew when the key’s time is over, and not a second before', async () => {
    await restock('laptop', 5);
    clockAndIds.advance(599_000);
    expect(await restock('laptop', 5)).toMatchObject({ headers: replayed });
    clockAndIds.advance(1_000);
    expect((await restock('laptop', 5)).headers).not.toHaveProperty('idempotent-replayed');
    expect(await get('laptop')).toMatchObject({ body: { available: 10 } });
  });

  it('that is sent many times at once with one key comes in once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => restock('laptop', 5)));
    expect(answers.map(({ body }) => body)).toEqual(
      answers.map(() => ({ productId: 'laptop', quantity: 5, received: 5 })),
    );
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
    expect([(await get('laptop')).body, await messages()]).toMatchObject([{ available: 5 }, { length: 1 }]);
  });

  it('beside others under keys of their own: all come in, and each is counted', async () => {
    const answers = await Promise.all(['a', 'b', 'c'].map((key) => restock('laptop', 5, key)));
    const received = answers.map(({ body }) => (body as { received: number }).received);
    expect(received.sort((one, other) => one - other)).toEqual([5, 10, 15]);
    expect(await get('laptop')).toMatchObject({ body: { available: 15 } });
  });

  it.each([
    [1, 'before', 'reads'],
    [1, 'after', 'reads'],
    [2, 'before', 'commits'],
    [2, 'after', 'commits'],
  ])('comes in once when it is sent again, where the function died at call %i, %s it %s', async (fatal, when) => {
    let calls = 0;
    tables.client.middlewareStack.add(
      (next) => async (args) => {
        if (++calls !== fatal) return next(args);
        if (when === 'after') await next(args);
        throw new Error('died');
      },
      { step: 'initialize', name: 'dying' },
    );
    expect(await restock('laptop', 5)).toMatchObject({ status: 500 });
    tables.client.middlewareStack.remove('dying');
    expect([(await restock('laptop', 5)).body, (await restock('laptop', 5)).body]).toEqual([
      { productId: 'laptop', quantity: 5, received: 5 },
      { productId: 'laptop', quantity: 5, received: 5 },
    ]);
    expect([(await get('laptop')).body, await messages()]).toMatchObject([{ available: 5 }, { length: 1 }]);
  });

  it.each<[string, string, unknown, string, Parameters<typeof problemType>[0], number]>([
    ['without a key', 'laptop', 5, '', 'invalid-idempotency-key', 400],
    ['with a malformed key', 'laptop', 5, '"a', 'invalid-idempotency-key', 400],
    ['of nothing', 'laptop', 0, 'key-1', 'quantity-out-of-range', 400],
    ['of more than a million', 'laptop', 1_000_001, 'key-1', 'quantity-out-of-range', 400],
    ['of half a piece', 'laptop', 0.5, 'key-1', 'invalid-request', 400],
    ['of a product that there is not', 'tractor', 5, 'key-1', 'not-found', 404],
    ['of what can be no product', 'a/b', 5, 'key-1', 'not-found', 404],
  ])('%s is refused, and leaves nothing', async (_what, productId, quantity, key, kind, status) => {
    const before = await tables.items();
    expect(await restock(productId, quantity, key)).toMatchObject(problem(kind, status));
    expect([await tables.items(), await messages()]).toEqual([before, []]);
  });

  it('of a million is taken', async () => {
    expect(await restock('laptop', 1_000_000)).toMatchObject({ status: 200, body: { received: 1_000_000 } });
  });
});

it('deliveries, other names and prices, orders, releases and sales at once: available, reserved and sold are what was received', async () => {
  await put('laptop', laptop);
  await restock('laptop', 12, 'first');
  const orderIds = Array.from({ length: 10 }, (_, index) => `0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c8${index}`);
  const unitPrice = { amount: 129_999, currency: 'USD' };
  const receive = (...all: readonly Message[]) => onMessage(queueEvent(...all), undefined, wired);
  const lives = orderIds.map(async (orderId, index) => {
    const items = [{ productId: 'laptop', quantity: 2, unitPrice }];
    expect(await receive(messageOf(reserveInventory, { orderId, items }))).toEqual(allHandled);
    const { status } = z.object({ status: z.string() }).parse(await tables.item(`reservation#${orderId}`));
    if (index % 3 === 0) await receive(messageOf(releaseInventory, { orderId }));
    if (index % 3 === 1 && status === 'RESERVED') await receive(messageOf(orderCompleted, { orderId }));
  });
  const writes = [1, 2, 3].flatMap((number) => [
    restock('laptop', number, `delivery-${number}`),
    put('laptop', { name: `Laptop ${number}`, price: number === 3 ? 999 : laptop.price }),
  ]);
  await Promise.all([...lives, ...writes]);
  const { available, reserved, sold, received } = (await wired.catalogue.load('laptop')) ?? fail();
  expect([available + reserved + sold, received]).toEqual([18, 18]);
  const statuses = await Promise.all(orderIds.map((orderId) => tables.item(`reservation#${orderId}`)));
  const held = (wanted: string) => 2 * statuses.filter((item) => item?.['status'] === wanted).length;
  expect([reserved, sold]).toEqual([held('RESERVED'), held('COMMITTED')]);
});

function fail(): never {
  throw new Error('there is no laptop');
}

it('the list has what can be ordered, in decimals', async () => {
  Object.assign(process.env, environmentOf(dynamodb, tables));
  await put('laptop', laptop);
  await restock('laptop', 3);
  const answer = await listProducts(httpEvent({ route: 'GET /products' }), lambdaContext());
  expect([answer.statusCode, JSON.parse(answer.body ?? 'null')]).toEqual([
    200,
    { products: [{ ...view, available: 3 }] },
  ]);
});

it('other methods and paths are answered by what there is', async () => {
  const stray = async (route: TestRequest['route']) => {
    const { statusCode, headers } = await notFound(httpEvent({ route }), lambdaContext());
    return [statusCode, headers?.['allow']];
  };
  expect(await stray('POST /products')).toEqual([405, 'GET']);
  expect(await stray('DELETE /products/laptop')).toEqual([405, 'GET, PUT']);
  expect(await stray('GET /products/laptop/restock')).toEqual([405, 'POST']);
  expect(await stray('GET /stock')).toEqual([404, undefined]);
});
