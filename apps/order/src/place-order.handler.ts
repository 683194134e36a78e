/** `POST /orders`: accepts an order, once for every idempotency key. */
import {
  type PlaceOrderRequest,
  placeOrderRequestSchema,
  placeOwnOrderRequestSchema,
} from '@distributed-patterns/contracts';
import {
  type Answer,
  callerOf,
  fingerprint,
  httpEdge,
  HttpProblem,
  idempotencyKeyOf,
  readJson,
  scopedKey,
} from '@distributed-patterns/http-api';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { type Attempt, placeOnce } from './place-once.ts';
import { placementWiring } from './placement-wiring.ts';

export async function placeOrder(
  event: APIGatewayProxyEventV2,
  context: Context,
  wired = placementWiring(),
): Promise<Answer> {
  const { response, replayed } = await placeOnce(attemptOf(event), context, wired);
  return {
    status: 201,
    body: response,
    headers: {
      location: `${event.rawPath}/${response.orderId}`,
      ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
    },
  };
}

function attemptOf(event: APIGatewayProxyEventV2): Attempt {
  const key = idempotencyKeyOf(event);
  const request = requestOf(event);
  return {
    request,
    fingerprint: fingerprint(request),
    requestId: event.requestContext.requestId,
    ...(key === undefined ? {} : { key: scopedKey(request.customerId, event.routeKey, key) }),
  };
}

/** The requested order, with the customer of the token filled in. */
function requestOf(event: APIGatewayProxyEventV2): PlaceOrderRequest {
  const caller = callerOf(event);
  if (caller === undefined) return readJson(event, placeOrderRequestSchema);
  const { customerId = caller, ...order } = readJson(event, placeOwnOrderRequestSchema);
  if (customerId !== caller)
    throw new HttpProblem('forbidden', 'The token belongs to another customer than the body names.');
  return { customerId, ...order };
}

export const handler = httpEdge(placeOrder, () => placementWiring().telemetry);
