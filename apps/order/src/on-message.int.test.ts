import {
  completeOrder,
  failOrder,
  inventoryReleased,
  inventoryReserved,
  type Message,
  type Metadata,
  notificationCancelled,
  notificationSent,
  paymentProcessed,
  paymentRefunded,
  reservationOverdue,
} from '@distributed-patterns/contracts';
import { stamp } from '@distributed-patterns/messaging';
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
import { handler, OrderNotFound } from './on-message.handler.ts';
import { CompletedOrderCannotFail, place } from './order.ts';
import { OrderStore } from './order-store.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const OTHER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c71';
const PLACED_AT = '2026-01-15T09:29:00.000Z';
const NOW = '2026-01-15T09:30:00.000Z';
const reason = { code: 'OUT_OF_STOCK', message: 'None are left.' };
const customerOrder = {
  orderId: ORDER,
  customerId: 'customer-123',
  items: [{ productId: 'laptop', quantity: 1, unitPrice: { amount: 129_999, currency: 'USD' } }],
  total: { amount: 129_999, currency: 'USD' },
};

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
  tables = await createServiceTables(dynamodb);
  store = new OrderStore(tables.client, tables);
  clockAndIds = testClockAndIds(NOW);
  telemetry = recordingTelemetry();
  await placed(ORDER);
});

const placed = async (orderId: string) => {
  const { order, announcement } = place({
    ...customerOrder,
    orderId,
    paymentMethod: 'pm_card_visa',
    placedAt: PLACED_AT,
  });
  await store.place(
    order,
    stamp(announcement, { id: 'request-1', correlationId: 'request-1' }, clockAndIds),
    undefined,
    clockAndIds.now(),
  );
};

const receive = (...messages: readonly Message[]) =>
  handler(queueEvent(...messages), undefined, { store, telemetry, clockAndIds });

const complete = (metadata: Partial<Metadata> = {}) => messageOf(completeOrder, { orderId: ORDER }, metadata);
const fail = (metadata: Partial<Metadata> = {}) => messageOf(failOrder, { orderId: ORDER, reason }, metadata);
const reserved = (occurredAt: string) => messageOf(inventoryReserved, { orderId: ORDER }, { occurredAt });
const paid = (occurredAt: string) =>
  messageOf(paymentProcessed, { orderId: ORDER, paymentId: 'pi_1', amount: customerOrder.total }, { occurredAt });
const released = (occurredAt: string) => messageOf(inventoryReleased, { orderId: ORDER }, { occurredAt });

const order = () => tables.item(`order#${ORDER}`);
/** What was announced about the order after it was placed. */
const answers = async () => (await tables.recorded()).filter(({ type }) => type !== 'OrderPlaced');
/** The customer's wish to cancel, written as the order's owner would. */
const cancelRequested = async () => tables.put({ ...(await order()), cancelRequestedAt: NOW });

describe('CompleteOrder', () => {
  it('makes the order final and answers with the command’s token', async () => {
    expect(await receive(complete({ id: 'command-1', replyToken: 'token-1' }))).toEqual(allHandled);
    expect(await order()).toMatchObject({ status: 'COMPLETED', history: { placed: PLACED_AT, completed: NOW } });
    expect(await answers()).toMatchObject([
      {
        type: 'OrderCompleted',
        metadata: { correlationId: 'correlation-1', causationId: 'command-1', replyToken: 'token-1' },
        data: { orderId: ORDER },
      },
    ]);
  });

  it('that comes again is answered again, with the new token, and changes nothing', async () => {
    await receive(complete({ replyToken: 'token-1' }));
    const before = await order();
    clockAndIds.advance(60_000);
    expect(await receive(complete({ replyToken: 'token-2' }))).toEqual(allHandled);
    expect(await order()).toEqual(before);
    expect((await answers()).map(({ type, metadata }) => [type, metadata.replyToken])).toEqual([
      ['OrderCompleted', 'token-1'],
      ['OrderCompleted', 'token-2'],
    ]);
  });

  it('twice at once completes the order once and answers both', async () => {
    expect(await receive(complete({ replyToken: 'token-1' }), complete({ replyToken: 'token-2' }))).toEqual(allHandled);
    expect(await order()).toMatchObject({ status: 'COMPLETED', version: 2 });
    expect((await answers()).map(({ metadata }) => metadata.replyToken).sort()).toEqual(['token-1', 'token-2']);
  });

  it('is refused once the customer has asked to cancel, and the order stays open', async () => {
    await cancelRequested();
    expect(await receive(complete({ replyToken: 'token-1' }))).toEqual(allHandled);
    expect(await order()).toMatchObject({ status: 'PENDING', version: 1 });
    expect(await answers()).toMatchObject([
      {
        type: 'CompletionRefused',
        metadata: { replyToken: 'token-1' },
        data: { reason: { code: 'CANCELLED_BY_CUSTOMER' } },
      },
    ]);
  });

  it('is refused for an order that has failed, with its reason', async () => {
    await receive(fail());
    expect(await receive(complete())).toEqual(allHandled);
    expect(await order()).toMatchObject({ status: 'FAILED' });
    expect(await answers()).toMatchObject([{ type: 'OrderFailed' }, { type: 'CompletionRefused', data: { reason } }]);
  });
});

describe('FailOrder', () => {
  it('ends the order and tells everything that a mail needs', async () => {
    expect(await receive(fail({ replyToken: 'token-1' }))).toEqual(allHandled);
    expect(await order()).toMatchObject({ status: 'FAILED', reason, history: { failed: NOW } });
    expect(await answers()).toMatchObject([
      { type: 'OrderFailed', metadata: { replyToken: 'token-1' }, data: { ...customerOrder, reason } },
    ]);
  });

  it('ends it as cancelled where the customer had asked for that', async () => {
    await cancelRequested();
    await receive(complete(), released('2026-01-15T09:29:30.000Z'));
    expect(await receive(fail({ replyToken: 'token-1' }))).toEqual(allHandled);
    expect(await order()).toMatchObject({ status: 'CANCELLED', history: { cancelled: NOW } });
    expect((await answers()).at(-1)).toMatchObject({
      type: 'OrderCancelled',
      metadata: { replyToken: 'token-1' },
      data: { reason: { code: 'CANCELLED_BY_CUSTOMER' } },
    });
  });

  it('that comes again is answered with what was recorded first', async () => {
    await receive(fail());
    const other = messageOf(
      failOrder,
      { orderId: ORDER, reason: { code: 'OTHER', message: 'Another.' } },
      { replyToken: 'token-2' },
    );
    expect(await receive(other)).toEqual(allHandled);
    expect(await order()).toMatchObject({ reason, version: 2 });
    expect((await answers()).at(-1)).toMatchObject({ metadata: { replyToken: 'token-2' }, data: { reason } });
  });

  it('of a completed order is a fault that a person has to look at', async () => {
    await receive(complete());
    expect(await receive(fail())).toEqual(failed('queued-1'));
    expect(telemetry.errors).toEqual([expect.any(CompletedOrderCannotFail)]);
    expect(await order()).toMatchObject({ status: 'COMPLETED' });
    expect(await answers()).toHaveLength(1);
  });
});

describe('the answers of the other services', () => {
  it('move the order forward and stay in its history, with their own time', async () => {
    await receive(reserved('2026-01-15T09:29:01.000Z'));
    expect(await order()).toMatchObject({ status: 'INVENTORY_RESERVED' });
    await receive(paid('2026-01-15T09:29:02.000Z'));
    await receive(
      messageOf(notificationSent, { orderId: ORDER, skipped: false }, { occurredAt: '2026-01-15T09:29:03.000Z' }),
    );
    expect(await order()).toMatchObject({
      status: 'PAYMENT_PROCESSED',
      history: {
        placed: PLACED_AT,
        reserved: '2026-01-15T09:29:01.000Z',
        paid: '2026-01-15T09:29:02.000Z',
        notified: '2026-01-15T09:29:03.000Z',
      },
    });
    expect(await answers()).toEqual([]);
  });

  it('never move it backward, however late they come, and are remembered all the same', async () => {
    await receive(paid('2026-01-15T09:29:02.000Z'));
    expect(await receive(reserved('2026-01-15T09:29:01.000Z'))).toEqual(allHandled);
    expect(await order()).toMatchObject({
      status: 'PAYMENT_PROCESSED',
      history: { reserved: '2026-01-15T09:29:01.000Z' },
    });
    await receive(complete());
    await receive(released('2026-01-15T09:29:05.000Z'));
    expect(await order()).toMatchObject({ status: 'COMPLETED', history: { released: '2026-01-15T09:29:05.000Z' } });
  });

  it('that come again change nothing', async () => {
    await receive(reserved('2026-01-15T09:29:01.000Z'));
    const before = await order();
    expect(await receive(reserved('2026-01-15T09:29:59.000Z'))).toEqual(allHandled);
    expect(await order()).toEqual(before);
  });

  it('all at once are all remembered, whoever is faster', async () => {
    const all = [reserved('2026-01-15T09:29:01.000Z'), paid('2026-01-15T09:29:02.000Z'), complete()];
    expect(await receive(...all)).toEqual(allHandled);
    expect(await order()).toMatchObject({
      status: 'COMPLETED',
      history: { reserved: expect.any(String), paid: expect.any(String), completed: NOW },
      version: 4,
    });
  });

  it.each([
    [
      'a notification that was cancelled',
      messageOf(notificationCancelled, { orderId: ORDER }),
      'notification cancelled',
    ],
    ['a refund', messageOf(paymentRefunded, { orderId: ORDER }), 'refunded'],
    ['a release', messageOf(inventoryReleased, { orderId: ORDER }), 'released'],
  ])('show by %s that the order is being undone', async (_what, message, step) => {
    await receive(message);
    expect(await order()).toMatchObject({ status: 'COMPENSATING', history: { [step]: message.metadata.occurredAt } });
    await receive(complete());
    expect(await answers()).toMatchObject([{ type: 'CompletionRefused', data: { reason: { code: 'COMPENSATING' } } }]);
  });
});

describe('a reservation that is overdue', () => {
  const overdue = (orderId = ORDER) =>
    messageOf(reservationOverdue, { orderId, reservedAt: PLACED_AT }, { id: 'asked' });
  const history: Record<string, () => Promise<unknown>> = {
    PENDING: async () => undefined,
    INVENTORY_RESERVED: () => receive(reserved('2026-01-15T09:29:01.000Z')),
    COMPLETED: () => receive(complete()),
    FAILED: () => receive(fail()),
    CANCELLED: async () => {
      await cancelRequested();
      await receive(fail());
    },
  };

  it.each([
    ['PENDING', 'OrderPlaced'],
    ['INVENTORY_RESERVED', 'OrderPlaced'],
    ['COMPLETED', 'OrderCompleted'],
    ['FAILED', 'OrderFailed'],
    ['CANCELLED', 'OrderCancelled'],
  ])('of an order that is %s is answered by %s, as often as it is asked', async (status, type) => {
    await history[status]?.();
    const before = await order();
    const said = (await tables.recorded()).find((message) => message.type === type);
    expect(await receive(overdue())).toEqual(allHandled);
    expect(await receive(overdue())).toEqual(allHandled);
    expect(before).toMatchObject({ status });
    expect(await order()).toEqual(before);
    const metadata = { correlationId: 'correlation-1', causationId: 'asked' };
    const again = (await tables.recorded()).filter((message) => message.metadata.causationId === 'asked');
    expect(again).toMatchObject(Array.from({ length: 2 }, () => ({ type, metadata, data: said?.data })));
    expect(again.map((message) => message.metadata.replyToken)).toEqual([undefined, undefined]);
  });

  it('of an order that there is not is a fault that a person has to look at', async () => {
    expect(await receive(overdue(OTHER))).toEqual(failed('queued-1'));
    expect(telemetry.errors).toEqual([expect.any(OrderNotFound)]);
  });
});

it('a message about an order that there is not is reported, and that one only', async () => {
  const unknown = messageOf(completeOrder, { orderId: OTHER });
  expect(await receive(unknown, complete())).toEqual(failed('queued-1'));
  expect(telemetry.errors).toEqual([expect.any(OrderNotFound)]);
  expect(await tables.item(`order#${OTHER}`)).toBeUndefined();
  expect(await order()).toMatchObject({ status: 'COMPLETED' });
});

it('an order that cannot be committed is neither changed nor announced, and the message comes again', async () => {
  dynamodb.faults.inject({
    at: 'dynamodb.TransactWriteItems',
    effect: 'error',
    error: { code: 'AccessDeniedException', message: 'not allowed', status: 400 },
    times: 1,
  });
  expect(await receive(complete())).toEqual(failed('queued-1'));
  expect(await order()).toMatchObject({ status: 'PENDING' });
  expect(await answers()).toEqual([]);
  expect(await receive(complete())).toEqual(allHandled);
  expect(await order()).toMatchObject({ status: 'COMPLETED' });
});
