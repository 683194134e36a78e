import { audit, type Expected } from './crash-audit.ts';
import type { BookedMail, BookedOrder, BookedPayment, Books } from './crash-books.ts';

const KILLED = Date.UTC(2026, 0, 1);
const total = { amount: 129_999, currency: 'USD' };
const items = [{ productId: 'laptop', quantity: 1 }];

const good: BookedOrder = { orderId: 'a', customerId: 'ann', status: 'COMPLETED', items, total };
const declined: BookedOrder = {
  orderId: 'b',
  customerId: 'bob',
  status: 'FAILED',
  items,
  total,
  reason: { code: 'PAYMENT_DECLINED' },
};
const charge = (orderId: string, refunded = 0): BookedPayment => ({
  status: 'succeeded',
  amount_received: total.amount,
  metadata: { orderId },
  latest_charge: { amount_refunded: refunded },
});
const mail = (subject: string, seconds = 0): BookedMail => ({ subject, sentAt: KILLED + seconds * 1000 });
const paid = (orderId: string, seconds?: number) => mail(`We have received your order ${orderId}`, seconds);
const failed = (orderId: string) => mail(`Your order ${orderId} could not be completed`);
const correction = (orderId: string, seconds?: number) =>
  mail(`Correction: your order ${orderId} was not completed`, seconds);

const books: Books = {
  orders: [good, declined],
  products: [{ pk: 'laptop', productId: 'laptop', available: 9, reserved: 0, sold: 1, received: 10 }],
  payments: [charge('a')],
  mails: [paid('a'), failed('b')],
  executions: [
    { name: 'order-a', status: 'SUCCEEDED' },
    { name: 'order-b', status: 'SUCCEEDED' },
  ],
  timeouts: [],
  left: { 'inbox-dlq': 0 },
};
const expected: Expected = {
  told: [
    { name: 'ann', key: 'k', wish: { name: 'good' }, acknowledged: new Set(['a']) },
    {
      name: 'bob',
      key: undefined,
      wish: { name: 'declined card', refusal: 'PAYMENT_DECLINED' },
      acknowledged: new Set(),
    },
  ],
  received: new Map([['laptop', 10]]),
  kills: [KILLED],
};

const problemsWith = (changed: Partial<Books>) => audit({ ...books, ...changed }, expected).problems;

it('an audit of books that add up finds nothing, and counts', () => {
  const { problems, figures } = audit(books, expected);
  expect(problems).toEqual([]);
  expect(figures).toMatchObject({ orders: 2, acknowledged: 1, completed: 1, failed: 1, mails: 2 });
});

it.each<[string, Partial<Books>, string]>([
  ['an order is gone', { orders: [declined] }, 'order a was acknowledged and is gone'],
  [
    'a customer has two orders for one request',
    { orders: [good, declined, { ...good, orderId: 'c' }] },
    'ann asked for one order and has 2: a, c',
  ],
  ['an order has not ended', { orders: [{ ...good, status: 'PENDING' }, declined] }, 'order a (good) is PENDING'],
  [
    'a good order is refused',
    { orders: [{ ...good, status: 'FAILED', reason: { code: 'OUT_OF_STOCK' } }, declined] },
    'order a (good) is FAILED, OUT_OF_STOCK',
  ],
  ['a customer is charged twice', { payments: [charge('a'), charge('a')] }, 'order a was charged 2 times'],
  ['nobody is charged', { payments: [] }, 'order a is COMPLETED and 0 is held for it, not 129999'],
  [
    'a refund is owed',
    { payments: [charge('a'), charge('b', 1)] },
    'order b is FAILED and 129998 is held for it, not 0',
  ],
  ['a charge is nobody’s', { payments: [charge('a'), charge('z')] }, 'z is charged for and is no order'],
  ['a confirmation is missing', { mails: [failed('b')] }, 'order a is COMPLETED and has no confirmation'],
  [
    'a confirmation is not corrected',
    { mails: [paid('a'), correction('b'), paid('b', 1), failed('b')] },
    'order b is FAILED and has a confirmation that was not corrected',
  ],
  [
    'a mail comes twice, and no crash is to blame',
    { mails: [paid('a', 60), paid('a', 120), failed('b')] },
    '"We have received your order a" was sent at 2026-01-01T00:01:00.000Z and 2026-01-01T00:02:00.000Z, and no sender died in between',
  ],
  [
    'a saga still runs',
    {
      executions: [
        { name: 'order-a', status: 'RUNNING' },
        { name: 'order-b', status: 'SUCCEEDED' },
      ],
    },
    'the saga order-a is RUNNING',
  ],
  [
    'a saga was aborted',
    {
      executions: [
        { name: 'order-a', status: 'SUCCEEDED' },
        { name: 'order-b', status: 'ABORTED' },
      ],
    },
    'the saga order-b is ABORTED',
  ],
  ['an order has no saga', { executions: [{ name: 'order-a', status: 'SUCCEEDED' }] }, 'order b has no saga'],
  [
    'stock is missing',
    { products: [{ pk: 'laptop', productId: 'laptop', available: 8, reserved: 0, sold: 1, received: 10 }] },
    'laptop: 8 available, 0 reserved, 1 sold; 10 of 10 received',
  ],
  [
    'stock came from nowhere',
    { products: [{ pk: 'laptop', productId: 'laptop', available: 10, reserved: 0, sold: 1, received: 11 }] },
    'laptop: 10 available, 0 reserved, 1 sold; 11 of 10 received',
  ],
  [
    'stock stays set aside for an order that has ended',
    { products: [{ pk: 'laptop', productId: 'laptop', available: 9, reserved: 1, sold: 0, received: 10 }] },
    'laptop: 1 reserved, 0 of 1 sold',
  ],
  ['a product is gone', { products: [] }, 'laptop is gone'],
  [
    'too many orders were given up',
    {
      orders: ['a', 'b', 'c'].map((orderId) => ({
        ...declined,
        orderId,
        reason: { code: 'STEP_UNANSWERED' },
      })),
    },
    '3 of 3 orders failed because a step stayed unanswered',
  ],
  ['a dead-letter queue holds a message', { left: { 'inbox-dlq': 1 } }, 'inbox-dlq holds 1'],
])('an audit finds that %s', (_what, changed, problem) => {
  expect(problemsWith(changed)).toContain(problem);
});

it('a mail that the death of its sender has doubled is counted, not complained of', () => {
  const { problems, figures } = audit({ ...books, mails: [paid('a', -1), paid('a', 60), failed('b')] }, expected);
  expect(problems).toEqual([]);
  expect(figures).toMatchObject({ 'mails sent twice': 1 });
  const timedOut = { mails: [paid('a', 60), paid('a', 180), failed('b')], timeouts: [KILLED + 70_000] };
  expect(problemsWith(timedOut)).toEqual([]);
});

it('an order may have been given up because a step stayed unanswered', () => {
  const givenUp: BookedOrder = { ...good, status: 'FAILED', reason: { code: 'STEP_UNANSWERED' } };
  const changed = {
    orders: [givenUp, declined],
    products: [{ pk: 'laptop', productId: 'laptop', available: 10, reserved: 0, sold: 0, received: 10 }],
    payments: [charge('a', total.amount)],
    mails: [paid('a'), correction('a', 1), failed('a'), failed('b')],
  };
  expect(problemsWith(changed)).toEqual([]);
});
