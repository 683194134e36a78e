import { type Message, orderCompleted, releaseInventory, reserveInventory } from '@distributed-patterns/contracts';
import { milliseconds, overdue } from '@distributed-patterns/durations';
import {
  allHandled,
  createServiceTables,
  messageOf,
  queueEvent,
  recordingTelemetry,
  type ServiceTables,
  startDynamoDb,
  testClockAndIds,
  type TestClockAndIds,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import { handler } from './announce-overdue.handler.ts';
import { CatalogueStore } from './catalogue-store.ts';
import { InventoryStore } from './inventory-store.ts';
import { handler as onMessage } from './on-message.handler.ts';
import { openReservations } from './reservation-index.ts';
import type { Wiring } from './wiring.ts';

const RESERVED_FOR = milliseconds(overdue.reservedFor);
const orderOf = (number: number) => `0199a7c2-5b1e-7c3a-9d2f-${String(number).padStart(12, '0')}`;
const price = { amount: 129_999, currency: 'USD' };

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
let clockAndIds: TestClockAndIds;
let wired: Wiring;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb, { indexes: [openReservations] });
  clockAndIds = testClockAndIds();
  const catalogue = new CatalogueStore(tables.client, tables);
  wired = { store: new InventoryStore(tables.client, tables), catalogue, telemetry: recordingTelemetry(), clockAndIds };
  const stock = { available: 100, reserved: 0, sold: 0, received: 100 };
  await catalogue.add({ productId: 'laptop', name: 'Laptop', price, ...stock });
});

const receive = async (message: Message) =>
  expect(await onMessage(queueEvent(message), undefined, wired)).toEqual(allHandled);
const reserve = (number = 1) => {
  const items = [{ productId: 'laptop', quantity: 1, unitPrice: price }];
  return receive(messageOf(reserveInventory, { orderId: orderOf(number), items }, { replyToken: 'token-1' }));
};
const announceOverdue = (remaining = 60_000) => handler({}, { getRemainingTimeInMillis: () => remaining }, wired);
const told = async () => (await tables.recorded()).filter(({ type }) => type === 'ReservationOverdue');
const toldOf = async () => (await told()).map(({ data }) => data);

describe('a reservation of whose order nobody has told the end', () => {
  it('is told of at each run, without a token, and stays as it is', async () => {
    await reserve();
    const before = await tables.items();
    const reservedAt = clockAndIds.now().toISOString();
    clockAndIds.advance(RESERVED_FOR + 1);
    await announceOverdue();
    await announceOverdue();
    expect(await toldOf()).toEqual([
      { orderId: orderOf(1), reservedAt },
      { orderId: orderOf(1), reservedAt },
    ]);
    const [first, second] = (await told()).map(({ metadata }) => metadata);
    expect(first).not.toHaveProperty('replyToken');
    expect(first?.correlationId).not.toBe(second?.correlationId);
    expect(await tables.items()).toEqual(before);
  });

  it('is not told of while a saga may still run', async () => {
    await reserve();
    clockAndIds.advance(RESERVED_FOR);
    await announceOverdue();
    expect(await toldOf()).toEqual([]);
  });

  it.each([
    ['sold', messageOf(orderCompleted, { orderId: orderOf(1) })],
    ['released', messageOf(releaseInventory, { orderId: orderOf(1) })],
  ])('is not told of any more once it is %s', async (_how, end) => {
    await reserve(1);
    await reserve(2);
    clockAndIds.advance(RESERVED_FOR + 1);
    await receive(end);
    await announceOverdue();
    expect(await toldOf()).toMatchObject([{ orderId: orderOf(2) }]);
    const ended = await tables.item(`reservation#${orderOf(1)}`);
    expect(ended).not.toHaveProperty(openReservations.partitionKey);
    expect(ended).not.toHaveProperty(openReservations.sortKey);
  });

  it('and of which it is not known when it was made is not looked for', async () => {
    const items = [{ productId: 'laptop', quantity: 1 }];
    await tables.put({ pk: `reservation#${orderOf(1)}`, orderId: orderOf(1), status: 'RESERVED', items });
    clockAndIds.advance(RESERVED_FOR + 1);
    await announceOverdue();
    expect(await toldOf()).toEqual([]);
  });
});

it('more reservations than one page holds are told of, the oldest first where time is short', async () => {
  const numbers = Array.from({ length: 30 }, (_each, index) => index + 1);
  for (const number of numbers) {
    await reserve(number);
    clockAndIds.advance(1);
  }
  clockAndIds.advance(RESERVED_FOR);
  await announceOverdue(milliseconds(overdue.page) - 1);
  expect(await toldOf()).toMatchObject(numbers.slice(0, 25).map((number) => ({ orderId: orderOf(number) })));
  await announceOverdue();
  expect(await told()).toHaveLength(25 + 30);
});
