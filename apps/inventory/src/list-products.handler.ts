/** `GET /products`: what can be ordered, and for how much. */
import type { ProductList } from '@distributed-patterns/contracts';
import { type HttpHandler, httpEdge } from '@distributed-patterns/http-api';
import { toView } from './product-view.ts';
import { wiring } from './wiring.ts';

export const listProducts: HttpHandler = async (_event, _context, { catalogue } = wiring()) => {
  const body: ProductList = { products: (await catalogue.list()).map(toView) };
  return { status: 200, body };
};

export const handler = httpEdge(listProducts, () => wiring().telemetry);
