/** `GET /orders`: a customer's orders, newest first, page by page. */
import { listOrdersQuerySchema, type OrderList } from '@distributed-patterns/contracts';
import { callerOf, type HttpHandler, httpEdge, HttpProblem, readQuery } from '@distributed-patterns/http-api';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { fromCursor, toCursor } from './cursor.ts';
import { toView } from './order-view.ts';
import { wiring } from './wiring.ts';

export const listOrders: HttpHandler = async (event, _context, { store } = wiring()) => {
  const { limit, cursor, status, customerId: named } = readQuery(event, listOrdersQuerySchema);
  const scope = { customerId: customerOf(event, named), status };
  const from = cursor === undefined ? undefined : fromCursor(cursor, scope);
  const { orders, next } = await store.list({ ...scope, limit, from });
  const body: OrderList = {
    orders: orders.map(toView),
    ...(next === undefined ? {} : { nextCursor: toCursor(next, scope) }),
  };
  return { status: 200, body };
};

/** The customer of the token; where the stage asks for none, the one that the query names. */
function customerOf(event: APIGatewayProxyEventV2, named: string | undefined): string {
  const caller = callerOf(event);
  const customerId = caller ?? named;
  if (customerId === undefined) {
    throw new HttpProblem('invalid-request', 'Some fields are not valid.', {
      errors: [{ parameter: 'customerId', detail: 'is missing' }],
    });
  }
  if (named !== undefined && named !== customerId) {
    throw new HttpProblem('forbidden', 'The token belongs to another customer than the query names.');
  }
  return customerId;
}

export const handler = httpEdge(listOrders, () => wiring().telemetry);
