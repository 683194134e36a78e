/** Requests of every shape for the HTTP APIs, nearly good ones above all, and most of them for orders. */
import { METHODS } from 'node:http';
import { placeOrderRequestSchema, orderStatuses } from '@distributed-patterns/contracts';
import fc from 'fast-check';
import { crowd, mutated, textOf, type Tree, treeOf } from './fuzz-json.ts';

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path and query, not encoded any further. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What is there already, for requests that are about it. */
export interface Surroundings {
  readonly customerId: string;
  /** Orders of this customer, none of which is under way. */
  readonly orderIds: readonly string[];
  /** The first order's tag. */
  readonly etag: string;
  readonly cursor: string;
}

/** Products of the demonstration, which are there from the start. */
export const seededProducts = ['laptop', 'mouse', 'limited-edition'] as const;

/** Of good bodies, one in so many stays: each accepted order runs a saga. */
const RARELY = 2;
/** Just over what the service looks at. */
const TOO_LARGE = 256 * 1024 + 1;

const lines = fc.array(
  fc.record({
    productId: fc.constantFrom('laptop', 'mouse', 'tractor', 'p'.repeat(64)),
    quantity: fc.constantFrom(1, 2, 1_000),
    price: fc.constantFrom(1299.99, 39.99, 0.01, 1, 1_000_000),
  }),
  { minLength: 1, maxLength: 3 },
);

/** Lines that have a product in common quote one price for it. */
const agreeing = lines.map((all) =>
  all.map((line) => ({
    ...line,
    price: all.find(({ productId }) => productId === line.productId)?.price ?? line.price,
  })),
);

/** A product at whatever prices each of its lines was drawn with: most of these orders are refused. */
const disagreeing = lines.map((all) => all.map((line) => ({ ...line, productId: 'mouse' })));

const orderOf = (items: typeof lines): fc.Arbitrary<Tree> =>
  fc
    .record(
      {
        customerId: fc.constantFrom('customer-123', 'a', 'Z9_.-', 'c'.repeat(64)),
        customerEmail: fc.constantFrom('a@b.example', 'first.last+tag@mail.example.com'),
        items,
        paymentMethod: fc.constantFrom('pm_card_visa', 'pm_card_chargeDeclined'),
      },
      { requiredKeys: ['customerId', 'items'] },
    )
    .map(treeOf);

const good = orderOf(agreeing);

/** Crowds stand where a list belongs, and in its place. */
const crowded = fc.tuple(good, crowd, fc.boolean()).map(([order, many, asItems]): Tree => {
  if (!asItems || order.kind !== 'object') return many;
  return { kind: 'object', members: order.members.map(([name, old]) => [name, name === 'items' ? many : old]) };
});

const rawText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'null',
    '[]',
    '{}',
    '"',
    '{',
    '{"',
    '\ufeff{}',
    '\u0000',
    'a=b&c=d',
    '<order/>',
    '--x',
    '{}{}',
    '{"a":1,}',
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.tuple(good.map(textOf), fc.nat({ max: 200 })).map(([text, length]) => text.slice(0, length)),
  fc
    .tuple(good.map(textOf), fc.constantFrom(' x', '\u0000', ',', '{}', '//', '\n}'))
    .map(([text, more]) => text + more),
  good.map((order) => `\ufeff${textOf(order)}`),
  good.map((order) => textOf(order).replaceAll('"', "'")),
);

const largeText = fc
  .tuple(good.map(textOf), fc.constantFrom(0, 1))
  .map(([text, over]) => text.padEnd(TOO_LARGE - 1 + over, ' '));

const bodyOfOrder = fc
  .tuple(
    fc.oneof(
      { weight: 12, arbitrary: good.map(textOf) },
      { weight: 4, arbitrary: orderOf(disagreeing).map(textOf) },
      { weight: 85, arbitrary: mutated(good).map(textOf) },
      { weight: 15, arbitrary: rawText },
      { weight: 1, arbitrary: crowded.map(textOf) },
      { weight: 1, arbitrary: largeText },
    ),
    fc.nat({ max: RARELY - 1 }),
  )
  .filter(([body, lot]) => lot === 0 || !isOrder(body))
  .map(([body]) => body);

function isOrder(body: string): boolean {
  try {
    return placeOrderRequestSchema.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}

const VISIBLE = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index));
/** What is no key of another request; it stays as it is, since a smaller one would be. */
const unlike = fc.noShrink(fc.noBias(fc.nat())).map((number) => number.toString(36));
const visible = fc.string({ unit: fc.constantFrom(...VISIBLE), maxLength: 20 });
/** Whatever a header can carry. */
const carried = fc.string({ unit: fc.constantFrom(' ', '\t', 'é', '\u00ff', ...VISIBLE), maxLength: 30 });

const key = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(visible, unlike).map(([text, own]) => text + own) },
  {
    weight: 4,
    arbitrary: fc.tuple(visible, unlike).map(([text, own]) => `"${text.replaceAll(/["\\]/g, '\\$&')} ${own}"`),
  },
  { weight: 2, arbitrary: fc.tuple(carried, unlike).map(([text, own]) => `"${text}${own}"`) },
  { weight: 2, arbitrary: carried },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(200, 254, 255, 256, 1_000), unlike)
      .map(([length, own]) => own.padEnd(length, 'k')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'shared',
      '"shared"',
      '"sha\\red"',
      '""',
      '"',
      '"\\"',
      '"a"b',
      'a"b',
      '"a";p=1',
      'a,b',
      'a b',
      ':YQ==:',
      '?1',
      '(a)',
    ),
  },
);

const JSON_TYPE = { 'content-type': 'application/json' } as const;

const oneOrBothKeys = fc.oneof(
  key.map((one) => ({ 'idempotency-key': one })),
  key.map((one) => ({ 'x-idempotency-key': one })),
  key.map((one) => ({ 'idempotency-key': one, 'x-idempotency-key': one })),
  fc.tuple(key, key).map(([one, other]) => ({ 'idempotency-key': one, 'x-idempotency-key': other })),
  unlike.map((one) => ({ 'idempotency-key': `"${one}"`, 'x-idempotency-key': one })),
);

const contentTypes = fc.constantFrom<Readonly<Record<string, string>>>(
  ...['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;', ' application/json ;x'].map(
    contentType,
  ),
  ...['text/plain', 'application/jsonx', 'application/problem+json', 'application/x-www-form-urlencoded', ''].map(
    contentType,
  ),
  ...['multipart/form-data; boundary=x', 'application/json, text/plain', 'json', '*/*', 'application/octet-stream'].map(
    contentType,
  ),
  {},
);

const otherHeaders = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Readonly<Record<string, string>>>({}) },
  fc.constantFrom('identity', 'gzip', 'br', 'identity, gzip', '').map((value) => ({ 'content-encoding': value })),
  fc.constantFrom('Bearer a.b.c', 'Basic YTpi', 'Bearer').map((value) => ({ authorization: value })),
  fc.constantFrom('text/html', 'application/xml;q=0', '*/*', '').map((value) => ({ accept: value })),
  carried.map((value) => ({ 'if-none-match': value })),
  carried.map((value) => ({ 'x-correlation-id': value })),
  carried.map((value) => ({ cookie: value })),
  fc.constantFrom('DELETE', 'GET').map((value) => ({ 'x-http-method-override': value })),
  fc.constantFrom('bytes=0-1', 'lines=1').map((value) => ({ range: value })),
);

const headersOfBody = fc.oneof(
  { weight: 6, arbitrary: fc.constant(JSON_TYPE) },
  { weight: 4, arbitrary: oneOrBothKeys.map((keys) => ({ ...JSON_TYPE, ...keys })) },
  { weight: 2, arbitrary: fc.tuple(contentTypes, otherHeaders).map((both) => Object.assign({}, ...both)) },
  {
    weight: 1,
    arbitrary: fc.tuple(otherHeaders, oneOrBothKeys).map((both) => Object.assign({ ...JSON_TYPE }, ...both)),
  },
);

const placing: fc.Arbitrary<WireRequest> = fc
  .record({
    target: fc.constantFrom('/orders', '/dev/orders', '/orders?', '/orders?customerId=a'),
    headers: headersOfBody,
    body: bodyOfOrder,
  })
  .map((request) => ({ method: 'POST', ...request }));

const goodProduct: fc.Arbitrary<Tree> = fc
  .record({
    name: fc.constantFrom('Novelty', 'Lämp', '数码相机', 'x'.repeat(200), '<script>'),
    price: fc.constantFrom(0.01, 9.99, 1_000_000),
  })
  .map(treeOf);

const goodDelivery: fc.Arbitrary<Tree> = fc.record({ quantity: fc.constantFrom(1, 2, 1_000, 1_000_000) }).map(treeOf);

const bodyLike = (tree: fc.Arbitrary<Tree>) =>
  fc.oneof(
    { weight: 4, arbitrary: tree.map(textOf) },
    { weight: 6, arbitrary: mutated(tree).map(textOf) },
    { weight: 1, arbitrary: rawText },
  );

/** What a path or a query may be written with. */
const written = fc.oneof(
  fc.constantFrom(
    '%00',
    '%2F',
    '%2f..%2f',
    '..',
    '.',
    '%2e%2e',
    '%',
    '%zz',
    '%E0%A4%A',
    '%C3%A9',
    '+',
    '%20',
    '*',
    ';a=b',
    '#x',
    '~',
    "'",
    '//',
  ),
  fc.string({ unit: fc.constantFrom(...VISIBLE.filter((one) => one !== '#')), maxLength: 12 }),
  fc
    .string({ unit: 'binary', maxLength: 12 })
    .map((text) => encodeURIComponent(text.replaceAll(/[\ud800-\udfff]/g, '?'))),
  fc.constantFrom(64, 1_100, 8_000).map((length) => 'a'.repeat(length)),
);

/** All requests that are drawn. */
export function requestsIn({ customerId, orderIds, etag, cursor }: Surroundings): fc.Arbitrary<WireRequest> {
  const orderId = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...orderIds) },
    { weight: 1, arbitrary: fc.constantFrom(...orderIds.map((id) => id.toUpperCase())) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...orderIds.flatMap((id) => [`${id} `, `{${id}}`, `urn:uuid:${id}`].map(encodeURIComponent)),
      ),
    },
    { weight: 3, arbitrary: fc.uuid() },
    { weight: 3, arbitrary: written },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'cancel',
        'orders',
        '__proto__',
        'constructor',
        'order#1',
        '00000000-0000-0000-0000-000000000000',
      ),
    },
  );
  const cursors = fc.oneof(
    { weight: 2, arbitrary: fc.constant(cursor) },
    {
      weight: 3,
      arbitrary: mutated(fc.constant(treeOf(JSON.parse(Buffer.from(cursor, 'base64url').toString())))).map((tree) =>
        Buffer.from(textOf(tree)).toString('base64url'),
      ),
    },
    { weight: 1, arbitrary: fc.nat({ max: cursor.length }).map((length) => cursor.slice(0, length)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(`${cursor}=`, `${cursor}A`, `+${cursor}`, 'bnVsbA', 'e30', '', 'null', '0'),
    },
    { weight: 2, arbitrary: written },
  );
  const parameter = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        'customerId=a',
        'customerId=',
        `customerId=${customerId}`,
        'customerId=a%20b',
        `customerId=${'a'.repeat(65)}`,
      ),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom(...orderStatuses, 'pending', '', 'PENDING%00').map((status) => `status=${status}`),
    },
    {
      weight: 3,
      arbitrary: fc
        .constantFrom('0', '1', '100', '101', '-1', '1.5', '1e2', '0x1', '007', '', '%31', '9'.repeat(30), '١')
        .map((limit) => `limit=${encodeURI(limit).replaceAll('%25', '%')}`),
    },
    { weight: 3, arbitrary: cursors.map((one) => `cursor=${one}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '__proto__=1',
        'constructor=1',
        'Limit=1',
        'a',
        '=',
        '&',
        'customerId',
        'limit[]=1',
        'items=1',
      ),
    },
    { weight: 1, arbitrary: fc.tuple(written, written).map(([name, value]) => `${name}=${value}`) },
  );
  const listing = fc
    .tuple(fc.array(parameter, { maxLength: 4 }), fc.integer({ min: 0, max: 3 }))
    .map(([parameters, lot]) => [...(lot > 0 ? [`customerId=${customerId}`] : []), ...parameters].join('&'))
    .map((query): WireRequest => ({ method: 'GET', target: `/orders?${query}`, headers: {} }));
  const condition = fc.oneof(
    otherHeaders,
    fc
      .constantFrom(etag, `W/${etag}`, '*', '"x"', `"x", ${etag}`, ',', '', etag.slice(1))
      .map((value) => ({ 'if-none-match': value })),
  );
  const reading = fc
    .tuple(fc.constantFrom('/orders/', '/dev/orders/'), orderId, condition)
    .map(([path, id, headers]): WireRequest => ({ method: 'GET', target: path + id, headers }));
  const cancelling = fc
    .tuple(orderId, otherHeaders, fc.option(rawText, { nil: undefined }))
    .map(([id, headers, body]): WireRequest => ({
      method: 'POST',
      target: `/orders/${id}/cancel`,
      headers,
      ...(body === undefined ? {} : { body }),
    }));
  const products = fc
    .tuple(
      fc.constantFrom('/products', '/products?', '/dev/products'),
      fc.oneof(fc.constant(''), parameter),
      otherHeaders,
    )
    .map(([path, query, headers]): WireRequest => ({
      method: 'GET',
      target: query === '' ? path : `${path}?${query}`,
      headers,
    }));
  const productId = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...seededProducts) },
    { weight: 3, arbitrary: fc.constantFrom('novelty', 'N-1.2_3', 'p'.repeat(64), 'p'.repeat(65), 'a%20b', 'restock') },
    { weight: 1, arbitrary: written },
  );
  const productPath = fc
    .tuple(fc.constantFrom('/products/', '/dev/products/'), productId)
    .map((parts) => parts.join(''));
  const seeing = fc
    .tuple(productPath, condition)
    .map(([target, headers]): WireRequest => ({ method: 'GET', target, headers }));
  const putting = fc
    .record({ target: productPath, headers: headersOfBody, body: bodyLike(goodProduct) })
    .map((request): WireRequest => ({ method: 'PUT', ...request }));
  const restocking = fc
    .record({
      target: productPath.map((one) => `${one}/restock`),
      headers: headersOfBody,
      body: bodyLike(goodDelivery),
    })
    .map((request): WireRequest => ({ method: 'POST', ...request }));
  const path = fc.oneof(
    fc.constantFrom(
      '/',
      '/orders',
      '/orders/',
      '/Orders',
      '/order',
      '/products/',
      '/products/laptop',
      '/dev',
      '/dev/',
      '/dev/dev/orders',
      '/prod/orders',
    ),
    fc.constantFrom(
      '//orders',
      '/orders//',
      '/orders/../products',
      '/%6frders',
      '/orders%2F',
      '/orders%00',
      '*',
      'http://other.example/orders',
      '/$default',
      '/docs',
    ),
    fc.constantFrom(
      ...orderIds.flatMap((id) => [
        `/orders/${id}/`,
        `/orders/${id}/cancel/`,
        `/orders/${id}%2Fcancel`,
        `/orders//${id}`,
        `/products/${id}/cancel`,
      ]),
    ),
    fc.array(written, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/').slice(0, 8_000)}`),
  );
  const straying = fc
    .tuple(fc.constantFrom(...METHODS.filter((method) => method !== 'CONNECT')), path, otherHeaders)
    .map(([method, target, headers]): WireRequest => ({ method, target, headers }));
  const usualStraying = fc
    .tuple(fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'), path)
    .map(([method, target]): WireRequest => ({ method, target, headers: {} }));
  return fc.oneof(
    { weight: 60, arbitrary: placing },
    { weight: 15, arbitrary: listing },
    { weight: 8, arbitrary: reading },
    { weight: 5, arbitrary: cancelling },
    { weight: 2, arbitrary: products },
    { weight: 2, arbitrary: seeing },
    { weight: 3, arbitrary: putting },
    { weight: 4, arbitrary: restocking },
    { weight: 4, arbitrary: straying },
    { weight: 6, arbitrary: usualStraying },
  );
}

function contentType(value: string): Readonly<Record<string, string>> {
  return { 'content-type': value };
}
