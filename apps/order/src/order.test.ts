import type { OrderStatus, Reason } from '@distributed-patterns/contracts';
import {
  cancel,
  complete,
  CompletedOrderCannotFail,
  type Decision,
  fail,
  follow,
  isOpen,
  type Order,
  place,
  tellAgain,
} from './order.ts';

const NOW = '2026-01-15T09:31:00.000Z';
const outOfStock: Reason = { code: 'OUT_OF_STOCK', message: 'None are left.' };

const { order: pending, announcement: placedAnnouncement } = place({
  orderId: '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70',
  customerId: 'customer-123',
  items: [{ productId: 'laptop', quantity: 1, unitPrice: { amount: 129999, currency: 'USD' } }],
  total: { amount: 129999, currency: 'USD' },
  paymentMethod: 'pm_card_visa',
  placedAt: '2026-01-15T09:30:00.000Z',
});

/** The order after a history of decisions, each taken at its own minute. */
const after = (...decisions: ((order: Order) => Decision)[]): Order =>
  decisions.reduce((order, decide) => {
    const decision = decide(order);
    return decision.kind === 'accepted' ? decision.order : order;
  }, pending);

const reserved = (order: Order) => follow(order, { step: 'reserved', at: '2026-01-15T09:30:01.000Z' });
const paid = (order: Order) => follow(order, { step: 'paid', at: '2026-01-15T09:30:02.000Z' });
const released = (order: Order) => follow(order, { step: 'released', at: '2026-01-15T09:30:03.000Z' });
const completed = (order: Order) => complete(order, NOW);
const failed = (order: Order) => fail(order, outOfStock, NOW);

const cancelling = (order: Order) => cancel(order, NOW);
const announcementsOf = (decision: Decision) => (decision.kind === 'ignored' ? [] : decision.announcements);
const announced = (decision: Decision): string[] => announcementsOf(decision).map(({ type }) => type);

describe('placing an order', () => {
  it('leaves it pending and announces it with everything that its saga needs', () => {
    expect(pending).toMatchObject({ status: 'PENDING', history: { placed: pending.placedAt } });
    expect(placedAnnouncement).toMatchObject({
      type: 'OrderPlaced',
      source: 'order',
      data: { paymentMethod: 'pm_card_visa' },
    });
    expect(placedAnnouncement.data).not.toHaveProperty('history');
  });
});

describe('following the saga', () => {
  it('moves the order forward and remembers when', () => {
    expect(after(reserved, paid)).toMatchObject({
      status: 'PAYMENT_PROCESSED',
      history: { reserved: '2026-01-15T09:30:01.000Z', paid: '2026-01-15T09:30:02.000Z' },
    });
  });

  it('never moves it backward when an answer comes late', () => {
    expect(after(paid, reserved)).toMatchObject({
      status: 'PAYMENT_PROCESSED',
      history: { reserved: expect.any(String) },
    });
    expect(after(completed, paid).status).toBe('COMPLETED');
    expect(after(failed, released).status).toBe('FAILED');
  });

  it('ignores an answer that it has heard before', () => {
    expect(reserved(after(reserved)).kind).toBe('ignored');
  });

  it('enters COMPENSATING with the first answer of an undo', () => {
    expect(after(reserved, released).status).toBe('COMPENSATING');
  });
});

describe('completing an order', () => {
  it.each<[string, Order]>([
    ['before any answer was heard', pending],
    ['reserved', after(reserved)],
    ['paid', after(reserved, paid)],
  ])('that is %s makes it final', (_name, order) => {
    const decision = completed(order);
    expect(announced(decision)).toEqual(['OrderCompleted']);
    expect(decision).toMatchObject({ kind: 'accepted', order: { status: 'COMPLETED', history: { completed: NOW } } });
  });

  it('that is complete changes nothing and answers again', () => {
    const order = after(completed);
    expect(completed(order)).toMatchObject({ kind: 'accepted', order });
    expect(announced(completed(order))).toEqual(['OrderCompleted']);
  });

  it.each<[string, Order, string]>([
    ['that the customer has cancelled', after(cancelling), 'CANCELLED_BY_CUSTOMER'],
    ['that is being undone', after(reserved, released), 'COMPENSATING'],
    ['that has failed', after(failed), 'OUT_OF_STOCK'],
  ])('%s is refused with its reason', (_name, order, code) => {
    expect(completed(order)).toMatchObject({ kind: 'refused', reason: { code } });
    expect(announced(completed(order))).toEqual(['CompletionRefused']);
  });
});

describe('failing an order', () => {
  it('ends it with the reason', () => {
    expect(after(reserved, released, failed)).toMatchObject({ status: 'FAILED', reason: outOfStock });
    expect(announced(failed(pending))).toEqual(['OrderFailed']);
  });

  it('ends it as cancelled where the customer had asked for that', () => {
    const decision = failed(after(reserved, cancelling, released));
    expect(decision).toMatchObject({ order: { status: 'CANCELLED', reason: { code: 'CANCELLED_BY_CUSTOMER' } } });
    expect(announced(decision)).toEqual(['OrderCancelled']);
  });

  it('answers a repeat with what was recorded first', () => {
    const order = after(failed);
    const again = fail(order, { code: 'OTHER', message: 'Another reason.' }, '2026-01-15T10:00:00.000Z');
    expect(again).toMatchObject({ kind: 'accepted', order });
    expect(announced(again)).toEqual(['OrderFailed']);
  });

  it('is a fault once the order is complete: a completed order is never undone', () => {
    expect(() => failed(after(completed))).toThrow(CompletedOrderCannotFail);
  });
});

const orders: Record<OrderStatus, Order> = {
  PENDING: pending,
  INVENTORY_RESERVED: after(reserved),
  PAYMENT_PROCESSED: after(reserved, paid),
  COMPENSATING: after(reserved, released),
  COMPLETED: after(completed),
  FAILED: after(failed),
  CANCELLED: after(cancelling, failed),
};

describe('cancelling an order', () => {
  it.each<[OrderStatus, Decision['kind']]>([
    ['PENDING', 'accepted'],
    ['INVENTORY_RESERVED', 'accepted'],
    ['PAYMENT_PROCESSED', 'accepted'],
    ['COMPENSATING', 'accepted'],
    ['COMPLETED', 'refused'],
    ['FAILED', 'refused'],
    ['CANCELLED', 'ignored'],
  ])('that is %s is %s', (status, kind) => {
    expect(cancelling(orders[status]).kind).toBe(kind);
  });

  it('remembers when, leaves its status, and announces it', () => {
    const decision = cancelling(after(reserved, paid));
    expect(decision).toMatchObject({
      order: { ...after(reserved, paid), cancelRequestedAt: NOW },
      announcements: [{ type: 'OrderCancelRequested', source: 'order', data: { orderId: pending.orderId } }],
    });
  });

  it.each(['PENDING', 'INVENTORY_RESERVED', 'PAYMENT_PROCESSED', 'COMPENSATING'] as const)(
    'that is %s ends as cancelled, however often it was asked for',
    (status) => {
      const decision = cancelling(orders[status]);
      const order = decision.kind === 'accepted' ? decision.order : pending;
      expect(cancel(order, '2026-01-15T10:00:00.000Z').kind).toBe('ignored');
      expect(announced(completed(order))).toEqual(['CompletionRefused']);
      expect(announced(failed(order))).toEqual(['OrderCancelled']);
    },
  );

  it.each(['COMPLETED', 'FAILED'] as const)('that is %s is refused in words that say so', (status) => {
    const decision = cancelling(orders[status]);
    expect(decision).toMatchObject({
      reason: { code: 'ORDER_ENDED', message: expect.stringContaining(status) },
      announcements: [],
    });
  });

  it('does not keep the saga’s answers from being remembered', () => {
    expect(after(cancelling, reserved, released)).toMatchObject({
      status: 'COMPENSATING',
      cancelRequestedAt: NOW,
      history: { reserved: expect.any(String), released: expect.any(String) },
    });
  });
});

describe('telling again what an order stands at', () => {
  it.each<[OrderStatus, string]>([
    ['PENDING', 'OrderPlaced'],
    ['INVENTORY_RESERVED', 'OrderPlaced'],
    ['PAYMENT_PROCESSED', 'OrderPlaced'],
    ['COMPENSATING', 'OrderPlaced'],
    ['COMPLETED', 'OrderCompleted'],
    ['FAILED', 'OrderFailed'],
    ['CANCELLED', 'OrderCancelled'],
  ])('that is %s says %s, and changes nothing', (status, type) => {
    const decision = tellAgain(orders[status]);
    expect(announced(decision)).toEqual([type]);
    expect(decision.order).toBe(orders[status]);
  });

  it('says what was said when it came to that', () => {
    expect(tellAgain(after(cancelling, reserved)).announcements).toEqual([placedAnnouncement]);
    expect(tellAgain(after(failed)).announcements).toEqual(announcementsOf(failed(pending)));
    expect(tellAgain(after(completed)).announcements).toEqual(announcementsOf(completed(pending)));
  });
});

it('an order is open until it has come to one of its ends', () => {
  const open = Object.values(orders).filter(isOpen);
  expect(open.map(({ status }) => status)).toEqual([
    'PENDING',
    'INVENTORY_RESERVED',
    'PAYMENT_PROCESSED',
    'COMPENSATING',
  ]);
});

it('every status answers both of the last commands, or is a fault', () => {
  for (const [status, order] of Object.entries(orders)) {
    expect(order.status).toBe(status);
    expect(announced(completed(order))).toHaveLength(1);
    if (status !== 'COMPLETED') expect(announced(failed(order))).toHaveLength(1);
  }
});
