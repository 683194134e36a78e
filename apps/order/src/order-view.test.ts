import { orderViewSchema, type PlaceOrderRequest } from '@distributed-patterns/contracts';
import { place } from './order.ts';
import { toPlacedResponse, toPlacement, toView } from './order-view.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const PLACED_AT = '2026-01-15T09:30:00.000Z';

const request = (...items: PlaceOrderRequest['items']): PlaceOrderRequest => ({
  customerId: 'customer-123',
  items,
  paymentMethod: 'pm_card_visa',
});
const placement = (body: PlaceOrderRequest) => toPlacement(body, ORDER, PLACED_AT);

describe('a requested order', () => {
  it('is summed in cents, so that no cent gets lost in fractions', () => {
    const tenths = Array.from({ length: 3 }, () => ({ productId: 'sticker', quantity: 1, price: 0.1 }));
    expect(placement(request(...tenths)).total).toEqual({ amount: 30, currency: 'USD' });
    const many = request(
      { productId: 'laptop', quantity: 3, price: 1299.99 },
      { productId: 'mouse', quantity: 1000, price: 1.13 },
    );
    expect(placement(many).total).toEqual({ amount: 389_997 + 113_000, currency: 'USD' });
  });

  it('keeps its lines as they were quoted', () => {
    expect(placement(request({ productId: 'laptop', quantity: 2, price: 1299.99 }))).toEqual({
      orderId: ORDER,
      customerId: 'customer-123',
      items: [{ productId: 'laptop', quantity: 2, unitPrice: { amount: 129_999, currency: 'USD' } }],
      total: { amount: 259_998, currency: 'USD' },
      paymentMethod: 'pm_card_visa',
      placedAt: PLACED_AT,
    });
  });

  it('keeps the address where there is one', () => {
    const withAddress = {
      ...request({ productId: 'laptop', quantity: 1, price: 1 }),
      customerEmail: 'ann@example.com',
    };
    expect(placement(withAddress)).toMatchObject({ customerEmail: 'ann@example.com' });
  });
});

const { order } = place(placement(request({ productId: 'laptop', quantity: 2, price: 1299.99 })));

it('an accepted order is answered with its total as a decimal', () => {
  expect(toPlacedResponse(order)).toEqual({
    orderId: ORDER,
    status: 'PENDING',
    totalAmount: 2599.98,
    message: 'Order created successfully',
  });
});

describe('an order as it is read', () => {
  it('speaks decimals and tells its history in order of time', () => {
    const history = { paid: '2026-01-15T09:30:02.000Z', placed: PLACED_AT, reserved: '2026-01-15T09:30:01.000Z' };
    const view = toView({ ...order, status: 'PAYMENT_PROCESSED', history });
    expect(orderViewSchema.parse(view)).toEqual(view);
    expect(view).toEqual({
      orderId: ORDER,
      customerId: 'customer-123',
      status: 'PAYMENT_PROCESSED',
      items: [{ productId: 'laptop', quantity: 2, price: 1299.99 }],
      totalAmount: 2599.98,
      currency: 'USD',
      placedAt: PLACED_AT,
      history: [
        { step: 'placed', at: PLACED_AT },
        { step: 'reserved', at: '2026-01-15T09:30:01.000Z' },
        { step: 'paid', at: '2026-01-15T09:30:02.000Z' },
      ],
    });
  });

  it('tells among what happened that its cancellation was asked for', () => {
    const history = { placed: PLACED_AT, reserved: '2026-01-15T09:30:02.000Z' };
    const view = toView({ ...order, history, cancelRequestedAt: '2026-01-15T09:30:01.000Z' });
    expect(orderViewSchema.parse(view)).toEqual(view);
    expect(view.history).toEqual([
      { step: 'placed', at: PLACED_AT },
      { step: 'cancellation requested', at: '2026-01-15T09:30:01.000Z' },
      { step: 'reserved', at: '2026-01-15T09:30:02.000Z' },
    ]);
  });

  it('tells what happened in the same moment in the order that it usually happens', () => {
    const at = '2026-01-15T09:30:01.000Z';
    const view = toView({ ...order, history: { released: at, placed: at, paid: at }, cancelRequestedAt: at });
    expect(view.history.map(({ step }) => step)).toEqual(['placed', 'paid', 'cancellation requested', 'released']);
  });

  it('says why it has ended', () => {
    const reason = { code: 'OUT_OF_STOCK', message: 'None are left.' };
    expect(toView({ ...order, status: 'FAILED', reason }).reason).toEqual(reason);
  });

  it('tells nobody how it was to be paid, nor the address', () => {
    const view = JSON.stringify(toView({ ...order, customerEmail: 'ann@example.com' }));
    expect(view).not.toContain('pm_card_visa');
    expect(view).not.toContain('ann@example.com');
  });
});
