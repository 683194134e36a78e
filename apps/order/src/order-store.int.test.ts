import { announce, type Message, orderCompleted } from '@distributed-patterns/contracts';
import { stamp, VersionClash } from '@distributed-patterns/messaging';
import {
  createServiceTables,
  type ServiceTables,
  startDynamoDb,
  testClockAndIds,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import { cancel, complete, type Decision, fail, follow, type Order, place } from './order.ts';
import { type IdempotencyGuard, type LoadedOrder, OrderStore } from './order-store.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const OTHER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c71';
/** Far ahead, so that DynamoDB, which goes by the machine's clock, lets no guard expire by itself. */
const NOW = new Date('2099-01-15T09:30:00.999Z');
const SECONDS = Date.parse('2099-01-15T09:30:00.000Z') / 1000;

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
let store: OrderStore;
let clockAndIds: ReturnType<typeof testClockAndIds>;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb);
  store = new OrderStore(tables.client, tables);
  clockAndIds = testClockAndIds();
});

const newOrder = (orderId = ORDER) =>
  place({
    orderId,
    customerId: 'customer-123',
    customerEmail: 'ann@example.com',
    items: [{ productId: 'laptop', quantity: 1, unitPrice: { amount: 129_999, currency: 'USD' } }],
    total: { amount: 129_999, currency: 'USD' },
    paymentMethod: 'pm_card_visa',
    placedAt: NOW.toISOString(),
  });

const stamped = (announcement: ReturnType<typeof newOrder>['announcement']): Message =>
  stamp(announcement, { id: 'request-1', correlationId: 'request-1' }, clockAndIds);

const guardOf = (orderId: string, change: Partial<IdempotencyGuard> = {}): IdempotencyGuard => ({
  key: 'hashed-key',
  fingerprint: 'fingerprint-1',
  response: { orderId, status: 'PENDING', totalAmount: 1299.99, message: 'Order created successfully' },
  expiresAt: SECONDS + 600,
  ...change,
});

const placeOrder = (orderId = ORDER, guard?: IdempotencyGuard, now = NOW) => {
  const { order, announcement } = newOrder(orderId);
  return store.place(order, stamped(announcement), guard, now);
};

const loaded = async (orderId = ORDER): Promise<LoadedOrder> => {
  const found = await store.load(orderId);
  if (found === undefined) throw new Error(`there is no order ${orderId}`);
  return found;
};

const commit = (from: LoadedOrder, decision: Decision): Promise<void> => {
  if (decision.kind === 'ignored') throw new Error('nothing was decided');
  const next = decision.kind === 'accepted' ? decision.order : from.order;
  return store.commit(from, next, decision.announcements.map(stamped));
};

const types = async (): Promise<string[]> => (await tables.recorded()).map(({ type }) => type);

describe('placing an order', () => {
  it('without a guard stores it with its event', async () => {
    expect(await placeOrder()).toEqual({ outcome: 'placed' });
    expect(await loaded()).toEqual({ order: newOrder().order, version: 1 });
    expect(await tables.recorded()).toMatchObject([{ type: 'OrderPlaced', data: { orderId: ORDER } }]);
    expect(await tables.items()).toHaveLength(1);
  });

  it('with a guard stores that beside it', async () => {
    expect(await placeOrder(ORDER, guardOf(ORDER))).toEqual({ outcome: 'placed' });
    expect((await loaded()).order.status).toBe('PENDING');
    expect(await tables.item('idempotency#hashed-key')).toMatchObject({
      fingerprint: 'fingerprint-1',
      response: { orderId: ORDER },
      expiresAt: SECONDS + 600,
    });
  });

  it('whose guard lives already finds that, and writes nothing', async () => {
    await placeOrder(ORDER, guardOf(ORDER));
    const before = await tables.items();
    const second = await placeOrder(OTHER, guardOf(OTHER, { fingerprint: 'fingerprint-2' }));
    expect(second).toEqual({ outcome: 'guarded', guard: guardOf(ORDER) });
    expect(await tables.items()).toEqual(before);
    expect(await types()).toEqual(['OrderPlaced']);
  });

  it('goes by the guard’s own clock: it lives up to the second in which it expires', async () => {
    await placeOrder(ORDER, guardOf(ORDER, { expiresAt: SECONDS + 1 }));
    expect((await placeOrder(OTHER, guardOf(OTHER))).outcome).toBe('guarded');
    const aSecondLater = new Date(NOW.getTime() + 1000);
    expect((await placeOrder(OTHER, guardOf(OTHER), aSecondLater)).outcome).toBe('placed');
    expect(await tables.item('idempotency#hashed-key')).toMatchObject({ response: { orderId: OTHER } });
    expect((await loaded(OTHER)).order.orderId).toBe(OTHER);
  });

  it('under another key is another order', async () => {
    await placeOrder(ORDER, guardOf(ORDER));
    expect(await placeOrder(OTHER, guardOf(OTHER, { key: 'another-key' }))).toEqual({ outcome: 'placed' });
  });

  it('twice at once under one key places one of them', async () => {
    const placements = await Promise.all([placeOrder(ORDER, guardOf(ORDER)), placeOrder(OTHER, guardOf(OTHER))]);
    expect(placements.map(({ outcome }) => outcome).sort()).toEqual(['guarded', 'placed']);
    expect(await types()).toEqual(['OrderPlaced']);
    expect(await tables.items()).toHaveLength(2);
  });

  it.each([undefined, guardOf(ORDER)])(
    'over an order with the same id is a clash, and writes nothing',
    async (guard) => {
      await placeOrder();
      const before = await tables.items();
      await expect(placeOrder(ORDER, guard)).rejects.toBeInstanceOf(VersionClash);
      expect(await tables.items()).toEqual(before);
      expect(await types()).toEqual(['OrderPlaced']);
    },
  );

  it('that fails leaves nothing half-written', async () => {
    dynamodb.faults.inject({
      at: 'dynamodb.TransactWriteItems',
      effect: 'error',
      error: { code: 'AccessDeniedException', message: 'no', status: 400 },
      times: 1,
    });
    await expect(placeOrder(ORDER, guardOf(ORDER))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect([await tables.items(), await types()]).toEqual([[], []]);
  });
});

describe('committing a decision', () => {
  const reason = { code: 'OUT_OF_STOCK', message: 'None are left.' };
  const at = '2099-01-15T09:31:00.000Z';

  it('stores the next state one version on, with its messages', async () => {
    await placeOrder();
    await commit(await loaded(), complete((await loaded()).order, at));
    expect(await loaded()).toMatchObject({ version: 2, order: { status: 'COMPLETED', history: { completed: at } } });
    expect(await types()).toEqual(['OrderPlaced', 'OrderCompleted']);
  });

  it.each<[string, (order: Order) => Decision]>([
    ['followed', (order) => follow(order, { step: 'reserved', at })],
    ['compensating', (order) => follow(order, { step: 'released', at })],
    ['completed', (order) => complete(order, at)],
    ['failed', (order) => fail(order, reason, at)],
    ['cancelled', (order) => fail({ ...order, cancelRequestedAt: at }, reason, at)],
    ['to be undone', (order) => cancel(order, at)],
  ])('of an order that is then %s can be loaded as it was committed', async (_what, decide) => {
    await placeOrder();
    const from = await loaded();
    const decision = decide(from.order);
    await commit(from, decision);
    expect(decision).toMatchObject({ kind: 'accepted', order: (await loaded()).order });
  });

  it('of which somebody else was faster is a clash, and leaves theirs', async () => {
    await placeOrder();
    const from = await loaded();
    await commit(from, follow(from.order, { step: 'reserved', at }));
    await expect(commit(from, complete(from.order, at))).rejects.toBeInstanceOf(VersionClash);
    expect(await loaded()).toMatchObject({ version: 2, order: { status: 'INVENTORY_RESERVED' } });
    expect(await types()).toEqual(['OrderPlaced']);
  });

  it('twice at once lets exactly one win', async () => {
    await placeOrder();
    const from = await loaded();
    const results = await Promise.allSettled([
      commit(from, complete(from.order, at)),
      commit(from, fail(from.order, reason, at)),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { order } = await loaded();
    expect(await types()).toEqual(['OrderPlaced', order.status === 'COMPLETED' ? 'OrderCompleted' : 'OrderFailed']);
  });

  it('to cancel and one to complete at once lets exactly one win, and the other is refused from then on', async () => {
    for (let round = 0; round < 50; round++) {
      const orderId = `01900000-0000-7000-8000-${String(round).padStart(12, '0')}`;
      await placeOrder(orderId);
      const from = await loaded(orderId);
      const decisions = [cancel(from.order, at), complete(from.order, at)];
      // Neither is always the first to set off.
      const racing = round % 2 === 0 ? decisions : decisions.toReversed();
      const results = await Promise.allSettled(racing.map((decision) => commit(from, decision)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(results).toContainEqual({ status: 'rejected', reason: expect.any(VersionClash) });
      const { order, version } = await loaded(orderId);
      expect(version).toBe(2);
      const cancelled = order.cancelRequestedAt !== undefined;
      expect(order.status).toBe(cancelled ? 'PENDING' : 'COMPLETED');
      expect((cancelled ? complete(order, at) : cancel(order, at)).kind).toBe('refused');
    }
    const announced = (await types()).filter((type) => type !== 'OrderPlaced');
    expect(announced).toHaveLength(50);
    expect(announced.filter((type) => type !== 'OrderCancelRequested' && type !== 'OrderCompleted')).toEqual([]);
  });

  it('that changes nothing records the messages only', async () => {
    await placeOrder();
    const from = await loaded();
    await store.commit(from, from.order, [stamped(announce(orderCompleted, { orderId: ORDER }))]);
    expect((await loaded()).version).toBe(1);
    expect(await types()).toEqual(['OrderPlaced', 'OrderCompleted']);
  });

  it('of nothing does nothing', async () => {
    await placeOrder();
    const from = await loaded();
    await store.commit(from, from.order, []);
    expect((await loaded()).version).toBe(1);
  });
});

it('an order that there is not is not loaded', async () => {
  expect(await store.load(ORDER)).toBeUndefined();
});
