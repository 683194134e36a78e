import { refundPayment } from '@distributed-patterns/contracts';
import {
  createServiceTables,
  interruptBefore,
  messageOf,
  queueEvent,
  recordingTelemetry,
  type RecordingTelemetry,
  type ServiceTables,
  startDynamoDb,
  startStripe,
  testClockAndIds,
  type TestClockAndIds,
  type TestDynamoDb,
  type TestStripe,
} from '@distributed-patterns/testing';
import { Gateway } from './gateway.ts';
import { handler as onMessage } from './on-message.handler.ts';
import { created } from './payment.ts';
import { unsettledPayments } from './payment-index.ts';
import { PaymentStore } from './payment-store.ts';
import { handler, NotReconciled } from './reconcile.handler.ts';

const MINUTE = 60_000;
const total = { amount: 129_999, currency: 'USD' };
const orderOf = (number: number) => `0199a7c2-5b1e-7c3a-9d2f-${String(number).padStart(12, '0')}`;

let dynamodb: TestDynamoDb;
let stripe: TestStripe;
let tables: ServiceTables;
let store: PaymentStore;
let gateway: Gateway;
let clockAndIds: TestClockAndIds;
let telemetry: RecordingTelemetry;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  stripe = await startStripe();
  tables = await createServiceTables(dynamodb, { indexes: [unsettledPayments] });
  store = new PaymentStore(tables.client, tables);
  gateway = new Gateway({ apiKey: stripe.apiKey, url: stripe.url });
  clockAndIds = testClockAndIds();
  telemetry = recordingTelemetry();
});
afterEach(() => stripe.stop());

const reconcile = (remaining = 60_000) =>
  handler(
    {},
    { getRemainingTimeInMillis: () => remaining },
    {
      store,
      telemetry,
      clockAndIds,
      gateway: async () => gateway,
    },
  );

/** A payment that is stored and, where it is to be charged, charged without our recording it. */
async function unheardOf(number = 1, { paymentMethod = 'pm_card_visa', confirmed = true } = {}): Promise<string> {
  const charge = { orderId: orderOf(number), customerId: 'customer-123', total, paymentMethod };
  const creation = await gateway.create(charge, clockAndIds.newId());
  if (creation.kind === 'declined') throw new Error(creation.reason.message);
  await store.commit(undefined, created(charge, creation.intentId, clockAndIds.now().toISOString()), []);
  if (confirmed) await gateway.confirm(creation.intentId, clockAndIds.newId());
  return creation.intentId;
}

const status = async (number = 1) => (await store.load(orderOf(number)))?.status;
const announced = async () => (await tables.recorded()).map(({ type, metadata }) => [type, metadata.replyToken]);
const unsettled = async () => {
  const found = [];
  for await (const page of store.unsettled('9999')) found.push(...page);
  return found;
};

describe('a payment that nobody has heard of for long', () => {
  it.each([
    ['was charged', {}, 'PROCESSED', [['PaymentProcessed', undefined]]],
    ['was declined', { paymentMethod: 'pm_card_chargeDeclined' }, 'DECLINED', [['PaymentDeclined', undefined]]],
  ])('and that %s is settled, once', async (_what, happened, expected, announcements) => {
    await unheardOf(1, happened);
    clockAndIds.advance(3 * MINUTE + 1);
    await reconcile();
    await reconcile();
    expect([await status(), await announced(), await unsettled()]).toEqual([expected, announcements, []]);
  });

  it('and that was refunded meanwhile is a tombstone', async () => {
    await gateway.undo(await unheardOf(), clockAndIds.newId());
    clockAndIds.advance(4 * MINUTE);
    await reconcile();
    expect([await status(), await announced()]).toEqual(['REFUNDED', [['PaymentRefunded', undefined]]]);
  });

  it('and that was never confirmed is left to whoever charges the order', async () => {
    await unheardOf(1, { confirmed: false });
    clockAndIds.advance(60 * MINUTE);
    await reconcile();
    expect([await status(), await announced(), await unsettled()]).toEqual(['CREATED', [], [orderOf(1)]]);
  });
});

describe('a payment that is given up while it is compared with the gateway', () => {
  /** At every moment between two calls of the database, beginning before its n-th. */
  const atEveryMoment = async (first: number, giveUp: (orderId: string, intentId: string) => Promise<unknown>) => {
    for (let moment = first; ; moment++) {
      const intentId = await unheardOf(moment);
      clockAndIds.advance(4 * MINUTE);
      const interruption = interruptBefore(tables.client, moment, () => giveUp(orderOf(moment), intentId));
      await reconcile();
      interruption.stop();
      if (!interruption.happened) return expect(moment).toBeGreaterThan(3);
      expect(await status(moment)).toBe('REFUNDED');
      expect(await heldFor(moment)).toBe(0);
    }
  };
  const heldFor = async (number: number) =>
    (await stripe.payments())
      .filter(({ metadata }) => metadata['orderId'] === orderOf(number))
      .reduce((sum, { held }) => sum + held, 0);

  it('is refunded, and stays so', async () => {
    await atEveryMoment(1, (orderId) => {
      const wired = { store, telemetry, clockAndIds, gateway: async () => gateway };
      return onMessage(queueEvent(messageOf(refundPayment, { orderId })), undefined, wired);
    });
  });

  it('is refunded by whoever learns of the charge, where the tombstone’s writer did not know of it', async () => {
    // One that was written before the search is not found by it.
    await atEveryMoment(2, (orderId, intentId) =>
      tables.put({ pk: `payment#${orderId}`, orderId, status: 'REFUNDED', intentId }),
    );
  });
});

it('a payment of these minutes is left alone', async () => {
  await unheardOf();
  clockAndIds.advance(3 * MINUTE);
  await reconcile();
  expect(await status()).toBe('CREATED');
});

it('payments are in the index while they are unsettled, and not any longer', async () => {
  const intentId = await unheardOf();
  expect(await unsettled()).toEqual([orderOf(1)]);
  const payment = await store.load(orderOf(1));
  await store.commit(payment, { orderId: orderOf(1), status: 'REFUNDED', intentId }, []);
  expect(await unsettled()).toEqual([]);
  expect(await tables.item(`payment#${orderOf(1)}`)).toEqual({
    pk: `payment#${orderOf(1)}`,
    orderId: orderOf(1),
    status: 'REFUNDED',
    intentId,
  });
});

it('one payment that the gateway does not tell of keeps no other from being settled, and is told of', async () => {
  await unheardOf(1);
  await unheardOf(2);
  clockAndIds.advance(4 * MINUTE);
  const error = { code: 'api_error', message: 'broken', status: 500 };
  stripe.faults.inject({ at: 'stripe.retrieve', where: { orderId: orderOf(1) }, effect: 'error', error, times: 2 });
  await expect(reconcile()).rejects.toBeInstanceOf(NotReconciled);
  expect([await status(1), await status(2), telemetry.errors.length]).toEqual(['CREATED', 'PROCESSED', 1]);
  stripe.faults.remove();
  await reconcile();
  expect(await status(1)).toBe('PROCESSED');
});

it('more payments than one page holds are settled, the oldest first where time is short', async () => {
  const numbers = Array.from({ length: 30 }, (_each, index) => index + 1);
  for (const number of numbers) {
    await unheardOf(number);
    clockAndIds.advance(1);
  }
  clockAndIds.advance(4 * MINUTE);
  await reconcile(10_000);
  expect(await unsettled()).toEqual([26, 27, 28, 29, 30].map(orderOf));
  await reconcile();
  expect(await unsettled()).toEqual([]);
});
