/** `GET /orders/{orderId}`: the order as it is now. */
import { type HttpHandler, httpEdge, revalidated } from '@distributed-patterns/http-api';
import { toView } from './order-view.ts';
import { requestedOrder } from './requested-order.ts';
import { wiring } from './wiring.ts';

export const getOrder: HttpHandler = async (event, _context, { store } = wiring()) => {
  const { order } = await requestedOrder(event, store);
  return revalidated(event, { status: 200, body: toView(order) });
};

export const handler = httpEdge(getOrder, () => wiring().telemetry);
