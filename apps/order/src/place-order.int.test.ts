import { placeOrderResponseSchema, problemSchema, problemType } from '@distributed-patterns/contracts';
import { httpEvent, lambdaContext, type TestRequest } from '@distributed-patterns/testing';
import {
  allButTheDate,
  answerOf,
  bodyOf,
  type GivenPlacements,
  givenPlacements,
  inProgress,
  keyReused,
  outOfTime,
  placed,
  replayed,
  withKey,
} from './given-placements.ts';
import { handler } from './place-order.handler.ts';

let given: GivenPlacements;
beforeAll(async () => {
  given = await givenPlacements();
});
afterAll(() => given.stop());
afterEach(() => {
  given.dynamodb.faults.remove();
  jest.useRealTimers();
});

const post = (request: Omit<TestRequest, 'route'>, context = lambdaContext()) => given.post(request, context);
const ordersOf = async (customerId: string) => (await given.tracesOf(customerId)).orders;
const eventsOf = async (customerId: string) => (await given.tracesOf(customerId)).events;

/** The table refuses one call for good. */
const refuse = (operation: string) =>
  given.dynamodb.faults.inject({
    at: `dynamodb.${operation}`,
    effect: 'error',
    error: { code: 'AccessDeniedException', message: 'not allowed', status: 400 },
    times: 1,
  });

describe('a good request', () => {
  it('is answered 201 with the order’s address, once order and event are stored', async () => {
    const request = { body: { ...bodyOf('ann'), customerEmail: 'ann@example.com' }, requestId: 'request-7' };
    const answer = answerOf(await handler(httpEvent({ route: 'POST /orders', ...request }), lambdaContext()));
    const { orderId } = placeOrderResponseSchema.parse(answer.body);
    expect(answer).toEqual({
      status: 201,
      headers: { 'content-type': 'application/json', 'x-correlation-id': 'request-7', location: `/orders/${orderId}` },
      body: { orderId, status: 'PENDING', totalAmount: 2599.98, message: 'Order created successfully' },
    });
    expect(await given.tables.item(`order#${orderId}`)).toMatchObject({
      status: 'PENDING',
      paymentMethod: 'pm_card_visa',
    });
    expect(await eventsOf('ann')).toMatchObject([
      {
        type: 'OrderPlaced',
        metadata: { correlationId: 'request-7', causationId: 'request-7' },
        data: { orderId, customerEmail: 'ann@example.com', total: { amount: 259_998, currency: 'USD' } },
      },
    ]);
  });

  it('without a key is a new order each time', async () => {
    await post({ body: bodyOf('bea') });
    await post({ body: bodyOf('bea') });
    expect(await ordersOf('bea')).toHaveLength(2);
  });
});

describe('a bad request', () => {
  it('is answered 400 with the failing fields, and stores nothing', async () => {
    const answer = await post({ body: bodyOf('bob', 0.001), headers: withKey('bob') });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/items/0/price' }] } });
    expect(await ordersOf('bob')).toEqual([]);
  });

  it('with one product at two prices is answered 400, with the line that disagrees and what to quote there', async () => {
    const body = bodyOf('bev');
    const items = [...body.items, { productId: 'laptop', quantity: 1, price: 1299.98 }];
    expect(await post({ body: { ...body, items } })).toMatchObject({
      status: 400,
      headers: { 'content-type': 'application/problem+json' },
      body: {
        type: problemType('invalid-request'),
        errors: [
          {
            pointer: '/items/1/price',
            detail: 'must be 1299.99, as on an earlier line: quote one price for a product',
          },
        ],
      },
    });
    expect(await given.tracesOf('bev')).toEqual({ orders: [], guards: [], events: [] });
  });

  it('with a malformed key is answered 400', async () => {
    const answer = await post({ body: bodyOf('bob'), headers: withKey('a key') });
    expect(answer).toMatchObject({ status: 400, body: { type: expect.stringContaining('invalid-idempotency-key') } });
  });

  it('may be put right under the same key', async () => {
    await post({ body: bodyOf('ben', 0.001), headers: withKey('ben') });
    expect((await post({ body: bodyOf('ben'), headers: withKey('ben') })).status).toBe(201);
  });
});

describe('a repeated request', () => {
  it('is answered as the first was, says so, and places nothing', async () => {
    const first = await post({ body: bodyOf('cat'), headers: withKey('cat'), requestId: 'first' });
    const second = await post({ body: bodyOf('cat'), headers: withKey('cat'), requestId: 'second' });
    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    expect(second).toEqual({
      ...first,
      headers: { ...first.headers, 'x-correlation-id': 'second', 'idempotent-replayed': 'true' },
    });
    expect(await ordersOf('cat')).toHaveLength(1);
    expect(await eventsOf('cat')).toHaveLength(1);
  });

  it('may have its members in another order, and its key in the other header', async () => {
    const first = await post({ body: bodyOf('cid'), headers: withKey('cid') });
    const { customerId, items } = bodyOf('cid');
    const second = await post({ body: { items, customerId }, headers: { 'x-idempotency-key': 'cid' } });
    expect(second.body).toEqual(first.body);
  });

  it('is answered as before although the order has moved on', async () => {
    const first = await post({ body: bodyOf('cyd'), headers: withKey('cyd') });
    const [item] = await ordersOf('cyd');
    await given.tables.put({ ...item, status: 'COMPLETED' });
    expect((await post({ body: bodyOf('cyd'), headers: withKey('cyd') })).body).toEqual(first.body);
  });

  it('with another body is answered 422, and places nothing', async () => {
    await post({ body: bodyOf('dan'), headers: withKey('dan') });
    const second = await post({ body: bodyOf('dan', 1), headers: withKey('dan') });
    expect(second.status).toBe(422);
    expect(problemSchema.parse(second.body).type).toContain('idempotency-key-reused');
    expect(await ordersOf('dan')).toHaveLength(1);
  });

  it('whose first is still running is answered 409, with when to come back', async () => {
    refuse('UpdateItem'); // The first dies before its answer is recorded.
    expect((await post({ body: bodyOf('eve'), headers: withKey('eve') })).status).toBe(500);
    const second = await post({ body: bodyOf('eve'), headers: withKey('eve') });
    expect(second).toMatchObject({ status: 409, headers: { 'retry-after': '1' } });
    expect(problemSchema.parse(second.body).type).toContain('request-in-progress');
    expect(await ordersOf('eve')).toHaveLength(1);
  });
});

describe('a function that died between the order and the record of its answer', () => {
  const die = async (customerId: string) => {
    refuse('UpdateItem');
    return post({ body: bodyOf(customerId), headers: withKey(customerId) }, outOfTime());
  };

  it('has placed the order, which a repeated request then finds', async () => {
    expect((await die('fay')).status).toBe(500);
    const second = await post({ body: bodyOf('fay'), headers: withKey('fay') });
    expect(second).toMatchObject({
      status: 201,
      headers: { 'idempotent-replayed': 'true' },
      body: { status: 'PENDING' },
    });
    expect(await ordersOf('fay')).toMatchObject([{ orderId: second.body.orderId }]);
    expect(await eventsOf('fay')).toHaveLength(1);
    const third = await post({ body: bodyOf('fay'), headers: withKey('fay') });
    expect(third.body).toEqual(second.body);
  });

  it('has bound the key to its body', async () => {
    await die('flo');
    expect((await post({ body: bodyOf('flo', 1), headers: withKey('flo') })).status).toBe(422);
    expect(await ordersOf('flo')).toHaveLength(1);
  });
});

describe('a fault while the order is being placed', () => {
  it('is answered 500 and never recorded: the same key then places the order', async () => {
    refuse('TransactWriteItems');
    expect((await post({ body: bodyOf('gus'), headers: withKey('gus') })).status).toBe(500);
    expect(await ordersOf('gus')).toEqual([]);
    const second = await post({ body: bodyOf('gus'), headers: withKey('gus') });
    expect(second.status).toBe(201);
    expect(second.headers).not.toHaveProperty('idempotent-replayed');
    expect(await eventsOf('gus')).toHaveLength(1);
  });
});

describe('a key', () => {
  it('is the same in either header, quoted or not', async () => {
    const forms: Record<string, string>[] = [
      { 'idempotency-key': '"gil"' },
      { 'idempotency-key': 'gil' },
      { 'x-idempotency-key': '"gil"' },
      { 'x-idempotency-key': 'gil' },
      { 'idempotency-key': '"gil"', 'x-idempotency-key': 'gil' },
    ];
    const first = await post({ body: bodyOf('gil'), headers: withKey('gil') });
    for (const headers of forms) {
      expect(await post({ body: bodyOf('gil'), headers })).toMatchObject(replayed(first.body.orderId));
    }
    expect(await ordersOf('gil')).toHaveLength(1);
  });

  it('that differs between the headers is answered 400', async () => {
    const headers = { 'idempotency-key': '"gia"', 'x-idempotency-key': 'gio' };
    expect(await post({ body: bodyOf('gia'), headers })).toMatchObject({
      status: 400,
      body: { type: expect.stringContaining('invalid-idempotency-key') },
    });
    expect(await ordersOf('gia')).toEqual([]);
  });

  it('of another customer is another key', async () => {
    const headers = withKey('shared');
    const one = await post({ body: bodyOf('hue'), headers });
    const other = await post({ body: bodyOf('huw'), headers });
    expect(other.status).toBe(201);
    expect(other.headers).not.toHaveProperty('idempotent-replayed');
    expect(other.body.orderId).not.toBe(one.body.orderId);
  });

  it('lies hashed in the tables', async () => {
    await post({ body: bodyOf('hal'), headers: withKey('very-secret-key') });
    expect(JSON.stringify(await given.tables.items())).not.toContain('very-secret-key');
  });
});

describe('a request with a token', () => {
  const { items } = bodyOf('whoever');
  const asks = (sub: string, body: unknown, key = sub) => post({ body, headers: withKey(key), claims: { sub } });

  it('is of the token’s customer, who need not be named', async () => {
    const first = await asks('ida', { items });
    expect(await ordersOf('ida')).toMatchObject([{ orderId: first.body.orderId, customerId: 'ida' }]);
    expect(await asks('ida', bodyOf('ida'))).toMatchObject(replayed(first.body.orderId));
  });

  it('may not name another customer', async () => {
    expect(await asks('ike', bodyOf('ira'))).toMatchObject({
      status: 403,
      body: { type: expect.stringContaining('forbidden') },
    });
    expect([await ordersOf('ike'), await ordersOf('ira')]).toEqual([[], []]);
  });

  it('has a key of its customer’s own', async () => {
    const one = await asks('jan', { items }, 'shared-by-tokens');
    const other = await asks('jim', { items }, 'shared-by-tokens');
    expect([one.status, other.status]).toEqual([201, 201]);
    expect(other.body.orderId).not.toBe(one.body.orderId);
    expect(await asks('jan', { items: [{ ...items[0], quantity: 3 }] }, 'shared-by-tokens')).toMatchObject(keyReused);
  });

  it('for nobody is answered 403', async () => {
    expect(await asks('no customer', { items }, 'nobody')).toMatchObject({ status: 403 });
  });
});

it('a request without a token has to name its customer', async () => {
  const { items } = bodyOf('whoever');
  expect(await post({ body: { items } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/customerId', detail: 'is missing' }] },
  });
});

describe('many requests at once', () => {
  it('with one key and one body make one order', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => post({ body: bodyOf('kim'), headers: withKey('kim') })),
    );
    const { orders, guards, events } = await given.tracesOf('kim');
    expect([orders, guards, events].map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(answers.map(({ status }) => status)).toContain(201);
    for (const answer of answers) {
      expect(answer).toMatchObject(answer.status === 409 ? inProgress : placed(orders[0]?.['orderId']));
    }
  });

  it('that take each other for dead make one order all the same', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => post({ body: bodyOf('kay'), headers: withKey('kay') }, outOfTime())),
    );
    const { orders, guards, events } = await given.tracesOf('kay');
    expect([orders, guards, events].map(({ length }) => length)).toEqual([1, 1, 1]);
    for (const answer of answers) {
      expect(answer).toMatchObject(answer.status === 409 ? inProgress : placed(orders[0]?.['orderId']));
    }
    expect(answers.filter(({ status, headers }) => status === 201 && !headers['idempotent-replayed'])).toHaveLength(1);
  });

  it('that take each other for dead, with different bodies, make one order, of one of them', async () => {
    const prices = Array.from({ length: 60 }, (_, at) => 1 + (at % 3));
    const asked = prices.map(async (price) => ({
      price,
      answer: await post({ body: bodyOf('ken', price), headers: withKey('ken') }, outOfTime()),
    }));
    const outcomes = await Promise.all(asked);
    const { orders, guards, events } = await given.tracesOf('ken');
    expect([orders, guards, events].map(({ length }) => length)).toEqual([1, 1, 1]);
    const accepted = new Set(outcomes.filter(({ answer }) => answer.status === 201).map(({ price }) => price));
    expect(accepted.size).toBe(1);
    for (const { price, answer } of outcomes.filter(({ answer: { status } }) => status !== 409)) {
      expect(answer).toMatchObject(accepted.has(price) ? placed(orders[0]?.['orderId']) : keyReused);
    }
  });

  it('with one key and different bodies make one order, and one of them is told so', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => post({ body: bodyOf('kit', at + 1), headers: withKey('kit') })),
    );
    const { orders, guards, events } = await given.tracesOf('kit');
    expect([orders, guards, events].map(({ length }) => length)).toEqual([1, 1, 1]);
    const accepted = answers.filter(({ status }) => status === 201);
    expect(accepted).toMatchObject([placed(orders[0]?.['orderId'])]);
    for (const answer of answers.filter((each) => !accepted.includes(each))) {
      expect(answer).toMatchObject(answer.status === 409 ? inProgress : keyReused);
    }
  });
});

describe('the ten minutes of a key', () => {
  const PLACED_AT = Date.parse('2026-01-15T09:30:00.999Z');
  const after = (seconds: number) => void jest.setSystemTime(PLACED_AT + seconds * 1000);
  const postAt = (seconds: number, customerId: string, price?: number) => {
    after(seconds);
    return post({ body: bodyOf(customerId, price), headers: withKey(customerId) });
  };
  beforeEach(() => void jest.useFakeTimers({ now: PLACED_AT, doNotFake: [...allButTheDate] }));

  it('are held by the record, then by the guard', async () => {
    const first = await postAt(0, 'lea');
    for (const seconds of [1, 588, 590, 595, 599]) {
      expect(await postAt(seconds, 'lea')).toMatchObject(replayed(first.body.orderId));
      expect(await postAt(seconds, 'lea', 1)).toMatchObject(keyReused);
    }
    expect(await ordersOf('lea')).toHaveLength(1);
  });

  it('are over however late the key was used, for the same body', async () => {
    const first = await postAt(0, 'lee');
    await postAt(599, 'lee');
    const second = await postAt(601, 'lee');
    expect(second.headers).not.toHaveProperty('idempotent-replayed');
    expect(second).toMatchObject({ status: 201 });
    expect(second.body.orderId).not.toBe(first.body.orderId);
    expect(await postAt(602, 'lee')).toMatchObject(replayed(second.body.orderId));
  });

  it('are over however late the key was used, for another body', async () => {
    await postAt(0, 'lou');
    await postAt(599, 'lou');
    await postAt(599, 'lou', 1);
    const second = await postAt(601, 'lou', 1);
    expect(second).toMatchObject({ status: 201 });
    expect(await postAt(602, 'lou')).toMatchObject(keyReused);
    expect(await ordersOf('lou')).toHaveLength(2);
  });

  it('are over even where the request took all the time of its function', async () => {
    given.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const answer = await next(args);
          if (commandName === 'TransactWriteItemsCommand') after(9.9);
          return answer;
        },
      { step: 'initialize', name: 'slowness' },
    );
    const first = await postAt(0, 'len');
    given.client.middlewareStack.remove('slowness');
    expect(await postAt(598, 'len')).toMatchObject(replayed(first.body.orderId));
    expect(await postAt(600, 'len', 1)).toMatchObject({ status: 201 });
  });

  it('are counted from the order, not from when its answer was recorded', async () => {
    const unrecorded = given.dynamodb.faults.inject({ at: 'dynamodb.UpdateItem', effect: 'error', times: 1 });
    await post({ body: bodyOf('lux'), headers: withKey('lux') }, outOfTime());
    given.dynamodb.faults.remove(unrecorded);
    const [order] = await ordersOf('lux');
    expect(await postAt(300, 'lux')).toMatchObject(replayed(order?.['orderId']));
    expect(await postAt(599, 'lux')).toMatchObject(replayed(order?.['orderId']));
    expect(await postAt(601, 'lux', 1)).toMatchObject({ status: 201 });
    expect(await ordersOf('lux')).toHaveLength(2);
  });
});
