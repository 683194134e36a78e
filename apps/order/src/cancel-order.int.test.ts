import { orderViewSchema } from '@distributed-patterns/contracts';
import { httpEdge } from '@distributed-patterns/http-api';
import {
  createServiceTables,
  environmentOf,
  httpEvent,
  lambdaContext,
  recordingTelemetry,
  type ServiceTables,
  startDynamoDb,
  testClockAndIds,
  type TestClockAndIds,
  type TestDynamoDb,
  type TestRequest,
} from '@distributed-patterns/testing';
import { cancelOrder, handler } from './cancel-order.handler.ts';
import { complete, type Decision, fail, follow, type Order, place } from './order.ts';
import { OrderStore } from './order-store.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const OTHER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c71';
const PLACED_AT = '2026-01-15T09:29:00.000Z';
const NOW = '2026-01-15T09:30:00.000Z';
const reason = { code: 'OUT_OF_STOCK', message: 'None are left.' };

const { order: placed } = place({
  orderId: ORDER,
  customerId: 'ann',
  items: [{ productId: 'laptop', quantity: 1, unitPrice: { amount: 129_999, currency: 'USD' } }],
  total: { amount: 129_999, currency: 'USD' },
  paymentMethod: 'pm_card_visa',
  placedAt: PLACED_AT,
});

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
let store: OrderStore;
let clockAndIds: TestClockAndIds;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb);
  store = new OrderStore(tables.client, tables);
  clockAndIds = testClockAndIds(NOW);
  await tables.put({ pk: `order#${ORDER}`, ...placed, version: 1 });
});
afterEach(() => dynamodb.faults.remove());

const asked = async (handle: typeof handler, request: Omit<TestRequest, 'route'> = {}) => {
  const event = httpEvent({ route: 'POST /orders/{orderId}/cancel', parameters: { orderId: ORDER }, ...request });
  const { statusCode, headers = {}, body } = await handle(event, lambdaContext());
  return { status: statusCode, headers, body: JSON.parse(body ?? 'null') };
};
/** The answer to a request to cancel, from a function whose store may be another than the table's own. */
const post = (request: Omit<TestRequest, 'route'> = {}, at = store) => {
  const wired = { store: at, clockAndIds, telemetry: recordingTelemetry() };
  return asked(
    httpEdge(
      (event, context) => cancelOrder(event, context, wired),
      () => wired.telemetry,
    ),
    request,
  );
};

const order = () => tables.item(`order#${ORDER}`);
const announced = async () => (await tables.recorded()).map(({ type }) => type);
/** What the saga leads to meanwhile; its answers are no matter here. */
const decided = async (...decisions: readonly ((order: Order) => Decision)[]) => {
  for (const decide of decisions) {
    const loaded = await store.load(ORDER);
    if (loaded === undefined) throw new Error('the order is gone');
    const decision = decide(loaded.order);
    if (decision.kind === 'accepted') await store.commit(loaded, decision.order, []);
  }
};
const reserved = (given: Order) => follow(given, { step: 'reserved', at: NOW });
const released = (given: Order) => follow(given, { step: 'released', at: NOW });
const completed = (given: Order) => complete(given, NOW);
const failed = (given: Order) => fail(given, reason, NOW);

/** A store before whose first commits somebody else is faster. */
class LosingStore extends OrderStore {
  readonly #first: () => Promise<unknown>;
  #races: number;

  constructor(races: number, first: () => Promise<unknown>) {
    super(tables.client, tables);
    this.#races = races;
    this.#first = first;
  }

  override async commit(...decision: Parameters<OrderStore['commit']>): Promise<void> {
    if (this.#races-- > 0) await this.#first();
    await super.commit(...decision);
  }
}

describe('an order on its way', () => {
  it('is answered 202 with its address and how it stands, once that it is to be undone is stored and announced', async () => {
    const answer = await post({ requestId: 'request-7' });
    expect(answer).toEqual({
      status: 202,
      headers: { 'content-type': 'application/json', 'x-correlation-id': 'request-7', location: `/orders/${ORDER}` },
      body: {
        orderId: ORDER,
        customerId: 'ann',
        status: 'PENDING',
        items: [{ productId: 'laptop', quantity: 1, price: 1299.99 }],
        totalAmount: 1299.99,
        currency: 'USD',
        placedAt: PLACED_AT,
        history: [
          { step: 'placed', at: PLACED_AT },
          { step: 'cancellation requested', at: NOW },
        ],
      },
    });
    expect(orderViewSchema.parse(answer.body)).toEqual(answer.body);
    expect(await order()).toMatchObject({ status: 'PENDING', cancelRequestedAt: NOW, version: 2 });
    expect(await tables.recorded()).toMatchObject([
      {
        type: 'OrderCancelRequested',
        source: 'order',
        metadata: { correlationId: 'request-7', causationId: 'request-7', occurredAt: NOW },
        data: { orderId: ORDER },
      },
    ]);
  });

  it('may be in the middle of being undone', async () => {
    await decided(reserved, released);
    expect(await post()).toMatchObject({ status: 202, body: { status: 'COMPENSATING' } });
    await decided(failed);
    expect(await order()).toMatchObject({ status: 'CANCELLED' });
  });

  it('is announced once, however often its customer asks', async () => {
    const first = await post();
    clockAndIds.advance(60_000);
    expect(await post()).toEqual(first);
    expect(await announced()).toEqual(['OrderCancelRequested']);
  });

  it('is announced once where its customer asks twice at the same time', async () => {
    const answers = await Promise.all([post(), post(), post()]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(await announced()).toEqual(['OrderCancelRequested']);
    expect(await order()).toMatchObject({ version: 2 });
  });

  it('needs no body, and any is passed over', async () => {
    expect((await post({ body: { orderId: OTHER }, headers: { 'content-type': 'text/plain' } })).status).toBe(202);
  });

  it('is found below the stage’s path as well', async () => {
    const event = httpEvent({ route: 'POST /orders/{orderId}/cancel', parameters: { orderId: ORDER } });
    const wired = { store, clockAndIds, telemetry: recordingTelemetry() };
    const { headers } = await cancelOrder({ ...event, rawPath: `/dev/orders/${ORDER}/cancel` }, lambdaContext(), wired);
    expect(headers).toEqual({ location: `/dev/orders/${ORDER}` });
  });
});

describe('an order that has ended', () => {
  it('as cancelled is answered 200', async () => {
    await post();
    await decided(failed);
    const answer = await post();
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'CANCELLED', reason: { code: 'CANCELLED_BY_CUSTOMER' } },
    });
    expect(answer.headers).not.toHaveProperty('location');
    expect(await announced()).toEqual(['OrderCancelRequested']);
  });

  it.each<[string, (order: Order) => Decision]>([
    ['COMPLETED', completed],
    ['FAILED', failed],
  ])('as %s is answered 409, which says so, and stays as it is', async (status, end) => {
    await decided(end);
    const before = await order();
    expect(await post()).toMatchObject({
      status: 409,
      body: { type: expect.stringContaining('order-ended'), detail: expect.stringContaining(status) },
    });
    expect(await order()).toEqual(before);
    expect(await announced()).toEqual([]);
  });
});

describe('an order that is not the caller’s to cancel', () => {
  it.each([OTHER, 'latest'])('since there is no %s is answered 404', async (orderId) => {
    expect(await post({ parameters: { orderId } })).toMatchObject({
      status: 404,
      body: { type: expect.stringContaining('not-found') },
    });
  });

  it('since it is another customer’s is answered as if there were none', async () => {
    const claims = { sub: 'bob' };
    expect(await post({ claims })).toEqual(await post({ claims, parameters: { orderId: OTHER } }));
    expect((await post({ claims })).status).toBe(404);
    expect(await order()).not.toHaveProperty('cancelRequestedAt');
    expect((await post({ claims: { sub: 'ann' } })).status).toBe(202);
  });
});

describe('where somebody else was faster', () => {
  it('it is decided anew, about the order as it is then', async () => {
    const at = new LosingStore(1, () => decided(reserved));
    expect(await post({}, at)).toMatchObject({ status: 202, body: { status: 'INVENTORY_RESERVED' } });
    expect(await order()).toMatchObject({ cancelRequestedAt: NOW, version: 3 });
    expect(await announced()).toEqual(['OrderCancelRequested']);
  });

  it('and the order is complete, it stays so', async () => {
    const at = new LosingStore(1, () => decided(completed));
    expect(await post({}, at)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('COMPLETED') } });
    expect(await order()).not.toHaveProperty('cancelRequestedAt');
    expect(await announced()).toEqual([]);
  });

  it('each time, the caller is asked to come back', async () => {
    const noPause = jest.spyOn(Math, 'random').mockReturnValue(0);
    const changed = async () => {
      const item = await order();
      await tables.put({ ...item, version: Number(item?.['version']) + 1 });
    };
    expect(await post({}, new LosingStore(Infinity, changed))).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    });
    expect(await announced()).toEqual([]);
    noPause.mockRestore();
  });
});

describe('a table that has no capacity', () => {
  // One attempt a call, so that no test waits for the SDK to try again; the function keeps the tables that it began with.
  let before: ServiceTables | undefined;
  beforeEach(async () => {
    before ??= tables;
    Object.assign(process.env, environmentOf(dynamodb, before), { AWS_MAX_ATTEMPTS: '1' });
    await before.put({ pk: `order#${ORDER}`, ...placed, version: 1 });
  });

  it.each([
    ['BatchGetItem', 'ThrottlingException'],
    ['BatchGetItem', 'ProvisionedThroughputExceededException'],
    ['TransactWriteItems', 'ThrottlingException'],
    ['TransactWriteItems', 'ProvisionedThroughputExceededException'],
  ])('for %s (%s) is answered 503, with when to come back, and nothing is half-done', async (operation, code) => {
    const error = { code, message: 'slow down', status: 400 };
    dynamodb.faults.inject({ at: `dynamodb.${operation}`, effect: 'error', error, times: 1 });
    expect(await asked(handler)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { type: expect.stringContaining('temporarily-unavailable') },
    });
    expect(await before?.recorded()).toEqual([]);
    expect(await before?.item(`order#${ORDER}`)).not.toHaveProperty('cancelRequestedAt');
  });

  it('for a moment only lets the next request through', async () => {
    expect(await asked(handler)).toMatchObject({ status: 202 });
    expect(await before?.recorded()).toMatchObject([{ type: 'OrderCancelRequested' }]);
  });
});
