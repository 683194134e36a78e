import { getEventListeners, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type OrderView, problems, problemType, type ProblemKind } from '@distributed-patterns/contracts';
import {
  OrderApiError,
  OrderApiUnreadable,
  OrderApiUnreachable,
  OrderClient,
  type OrderClientOptions,
} from './index.ts';
import { completed } from './retry.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const request = { customerId: 'customer-1', items: [{ productId: 'laptop', quantity: 1, price: 1299.99 }] };
const placed = { orderId: ORDER, status: 'PENDING', totalAmount: 1299.99, message: 'Order created successfully' };
const view: OrderView = {
  orderId: ORDER,
  customerId: 'customer-1',
  status: 'PENDING',
  items: [{ productId: 'laptop', quantity: 1, price: 1299.99 }],
  totalAmount: 1299.99,
  currency: 'USD',
  placedAt: '2026-01-15T09:30:00.000Z',
  history: [{ step: 'placed', at: '2026-01-15T09:30:00.000Z' }],
};

type Reply = (response: ServerResponse) => void;

const answer =
  (status: number, body?: unknown, headers: Record<string, string> = {}): Reply =>
  (response) =>
    response.writeHead(status, headers).end(body === undefined ? undefined : JSON.stringify(body));

const problem = (kind: ProblemKind): Reply => {
  const { status, title } = problems[kind];
  const body = { type: problemType(kind), title, status, detail: 'It is so.', instance: 'urn:request:1' };
  return answer(status, body, { 'content-type': 'application/problem+json', 'x-correlation-id': 'request-1' });
};

/** What a proxy on the way may answer. */
const page =
  (status: number): Reply =>
  (response) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');

/** The connection breaks before anything of the answer is there. */
const broken: Reply = (response) => response.destroy();
/** The connection breaks within the answer's body. */
const cutShort: Reply = (response) => {
  response.writeHead(201, { 'content-length': '1000' });
  response.write('{"orderId":', () => response.destroy());
};

let server: Server;
let script: Reply[];
let received: { method?: string; url?: string; headers: IncomingMessage['headers']; body: string }[];

beforeEach(async () => {
  script = [];
  received = [];
  server = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    incoming.on('end', () => {
      received.push({ method: incoming.method, url: incoming.url, headers: incoming.headers, body });
      const reply = script.shift() ?? answer(418, { message: 'The script is at its end.' });
      reply(response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const baseUrl = (): string => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen.');
  return `http://127.0.0.1:${address.port}`;
};

/** A client whose pauses take no time and whose attempts may take any. */
const client = ({ retry, ...options }: Partial<OrderClientOptions> = {}) =>
  new OrderClient({
    baseUrl: baseUrl(),
    newKey: () => 'key-1',
    retry: { pause: async () => undefined, timer: () => () => undefined, ...retry },
    ...options,
  });

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('placing an order', () => {
  it('sends the request as JSON with a key, as the text of a structured header', async () => {
    script = [answer(201, placed)];
    expect(await client().placeOrder(request)).toEqual({ ...placed, replayed: false });
    expect(received).toMatchObject([
      {
        method: 'POST',
        url: '/orders',
        headers: { 'content-type': 'application/json', 'idempotency-key': '"key-1"' },
        body: JSON.stringify(request),
      },
    ]);
    expect(received[0]?.headers).not.toHaveProperty('authorization');
  });

  it('makes a new key for each order', async () => {
    script = [answer(201, placed), answer(201, placed)];
    const orders = new OrderClient({ baseUrl: baseUrl() });
    await orders.placeOrder(request);
    await orders.placeOrder(request);
    const keys = received.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([expect.stringMatching(/^"[\da-f-]{36}"$/), expect.stringMatching(/^"[\da-f-]{36}"$/)]);
    expect(new Set(keys).size).toBe(2);
  });

  it('takes a key of the caller, whatever is in it', async () => {
    script = [answer(201, placed)];
    await client().placeOrder(request, { idempotencyKey: 'basket 7, "gift" \\ spare' });
    expect(received[0]?.headers['idempotency-key']).toBe('"basket 7, \\"gift\\" \\\\ spare"');
  });

  it('says that an earlier request placed the order', async () => {
    script = [answer(201, placed, { 'idempotent-replayed': 'true' })];
    expect(await client().placeOrder(request)).toEqual({ ...placed, replayed: true });
  });

  it('repeats with the same key and body when a connection breaks, even within the answer', async () => {
    script = [broken, cutShort, problem('request-in-progress'), answer(503), answer(201, placed)];
    expect(await client().placeOrder(request)).toMatchObject({ orderId: ORDER });
    expect(received).toHaveLength(5);
    expect(new Set(received.map(({ headers, body }) => `${headers['idempotency-key']} ${body}`)).size).toBe(1);
  });

  it('sends the order as it was when it was placed, although it has changed since', async () => {
    const basket = { ...request, items: [...request.items] };
    const clears: Reply = (response) => {
      basket.items.length = 0;
      response.destroy();
    };
    script = [clears, answer(201, placed)];
    await client().placeOrder(basket);
    expect(received.map(({ body }) => body)).toEqual([JSON.stringify(request), JSON.stringify(request)]);
  });

  it('gives an attempt up that takes too long, and makes another', async () => {
    let ring = (): void => undefined;
    const closed = new Promise((resolve) => {
      const silent: Reply = (response) => {
        response.on('close', resolve);
        ring();
      };
      script = [silent, answer(201, placed)];
    });
    const timer = (_milliseconds: number, ringer: () => void) => {
      ring = ringer;
      return () => undefined;
    };
    expect(await client({ retry: { timer } }).placeOrder(request)).toMatchObject({ orderId: ORDER });
    await closed;
    expect(received).toHaveLength(2);
  });
});

describe('the caller aborts', () => {
  it('while an attempt is under way: it is broken off and not repeated', async () => {
    const caller = new AbortController();
    const reason = new Error('the customer left');
    const closed = new Promise((resolve) => {
      const abandoned: Reply = (response) => {
        response.on('close', resolve);
        caller.abort(reason);
      };
      script = [abandoned];
    });
    const orders = client({ retry: { firstPause: Infinity, longestPause: Infinity } });
    expect(await failure(orders.placeOrder(request, { signal: caller.signal }))).toBe(reason);
    await closed;
    expect(received).toHaveLength(1);
  });

  it('in a pause: it ends and no attempt follows', async () => {
    script = [answer(503)];
    const caller = new AbortController();
    const pause = async () => caller.abort();
    const error = await failure(client({ retry: { pause } }).order(ORDER, { signal: caller.signal }));
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(received).toHaveLength(1);
  });

  it('while its token is fetched: nothing is sent', async () => {
    const caller = new AbortController();
    const reason = new Error('the customer left');
    const token = () => {
      caller.abort(reason);
      return new Promise<string>(() => undefined);
    };
    expect(await failure(client({ token }).placeOrder(request, { signal: caller.signal }))).toBe(reason);
    expect(received).toEqual([]);
  });

  it('while an attempt is under way that pays no heed to it', async () => {
    const caller = new AbortController();
    const fetch = () => {
      caller.abort();
      return new Promise<Response>(() => undefined);
    };
    expect(await failure(client({ fetch }).order(ORDER, { signal: caller.signal }))).toBe(caller.signal.reason);
  });

  it('before it began: nothing is sent', async () => {
    const signal = AbortSignal.abort();
    expect(await failure(client().cancelOrder(ORDER, { signal }))).toBe(signal.reason);
    expect(received).toEqual([]);
  });
});

it('a call leaves no timer running and no listener on the signal, however it ends', async () => {
  script = [broken, answer(503), answer(200, view), broken, problem('not-found')];
  const { signal } = new AbortController();
  let running = 0;
  const timer = () => {
    running += 1;
    return () => void (running -= 1);
  };
  const { pause } = completed({});
  const orders = client({ token: async () => 'token-1', retry: { timer, pause, firstPause: 0 } });
  await orders.order(ORDER, { signal });
  await failure(orders.order(ORDER, { signal }));
  expect(received).toHaveLength(5);
  expect({ running, listeners: getEventListeners(signal, 'abort') }).toEqual({ running: 0, listeners: [] });
});

describe('the token', () => {
  it.each([
    ['a text', 'token-1'],
    ['a function', () => 'token-1'],
    ['an asynchronous function', async () => 'token-1'],
  ])('may be %s', async (_what, token) => {
    script = [answer(200, view)];
    await client({ token }).order(ORDER);
    expect(received[0]?.headers.authorization).toBe('Bearer token-1');
  });

  it('is asked for anew with each call', async () => {
    script = [answer(200, view), answer(200, view)];
    let tokens = 0;
    const orders = client({ token: () => `token-${(tokens += 1)}` });
    await orders.order(ORDER);
    await orders.order(ORDER);
    expect(received.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('that cannot be had, or cannot be sent, fails the call with its own error and no attempt', async () => {
    const signedOut = new Error('signed out');
    expect(await failure(client({ token: () => Promise.reject(signedOut) }).order(ORDER))).toBe(signedOut);
    expect(await failure(client({ token: 'two\nlines' }).order(ORDER))).toMatchObject({ name: 'TypeError' });
    expect(received).toEqual([]);
  });
});

it.each([
  ['', '/orders'],
  ['/', '/orders'],
  ['/dev', '/dev/orders'],
  ['/dev/', '/dev/orders'],
])('a base URL may end in "%s"', async (end, url) => {
  script = [answer(200, { orders: [] })];
  await client({ baseUrl: new URL(`${baseUrl()}${end}`) }).ordersPage();
  expect(received).toMatchObject([{ method: 'GET', url, body: '' }]);
});

it('a base URL is absolute', () => {
  expect(() => client({ baseUrl: '/dev' })).toThrow('Invalid URL');
});

describe('reading an order', () => {
  it('gives the order and its tag', async () => {
    script = [answer(200, view, { etag: '"tag-1"' })];
    expect(await client().order(ORDER)).toEqual({ order: view, etag: '"tag-1"' });
    expect(received).toMatchObject([{ method: 'GET', url: `/orders/${ORDER}` }]);
    expect(received[0]?.headers).not.toHaveProperty('if-none-match');
  });

  it('gives what is known while that is still true, and the new state after', async () => {
    script = [answer(200, view, { etag: '"tag-1"' }), answer(304), answer(200, { ...view, status: 'COMPLETED' })];
    const orders = client();
    const known = await orders.order(ORDER);
    expect(await orders.order(ORDER, { known })).toBe(known);
    const changed = await orders.order(ORDER, { known });
    expect(changed).toEqual({ order: { ...view, status: 'COMPLETED' }, etag: undefined });
    expect(received.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"tag-1"', '"tag-1"']);
  });

  it('keeps an id within its part of the path', async () => {
    script = [problem('not-found')];
    await failure(client().order('a/b?c'));
    expect(received).toMatchObject([{ url: '/orders/a%2Fb%3Fc' }]);
  });

  it('repeats what may pass', async () => {
    script = [broken, answer(502), answer(200, view)];
    expect(await client().order(ORDER)).toMatchObject({ order: view });
  });
});

describe('listing orders', () => {
  const [first, second] = [view, { ...view, status: 'COMPLETED' as const }];

  it('goes through all pages, short and empty ones too, with the same filter', async () => {
    script = [
      answer(200, { orders: [first], nextCursor: 'a+b=' }),
      answer(200, { orders: [], nextCursor: 'c' }),
      answer(200, { orders: [second] }),
    ];
    const orders: OrderView[] = [];
    for await (const order of client().orders({ customerId: 'customer-1', status: 'PENDING', limit: 2 })) {
      orders.push(order);
    }
    expect(orders).toEqual([first, second]);
    const query = '/orders?customerId=customer-1&status=PENDING&limit=2';
    expect(received.map(({ url }) => url)).toEqual([query, `${query}&cursor=a%2Bb%3D`, `${query}&cursor=c`]);
  });

  it('asks for no page that is not needed', async () => {
    script = [answer(200, { orders: [first, second], nextCursor: 'a' })];
    for await (const order of client().orders()) {
      expect(order).toEqual(first);
      break;
    }
    expect(received).toHaveLength(1);
  });

  it('gives one page with the cursor of the next', async () => {
    script = [answer(200, { orders: [first], nextCursor: 'b' })];
    expect(await client().ordersPage({ cursor: 'a' })).toEqual({ orders: [first], nextCursor: 'b' });
    expect(received).toMatchObject([{ url: '/orders?cursor=a' }]);
  });
});

describe('cancelling an order', () => {
  it.each([
    [202, 'cancelling'],
    [200, 'cancelled'],
  ])('that is answered with %i is %s', async (status, outcome) => {
    script = [broken, answer(status, view)];
    expect(await client().cancelOrder(ORDER)).toEqual({ order: view, outcome });
    expect(received).toMatchObject([{}, { method: 'POST', url: `/orders/${ORDER}/cancel`, body: '' }]);
  });

  it('that has ended is an error that says so', async () => {
    script = [problem('order-ended')];
    const error = await failure(client().cancelOrder(ORDER));
    expect(error).toMatchObject({ name: 'OrderApiError', status: 409, retryable: false });
    expect(error instanceof OrderApiError && error.is('order-ended')).toBe(true);
    expect(received).toHaveLength(1);
  });
});

describe('what is thrown', () => {
  it('a problem of the service, with all that it says', async () => {
    script = [problem('idempotency-key-reused')];
    const error = await failure(client().placeOrder(request));
    expect(error).toBeInstanceOf(OrderApiError);
    expect(error).toMatchObject({
      name: 'OrderApiError',
      message: 'POST /orders was answered with 422: It is so.',
      status: 422,
      problem: { type: problemType('idempotency-key-reused'), detail: 'It is so.' },
      gatewayMessage: undefined,
      retryable: false,
      correlationId: 'request-1',
      idempotencyKey: 'key-1',
    });
  });

  it("the gateway's own answer, which is no problem", async () => {
    script = [answer(401, { message: 'Unauthorized' }, { 'apigw-requestid': 'gateway-1' })];
    expect(await failure(client().order(ORDER))).toMatchObject({
      name: 'OrderApiError',
      status: 401,
      problem: undefined,
      gatewayMessage: 'Unauthorized',
      retryable: false,
      correlationId: 'gateway-1',
    });
  });

  it("a proxy's page, which is neither", async () => {
    script = [page(404)];
    expect(await failure(client().order(ORDER))).toMatchObject({
      status: 404,
      problem: undefined,
      gatewayMessage: undefined,
      correlationId: undefined,
    });
  });

  it('nothing was ever answered: the reason, and the key to go on with', async () => {
    script = [broken];
    const error = await failure(
      client({ retry: { firstPause: Infinity, longestPause: Infinity } }).placeOrder(request),
    );
    expect(error).toBeInstanceOf(OrderApiUnreachable);
    expect(error).toMatchObject({ name: 'OrderApiUnreachable', retryable: true, idempotencyKey: 'key-1' });
    expect(error).toHaveProperty('cause.name', 'TypeError');
  });

  it('a placed order that is not understood: the key to go on with', async () => {
    script = [page(201)];
    const error = await failure(client().placeOrder(request));
    expect(error).toMatchObject({ name: 'OrderApiUnreadable', status: 201, idempotencyKey: 'key-1' });
  });

  it.each([
    ['is no JSON', page(200), 'SyntaxError'],
    ['lacks something', answer(200, { orderId: ORDER }), 'ZodError'],
    ['is of no known state', answer(200, { ...view, status: 'LOST' }), 'ZodError'],
    ['is empty, though nothing was known', answer(304), 'SyntaxError'],
  ])('a success that %s is not understood, and not repeated', async (_what, reply, cause) => {
    script = [reply];
    const error = await failure(client().order(ORDER));
    expect(error).toBeInstanceOf(OrderApiUnreadable);
    expect(error).toMatchObject({ name: 'OrderApiUnreadable', cause: { name: cause } });
    expect(received).toHaveLength(1);
  });
});
