/**
 * `POST /products/{productId}/restock`: takes a delivery in, once for every idempotency key. A record in the transaction
 * of the stock is all that this needs. An order has Powertools' layer in front, which keeps a request that is still
 * running apart from one that died; here whoever comes second waits for the transaction, and finds its record.
 */
import { restockRequestSchema } from '@distributed-patterns/contracts';
import {
  type Answer,
  fingerprint,
  httpEdge,
  HttpProblem,
  readJson,
  requiredIdempotencyKeyOf,
  scopedKey,
  subjectOf,
} from '@distributed-patterns/http-api';
import { decideAnew, stamp } from '@distributed-patterns/messaging';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { restock } from './product.ts';
import { requestedProduct } from './requested-product.ts';
import { type RestockWiring, restockWiring } from './wiring.ts';

export async function restockProduct(
  event: APIGatewayProxyEventV2,
  _context: Context,
  wired: RestockWiring = restockWiring(),
): Promise<Answer> {
  const key = requiredIdempotencyKeyOf(event);
  const request = readJson(event, restockRequestSchema);
  return decideAnew(() => restockNow(event, key, request.quantity, wired));
}

async function restockNow(
  event: APIGatewayProxyEventV2,
  key: string,
  quantity: number,
  { catalogue, clockAndIds, idempotencySeconds }: RestockWiring,
): Promise<Answer> {
  const product = await requestedProduct(event, catalogue);
  const { receipt, announcements } = restock(product, quantity);
  const { requestId } = event.requestContext;
  const cause = { id: requestId, correlationId: requestId };
  const messages = announcements.map((announcement) => stamp(announcement, cause, clockAndIds));
  const now = clockAndIds.now();
  const record = {
    // A delivery note may name several products, so each of them has keys of its own.
    key: scopedKey(subjectOf(event) ?? '', `POST /products/${product.productId}/restock`, key),
    fingerprint: fingerprint({ quantity }),
    receipt,
    expiresAt: Math.floor(now.getTime() / 1000) + idempotencySeconds,
  };
  const restocking = await catalogue.restock(product, record, messages, now);
  if (restocking.outcome === 'restocked') return { status: 200, body: receipt };
  if (restocking.record.fingerprint !== record.fingerprint) {
    throw new HttpProblem('idempotency-key-reused', 'Use a new key for a new request.');
  }
  return { status: 200, body: restocking.record.receipt, headers: { 'idempotent-replayed': 'true' } };
}

export const handler = httpEdge(restockProduct, () => restockWiring().telemetry);
