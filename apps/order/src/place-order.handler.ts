/** `POST /orders`: accepts an order, once for every idempotency key. */
import { makeIdempotent } from '@aws-lambda-powertools/idempotency';
import {
  type PlaceOrderRequest,
  placeOrderRequestSchema,
  type PlaceOrderResponse,
} from '@distributed-patterns/contracts';
import { type HttpHandler, httpEdge, readJson } from '@distributed-patterns/http-api';
import { stamp } from '@distributed-patterns/messaging';
import { fingerprint, idempotencyKeyOf, keyReused, scopedKey, toIdempotencyProblem } from './idempotency.ts';
import { place } from './order.ts';
import { toPlacedResponse, toPlacement } from './order-view.ts';
import { type PlacementWiring, placementWiring } from './wiring.ts';

/** What identifies a request to Powertools, and the request itself. */
interface Attempt {
  readonly key?: string;
  readonly fingerprint: string;
  readonly request: PlaceOrderRequest;
  readonly requestId: string;
}

/** A replayed response belongs to an earlier request with the same key. */
interface Placement {
  readonly response: PlaceOrderResponse;
  readonly replayed: boolean;
}

/** Everyone is the same caller as long as the API has no authorizer. */
const ANONYMOUS = 'anonymous';

export const placeOrder: HttpHandler = async (event, context, wired: PlacementWiring = placementWiring()) => {
  const key = idempotencyKeyOf(event);
  const request = readJson(event, placeOrderRequestSchema);
  const attempt: Attempt = {
    fingerprint: fingerprint(request),
    request,
    requestId: event.requestContext.requestId,
    ...(key === undefined ? {} : { key: scopedKey(ANONYMOUS, event.routeKey, key) }),
  };
  const { config, persistenceStore } = wired.idempotency;
  config.registerLambdaContext(context);
  const once = makeIdempotent(placeNow, { config, persistenceStore, dataIndexArgument: 0 });
  const { response, replayed } = await once(attempt, wired).catch((error: unknown) =>
    Promise.reject(toIdempotencyProblem(error)),
  );
  return {
    status: 201,
    body: response,
    headers: {
      location: `${event.rawPath}/${response.orderId}`,
      ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
    },
  };
};

async function placeNow(
  attempt: Attempt,
  { store, clockAndIds, idempotencySeconds }: PlacementWiring,
): Promise<Placement> {
  const now = clockAndIds.now();
  const { order, announcement } = place(toPlacement(attempt.request, clockAndIds.newId(), now.toISOString()));
  const message = stamp(announcement, { id: attempt.requestId, correlationId: attempt.requestId }, clockAndIds);
  const response = toPlacedResponse(order);
  const expiresAt = Math.floor(now.getTime() / 1000) + idempotencySeconds;
  const guard =
    attempt.key === undefined ? undefined : { key: attempt.key, fingerprint: attempt.fingerprint, response, expiresAt };
  const placement = await store.place(order, message, guard, now);
  if (placement.outcome === 'placed') return { response, replayed: false };
  if (placement.guard.fingerprint !== attempt.fingerprint) throw keyReused();
  return { response: placement.guard.response, replayed: true };
}

export const handler = httpEdge(placeOrder, () => placementWiring().telemetry);
