/** The bodies of the inventory service's HTTP API, which speaks decimals. */
import * as z from 'zod';
import { identifierSchema } from './order-parts.ts';

/** A product as `GET /products` lists it. */
export const productViewSchema = z.object({
  productId: identifierSchema,
  name: z.string(),
  price: z.number(),
  currency: z.string(),
  /** What can be ordered now. */
  available: z.int(),
});
export type ProductView = z.infer<typeof productViewSchema>;

/** What `GET /products` answers. */
export const productListSchema = z.object({ products: z.array(productViewSchema) });
export type ProductList = z.infer<typeof productListSchema>;
