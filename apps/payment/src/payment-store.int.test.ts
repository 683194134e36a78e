import type { Message } from '@distributed-patterns/contracts';
import { VersionClash } from '@distributed-patterns/messaging';
import {
  createServiceTables,
  type ServiceTables,
  startDynamoDb,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import type { Payment } from './payment.ts';
import { PaymentStore } from './payment-store.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const total = { amount: 129_999, currency: 'USD' };
const reason = { code: 'PAYMENT_DECLINED', message: 'The card was declined.' };

const created: Payment = { orderId: ORDER, status: 'CREATED', intentId: 'pi_1', total };
const processed: Payment = { orderId: ORDER, status: 'PROCESSED', intentId: 'pi_1', total };
const refunded: Payment = { orderId: ORDER, status: 'REFUNDED', intentId: 'pi_1' };
const message: Message = {
  type: 'PaymentRefunded',
  source: 'payment',
  metadata: {
    id: 'message-1',
    version: 1,
    occurredAt: '2026-01-15T09:30:00.000Z',
    correlationId: 'c',
    causationId: 'c',
  },
  data: { orderId: ORDER },
};

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
let store: PaymentStore;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb);
  store = new PaymentStore(tables.client, tables);
});

it.each<[string, Payment]>([
  ['created', created],
  ['processed', processed],
  ['declined', { orderId: ORDER, status: 'DECLINED', intentId: 'pi_1', reason }],
  ['declined without an intent', { orderId: ORDER, status: 'DECLINED', reason }],
  ['refunded', refunded],
  ['refunded before there was anything', { orderId: ORDER, status: 'REFUNDED' }],
])('a payment that is %s is loaded as it was committed', async (_what, payment) => {
  expect(await store.load(ORDER)).toBeUndefined();
  await store.commit(undefined, payment, [message]);
  expect(await store.load(ORDER)).toEqual(payment);
  expect(await tables.recorded()).toEqual([message]);
});

it.each<[string, Payment | undefined]>([
  ['as none', undefined],
  ['in a status that it has left', created],
])('over a payment that was loaded %s, a commit is a clash and writes nothing', async (_what, loaded) => {
  await store.commit(undefined, created, []);
  await store.commit(created, refunded, []);
  await expect(store.commit(loaded, processed, [message])).rejects.toBeInstanceOf(VersionClash);
  expect(await store.load(ORDER)).toEqual(refunded);
  expect(await tables.recorded()).toEqual([]);
});

it('an intent and a tombstone at once: exactly one is stored', async () => {
  const results = await Promise.allSettled([
    store.commit(undefined, created, []),
    store.commit(undefined, { orderId: ORDER, status: 'REFUNDED' }, [message]),
  ]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(await tables.recorded()).toHaveLength((await store.load(ORDER))?.status === 'REFUNDED' ? 1 : 0);
});

it('an answer to what is settled records the answer only', async () => {
  await store.commit(undefined, processed, []);
  await store.commit(processed, processed, [message]);
  expect(await tables.recorded()).toEqual([message]);
});
