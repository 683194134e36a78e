/** How a product lies in the table: what both stores know of it, the one that changes the product and the one that moves its stock. */
import { identifierSchema, moneySchema } from '@distributed-patterns/contracts';
import type { ReadState } from '@distributed-patterns/messaging';
import * as z from 'zod';
import type { Product } from './product.ts';

const productItemSchema = z
  .object({
    productId: identifierSchema,
    name: z.string(),
    price: moneySchema,
    available: z.int(),
    reserved: z.int(),
    sold: z.int(),
    received: z.int().optional(),
  })
  // An item that was written before this was counted has it from its next delivery on; until then it is the sum.
  .transform(({ received, ...item }): Product => ({
    ...item,
    received: received ?? item.available + item.reserved + item.sold,
  }));

/** The key of a product's item. */
export function productKey(productId: string): string {
  return `product#${productId}`;
}

/** Those of the products that there are, by id. */
export async function readProducts(
  read: ReadState,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, Product>> {
  const items = await Promise.all(productIds.map((productId) => read(productKey(productId))));
  const products = items.flatMap((item) => (item === undefined ? [] : [productItemSchema.parse(item)]));
  return new Map(products.map((product) => [product.productId, product]));
}
