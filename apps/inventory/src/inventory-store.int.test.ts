import type { Message } from '@distributed-patterns/contracts';
import { VersionClash } from '@distributed-patterns/messaging';
import { silentTelemetry } from '@distributed-patterns/telemetry';
import {
  createServiceTables,
  environmentOf,
  httpEvent,
  lambdaContext,
  type ServiceTables,
  startDynamoDb,
  testClockAndIds,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import type { Product, Reservation } from './inventory.ts';
import { InventoryStore } from './inventory-store.ts';
import { handler as listProducts } from './list-products.handler.ts';
import { handler as notFound } from './not-found.handler.ts';
import { handler as seedCatalogue } from './seed-catalogue.handler.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
let store: InventoryStore;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb);
  store = new InventoryStore(tables.client, tables);
});

const product = (productId: string, available = 5): Product => ({
  productId,
  name: `A ${productId}`,
  price: { amount: 1000, currency: 'USD' },
  available,
  reserved: 0,
  sold: 0,
});
const stockOf = async (productId: string) => {
  const item = await tables.item(`product#${productId}`);
  return [item?.['available'], item?.['reserved'], item?.['sold']];
};

const reserved: Reservation = { orderId: ORDER, status: 'RESERVED', items: [{ productId: 'laptop', quantity: 2 }] };
const take = (productId: string, quantity: number, price = 1000) => ({
  productId,
  available: -quantity,
  reserved: quantity,
  sold: 0,
  price: { amount: price, currency: 'USD' },
});
const message: Message = {
  type: 'InventoryReserved',
  source: 'inventory',
  metadata: {
    id: 'message-1',
    version: 1,
    occurredAt: '2026-01-15T09:30:00.000Z',
    correlationId: 'c',
    causationId: 'c',
  },
  data: { orderId: ORDER },
};

describe('the catalogue', () => {
  it('lists every product once, by id, however often it is added', async () => {
    expect(await store.list()).toEqual([]);
    expect(await store.addProduct(product('mouse'))).toBe('added');
    expect(await store.addProduct(product('laptop'))).toBe('added');
    expect(await store.addProduct({ ...product('mouse'), available: 99 })).toBe('exists');
    expect(await store.list()).toEqual([product('laptop'), product('mouse')]);
  });

  it('may hold more products than can be read at once', async () => {
    const ids = Array.from({ length: 101 }, (_, index) => `product-${String(index).padStart(3, '0')}`);
    for (const productId of ids) await store.addProduct(product(productId));
    expect((await store.list()).map(({ productId }) => productId)).toEqual(ids);
  });
});

describe('loading', () => {
  it('finds the reservation, and those of the products that there are, each once', async () => {
    await store.addProduct(product('laptop'));
    await store.commit(undefined, reserved, [take('laptop', 2)], [message]);
    const loaded = await store.load(ORDER, ['laptop', 'tractor', 'laptop']);
    expect(loaded.reservation).toEqual(reserved);
    expect([...loaded.products.values()]).toEqual([{ ...product('laptop', 3), reserved: 2 }]);
  });

  it('finds nothing of an order that is not known', async () => {
    expect(await store.load(ORDER)).toEqual({ reservation: undefined, products: new Map() });
  });
});

describe('committing', () => {
  beforeEach(async () => {
    await store.addProduct(product('laptop'));
    await store.addProduct(product('mouse', 1));
  });

  it('stores reservation, stock and messages together', async () => {
    await store.commit(undefined, reserved, [take('laptop', 2), take('mouse', 1)], [message]);
    expect([await stockOf('laptop'), await stockOf('mouse')]).toEqual([
      [3, 2, 0],
      [0, 1, 0],
    ]);
    expect(await tables.item(`reservation#${ORDER}`)).toMatchObject(reserved);
    expect(await tables.recorded()).toEqual([message]);
  });

  it.each([
    ['more than there is', [take('laptop', 2), take('mouse', 2)]],
    ['at another price', [take('laptop', 2), take('mouse', 1, 999)]],
    ['a product that there is not', [take('laptop', 2), take('tractor', 1)]],
    ['more out of what is reserved than that', [{ ...take('laptop', 0), available: 1, reserved: -1 }]],
  ])('never takes %s: nothing of it is stored', async (_what, moves) => {
    const before = await tables.items();
    await expect(store.commit(undefined, reserved, moves, [message])).rejects.toBeInstanceOf(VersionClash);
    expect(await tables.items()).toEqual(before);
    expect(await tables.recorded()).toEqual([]);
  });

  it.each<[string, Reservation | undefined, Reservation]>([
    ['as new', undefined, { orderId: ORDER, status: 'RELEASED' }],
    [
      'as rejected',
      { orderId: ORDER, status: 'REJECTED', reason: { code: 'A', message: 'b' } },
      { orderId: ORDER, status: 'RELEASED' },
    ],
  ])('over a reservation that was loaded %s, and has changed since, is a clash', async (_what, loaded, next) => {
    await store.commit(undefined, reserved, [take('laptop', 2)], []);
    await expect(store.commit(loaded, next, [], [message])).rejects.toBeInstanceOf(VersionClash);
    expect(await tables.item(`reservation#${ORDER}`)).toMatchObject({ status: 'RESERVED' });
    expect(await tables.recorded()).toEqual([]);
  });

  it('of ten orders for one product at once, none is cancelled by another', async () => {
    await store.addProduct(product('keyboard', 10));
    let attempts = 0;
    tables.client.middlewareStack.add(
      (next) => (args) => {
        attempts++;
        return next(args);
      },
      { step: 'initialize', name: 'counting' },
    );
    const orders = Array.from({ length: 10 }, (_, index) => `0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c8${index}`);
    await Promise.all(
      orders.map((orderId) =>
        store.commit(
          undefined,
          { orderId, status: 'RESERVED', items: [{ productId: 'keyboard', quantity: 1 }] },
          [take('keyboard', 1)],
          [],
        ),
      ),
    );
    tables.client.middlewareStack.remove('counting');
    expect(attempts).toBe(10);
    expect(await stockOf('keyboard')).toEqual([0, 10, 0]);
  });

  it('an answer to what is settled records the answer only', async () => {
    await store.commit(undefined, reserved, [take('laptop', 2)], []);
    await store.commit(reserved, reserved, [], [message]);
    expect(await stockOf('laptop')).toEqual([3, 2, 0]);
    expect(await tables.recorded()).toEqual([message]);
  });
});

describe('the demonstration’s products', () => {
  const seed = () =>
    seedCatalogue(undefined, undefined, {
      store,
      telemetry: silentTelemetry,
      clockAndIds: testClockAndIds(),
    });

  it('are added once: a second time adds nothing and gives no stock back', async () => {
    const { added } = await seed();
    expect(added).toEqual(expect.arrayContaining(['laptop', 'monitor', 'keyboard']));
    await store.commit(undefined, reserved, [take('laptop', 2, 129_999)], []);
    const before = await tables.items();
    expect(await seed()).toEqual({ added: [] });
    expect(await tables.items()).toEqual(before);
  });

  it('cost what the documentation says', async () => {
    await seed();
    const prices = Object.fromEntries((await store.list()).map(({ productId, price }) => [productId, price.amount]));
    expect(prices).toMatchObject({ laptop: 129_999, monitor: 34_999, keyboard: 8_999 });
  });
});

it('the API lists what can be ordered, in decimals', async () => {
  Object.assign(process.env, environmentOf(dynamodb, tables));
  await store.addProduct({ ...product('laptop', 3), price: { amount: 129_999, currency: 'USD' }, reserved: 2 });
  const answer = await listProducts(httpEvent({ route: 'GET /products' }), lambdaContext());
  expect([answer.statusCode, JSON.parse(answer.body ?? 'null')]).toEqual([
    200,
    { products: [{ productId: 'laptop', name: 'A laptop', price: 1299.99, currency: 'USD', available: 3 }] },
  ]);
  expect(await notFound(httpEvent({ route: 'POST /products' }), lambdaContext())).toMatchObject({ statusCode: 405 });
  expect(await notFound(httpEvent({ route: 'GET /stock' }), lambdaContext())).toMatchObject({ statusCode: 404 });
});
