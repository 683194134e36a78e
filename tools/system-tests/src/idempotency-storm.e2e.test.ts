import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type PlaceOrderRequest, placeOrderResponseSchema, problemSchema } from '@distributed-patterns/contracts';
import { CountedFault } from './counted-fault.ts';
import { evidenceOf } from './order-evidence.ts';
import { System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterEach(() => CountedFault.removeAll(system));
afterAll(() => system.stop());

/** A second more than the HTTP functions may take. */
const FUNCTION_TIME = 11_000;
/** More often than anybody tries again. */
const ALWAYS = 1_000;

/** What came back for one of many requests. */
interface Answer {
  readonly status: number;
  readonly orderId?: string;
  readonly replayed: boolean;
  readonly problem?: string;
  readonly retryAfter: string | null;
}

const orderOf = (customerId: string, quantity = 1) =>
  ({ customerId, items: [{ productId: 'keyboard', quantity, price: 89.99 }] }) satisfies Partial<PlaceOrderRequest>;

async function ask(body: unknown, key: string): Promise<Answer> {
  const response = await system.post(body, { 'idempotency-key': key });
  const { status, headers } = response;
  const json: unknown = await response.json();
  const facts = { status, replayed: headers.has('idempotent-replayed'), retryAfter: headers.get('retry-after') };
  if (status === 201) return { ...facts, orderId: placeOrderResponseSchema.parse(json).orderId };
  expect(headers.get('content-type')).toBe('application/problem+json');
  return { ...facts, problem: problemSchema.parse(json).type };
}

const times = (count: number, make: (number: number) => Promise<Answer>) =>
  Promise.all(Array.from({ length: count }, (_, number) => make(number)));
const with201 = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 201);
const inProgress = { status: 409, problem: expect.stringContaining('request-in-progress') as string, retryAfter: '1' };
const reused = { status: 422, problem: expect.stringContaining('idempotency-key-reused') as string };

const completed = (orderId: string | undefined, charged: number) => ({
  orderIds: [orderId],
  statuses: ['COMPLETED'],
  sagas: ['SUCCEEDED'],
  charged: [charged],
  refunded: [0],
  mails: ['We have received your order …'],
});

describe('two hundred requests at once with one key', () => {
  it('and one body make one order: each is told of it, or to come back', async () => {
    const customerId = 'storm-of-one-body';
    const answers = await times(200, () => ask(orderOf(customerId), customerId));
    const [first, ...others] = with201(answers).filter(({ replayed }) => !replayed);
    expect(others).toEqual([]);
    for (const answer of answers) {
      expect(answer).toMatchObject(answer.status === 201 ? { orderId: first?.orderId } : inProgress);
    }
    const again = await times(200, () => ask(orderOf(customerId), customerId));
    for (const answer of again) expect(answer).toMatchObject({ status: 201, orderId: first?.orderId, replayed: true });
    await system.idle();
    expect(await evidenceOf(system, customerId)).toEqual(completed(first?.orderId, 8999));
  });

  it('and a hundred bodies make one order: the others are refused, at once or when they come back', async () => {
    const customerId = 'storm-of-bodies';
    const answers = await times(200, (number) => ask(orderOf(customerId, 1 + (number % 100)), customerId));
    const winners = with201(answers);
    expect(new Set(winners.map(({ orderId }) => orderId)).size).toBe(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(answer).toMatchObject(answer.status === 409 ? inProgress : reused);
    }
    const again = await times(100, (number) => ask(orderOf(customerId, 1 + number), customerId));
    expect(with201(again)).toMatchObject([{ orderId: winners[0]?.orderId, replayed: true }]);
    for (const answer of again.filter(({ status }) => status !== 201)) expect(answer).toMatchObject(reused);
    const quantity = 1 + again.findIndex(({ status }) => status === 201);
    await system.idle();
    expect(await evidenceOf(system, customerId)).toEqual(completed(winners[0]?.orderId, quantity * 8999));
  });
});

describe('DynamoDB that throttles', () => {
  const throttled = (at: string, more: { readonly code?: string } = {}) =>
    CountedFault.arm(system, {
      at,
      effect: 'error',
      error: { code: 'ThrottlingException', message: 'Rate exceeded', status: 400, ...more },
      times: ALWAYS,
    });

  it.each([
    ['dynamodb.PutItem', 'the idempotency record', { orders: 0, guards: 0, outbox: 0 }],
    ['dynamodb.TransactWriteItems', 'the order', { orders: 0, guards: 0, outbox: 0 }],
    // The order is placed by then, and waits in the outbox: whoever asks again is told of it.
    ['dynamodb.UpdateItem', 'the recorded answer', { orders: 1, guards: 1 }],
  ])(
    '%s, of %s, is told as 503; nothing is half written, and the next request succeeds',
    async (at, _what, written) => {
      const customerId = `throttled-${at}`;
      const before = await writtenOrders();
      const fault = await throttled(at);
      const refused = await ask(orderOf(customerId), customerId);
      expect(await fault.struck()).toBeGreaterThan(1);
      await fault.remove();
      expect(refused).toMatchObject({
        status: 503,
        problem: expect.stringContaining('temporarily-unavailable') as string,
        retryAfter: '1',
      });
      expect(difference(await writtenOrders(), before)).toMatchObject(written);
      let answer = await ask(orderOf(customerId), customerId);
      if (answer.status === 409) {
        await system.advance(FUNCTION_TIME);
        answer = await ask(orderOf(customerId), customerId);
      }
      expect(answer).toMatchObject({ status: 201, replayed: written.orders === 1 });
      await system.ended(answer.orderId ?? '');
      expect(await evidenceOf(system, customerId)).toEqual(completed(answer.orderId, 8999));
    },
  );
});

type Written = Readonly<Record<'orders' | 'guards' | 'outbox', number>>;

/** How many orders there are, how many guards of idempotency keys, and how many messages that are not published yet. */
async function writtenOrders(): Promise<Written> {
  const items = await scan('orders-table');
  const orders = items.filter((item) => 'orderId' in item).length;
  return { orders, guards: items.length - orders, outbox: (await scan('outbox-table')).length };
}

function difference(now: Written, before: Written): Written {
  return { orders: now.orders - before.orders, guards: now.guards - before.guards, outbox: now.outbox - before.outbox };
}

async function scan(table: string): Promise<Record<string, unknown>[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(system.sdk));
  const { Items = [] } = await client.send(
    new ScanCommand({ TableName: `distributed-patterns-demo-${table}-dev`, ConsistentRead: true }),
  );
  return Items;
}
