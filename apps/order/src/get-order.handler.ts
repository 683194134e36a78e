/** `GET /orders/{orderId}`: the order as it is now. */
import { orderIdSchema } from '@distributed-patterns/contracts';
import { type HttpHandler, httpEdge, HttpProblem } from '@distributed-patterns/http-api';
import { toView } from './order-view.ts';
import { wiring } from './wiring.ts';

export const getOrder: HttpHandler = async (event, _context, { store } = wiring()) => {
  const orderId = orderIdSchema.safeParse(event.pathParameters?.['orderId']);
  const loaded = orderId.success ? await store.load(orderId.data) : undefined;
  if (loaded === undefined) throw new HttpProblem('not-found', 'There is no order with this id.');
  return { status: 200, body: toView(loaded.order) };
};

export const handler = httpEdge(getOrder, () => wiring().telemetry);
