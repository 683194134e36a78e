/** `POST /orders/{orderId}/cancel`: asks for everything to be undone; the order ends as cancelled once it is. */
import { type Answer, httpEdge, HttpProblem } from '@distributed-patterns/http-api';
import { decideAnew, stamp } from '@distributed-patterns/messaging';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { cancel, type Order } from './order.ts';
import { toView } from './order-view.ts';
import { requestedOrder } from './requested-order.ts';
import { type Wiring, wiring } from './wiring.ts';

export async function cancelOrder(
  event: APIGatewayProxyEventV2,
  _context: Context,
  wired: Wiring = wiring(),
): Promise<Answer> {
  const order = await decideAnew(() => cancelNow(event, wired));
  const body = toView(order);
  if (order.status === 'CANCELLED') return { status: 200, body };
  return { status: 202, body, headers: { location: event.rawPath.replace(/\/cancel$/, '') } };
}

/** The order as it is then: to be undone, or undone already. */
async function cancelNow(event: APIGatewayProxyEventV2, { store, clockAndIds }: Wiring): Promise<Order> {
  const loaded = await requestedOrder(event, store);
  const decision = cancel(loaded.order, clockAndIds.now().toISOString());
  if (decision.kind === 'refused') throw new HttpProblem('order-ended', decision.reason.message);
  if (decision.kind === 'ignored') return loaded.order;
  const { requestId } = event.requestContext;
  const cause = { id: requestId, correlationId: requestId };
  const messages = decision.announcements.map((announcement) => stamp(announcement, cause, clockAndIds));
  await store.commit(loaded, decision.order, messages);
  return decision.order;
}

export const handler = httpEdge(cancelOrder, () => wiring().telemetry);
