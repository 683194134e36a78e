/** `GET /products/{productId}`: the product as it is now. */
import { type HttpHandler, httpEdge, revalidated } from '@distributed-patterns/http-api';
import { toView } from './product-view.ts';
import { requestedProduct } from './requested-product.ts';
import { wiring } from './wiring.ts';

export const getProduct: HttpHandler = async (event, _context, { catalogue } = wiring()) => {
  const product = await requestedProduct(event, catalogue);
  return revalidated(event, { status: 200, body: toView(product) });
};

export const handler = httpEdge(getProduct, () => wiring().telemetry);
