import type { Message } from '@distributed-patterns/contracts';
import { VersionClash } from '@distributed-patterns/messaging';
import {
  createServiceTables,
  type ServiceTables,
  startDynamoDb,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import { CatalogueStore } from './catalogue-store.ts';
import type { Reservation } from './inventory.ts';
import { InventoryStore } from './inventory-store.ts';
import type { Product } from './product.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
let store: InventoryStore;
let catalogue: CatalogueStore;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb);
  store = new InventoryStore(tables.client, tables);
  catalogue = new CatalogueStore(tables.client, tables);
});

const product = (productId: string, available = 5): Product => ({
  productId,
  name: `A ${productId}`,
  price: { amount: 1000, currency: 'USD' },
  available,
  reserved: 0,
  sold: 0,
  received: available,
});
const stockOf = async (productId: string) => {
  const item = await tables.item(`product#${productId}`);
  return [item?.['available'], item?.['reserved'], item?.['sold']];
};

const reserved: Reservation = {
  orderId: ORDER,
  status: 'RESERVED',
  items: [{ productId: 'laptop', quantity: 2 }],
  reservedAt: '2026-01-15T09:30:00.000Z',
};
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

describe('loading', () => {
  it('finds the reservation, and those of the products that there are, each once', async () => {
    await catalogue.add(product('laptop'));
    await store.commit(undefined, reserved, [take('laptop', 2)], [message]);
    const loaded = await store.load(ORDER, ['laptop', 'tractor', 'laptop']);
    expect(loaded.reservation).toEqual(reserved);
    expect([...loaded.products.values()]).toEqual([{ ...product('laptop'), available: 3, reserved: 2 }]);
  });

  it('finds nothing of an order that is not known', async () => {
    expect(await store.load(ORDER)).toEqual({ reservation: undefined, products: new Map() });
  });
});

describe('committing', () => {
  beforeEach(async () => {
    await catalogue.add(product('laptop'));
    await catalogue.add(product('mouse', 1));
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
    ['the last piece, where some must be left', [take('laptop', 2), { ...take('mouse', 1), leaves: 'some' as const }]],
    ['fewer than there are, where none may be left', [{ ...take('laptop', 2), leaves: 'none' as const }]],
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
    await catalogue.add(product('keyboard', 10));
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

  it('takes as much as was decided, whatever else was taken meanwhile, as long as some is left as it was decided', async () => {
    await catalogue.add(product('keyboard', 10));
    const [one, other] = ['0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c81', '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c82'];
    const reserve = (orderId: string, quantity: number, leaves: 'none' | 'some') =>
      store.commit(
        undefined,
        { orderId, status: 'RESERVED', items: [{ productId: 'keyboard', quantity }] },
        [{ ...take('keyboard', quantity), leaves }],
        [],
      );
    await reserve(one, 4, 'some');
    await reserve(other, 6, 'none');
    expect(await stockOf('keyboard')).toEqual([0, 10, 0]);
  });

  it('an answer to what is settled records the answer only', async () => {
    await store.commit(undefined, reserved, [take('laptop', 2)], []);
    await store.commit(reserved, reserved, [], [message]);
    expect(await stockOf('laptop')).toEqual([3, 2, 0]);
    expect(await tables.recorded()).toEqual([message]);
  });
});
