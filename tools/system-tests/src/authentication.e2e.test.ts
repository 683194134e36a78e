/** A stage that asks for tokens: who gets in, as whom, and to what. */
import { orderListSchema, problemSchema, problemType } from '@distributed-patterns/contracts';
import { OrderApiError } from '@distributed-patterns/order-client';
import { type Answer, answerOf, mediaTypeOf } from './api-document.ts';
import { goodOrder, System } from './system.ts';
import { TokenIssuer } from './token-issuer.ts';

const SCOPE = 'orders';
const AUDIENCE = 'shop';
const BURST = 40;
const MINUTE = 60_000;
const NOBODYS = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';

let issuer: TokenIssuer;
let stranger: TokenIssuer;
let system: System;

beforeAll(async () => {
  const usual = { aud: AUDIENCE, scope: `profile ${SCOPE}` };
  [issuer, stranger] = await Promise.all([TokenIssuer.start(usual), TokenIssuer.start(usual)]);
  system = await System.start({
    apps: ['event-bus', 'order', 'inventory'],
    settings: {
      authIssuer: issuer.url,
      authAudience: ['another', AUDIENCE],
      authScopes: [SCOPE, 'admin'],
      throttle: { rateLimit: 1, burstLimit: BURST },
    },
  });
});
afterAll(async () => {
  await system.stop();
  await Promise.all([issuer.stop(), stranger.stop()]);
});
// Each test may use the whole burst of every route.
beforeEach(() => system.advance(MINUTE));

interface Asked {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(method: string, path: string, { token, body, headers = {} }: Asked = {}): Promise<Answer> {
  const response = await fetch(`${system.apiUrl}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return answerOf(response);
}

/** Status, media type and body of what the gateway says itself. */
const told = ({ status, headers, text }: Answer) => [status, mediaTypeOf(headers), JSON.parse(text)];
const unauthorized = [401, 'application/json', { message: 'Unauthorized' }];
const forbidden = [403, 'application/json', { message: 'Forbidden' }];

/** Status and type of a problem. */
function problemOf({ status, headers, text }: Answer): [number, string] {
  expect(mediaTypeOf(headers)).toBe('application/problem+json');
  return [status, problemSchema.parse(JSON.parse(text)).type];
}

const { items } = goodOrder;
const as = (customerId: string) => system.client(issuer.token(customerId));
const place = async (customerId: string) => (await as(customerId).placeOrder({ items: [...items] })).orderId;

const routes = [
  ['POST', '/orders', { items }],
  ['GET', '/orders', undefined],
  ['GET', `/orders/${NOBODYS}`, undefined],
  ['POST', `/orders/${NOBODYS}/cancel`, undefined],
  ['GET', '/products', undefined],
  ['GET', '/nothing', undefined],
  ['DELETE', '/orders', undefined],
  ['GET', '/products/laptop', undefined],
  ['GET', '/dev/orders', undefined],
] as const;

describe.each(routes)('%s %s', (method, path, body) => {
  it('is closed to who has no token, and says what it wants', async () => {
    const answer = await ask(method, path, { body });
    expect(told(answer)).toEqual(unauthorized);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it('is closed to a token without one of the scopes', async () => {
    const token = issuer.token('alice', { scope: 'profile' });
    expect(told(await ask(method, path, { token, body }))).toEqual(forbidden);
  });

  it('is open to a good token', async () => {
    const { status } = await ask(method, path, { token: issuer.token('alice'), body });
    expect([200, 201, 404, 405]).toContain(status);
  });
});

describe.each([
  ['PUT', '/products/novelty', { name: 'Novelty', price: 9.99 }],
  ['POST', '/products/laptop/restock', { quantity: 5 }],
] as const)('%s %s', (method, path, body) => {
  const headers = { 'idempotency-key': 'delivery-7' };
  const write = (token?: string) => ask(method, path, { token, body, headers });

  it('is closed to who has no token, and to one that may only order', async () => {
    const before = await ask('GET', '/products', { token: issuer.token('alice') });
    expect(told(await write())).toEqual(unauthorized);
    expect(told(await write(issuer.token('alice')))).toEqual(forbidden);
    expect((await ask('GET', '/products', { token: issuer.token('alice') })).text).toBe(before.text);
  });

  it('is open to a scope of administrators, whoever has it', async () => {
    for (const subject of ['alice', 'client|warehouse 7']) {
      const { status } = await write(issuer.token(subject, { scope: 'admin' }));
      expect([200, 201]).toContain(status);
    }
  });
});

describe('a token', () => {
  const now = Math.floor(Date.now() / 1000);

  it.each<[string, () => string]>([
    ['that has expired', () => issuer.token('alice', { exp: now - 1 })],
    ['that never expires', () => issuer.token('alice', { exp: undefined })],
    ['that is not valid yet', () => issuer.token('alice', { nbf: now + 24 * 3600 })],
    ['for another audience', () => issuer.token('alice', { aud: 'cinema' })],
    ['for no audience', () => issuer.token('alice', { aud: undefined })],
    ['in the name of another issuer', () => issuer.token('alice', { iss: stranger.url })],
    ['of another issuer', () => stranger.token('alice')],
    ['of another issuer in the name of this one', () => stranger.token('alice', { iss: issuer.url })],
    ['that was signed with another key', () => issuer.forgedToken('alice')],
    ['whose claims were changed after it was signed', () => withClaims(issuer.token('alice'), { sub: 'bob' })],
    ['that is not signed', () => `${issuer.token('alice').split('.').slice(0, 2).join('.')}.`],
    [
      'that says that it needs no signature',
      () => unsigned({ iss: issuer.url, aud: AUDIENCE, sub: 'alice', exp: now + 600, scope: SCOPE }),
    ],
    ['that is none', () => 'alice'],
  ])('%s is refused', async (_which, token) => {
    expect(told(await ask('GET', '/orders', { token: token() }))).toEqual(unauthorized);
  });

  it.each<[string, object]>([
    ['for one audience of several', { aud: ['cinema', AUDIENCE] }],
    ['with the other scope', { scope: 'admin' }],
    ['with its scopes in a list', { scope: undefined, scp: [SCOPE] }],
  ])('%s is accepted', async (_which, claims) => {
    expect(await ask('GET', '/orders', { token: issuer.token('alice', { ...claims }) })).toMatchObject({ status: 200 });
  });

  it.each([
    ['whose subject is no customer', { sub: 'auth0|alice' }],
    ['without a subject', { sub: undefined }],
  ])('%s opens no route of orders', async (_which, claims) => {
    const token = issuer.token('alice', claims);
    for (const [method, path, body] of routes.slice(0, 4)) {
      expect(problemOf(await ask(method, path, { token, body }))).toEqual([403, problemType('forbidden')]);
    }
  });
});

function withClaims(token: string, claims: object): string {
  const [header, payload = '', signature] = token.split('.');
  const old: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
  return [header, segment({ ...Object(old), ...claims }), signature].join('.');
}

function unsigned(claims: object): string {
  return `${segment({ alg: 'none', typ: 'JWT' })}.${segment(claims)}.`;
}

function segment(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

describe('an order', () => {
  it('belongs to the customer of the token, whether the body names it or not', async () => {
    const token = issuer.token('owner');
    for (const body of [{ items }, { items, customerId: 'owner' }]) {
      const answer = await ask('POST', '/orders', { token, body });
      expect(answer.status).toBe(201);
      const location = answer.headers['location'] ?? '';
      expect(JSON.parse((await ask('GET', location, { token })).text)).toMatchObject({ customerId: 'owner' });
    }
  });

  it('cannot be placed for another customer', async () => {
    const before = await system.orders({}, issuer.token('bob'));
    const answer = await ask('POST', '/orders', { token: issuer.token('alice'), body: { items, customerId: 'bob' } });
    expect(problemOf(answer)).toEqual([403, problemType('forbidden')]);
    expect(await system.orders({}, issuer.token('bob'))).toEqual(before);
  });

  it('of another customer is not there: it cannot be read, and is told from none by nothing', async () => {
    const orderId = await place('alice');
    const token = issuer.token('bob');
    const [others, none] = [
      await ask('GET', `/orders/${orderId}`, { token }),
      await ask('GET', `/orders/${NOBODYS}`, { token }),
    ];
    expect(problemOf(others)).toEqual([404, problemType('not-found')]);
    const { instance: _one, ...ofOther } = problemSchema.parse(JSON.parse(others.text));
    const { instance: _other, ...ofNone } = problemSchema.parse(JSON.parse(none.text));
    expect(ofOther).toEqual(ofNone);
    const headers = { 'if-none-match': '*' };
    expect(problemOf(await ask('GET', `/orders/${orderId}`, { token, headers }))).toEqual([
      404,
      problemType('not-found'),
    ]);
  });

  it('of another customer cannot be cancelled', async () => {
    const orderId = await place('alice');
    const answer = await ask('POST', `/orders/${orderId}/cancel`, { token: issuer.token('bob') });
    expect(problemOf(answer)).toEqual([404, problemType('not-found')]);
    const { order } = await as('alice').order(orderId);
    expect(order.history.map(({ step }) => step)).not.toContain('cancellation requested');
    expect(await as('alice').cancelOrder(orderId)).toMatchObject({ outcome: 'cancelling' });
  });
});

describe('an idempotency key', () => {
  it('of one customer means nothing for another', async () => {
    const key = { idempotencyKey: 'the same' };
    const order = { items: [...items] };
    const [alices, bobs] = [await as('alice').placeOrder(order, key), await as('bob').placeOrder(order, key)];
    expect(bobs.orderId).not.toBe(alices.orderId);
    expect(bobs.replayed).toBe(false);
    expect(await as('alice').placeOrder(order, key)).toEqual({ ...alices, replayed: true });
    expect(
      await as('bob')
        .placeOrder({ ...order, paymentMethod: 'pm_other' }, key)
        .catch(statusOf),
    ).toBe(422);
  });

  it('is the same whether the body names the customer or not', async () => {
    const key = { idempotencyKey: 'named or not' };
    const { orderId } = await as('alice').placeOrder({ items: [...items] }, key);
    const named = await as('alice').placeOrder({ items: [...items], customerId: 'alice' }, key);
    expect(named).toMatchObject({ orderId, replayed: true });
  });
});

function statusOf(error: unknown): number {
  if (error instanceof OrderApiError) return error.status;
  throw error;
}

describe('the list of orders', () => {
  it("shows one's own, and only those", async () => {
    const [first, other, second] = [await place('carol'), await place('dave'), await place('carol')];
    const ids = async (customerId: string) =>
      (await system.orders({}, issuer.token(customerId))).map(({ orderId }) => orderId);
    expect(await ids('carol')).toEqual([second, first]);
    expect(await ids('dave')).toEqual([other]);
    expect(await ids('nobody')).toEqual([]);
  });

  it('of another customer is refused, whatever the query says', async () => {
    const token = issuer.token('carol');
    for (const query of [
      'customerId=dave',
      'customerId=carol&customerId=dave',
      'customerId=dave&limit=1&status=PENDING',
    ]) {
      const [status] = problemOf(await ask('GET', `/orders?${query}`, { token }));
      expect([query, status]).toEqual([query, query.includes('carol') ? 400 : 403]);
    }
    expect((await ask('GET', '/orders?customerId=carol', { token })).status).toBe(200);
  });

  it('takes no cursor of another customer', async () => {
    for (let count = 0; count < 2; count++) await place('erin');
    await place('frank');
    const page = await ask('GET', '/orders?limit=1', { token: issuer.token('erin') });
    const { nextCursor = '' } = orderListSchema.parse(JSON.parse(page.text));
    expect(nextCursor).not.toBe('');
    const path = `/orders?cursor=${nextCursor}`;
    expect((await ask('GET', path, { token: issuer.token('erin') })).status).toBe(200);
    const answer = await ask('GET', path, { token: issuer.token('frank') });
    expect(problemOf(answer)).toEqual([400, problemType('invalid-cursor')]);
  });
});

describe('more requests at once than the stage lets through', () => {
  it('are refused by the gateway, until time has passed', async () => {
    const token = issuer.token('alice');
    const answers = await Promise.all(Array.from({ length: 2 * BURST }, () => ask('GET', '/products', { token })));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(BURST);
    for (const answer of refused) {
      expect(told(answer)).toEqual([429, 'application/json', { message: 'Too Many Requests' }]);
    }
    await system.advance(MINUTE);
    expect((await ask('GET', '/products', { token })).status).toBe(200);
  });
});
