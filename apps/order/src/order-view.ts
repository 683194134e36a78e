/** Orders as the HTTP API speaks of them: decimals outside, minor units inside. */
import {
  CURRENCY,
  fromDecimal,
  type OrderLine,
  orderSteps,
  type OrderView,
  type PlaceOrderRequest,
  type PlaceOrderResponse,
  toDecimal,
} from '@distributed-patterns/contracts';
import type { Order, place } from './order.ts';

/** The command to place the requested order, with the total summed in minor units. */
export function toPlacement(
  request: PlaceOrderRequest,
  orderId: string,
  placedAt: string,
): Parameters<typeof place>[0] {
  const { customerId, customerEmail, paymentMethod } = request;
  const items = request.items.map(({ productId, quantity, price }): OrderLine => ({
    productId,
    quantity,
    unitPrice: fromDecimal(price),
  }));
  const amount = items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice.amount, 0);
  return {
    orderId,
    customerId,
    items,
    total: { amount, currency: CURRENCY },
    paymentMethod,
    placedAt,
    ...(customerEmail === undefined ? {} : { customerEmail }),
  };
}

/** What a client is told when its order was accepted. */
export function toPlacedResponse({ orderId, total }: Order): PlaceOrderResponse {
  return { orderId, status: 'PENDING', totalAmount: toDecimal(total), message: 'Order created successfully' };
}

/** An order as it is read. */
export function toView(order: Order): OrderView {
  const { orderId, customerId, status, items, total, placedAt } = order;
  return {
    orderId,
    customerId,
    status,
    items: items.map(({ productId, quantity, unitPrice }) => ({ productId, quantity, price: toDecimal(unitPrice) })),
    totalAmount: toDecimal(total),
    currency: total.currency,
    placedAt,
    history: historyOf(order),
    ...('reason' in order ? { reason: order.reason } : {}),
  };
}

function historyOf({ history, cancelRequestedAt }: Order): OrderView['history'] {
  const times = { ...history, 'cancellation requested': cancelRequestedAt };
  return orderSteps
    .flatMap((step) => (times[step] === undefined ? [] : [{ step, at: times[step] }]))
    .sort((one, other) => one.at.localeCompare(other.at));
}
