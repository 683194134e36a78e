/** What requests and answers look like, as the README shows them. */
import {
  type FieldError,
  type OrderList,
  type OrderView,
  type PlaceOrderRequest,
  type PlaceOrderResponse,
  type Problem,
  type ProblemKind,
  problems,
  problemType,
} from '@distributed-patterns/contracts';

export const orderId = '01a2085d-4777-714a-bf11-0bb592ba0017';
const correlationId = 'ESGxLqos4XanFng=';

const oneLaptop = { customerId: 'customer-123', items: [{ productId: 'laptop', quantity: 1, price: 1299.99 }] };

/** Bodies of `POST /orders`; the payment method has a default, so that a request may leave it out. */
type PlaceOrderExample = Omit<PlaceOrderRequest, 'paymentMethod'> & Partial<Pick<PlaceOrderRequest, 'paymentMethod'>>;
export const placeOrderExamples: Readonly<Record<string, { summary: string; value: PlaceOrderExample }>> = {
  'one-laptop': { summary: 'One laptop', value: oneLaptop },
  'declined-card': {
    summary: 'A card that is declined: the order fails, and the stock comes back',
    value: { ...oneLaptop, paymentMethod: 'pm_card_chargeDeclined' },
  },
  'out-of-stock': {
    summary: 'More than there is: the order fails',
    value: { customerId: 'customer-123', items: [{ productId: 'limited-edition', quantity: 2, price: 499 }] },
  },
};

export const placed: PlaceOrderResponse = {
  orderId,
  status: 'PENDING',
  totalAmount: 1299.99,
  message: 'Order created successfully',
};

const placedAt = '2026-11-23T12:24:20.599Z';
const order = { orderId, ...oneLaptop, totalAmount: 1299.99, currency: 'USD', placedAt };

export const completedOrder: OrderView = {
  ...order,
  status: 'COMPLETED',
  history: [
    { step: 'placed', at: placedAt },
    { step: 'reserved', at: '2026-11-23T12:24:20.977Z' },
    { step: 'paid', at: '2026-11-23T12:24:21.501Z' },
    { step: 'notified', at: '2026-11-23T12:24:21.956Z' },
    { step: 'completed', at: '2026-11-23T12:24:22.152Z' },
  ],
};

export const failedOrder: OrderView = {
  ...order,
  status: 'FAILED',
  history: [
    { step: 'placed', at: placedAt },
    { step: 'reserved', at: '2026-11-23T12:24:20.977Z' },
    { step: 'released', at: '2026-11-23T12:24:21.640Z' },
    { step: 'failed', at: '2026-11-23T12:24:21.893Z' },
  ],
  reason: { code: 'PAYMENT_DECLINED', message: 'The card was declined (generic_decline).' },
};

export const orderBeingCancelled: OrderView = {
  ...order,
  status: 'PAYMENT_PROCESSED',
  history: [
    { step: 'placed', at: placedAt },
    { step: 'reserved', at: '2026-11-23T12:24:20.977Z' },
    { step: 'paid', at: '2026-11-23T12:24:21.501Z' },
    { step: 'cancellation requested', at: '2026-11-23T12:24:21.730Z' },
  ],
};

export const cancelledOrder: OrderView = {
  ...order,
  status: 'CANCELLED',
  history: [
    ...orderBeingCancelled.history,
    { step: 'refunded', at: '2026-11-23T12:24:22.016Z' },
    { step: 'released', at: '2026-11-23T12:24:22.301Z' },
    { step: 'cancelled', at: '2026-11-23T12:24:22.558Z' },
  ],
  reason: { code: 'CANCELLED_BY_CUSTOMER', message: 'The customer cancelled the order.' },
};

export const orderList: OrderList = {
  orders: [completedOrder],
  nextCursor: 'eyJwbGFjZWRBdCI6IjIwMjYtMTEtMjNUMTI6MjQ6MjAuNTk5WiJ9',
};

export const NO_IDENTIFIER =
  'must have 1 to 64 letters, digits, underscores, dots or hyphens, and begin with a letter or digit';

/** A body with each problem. */
export const problemExamples: Readonly<Record<ProblemKind, Problem>> = {
  'invalid-request': problem('invalid-request', 'Some fields are not valid.', [
    { pointer: '/items/0/quantity', detail: 'Invalid input: expected int, received number' },
    { pointer: '/items/0/price', detail: 'must have at most two decimal places' },
  ]),
  'invalid-idempotency-key': problem(
    'invalid-idempotency-key',
    'Idempotency-Key and x-idempotency-key differ; send one of them.',
  ),
  'invalid-cursor': problem(
    'invalid-cursor',
    'Send a nextCursor as it came, with the customerId and the status that it came for.',
    [{ parameter: 'cursor', detail: 'is not a cursor of this list' }],
  ),
  'invalid-identifier': brokenLimit('invalid-identifier', { pointer: '/items/0/productId', detail: NO_IDENTIFIER }),
  'too-many-lines': brokenLimit('too-many-lines', { pointer: '/items', detail: 'must have at most 20 lines' }),
  'quantity-out-of-range': brokenLimit('quantity-out-of-range', {
    pointer: '/items/0/quantity',
    detail: 'must be from 1 to 1000',
  }),
  'total-too-large': brokenLimit('total-too-large', {
    pointer: '/items',
    detail: 'must cost at most 1000000.00 together',
  }),
  forbidden: problem('forbidden', 'The subject of the token is not the id of a customer.'),
  'not-found': problem('not-found', 'There is no order with this id.'),
  'method-not-allowed': problem('method-not-allowed', 'DELETE is not allowed on /orders.'),
  'request-in-progress': problem(
    'request-in-progress',
    'Wait for its answer, or ask again with the same key in a moment.',
  ),
  'order-ended': problem('order-ended', 'The order is COMPLETED, and so can no longer be cancelled.'),
  'body-too-large': problem('body-too-large', 'The body may have at most 262144 bytes.'),
  'unsupported-media-type': problem('unsupported-media-type', 'Send the body as Content-Type: application/json.'),
  'idempotency-key-reused': problem('idempotency-key-reused', 'Use a new key for a new request.'),
  'internal-error': problem('internal-error', 'The request could not be handled; its instance says which one it was.'),
  'temporarily-unavailable': problem('temporarily-unavailable', 'Try again in a moment.'),
};

/** Where the request has no body, and its query is at fault. */
export const queryProblemExamples = {
  'invalid-request': problem('invalid-request', 'Some fields are not valid.', [
    { parameter: 'customerId', detail: 'is missing' },
  ]),
  'invalid-identifier': brokenLimit('invalid-identifier', { parameter: 'customerId', detail: NO_IDENTIFIER }),
  forbidden: problem('forbidden', 'The token belongs to another customer than the query names.'),
};

/** A problem as it is answered. */
export function problem(kind: ProblemKind, detail: string, errors?: FieldError[]): Problem {
  const { status, title } = problems[kind];
  const instance = `urn:distributed-patterns-demo:request:${correlationId}`;
  return { type: problemType(kind), title, status, detail, instance, ...(errors === undefined ? {} : { errors }) };
}

/** The problem of a limit that one field breaks. */
export function brokenLimit(kind: ProblemKind, error: FieldError): Problem {
  return problem(kind, 'Some fields break a limit.', [{ ...error, type: problemType(kind) }]);
}
