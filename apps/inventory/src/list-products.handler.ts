/** `GET /products`: what can be ordered, and for how much. */
import { type ProductList, toDecimal } from '@distributed-patterns/contracts';
import { type HttpHandler, httpEdge } from '@distributed-patterns/http-api';
import { wiring } from './wiring.ts';

export const listProducts: HttpHandler = async (_event, _context, { store } = wiring()) => {
  const products = await store.list();
  const body: ProductList = {
    products: products.map(({ productId, name, price, available }) => ({
      productId,
      name,
      price: toDecimal(price),
      currency: price.currency,
      available,
    })),
  };
  return { status: 200, body };
};

export const handler = httpEdge(listProducts, () => wiring().telemetry);
