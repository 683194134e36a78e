import { type Message, orderPlaced, type OrderStatus } from '@distributed-patterns/contracts';
import { milliseconds, watchdog } from '@distributed-patterns/durations';
import { stamp } from '@distributed-patterns/messaging';
import {
  createServiceTables,
  interruptBefore,
  recordingTelemetry,
  type RecordingTelemetry,
  type ServiceTables,
  startDynamoDb,
  testClockAndIds,
  type TestClockAndIds,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import { cancel, complete, type Decision, fail, follow, type Order, place } from './order.ts';
import { openOrders, ordersOfCustomer } from './order-index.ts';
import { OrderStore } from './order-store.ts';
import { handler, NotToldAgain } from './watch-orders.handler.ts';

const OPEN_FOR = milliseconds(watchdog.openFor);
const AT = '2026-01-15T09:31:00.000Z';
const idOf = (number: number) => `0199a7c2-5b1e-7c3a-9d2f-${String(number).padStart(12, '0')}`;

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
let store: OrderStore;
let clockAndIds: TestClockAndIds;
let telemetry: RecordingTelemetry;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb, { indexes: [ordersOfCustomer, openOrders] });
  store = new OrderStore(tables.client, tables);
  clockAndIds = testClockAndIds();
  telemetry = recordingTelemetry();
});
afterEach(() => dynamodb.faults.remove());

type Decide = (order: Order) => Decision;
const reserved: Decide = (order) => follow(order, { step: 'reserved', at: AT });
const released: Decide = (order) => follow(order, { step: 'released', at: AT });
const completed: Decide = (order) => complete(order, AT);
const cancelled: Decide = (order) => cancel(order, AT);
const failed: Decide = (order) => fail(order, { code: 'OUT_OF_STOCK', message: 'None are left.' }, AT);

/** An order that was placed now, as the decisions leave it; of what it announces, nothing is recorded. */
async function placed(number: number, ...decisions: readonly Decide[]): Promise<void> {
  const { order, announcement } = place({
    orderId: idOf(number),
    customerId: 'ann',
    items: [{ productId: 'laptop', quantity: 1, unitPrice: { amount: 129_999, currency: 'USD' } }],
    total: { amount: 129_999, currency: 'USD' },
    paymentMethod: 'pm_card_visa',
    placedAt: clockAndIds.now().toISOString(),
  });
  const message = stamp(announcement, { id: 'request-1', correlationId: 'request-1' }, clockAndIds);
  await store.place(order, message, undefined, clockAndIds.now());
  for (const decide of decisions) await decided(number, decide);
}

async function decided(number: number, decide: Decide): Promise<void> {
  const loaded = await store.load(idOf(number));
  if (loaded === undefined) throw new Error(`there is no order ${number}`);
  const decision = decide(loaded.order);
  await store.commit(loaded, decision.kind === 'accepted' ? decision.order : loaded.order, []);
}

const watch = (remaining = 60_000) =>
  handler({}, { getRemainingTimeInMillis: () => remaining }, { store, telemetry, clockAndIds });

/** What is recorded from now on: the types of the messages, and what they say. */
async function toldSince(): Promise<() => Promise<[type: string, data: unknown][]>> {
  const before = new Set((await tables.recorded()).map(({ metadata }) => metadata.id));
  const isNew = ({ metadata }: Message) => !before.has(metadata.id);
  return async () => (await tables.recorded()).filter(isNew).map(({ type, data }) => [type, data]);
}

const open = async () => {
  const found: string[] = [];
  for await (const page of store.open('9999')) found.push(...page);
  return found;
};

describe('an order that is open for too long', () => {
  it.each<[OrderStatus, readonly Decide[]]>([
    ['PENDING', []],
    ['INVENTORY_RESERVED', [reserved]],
    ['COMPENSATING', [reserved, released]],
    ['PENDING', [cancelled]],
  ])('and that is %s is told of as it was when it was placed, and does not change', async (status, decisions) => {
    await placed(1, ...decisions);
    const [original] = await tables.recorded();
    const before = await tables.items();
    const told = await toldSince();
    clockAndIds.advance(OPEN_FOR + 1);
    await watch();
    expect(before).toMatchObject([{ status }]);
    expect(await told()).toEqual([['OrderPlaced', original?.data]]);
    expect(await tables.items()).toEqual(before);
    expect(telemetry.recorded).toEqual(['OrderOpenTooLong 1']);
  });

  it('is told of at every run, until it has ended', async () => {
    await placed(1);
    clockAndIds.advance(OPEN_FOR + 1);
    const told = await toldSince();
    await watch();
    await watch();
    await decided(1, completed);
    await watch();
    expect(await told()).toHaveLength(2);
    expect(telemetry.recorded).toEqual(['OrderOpenTooLong 1', 'OrderOpenTooLong 1']);
  });

  it('has a correlation id of its own each time, since nobody has asked', async () => {
    await placed(1);
    clockAndIds.advance(OPEN_FOR + 1);
    await watch();
    await watch();
    const ids = (await tables.recorded()).map(({ metadata }) => metadata.correlationId);
    expect([ids[0], new Set(ids).size]).toEqual(['request-1', 3]);
  });
});

it.each<[string, readonly Decide[]]>([
  ['was completed', [completed]],
  ['has failed', [failed]],
  ['was cancelled', [cancelled, failed]],
])('an order that %s is not told of, however old it is', async (_what, decisions) => {
  await placed(1, ...decisions);
  clockAndIds.advance(10 * OPEN_FOR);
  const told = await toldSince();
  await watch();
  expect([await told(), telemetry.recorded]).toEqual([[], []]);
});

it('an order whose saga may still run is left alone', async () => {
  await placed(1);
  clockAndIds.advance(OPEN_FOR);
  const told = await toldSince();
  await watch();
  expect([await told(), telemetry.recorded]).toEqual([[], []]);
});

it('an order that has ended since the index was read is not told of', async () => {
  await placed(1);
  clockAndIds.advance(OPEN_FOR + 1);
  const told = await toldSince();
  const ending = interruptBefore(tables.client, 2, () => decided(1, completed));
  await watch();
  ending.stop();
  expect(ending.happened).toBe(true);
  expect([await told(), telemetry.recorded]).toEqual([[], []]);
});

describe('the index of open orders', () => {
  it.each<[string, readonly Decide[]]>([
    ['was completed', [completed]],
    ['has failed', [failed]],
    ['was cancelled', [cancelled, failed]],
  ])('has an order until it %s, and leaves nothing in what is read', async (_end, decisions) => {
    await placed(1);
    await decided(1, reserved);
    expect(await open()).toEqual([idOf(1)]);
    expect((await store.load(idOf(1)))?.order).not.toHaveProperty('open');
    for (const decide of decisions) await decided(1, decide);
    expect(await open()).toEqual([]);
    expect(await tables.item(`order#${idOf(1)}`)).not.toHaveProperty('open');
  });

  it('gets an order of the time before it when that is written next', async () => {
    await placed(1);
    const { open: _not, ...item } = (await tables.item(`order#${idOf(1)}`)) ?? {};
    await tables.put(item);
    expect(await open()).toEqual([]);
    await decided(1, reserved);
    expect(await open()).toEqual([idOf(1)]);
  });
});

it('one order that cannot be told of keeps no other from it, and is counted', async () => {
  await placed(1);
  await placed(2);
  clockAndIds.advance(OPEN_FOR + 1);
  const told = await toldSince();
  const error = { code: 'AccessDeniedException', message: 'not allowed', status: 400 };
  dynamodb.faults.inject({ at: 'dynamodb.TransactWriteItems', effect: 'error', error, times: 1 });
  await expect(watch()).rejects.toEqual(new NotToldAgain('1 orders'));
  expect([(await told()).length, telemetry.recorded]).toEqual([1, ['OrderOpenTooLong 2']]);
  await watch();
  expect(await told()).toHaveLength(3);
});

it('where the index cannot be read to its end, those that were found are counted', async () => {
  for (let number = 1; number <= 26; number++) await placed(number);
  clockAndIds.advance(OPEN_FOR + 1);
  const error = { code: 'AccessDeniedException', message: 'not allowed', status: 400 };
  const forbidden = interruptBefore(tables.client, 2, async () =>
    dynamodb.faults.inject({ at: 'dynamodb.Query', effect: 'error', error, times: 1 }),
  );
  await expect(watch()).rejects.toMatchObject({ name: error.code });
  forbidden.stop();
  expect(telemetry.recorded).toEqual(['OrderOpenTooLong 25']);
});

it('more orders than one page holds are told of, the oldest first where time is short', async () => {
  const numbers = Array.from({ length: 30 }, (_each, index) => index + 1);
  for (const number of numbers) {
    await placed(number);
    clockAndIds.advance(1);
  }
  clockAndIds.advance(OPEN_FOR);
  const told = await toldSince();
  await watch(5_000);
  expect((await told()).map(([, data]) => orderPlaced.data.parse(data).orderId).sort()).toEqual(
    numbers.slice(0, 25).map(idOf),
  );
  await watch();
  expect(telemetry.recorded).toEqual(['OrderOpenTooLong 25', 'OrderOpenTooLong 30']);
});
