/** Products as the HTTP API speaks of them: decimals outside, minor units inside. */
import { type ProductView, toDecimal } from '@distributed-patterns/contracts';
import type { Product } from './product.ts';

/** A product as it is read; what is reserved or sold is nobody's business. */
export function toView({ productId, name, price, available }: Product): ProductView {
  return { productId, name, price: toDecimal(price), currency: price.currency, available };
}
