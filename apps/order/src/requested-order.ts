/** The order that a request's path names, as far as its caller may know of it. */
import { orderIdSchema } from '@distributed-patterns/contracts';
import { callerOf, HttpProblem } from '@distributed-patterns/http-api';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { LoadedOrder, OrderStore } from './order-store.ts';

/**
 * The order, as it is now.
 * @throws HttpProblem where there is none; another customer's is answered alike, so that nobody learns which ids there are
 */
export async function requestedOrder(event: APIGatewayProxyEventV2, store: OrderStore): Promise<LoadedOrder> {
  const caller = callerOf(event);
  const orderId = orderIdSchema.safeParse(event.pathParameters?.['orderId']);
  const loaded = orderId.success ? await store.load(orderId.data) : undefined;
  if (loaded === undefined || (caller !== undefined && caller !== loaded.order.customerId)) {
    throw new HttpProblem('not-found', 'There is no order with this id.');
  }
  return loaded;
}
