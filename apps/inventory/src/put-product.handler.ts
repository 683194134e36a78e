/** `PUT /products/{productId}`: a new product, or another name or price. */
import { fromDecimal, identifierSchema, putProductRequestSchema } from '@distributed-patterns/contracts';
import { type Answer, httpEdge, readJson, readPath } from '@distributed-patterns/http-api';
import { decideAnew, stamp, VersionClash } from '@distributed-patterns/messaging';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import * as z from 'zod';
import { type Offer, offer, type Offered } from './product.ts';
import { toView } from './product-view.ts';
import { type Wiring, wiring } from './wiring.ts';

const pathSchema = z.object({ productId: identifierSchema });

export async function putProduct(
  event: APIGatewayProxyEventV2,
  _context: Context,
  wired: Wiring = wiring(),
): Promise<Answer> {
  const { productId } = readPath(event, pathSchema);
  const { name, price } = readJson(event, putProductRequestSchema);
  const offered = { productId, name, price: fromDecimal(price) };
  const { kind, product } = await decideAnew(() => putNow(offered, event.requestContext.requestId, wired));
  if (kind !== 'created') return { status: 200, body: toView(product) };
  return { status: 201, body: toView(product), headers: { location: event.rawPath } };
}

async function putNow(offered: Offer, requestId: string, { catalogue, clockAndIds }: Wiring): Promise<Offered> {
  const loaded = await catalogue.load(offered.productId);
  const decision = offer(loaded, offered);
  if (decision.kind === 'created' && (await catalogue.add(decision.product)) === 'exists') {
    throw new VersionClash(offered.productId);
  }
  if (decision.kind === 'changed' && loaded !== undefined) {
    const cause = { id: requestId, correlationId: requestId };
    const messages = decision.announcements.map((announcement) => stamp(announcement, cause, clockAndIds));
    await catalogue.change(loaded, decision.product, messages);
  }
  return decision;
}

export const handler = httpEdge(putProduct, () => wiring().telemetry);
