/** Places an order once for its key, in two layers: Powertools' record in front, the guard in the order's own transaction. */
import { makeIdempotent } from '@aws-lambda-powertools/idempotency';
import {
  type PlaceOrderRequest,
  type PlaceOrderResponse,
  placeOrderResponseSchema,
} from '@distributed-patterns/contracts';
import { stamp } from '@distributed-patterns/messaging';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { keyReused, toIdempotencyProblem } from './idempotency.ts';
import { place } from './order.ts';
import { toPlacedResponse, toPlacement } from './order-view.ts';
import type { PlacementWiring } from './placement-wiring.ts';

/** A request, and what tells it from others. */
export interface Attempt {
  /** The scoped key; a request without one is like no other. */
  readonly key?: string;
  readonly fingerprint: string;
  readonly request: PlaceOrderRequest;
  readonly requestId: string;
}

/** What Powertools records: a replayed response belongs to an earlier request with the same key. */
const placedSchema = z.object({ response: placeOrderResponseSchema, replayed: z.boolean() });
type Placed = z.infer<typeof placedSchema>;

/**
 * The guard knows this order. It goes through Powertools as an error, which is not recorded: an answer recorded anew
 * would outlive the guard, and with it the key.
 */
class AlreadyPlaced extends Error {
  override readonly name = 'AlreadyPlaced';
  readonly response: PlaceOrderResponse;

  constructor(response: PlaceOrderResponse) {
    super(response.orderId);
    this.response = response;
  }
}

/**
 * The order of an attempt: placed now, or by an earlier request with the same key.
 * @throws HttpProblem where the key belongs to another request, or the first is still running
 */
export async function placeOnce(attempt: Attempt, context: Context, wired: PlacementWiring): Promise<Placed> {
  const { config, persistenceStore } = wired.idempotency;
  config.registerLambdaContext(withTimeLeft(context));
  const recorded = makeIdempotent(placeNow, { config, persistenceStore, dataIndexArgument: 0 });
  try {
    return placedSchema.parse(await recorded(attempt, wired));
  } catch (error) {
    if (error instanceof AlreadyPlaced) return { response: error.response, replayed: true };
    throw toIdempotencyProblem(error);
  }
}

/**
 * Powertools takes no time at all for a time that it is not told, and would hold the key of a function that then dies for
 * as long as that of one that has answered.
 */
function withTimeLeft(context: Context): Context {
  return { ...context, getRemainingTimeInMillis: () => context.getRemainingTimeInMillis() || 1 };
}

async function placeNow(attempt: Attempt, wired: PlacementWiring): Promise<Placed> {
  const { key, fingerprint, request, requestId } = attempt;
  const { store, clockAndIds, idempotencySeconds } = wired;
  const now = clockAndIds.now();
  const { order, announcement } = place(toPlacement(request, clockAndIds.newId(), now.toISOString()));
  const message = stamp(announcement, { id: requestId, correlationId: requestId }, clockAndIds);
  const response = toPlacedResponse(order);
  const expiresAt = Math.floor(now.getTime() / 1000) + idempotencySeconds;
  const guard = key === undefined ? undefined : { key, fingerprint, response, expiresAt };
  const placement = await store.place(order, message, guard, now);
  if (placement.outcome === 'placed') return { response, replayed: false };
  if (placement.guard.fingerprint !== fingerprint) throw keyReused();
  throw new AlreadyPlaced(placement.guard.response);
}
