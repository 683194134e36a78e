import {
  type Message,
  orderCancelled,
  orderCancelRequested,
  orderCompleted,
  orderFailed,
  type Reason,
  releaseInventory,
  reserveInventory,
} from '@distributed-patterns/contracts';
import {
  allHandled,
  createServiceTables,
  failed,
  messageOf,
  queueEvent,
  recordingTelemetry,
  type RecordingTelemetry,
  type ServiceTables,
  startDynamoDb,
  testClockAndIds,
  type TestClockAndIds,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import { CatalogueStore } from './catalogue-store.ts';
import { ContradictsReservation, type Reservation } from './inventory.ts';
import { InventoryStore, type LoadedStock } from './inventory-store.ts';
import { handler } from './on-message.handler.ts';

const orderNumber = (number: number) => `0199a7c2-5b1e-7c3a-9d2f-${String(number).padStart(12, '0')}`;
const ORDER = orderNumber(1);
const outOfStock: Reason = { code: 'OUT_OF_STOCK', message: 'None are left.' };

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
let store: InventoryStore;
let catalogue: CatalogueStore;
let telemetry: RecordingTelemetry;
let clockAndIds: TestClockAndIds;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb);
  store = new InventoryStore(tables.client, tables);
  catalogue = new CatalogueStore(tables.client, tables);
  telemetry = recordingTelemetry();
  clockAndIds = testClockAndIds();
  await catalogue.add({ ...laptop, available: 3 });
});

const laptop = {
  productId: 'laptop',
  name: 'Laptop',
  price: { amount: 1000, currency: 'USD' },
  available: 0,
  reserved: 0,
  sold: 0,
  received: 3,
};

const receive = (messages: readonly Message[], inventory = store) =>
  handler(queueEvent(...messages), undefined, { store: inventory, catalogue, telemetry, clockAndIds });

const reserve = (orderId = ORDER, quantity = 2, replyToken = 'token-1') =>
  messageOf(
    reserveInventory,
    { orderId, items: [{ productId: 'laptop', quantity, unitPrice: laptop.price }] },
    { id: 'command-1', replyToken },
  );
const release = (replyToken = 'token-1') => messageOf(releaseInventory, { orderId: ORDER }, { replyToken });
const completed = () => messageOf(orderCompleted, { orderId: ORDER });
/** The customer cancels: nobody waits for an answer. */
const cancelRequested = () => messageOf(orderCancelRequested, { orderId: ORDER }, { id: 'event-1' });

/** The order has ended without being completed: nobody waits for an answer either. */
const ended = (contract: typeof orderFailed | typeof orderCancelled) => {
  const items = [{ productId: 'laptop', quantity: 2, unitPrice: laptop.price }];
  const order = { orderId: ORDER, customerId: 'customer-123', items, total: { amount: 2000, currency: 'USD' } };
  const data = { ...order, reason: { code: 'PAYMENT_DECLINED', message: 'The card was declined.' } };
  return messageOf(contract, data, { id: 'event-1' });
};

/** Available, reserved and sold. */
const stock = async () => {
  const item = await tables.item('product#laptop');
  return [item?.['available'], item?.['reserved'], item?.['sold']];
};
const status = async (orderId = ORDER) => (await tables.item(`reservation#${orderId}`))?.['status'];
const answers = async () =>
  (await tables.recorded()).map(({ type, data, metadata }) => [type, data, metadata.replyToken, metadata.causationId]);

/** What is stored before the command comes, with the stock as it is then. */
const stored: Readonly<Record<string, { readonly reservation?: Reservation; stock: readonly number[] }>> = {
  NOTHING: { stock: [3, 0, 0] },
  RESERVED: {
    reservation: { orderId: ORDER, status: 'RESERVED', items: [{ productId: 'laptop', quantity: 2 }] },
    stock: [1, 2, 0],
  },
  COMMITTED: {
    reservation: { orderId: ORDER, status: 'COMMITTED', items: [{ productId: 'laptop', quantity: 2 }] },
    stock: [1, 0, 2],
  },
  REJECTED: { reservation: { orderId: ORDER, status: 'REJECTED', reason: outOfStock }, stock: [3, 0, 0] },
  RELEASED: { reservation: { orderId: ORDER, status: 'RELEASED' }, stock: [3, 0, 0] },
};
const given = async (state: string) => {
  const { reservation, stock: [available, reserved, sold] = [] } = stored[state] ?? {};
  await tables.put({ pk: 'product#laptop', ...laptop, available, reserved, sold });
  if (reservation !== undefined) await tables.put({ pk: `reservation#${ORDER}`, ...reservation });
};

describe('given each state', () => {
  it.each([
    ['NOTHING', 'RESERVED', [1, 2, 0], 'InventoryReserved', undefined],
    ['RESERVED', 'RESERVED', [1, 2, 0], 'InventoryReserved', undefined],
    ['COMMITTED', 'COMMITTED', [1, 0, 2], 'InventoryReserved', undefined],
    ['REJECTED', 'REJECTED', [3, 0, 0], 'InventoryRejected', outOfStock],
    ['RELEASED', 'RELEASED', [3, 0, 0], 'InventoryRejected', expect.objectContaining({ code: 'ALREADY_RELEASED' })],
  ])(
    '%s, when stock is to be reserved, then it is %s with stock %j and answered %s',
    async (before, after, left, answer, reason) => {
      await given(before);
      expect(await receive([reserve()])).toEqual(allHandled);
      expect([await status(), await stock()]).toEqual([after, left]);
      const data = { orderId: ORDER, ...(reason === undefined ? {} : { reason }) };
      expect(await answers()).toEqual([[answer, data, 'token-1', 'command-1']]);
    },
  );

  it.each([
    ['NOTHING', [3, 0, 0]],
    ['RESERVED', [3, 0, 0]],
    ['REJECTED', [3, 0, 0]],
    ['RELEASED', [3, 0, 0]],
  ])(
    '%s, when it is to be released, then it is RELEASED with stock %j and answered InventoryReleased',
    async (before, left) => {
      await given(before);
      expect(await receive([release('token-2')])).toEqual(allHandled);
      expect([await status(), await stock()]).toEqual(['RELEASED', left]);
      expect(await answers()).toEqual([['InventoryReleased', { orderId: ORDER }, 'token-2', 'message-1']]);
    },
  );

  it.each([
    ['RESERVED', [1, 0, 2]],
    ['COMMITTED', [1, 0, 2]],
  ])('%s, when the order is complete, then it is COMMITTED with stock %j', async (before, left) => {
    await given(before);
    expect(await receive([completed()])).toEqual(allHandled);
    expect([await status(), await stock()]).toEqual(['COMMITTED', left]);
    expect(await answers()).toEqual([]);
  });

  it.each([
    ['COMMITTED', release()],
    ['COMMITTED', cancelRequested()],
    ['COMMITTED', ended(orderFailed)],
    ['COMMITTED', ended(orderCancelled)],
  ])('%s, when a message contradicts it, then nothing changes and a person has to look', async (before, message) => {
    await given(before);
    const items = await tables.items();
    expect(await receive([message])).toEqual(failed('queued-1'));
    expect(telemetry.errors).toEqual([expect.any(ContradictsReservation)]);
    expect([await tables.items(), await answers()]).toEqual([items, []]);
  });

  it.each([['NOTHING'], ['REJECTED'], ['RELEASED']])(
    '%s, when the order is complete, then nothing changes, a person is told, and the message does not come again',
    async (before) => {
      await given(before);
      const items = await tables.items();
      expect(await receive([completed()])).toEqual(allHandled);
      expect([await tables.items(), await answers()]).toEqual([items, []]);
      expect(telemetry.recorded).toEqual(['SoldWithoutReservation 1']);
    },
  );
});

describe('an order that has ended without being completed', () => {
  it.each([
    ['failed', orderFailed],
    ['was cancelled', orderCancelled],
  ])('and %s gives back what is still reserved, once, and tells of it', async (_how, contract) => {
    await given('RESERVED');
    expect(await receive([ended(contract)])).toEqual(allHandled);
    expect(await receive([ended(contract)])).toEqual(allHandled);
    expect([await status(), await stock()]).toEqual(['RELEASED', [3, 0, 0]]);
    expect(await answers()).toEqual([['InventoryReleased', { orderId: ORDER }, undefined, 'event-1']]);
  });
});

describe('when stock was reserved', () => {
  it('is kept with the reservation while it is open, which the index finds by it', async () => {
    await receive([reserve()]);
    const reservedAt = clockAndIds.now().toISOString();
    expect(await tables.item(`reservation#${ORDER}`)).toMatchObject({ status: 'RESERVED', open: 'open', reservedAt });
    await receive([completed()]);
    expect(await tables.item(`reservation#${ORDER}`)).toEqual({
      pk: `reservation#${ORDER}`,
      orderId: ORDER,
      status: 'COMMITTED',
      items: [{ productId: 'laptop', quantity: 2 }],
    });
  });

  it.each([
    ['sold', () => completed(), 'COMMITTED'],
    ['released', () => release(), 'RELEASED'],
  ])('may not be known of an old reservation, which is %s all the same', async (_how, message, after) => {
    await given('RESERVED');
    expect(await receive([message()])).toEqual(allHandled);
    expect(await status()).toBe(after);
  });
});

describe('an order that its customer cancels', () => {
  it('after its stock was reserved gives it back at once, and no step of the saga takes the event for its answer', async () => {
    await given('RESERVED');
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    expect([await status(), await stock()]).toEqual(['RELEASED', [3, 0, 0]]);
    expect(await answers()).toEqual([['InventoryReleased', { orderId: ORDER }, undefined, 'event-1']]);
  });

  it.each([
    ['NOTHING', 'RELEASED'],
    ['REJECTED', 'REJECTED'],
    ['RELEASED', 'RELEASED'],
  ])(
    'gets no stock any more where there is %s, and nothing is told, since nothing came back',
    async (before, after) => {
      await given(before);
      expect(await receive([cancelRequested()])).toEqual(allHandled);
      expect([await status(), await stock()]).toEqual([after, [3, 0, 0]]);
      expect(await answers()).toEqual([]);
      await receive([reserve()]);
      expect((await answers()).map(([type]) => type)).toEqual(['InventoryRejected']);
    },
  );

  it('before its stock is reserved gets none: the saga hears a refusal and turns around', async () => {
    await receive([cancelRequested()]);
    expect(await receive([reserve()])).toEqual(allHandled);
    expect([await status(), await stock()]).toEqual(['RELEASED', [3, 0, 0]]);
    const reason = expect.objectContaining({ code: 'ALREADY_RELEASED' }) as unknown;
    expect(await answers()).toEqual([['InventoryRejected', { orderId: ORDER, reason }, 'token-1', 'command-1']]);
  });

  it('and is released by the saga later gives its stock back once, and the saga is answered', async () => {
    await receive([reserve()]);
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    expect(await receive([release('token-2')])).toEqual(allHandled);
    expect([await status(), await stock()]).toEqual(['RELEASED', [3, 0, 0]]);
    expect((await answers()).map(([type, , token]) => [type, token])).toEqual([
      ['InventoryReserved', 'token-1'],
      ['InventoryReleased', undefined],
      ['InventoryReleased', 'token-2'],
    ]);
  });

  it.each([
    ['after the saga has released it', [[release('token-2')], [cancelRequested()]], 0],
    ['while the saga releases it', [[cancelRequested(), release('token-2')]], 1],
    ['twice', [[cancelRequested()], [cancelRequested()], [release('token-2')]], 1],
    ['twice at once', [[cancelRequested(), cancelRequested(), release('token-2')]], 1],
  ])('%s gives its stock back once, and the saga is answered', async (_when, deliveries, early) => {
    await receive([reserve()]);
    for (const messages of deliveries) expect(await receive(messages)).toEqual(allHandled);
    expect([await status(), await stock()]).toEqual(['RELEASED', [3, 0, 0]]);
    const tokens = (await answers()).flatMap(([type, , token]) => (type === 'InventoryReleased' ? [token] : []));
    expect(tokens.filter((token) => token !== undefined)).toEqual(['token-2']);
    // Of two undos at once, the early one tells of it only where it was the one that gave the stock back.
    expect(tokens.length - 1).toBeLessThanOrEqual(early);
  });
});

describe('the whole story', () => {
  it('of an order that goes well: reserved, then sold', async () => {
    await receive([reserve()]);
    await receive([completed()]);
    expect([await status(), await stock()]).toEqual(['COMMITTED', [1, 0, 2]]);
  });

  it('of an order that is given up: reserved, then given back, and refused from then on', async () => {
    await receive([reserve()]);
    await receive([release()]);
    await receive([reserve()]);
    expect([await status(), await stock()]).toEqual(['RELEASED', [3, 0, 0]]);
    expect((await answers()).map(([type]) => type)).toEqual([
      'InventoryReserved',
      'InventoryReleased',
      'InventoryRejected',
    ]);
  });
});

describe('a refusal', () => {
  it.each([
    ['OUT_OF_STOCK', [{ productId: 'laptop', quantity: 4, unitPrice: laptop.price }]],
    ['PRICE_CHANGED', [{ productId: 'laptop', quantity: 1, unitPrice: { amount: 999, currency: 'USD' } }]],
    [
      'PRICES_DISAGREE',
      [
        { productId: 'laptop', quantity: 1, unitPrice: laptop.price },
        { productId: 'laptop', quantity: 1, unitPrice: { amount: 999, currency: 'USD' } },
      ],
    ],
    [
      'UNKNOWN_PRODUCT',
      [
        { productId: 'laptop', quantity: 1, unitPrice: laptop.price },
        { productId: 'tractor', quantity: 1, unitPrice: laptop.price },
      ],
    ],
  ])('with %s takes nothing, and stays a refusal when the stock has come', async (code, items) => {
    const command = messageOf(reserveInventory, { orderId: ORDER, items });
    expect(await receive([command])).toEqual(allHandled);
    expect([await status(), await stock()]).toEqual(['REJECTED', [3, 0, 0]]);
    expect(await tables.recorded()).toMatchObject([{ type: 'InventoryRejected', data: { reason: { code } } }]);
    await tables.put({ pk: 'product#laptop', ...laptop, available: 100 });
    await receive([command]);
    expect([await status(), await stock()]).toEqual(['REJECTED', [100, 0, 0]]);
  });
});

describe('racing reservations', () => {
  it('of the last piece: exactly one wins, the other is out of stock', async () => {
    await given('NOTHING');
    await tables.put({ pk: 'product#laptop', ...laptop, available: 1 });
    expect(await receive([reserve(orderNumber(1), 1), reserve(orderNumber(2), 1)])).toEqual(allHandled);
    expect([await status(orderNumber(1)), await status(orderNumber(2))].sort()).toEqual(['REJECTED', 'RESERVED']);
    expect(await stock()).toEqual([0, 1, 0]);
    expect((await tables.recorded()).map(({ type }) => type).sort()).toEqual([
      'InventoryRejected',
      'InventoryReserved',
      'StockDepleted',
    ]);
    expect(JSON.stringify(await tables.recorded())).toContain('OUT_OF_STOCK');
  });

  it('of more pieces than there are: what there is is reserved, and no more', async () => {
    await tables.put({ pk: 'product#laptop', ...laptop, available: 7 });
    const orders = Array.from({ length: 10 }, (_, index) => orderNumber(index + 1));
    expect(await receive(orders.map((order) => reserve(order, 1)))).toEqual(allHandled);
    const statuses = await Promise.all(orders.map((order) => status(order)));
    expect(statuses.filter((each) => each === 'RESERVED')).toHaveLength(7);
    expect(await stock()).toEqual([0, 7, 0]);
    expect(await depletions()).toHaveLength(1);
  });

  it('for one order, delivered twice at once: taken once, answered twice', async () => {
    expect(await receive([reserve(ORDER, 2, 'token-1'), reserve(ORDER, 2, 'token-2')])).toEqual(allHandled);
    expect(await stock()).toEqual([1, 2, 0]);
    expect((await answers()).map(([type, , token]) => [type, token]).sort()).toEqual([
      ['InventoryReserved', 'token-1'],
      ['InventoryReserved', 'token-2'],
    ]);
  });
});

/** A store in which something happens once, right after something was loaded. */
class InterruptedStore extends InventoryStore {
  #interrupt: (() => Promise<void>) | undefined;

  constructor(interrupt: () => Promise<void>) {
    super(tables.client, tables);
    this.#interrupt = interrupt;
  }

  override async load(orderId: string, productIds?: readonly string[]): Promise<LoadedStock> {
    const loaded = await super.load(orderId, productIds);
    const interrupt = this.#interrupt;
    this.#interrupt = undefined;
    await interrupt?.();
    return loaded;
  }
}

/** What was told of products that are used up. */
const depletions = async () =>
  (await tables.recorded()).flatMap(({ type, data, metadata }) =>
    type === 'StockDepleted' ? [{ data, metadata }] : [],
  );

describe('the last piece', () => {
  it('is told of, with what took it, and without the token that is for the answer', async () => {
    expect(await receive([reserve(ORDER, 3)])).toEqual(allHandled);
    const told = await depletions();
    expect(told).toMatchObject([{ data: { productId: 'laptop' }, metadata: { causationId: 'command-1' } }]);
    expect(told[0]?.metadata).not.toHaveProperty('replyToken');
  });

  it('is told of once, however often its order is asked for', async () => {
    await receive([reserve(ORDER, 3, 'token-1'), reserve(ORDER, 3, 'token-2')]);
    await receive([reserve(ORDER, 3, 'token-3')]);
    expect(await depletions()).toHaveLength(1);
  });

  it('is told of again when it went back and is taken again', async () => {
    await receive([reserve(ORDER, 3)]);
    await receive([release()]);
    await receive([reserve(orderNumber(2), 3)]);
    expect(await depletions()).toHaveLength(2);
  });

  it('is told of by whoever takes it, where two orders that each leave some take all together', async () => {
    const interrupted = new InterruptedStore(async () => void (await receive([reserve(orderNumber(2), 2)])));
    expect(await receive([reserve(ORDER, 1)], interrupted)).toEqual(allHandled);
    expect([await stock(), await depletions()]).toEqual([[0, 3, 0], [expect.anything()]]);
  });

  it('is not told of where a delivery came in before it was taken', async () => {
    const interrupted = new InterruptedStore(async () => {
      await tables.put({ pk: 'product#laptop', ...laptop, available: 4, received: 4 });
    });
    expect(await receive([reserve(ORDER, 3)], interrupted)).toEqual(allHandled);
    expect([await stock(), await depletions()]).toEqual([[1, 3, 0], []]);
  });
});

describe('what changes between load and commit', () => {
  it('a price: the order is refused, at the price that it has now', async () => {
    const dearer = { ...laptop, available: 3, price: { amount: 1100, currency: 'USD' } };
    const interrupted = new InterruptedStore(() => tables.put({ pk: 'product#laptop', ...dearer }));
    expect(await receive([reserve()], interrupted)).toEqual(allHandled);
    expect([await status(), await stock()]).toEqual(['REJECTED', [3, 0, 0]]);
    expect(await tables.recorded()).toMatchObject([{ data: { reason: { code: 'PRICE_CHANGED' } } }]);
  });

  it('the stock, to less than was ordered: the order is refused', async () => {
    const interrupted = new InterruptedStore(() => tables.put({ pk: 'product#laptop', ...laptop, available: 1 }));
    expect(await receive([reserve()], interrupted)).toEqual(allHandled);
    expect([await status(), await stock()]).toEqual(['REJECTED', [1, 0, 0]]);
  });

  it('the stock, to what is still enough: the order is served', async () => {
    const interrupted = new InterruptedStore(() => tables.put({ pk: 'product#laptop', ...laptop, available: 2 }));
    expect(await receive([reserve()], interrupted)).toEqual(allHandled);
    expect([await status(), await stock()]).toEqual(['RESERVED', [0, 2, 0]]);
  });

  it('the order, which is given up: the tombstone stands and nothing is taken', async () => {
    const interrupted = new InterruptedStore(async () => void (await receive([release()])));
    expect(await receive([reserve()], interrupted)).toEqual(allHandled);
    expect([await status(), await stock()]).toEqual(['RELEASED', [3, 0, 0]]);
  });

  it('the order, which its customer cancels: the tombstone stands and nothing is taken', async () => {
    const interrupted = new InterruptedStore(async () => void (await receive([cancelRequested()])));
    expect(await receive([reserve()], interrupted)).toEqual(allHandled);
    expect([await status(), await stock()]).toEqual(['RELEASED', [3, 0, 0]]);
  });

  it('the reservation, which is made while its order is cancelled: it is given back', async () => {
    const interrupted = new InterruptedStore(async () => void (await receive([reserve()])));
    expect(await receive([cancelRequested()], interrupted)).toEqual(allHandled);
    expect([await status(), await stock()]).toEqual(['RELEASED', [3, 0, 0]]);
  });

  it('the reservation, which is sold while it is to be released: nothing is given back', async () => {
    await given('RESERVED');
    const interrupted = new InterruptedStore(async () => void (await receive([completed()])));
    expect(await receive([release()], interrupted)).toEqual(failed('queued-1'));
    expect([await status(), await stock()]).toEqual(['COMMITTED', [1, 0, 2]]);
  });
});
