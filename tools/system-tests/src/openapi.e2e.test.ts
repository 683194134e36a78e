/** Everything that the OpenAPI document says may be answered is provoked here, and every answer is held against it. */
import { problemSchema, problemType } from '@distributed-patterns/contracts';
import { type Answer, answerOf, ApiDocument, type DocumentedResponse, mediaTypeOf } from './api-document.ts';
import { goodOrder, System } from './system.ts';
import { TokenIssuer } from './token-issuer.ts';

const SCOPE = 'orders';
const BURST = 20;
const MINUTE = 60_000;
const NOBODYS = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';

const document = ApiDocument.read();
const [item] = goodOrder.items;

let issuer: TokenIssuer;
/** Everybody may call it, and sagas run. */
let open: System;
/** It asks for a token, and lets few requests through at once. */
let guarded: System;
/** An order that has been completed. */
let completed: string;

beforeAll(async () => {
  issuer = await TokenIssuer.start({ aud: 'shop', scope: SCOPE });
  const settings = {
    authIssuer: issuer.url,
    authAudience: 'shop',
    authScopes: [SCOPE],
    throttle: { rateLimit: 1, burstLimit: BURST },
  };
  const apps = ['event-bus', 'order', 'inventory'];
  [open, guarded] = await Promise.all([System.start(), System.start({ settings, apps })]);
  completed = (await open.ended((await open.place()).orderId)).orderId;
});
afterAll(async () => {
  await Promise.all([open.stop(), guarded.stop()]);
  await issuer.stop();
});

/** What is asked, where it is not as usual. */
interface Asked {
  readonly of?: System;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An operation, the path of a usual request, what answers it, and what that cannot do without. */
interface Operation {
  readonly name: string;
  readonly path: () => string;
  readonly lambda: string;
  readonly table: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const placing: Operation = {
  name: 'POST /orders',
  path: () => '/orders',
  lambda: 'order-place-order',
  table: 'dynamodb.TransactWriteItems',
  body: goodOrder,
};
const listing: Operation = {
  name: 'GET /orders',
  path: () => '/orders?customerId=customer-123',
  lambda: 'order-list-orders',
  table: 'dynamodb.Query',
};
const reading: Operation = {
  name: 'GET /orders/{orderId}',
  path: () => `/orders/${completed}`,
  lambda: 'order-get-order',
  table: 'dynamodb.BatchGetItem',
};
const cancelling: Operation = {
  name: 'POST /orders/{orderId}/cancel',
  path: () => `/orders/${completed}/cancel`,
  lambda: 'order-cancel-order',
  table: 'dynamodb.BatchGetItem',
};
const products: Operation = {
  name: 'GET /products',
  path: () => '/products',
  lambda: 'inventory-list-products',
  table: 'dynamodb.BatchGetItem',
};
const product: Operation = {
  name: 'GET /products/{productId}',
  path: () => '/products/mouse',
  lambda: 'inventory-get-product',
  table: 'dynamodb.BatchGetItem',
};
const putting: Operation = {
  name: 'PUT /products/{productId}',
  path: () => '/products/novelty',
  lambda: 'inventory-put-product',
  table: 'dynamodb.BatchGetItem',
  body: { name: 'Novelty', price: 9.99 },
};
const restocking: Operation = {
  name: 'POST /products/{productId}/restock',
  path: () => '/products/mouse/restock',
  lambda: 'inventory-restock-product',
  table: 'dynamodb.BatchGetItem',
  body: { quantity: 5 },
  headers: { 'idempotency-key': '"delivery 7"' },
};
const operations = [placing, listing, reading, cancelling, products, product, putting, restocking];

async function ask({ name, path, ...usual }: Operation, asked: Asked = {}): Promise<Answer> {
  const { of = open, path: other, headers = usual.headers ?? {}, body = usual.body } = asked;
  const response = await fetch(`${of.apiUrl}${other ?? path()}`, {
    method: name.split(' ')[0] ?? '',
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return answerOf(response);
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const asAlice = () => bearer(issuer.token('alice'));
const asNobody = () => bearer(issuer.token('not the id of a customer'));

type WantedFault = Parameters<System['inject']>[0];

/** Asks while something is wrong that would not pass by itself. */
async function askDuring(fault: WantedFault, operation: Operation, asked?: Asked): Promise<Answer> {
  const [answer = fail('nothing was asked')] = await askAllDuring([fault], [operation], asked);
  return answer;
}

async function askAllDuring(faults: WantedFault[], all: readonly Operation[], asked?: Asked): Promise<Answer[]> {
  await open.idle();
  const removals = await Promise.all(faults.map((fault) => open.inject({ times: 1_000, ...fault })));
  const answers = await Promise.all(all.map((operation) => ask(operation, asked)));
  for (const remove of removals) await remove();
  return answers;
}

let duringThrottling: Promise<Answer[]> | undefined;

/** The SDK takes seconds to give up what is throttled, so all operations share them. */
async function whileTablesAreThrottled(operation: Operation): Promise<Answer> {
  const tables = [...new Set(operations.map(({ table }) => table))];
  const faults = tables.map((at) => ({ at, ...broken('ThrottlingException', 400) }));
  duringThrottling ??= askAllDuring(faults, operations);
  return (await duringThrottling)[operations.indexOf(operation)] ?? fail(`nobody asked ${operation.name}`);
}

const broken = (code: string, status: number) =>
  ({ effect: 'error', error: { code, message: 'injected', status } }) as const;

/** The answer that was throttled, of more requests than may come at once; then it may go on. */
async function throttled(operation: Operation): Promise<Answer> {
  const answers = await Promise.all(Array.from({ length: 2 * BURST }, () => ask(operation, { of: guarded })));
  await guarded.advance(MINUTE);
  return answers.find(({ status }) => status === 429) ?? fail(`all ${2 * BURST} requests were let through`);
}

function fail(why: string): never {
  throw new Error(why);
}

/** The first order is made, but its record is not completed. */
async function inProgress(): Promise<Answer> {
  const headers = { 'idempotency-key': '"in progress"' };
  await askDuring({ at: 'dynamodb.UpdateItem', ...broken('AccessDeniedException', 400) }, placing, { headers });
  return ask(placing, { headers });
}

async function reused(): Promise<Answer> {
  const headers = { 'idempotency-key': '"reused"' };
  await ask(placing, { headers });
  return ask(placing, { headers, body: { ...goodOrder, paymentMethod: 'pm_card_mastercard' } });
}

async function replayed(): Promise<Answer> {
  const headers = { 'idempotency-key': '"replayed"' };
  await ask(placing, { headers });
  const answer = await ask(placing, { headers });
  expect(answer.headers['idempotent-replayed']).toBe('true');
  return answer;
}

async function restockedAgain(): Promise<Answer> {
  await ask(restocking);
  const answer = await ask(restocking);
  expect(answer.headers['idempotent-replayed']).toBe('true');
  return answer;
}

async function restockedOtherwise(): Promise<Answer> {
  await ask(restocking);
  return ask(restocking, { body: { quantity: 6 } });
}

/** Cancels an order that has only been placed, and then once more when it has been undone. */
async function cancelTwice(): Promise<{ readonly first: Answer; readonly second: Answer }> {
  const at = { at: 'events.deliver', where: { detailType: 'OrderPlaced' }, effect: 'hold' } as const;
  const release = await open.inject(at);
  const { orderId } = await open.place();
  await open.idle();
  const path = `/orders/${orderId}/cancel`;
  const first = await ask(cancelling, { path });
  await release();
  await open.ended(orderId);
  return { first, second: await ask(cancelling, { path }) };
}

const megabytes = (count: number) => 'a'.repeat(count * 1024 * 1024);
/** A delivery, other than the usual one. */
const deliver = (asked: Asked) =>
  ask(restocking, { ...asked, headers: { 'idempotency-key': '"delivery 8"', ...asked.headers } });
const withItem = (other: object) => ask(placing, { body: { ...goodOrder, items: [{ ...item, ...other }] } });

/** How each response comes about: by the problem's name, as `gateway` where that answers itself, else by status alone. */
const provocations: Readonly<Record<string, () => Promise<Answer>>> = {
  'POST /orders 201': replayed,
  'POST /orders 400 invalid-request': () => ask(placing, { body: { ...goodOrder, coupon: 'FREE' } }),
  'POST /orders 400 invalid-idempotency-key': () => ask(placing, { headers: { 'idempotency-key': '"' } }),
  'POST /orders 400 invalid-identifier': () => withItem({ productId: 'a/b' }),
  'POST /orders 400 quantity-out-of-range': () => withItem({ quantity: 1_001, price: 1 }),
  'POST /orders 400 total-too-large': () => withItem({ quantity: 2, price: 500_000.01 }),
  'POST /orders 400 too-many-lines': () => ask(placing, { body: { ...goodOrder, items: Array(21).fill(item) } }),
  'POST /orders 403 forbidden': () => ask(placing, { of: guarded, headers: asAlice() }),
  'POST /orders 409 request-in-progress': inProgress,
  'POST /orders 413 body-too-large': () => ask(placing, { body: megabytes(1) }),
  'POST /orders 413 gateway': () => ask(placing, { body: megabytes(11) }),
  'POST /orders 415 unsupported-media-type': () => ask(placing, { headers: { 'content-type': 'text/plain' } }),
  'POST /orders 422 idempotency-key-reused': reused,
  'GET /orders 200': () => ask(listing),
  'GET /orders 400 invalid-request': () => ask(listing, { path: '/orders' }),
  'GET /orders 400 invalid-cursor': () => ask(listing, { path: '/orders?customerId=a&cursor=b' }),
  'GET /orders 400 invalid-identifier': () => ask(listing, { path: '/orders?customerId=%20' }),
  'GET /orders 403 forbidden': () => ask(listing, { of: guarded, headers: asAlice() }),
  'GET /orders/{orderId} 200': () => ask(reading),
  'GET /orders/{orderId} 304': async () =>
    ask(reading, { headers: { 'if-none-match': (await ask(reading)).headers['etag'] ?? '' } }),
  'GET /orders/{orderId} 403 forbidden': () => ask(reading, { of: guarded, headers: asNobody() }),
  'GET /orders/{orderId} 404 not-found': () => ask(reading, { path: `/orders/${NOBODYS}` }),
  'POST /orders/{orderId}/cancel 200': async () => (await cancelTwice()).second,
  'POST /orders/{orderId}/cancel 202': async () => (await cancelTwice()).first,
  'POST /orders/{orderId}/cancel 403 forbidden': () => ask(cancelling, { of: guarded, headers: asNobody() }),
  'POST /orders/{orderId}/cancel 404 not-found': () => ask(cancelling, { path: `/orders/${NOBODYS}/cancel` }),
  'POST /orders/{orderId}/cancel 409 order-ended': () => ask(cancelling),
  'POST /orders/{orderId}/cancel 413 gateway': () => ask(cancelling, { body: megabytes(11) }),
  'GET /products 200': () => ask(products),
  'GET /products/{productId} 200': () => ask(product),
  'GET /products/{productId} 304': async () =>
    ask(product, { headers: { 'if-none-match': (await ask(product)).headers['etag'] ?? '' } }),
  'GET /products/{productId} 404 not-found': () => ask(product, { path: '/products/tractor' }),
  'PUT /products/{productId} 200': () => ask(putting, { path: '/products/webcam' }),
  'PUT /products/{productId} 201': () => ask(putting, { path: '/products/novelty-201' }),
  'PUT /products/{productId} 400 invalid-request': () => ask(putting, { body: { name: 'Novelty', price: -1 } }),
  'PUT /products/{productId} 400 invalid-identifier': () => ask(putting, { path: '/products/a%20b' }),
  'PUT /products/{productId} 413 body-too-large': () => ask(putting, { body: megabytes(1) }),
  'PUT /products/{productId} 413 gateway': () => ask(putting, { body: megabytes(11) }),
  'PUT /products/{productId} 415 unsupported-media-type': () =>
    ask(putting, { headers: { 'content-type': 'text/plain' } }),
  'POST /products/{productId}/restock 200': restockedAgain,
  'POST /products/{productId}/restock 400 invalid-request': () => deliver({ body: {} }),
  'POST /products/{productId}/restock 400 invalid-idempotency-key': () => ask(restocking, { headers: {} }),
  'POST /products/{productId}/restock 400 quantity-out-of-range': () => deliver({ body: { quantity: 0 } }),
  'POST /products/{productId}/restock 404 not-found': () => deliver({ path: '/products/tractor/restock' }),
  'POST /products/{productId}/restock 413 body-too-large': () => deliver({ body: megabytes(1) }),
  'POST /products/{productId}/restock 413 gateway': () => deliver({ body: megabytes(11) }),
  'POST /products/{productId}/restock 415 unsupported-media-type': () =>
    deliver({ headers: { 'content-type': 'text/plain' } }),
  'POST /products/{productId}/restock 422 idempotency-key-reused': restockedOtherwise,
  ...Object.assign({}, ...operations.map(whatEveryOperationMayAnswer)),
};

function whatEveryOperationMayAnswer(operation: Operation): Record<string, () => Promise<Answer>> {
  const { name, lambda, table } = operation;
  const where = { function: `distributed-patterns-demo-${lambda}-dev` };
  return {
    [`${name} 401 gateway`]: () => ask(operation, { of: guarded }),
    [`${name} 403 gateway`]: () =>
      ask(operation, { of: guarded, headers: bearer(issuer.token('alice', { scope: 'other' })) }),
    [`${name} 429 gateway`]: () => throttled(operation),
    [`${name} 500 internal-error`]: () => askDuring({ at: table, ...broken('AccessDeniedException', 400) }, operation),
    [`${name} 500 gateway`]: () => askDuring({ at: 'lambda.run', where, ...broken('Crash', 500) }, operation),
    [`${name} 503 temporarily-unavailable`]: () => whileTablesAreThrottled(operation),
    [`${name} 503 gateway`]: () =>
      askDuring({ at: 'lambda.Invoke', ...broken('TooManyRequestsException', 429) }, operation),
  };
}

const kindOf = (type: string) => type.slice(problemType('not-found').length - 'not-found'.length);

/** The names under which a documented response has to be provoked. */
function namesOf({ operation, status, mediaType, problemTypes }: DocumentedResponse): string[] {
  if (problemTypes.length > 0) return problemTypes.map((type) => `${operation} ${status} ${kindOf(type)}`);
  const isGateways = status >= 400 && mediaType === 'application/json';
  return [isGateways ? `${operation} ${status} gateway` : `${operation} ${status}`];
}

/** The name of what was answered. */
function nameOf(operation: string, { status, headers, text }: Answer): string {
  const mediaType = mediaTypeOf(headers);
  const isProblem = mediaType === 'application/problem+json';
  const problemTypes = isProblem ? [problemSchema.parse(JSON.parse(text)).type] : [];
  return namesOf({ operation, status, mediaType, problemTypes }).join();
}

const documented = document.responses().flatMap(namesOf);
const exercised = new Set<string>();

describe('the documented response', () => {
  it.each(documented)('%s is what the system answers', async (name) => {
    const provoke = provocations[name] ?? (() => fail(`nobody provokes ${name}`));
    const operation = name.split(' ', 2).join(' ');
    const answer = await provoke();
    expect({ name: nameOf(operation, answer), faults: document.faultsOf(operation, answer) }).toEqual({
      name,
      faults: [],
    });
    exercised.add(name);
  });
});

describe('the document', () => {
  it('has every response that was provoked, and none that was not', () => {
    expect([...exercised].sort()).toEqual([...documented].sort());
    expect(Object.keys(provocations).sort()).toEqual([...documented].sort());
  });
});
