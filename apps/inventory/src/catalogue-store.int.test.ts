import type { Message } from '@distributed-patterns/contracts';
import { VersionClash } from '@distributed-patterns/messaging';
import { silentTelemetry } from '@distributed-patterns/telemetry';
import {
  createServiceTables,
  type ServiceTables,
  startDynamoDb,
  testClockAndIds,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import { CatalogueStore, type RestockRecord } from './catalogue-store.ts';
import { InventoryStore } from './inventory-store.ts';
import type { Product } from './product.ts';
import { handler as seedCatalogue } from './seed-catalogue.handler.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
/** Years ahead, so that no record's time is over for DynamoDB, which would delete it. */
const now = new Date('2099-01-15T09:30:00.000Z');
const seconds = now.getTime() / 1000;

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
let catalogue: CatalogueStore;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb);
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
const at = (amount: number) => ({ ...product('laptop'), price: { amount, currency: 'USD' } });
/** The reservation of two laptops. */
const reserve = () =>
  new InventoryStore(tables.client, tables).commit(
    undefined,
    { orderId: ORDER, status: 'RESERVED', items: [{ productId: 'laptop', quantity: 2 }] },
    [{ productId: 'laptop', available: -2, reserved: 2, sold: 0, price: { amount: 1000, currency: 'USD' } }],
    [],
  );
const message: Message = {
  type: 'StockReplenished',
  source: 'inventory',
  metadata: {
    id: 'message-1',
    version: 1,
    occurredAt: '2026-01-15T09:30:00.000Z',
    correlationId: 'c',
    causationId: 'c',
  },
  data: { productId: 'laptop', quantity: 4, received: 9 },
};
const record = (change: Partial<RestockRecord> = {}): RestockRecord => ({
  key: 'key-1',
  fingerprint: 'four',
  receipt: { productId: 'laptop', quantity: 4, received: 9 },
  expiresAt: seconds + 600,
  ...change,
});

describe('the catalogue', () => {
  it('lists every product once, by id, however often it is added', async () => {
    expect(await catalogue.list()).toEqual([]);
    expect(await catalogue.add(product('mouse'))).toBe('added');
    expect(await catalogue.add(product('laptop'))).toBe('added');
    expect(await catalogue.add({ ...product('mouse'), available: 99 })).toBe('exists');
    expect(await catalogue.list()).toEqual([product('laptop'), product('mouse')]);
  });

  it('may hold more products than can be read at once', async () => {
    const ids = Array.from({ length: 101 }, (_, index) => `product-${String(index).padStart(3, '0')}`);
    for (const productId of ids) await catalogue.add(product(productId));
    expect((await catalogue.list()).map(({ productId }) => productId)).toEqual(ids);
  });

  it('finds a product by its id, or none', async () => {
    await catalogue.add(product('laptop'));
    expect([await catalogue.load('laptop'), await catalogue.load('tractor')]).toEqual([product('laptop'), undefined]);
  });

  it('takes what there is and was for what was received, where an item does not say', async () => {
    const { received: _none, ...item } = { ...product('laptop', 3), reserved: 2, sold: 5 };
    await tables.put({ pk: 'product#laptop', ...item });
    expect(await catalogue.load('laptop')).toEqual({ ...item, received: 10 });
  });
});

describe('changing', () => {
  beforeEach(() => catalogue.add(product('laptop')));

  it('sets name and price, tells of it, and leaves alone what was reserved meanwhile', async () => {
    const loaded = product('laptop');
    await reserve();
    await catalogue.change(loaded, { ...at(1100), name: 'Dearer' }, [message]);
    expect(await catalogue.load('laptop')).toEqual({ ...at(1100), name: 'Dearer', available: 3, reserved: 2 });
    expect(await tables.recorded()).toEqual([message]);
  });

  it('of what has another price by now, or is not there, is a clash, and nothing is stored', async () => {
    await catalogue.change(at(1000), at(1100), []);
    const before = await tables.items();
    await expect(catalogue.change(at(1000), at(1200), [message])).rejects.toBeInstanceOf(VersionClash);
    await expect(catalogue.change(product('tractor'), product('tractor'), [])).rejects.toBeInstanceOf(VersionClash);
    expect([await tables.items(), await tables.recorded()]).toEqual([before, []]);
  });

  it('at once to two prices: exactly one wins, and is told of', async () => {
    const outcomes = await Promise.allSettled([1100, 1200].map((amount) => catalogue.change(at(1000), at(amount), [])));
    const [won, ...others] = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
    expect(others).toEqual([]);
    expect((await catalogue.load('laptop'))?.price.amount).toBe(won === 0 ? 1100 : 1200);
  });

  it('while an order reserves at the old price: whoever comes second is refused or sees the other', async () => {
    const [changed, reserved] = await Promise.allSettled([catalogue.change(at(1000), at(1100), []), reserve()]);
    expect(changed.status).toBe('fulfilled');
    const { available, reserved: held, price } = (await catalogue.load('laptop')) ?? product('nothing');
    expect([available, held, price.amount]).toEqual(reserved.status === 'fulfilled' ? [3, 2, 1100] : [5, 0, 1100]);
  });
});

describe('a delivery', () => {
  beforeEach(() => catalogue.add(product('laptop')));
  const restock = (change?: Partial<RestockRecord>, loaded = product('laptop')) =>
    catalogue.restock(loaded, record(change), [message], now);
  const stock = async () => {
    const item = await tables.item('product#laptop');
    return [item?.['available'], item?.['received']];
  };

  it('stores stock, record and message together', async () => {
    expect(await restock()).toEqual({ outcome: 'restocked' });
    expect(await stock()).toEqual([9, 9]);
    expect(await tables.item('restock#key-1')).toMatchObject({ fingerprint: 'four', expiresAt: seconds + 600 });
    expect(await tables.recorded()).toEqual([message]);
  });

  it('is not hindered by an order that reserved since the product was loaded', async () => {
    await reserve();
    expect(await restock()).toEqual({ outcome: 'restocked' });
    expect(await catalogue.load('laptop')).toEqual({ ...product('laptop'), available: 7, reserved: 2, received: 9 });
  });

  it('finds the record of an earlier one with its key, and adds nothing', async () => {
    await restock();
    const before = await tables.items();
    const later = { fingerprint: 'five', receipt: { productId: 'laptop', quantity: 5, received: 14 } };
    expect(await restock(later)).toEqual({ outcome: 'recorded', record: record() });
    expect([await tables.items(), (await tables.recorded()).length]).toEqual([before, 1]);
  });

  it('takes the place of a record whose time is over, deleted or not', async () => {
    await restock({ expiresAt: seconds });
    const loaded = { ...product('laptop'), received: 9 };
    const receipt = { productId: 'laptop', quantity: 4, received: 13 };
    expect(await restock({ receipt }, loaded)).toEqual({ outcome: 'restocked' });
    expect(await stock()).toEqual([13, 13]);
  });

  it('of a product that another delivery came in for is a clash, and leaves no record', async () => {
    await restock();
    await expect(restock({ key: 'key-2' })).rejects.toBeInstanceOf(VersionClash);
    expect([await stock(), await tables.item('restock#key-2')]).toEqual([[9, 9], undefined]);
  });

  it('of a product that there is not is a clash, and makes none', async () => {
    await expect(restock({}, product('tractor'))).rejects.toBeInstanceOf(VersionClash);
    expect([await tables.item('product#tractor'), await tables.item('restock#key-1')]).toEqual([undefined, undefined]);
  });

  it('counts what was received from then on, where the item did not', async () => {
    const { received: _none, ...item } = { ...product('laptop', 3), reserved: 1, sold: 1 };
    await tables.put({ pk: 'product#laptop', ...item });
    const loaded = await catalogue.load('laptop');
    expect(await restock({}, loaded)).toEqual({ outcome: 'restocked' });
    await expect(restock({ key: 'key-2' }, loaded)).rejects.toBeInstanceOf(VersionClash);
    expect(await stock()).toEqual([7, 9]);
  });

  it('ten times at once with one key comes in once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => restock()));
    expect(outcomes.filter(({ outcome }) => outcome === 'restocked')).toHaveLength(1);
    expect([await stock(), (await tables.recorded()).length]).toEqual([[9, 9], 1]);
  });
});

describe('the demonstration’s products', () => {
  const seed = () =>
    seedCatalogue(undefined, undefined, {
      store: new InventoryStore(tables.client, tables),
      catalogue,
      telemetry: silentTelemetry,
      clockAndIds: testClockAndIds(),
    });

  it('are added once: a second time adds nothing and gives no stock back', async () => {
    const { added } = await seed();
    expect(added).toEqual(expect.arrayContaining(['laptop', 'monitor', 'keyboard']));
    await catalogue.change({ ...product('laptop'), price: { amount: 129_999, currency: 'USD' } }, at(1000), []);
    await reserve();
    const before = await tables.items();
    expect(await seed()).toEqual({ added: [] });
    expect(await tables.items()).toEqual(before);
  });

  it('cost what the documentation says, and have all that they received', async () => {
    await seed();
    const products = await catalogue.list();
    const prices = Object.fromEntries(products.map(({ productId, price }) => [productId, price.amount]));
    expect(prices).toMatchObject({ laptop: 129_999, monitor: 34_999, keyboard: 8_999 });
    expect(products.map(({ received }) => received)).toEqual(products.map(({ available }) => available));
  });
});
