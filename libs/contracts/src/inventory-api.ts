/** The bodies of the inventory service's HTTP API, which speaks decimals. */
import * as z from 'zod';
import { hasCents } from './money.ts';
import { orderLimits } from './order-api.ts';
import { identifierSchema } from './order-parts.ts';
import { limited } from './problem.ts';

/** What one delivery may bring at most, in pieces. */
export const RESTOCK_LIMIT = 1_000_000;

/** Text that shows on one line, without blanks at its ends; a half of a surrogate pair could not be stored. */
const NAME = /^[^\s\p{Cc}\p{Cs}](?:[^\p{Cc}\p{Cs}]{0,198}[^\s\p{Cc}\p{Cs}])?$/u;

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

/** `PUT /products/{productId}` takes this and nothing else. What is dearer than an order may be could not be ordered. */
export const putProductRequestSchema = z.strictObject({
  name: z
    .string()
    .regex(NAME, 'must have 1 to 200 characters, none of them a control character, and no blank at either end'),
  price: z
    .number()
    .positive()
    .max(orderLimits.total)
    .refine(hasCents, 'must have at most two decimal places')
    .describe('Unit price with at most two decimal places'),
});
export type PutProductRequest = z.infer<typeof putProductRequestSchema>;

/** `POST /products/{productId}/restock` takes this and nothing else. */
export const restockRequestSchema = z.strictObject({
  quantity: limited(z.int(), {
    holds: (quantity) => quantity >= 1 && quantity <= RESTOCK_LIMIT,
    problem: 'quantity-out-of-range',
    message: `must be from 1 to ${RESTOCK_LIMIT}`,
    jsonSchema: { minimum: 1, maximum: RESTOCK_LIMIT },
  }),
});
export type RestockRequest = z.infer<typeof restockRequestSchema>;

/** What it answers. What is available then is another matter: orders take from it at any time. */
export const restockReceiptSchema = z.object({
  productId: identifierSchema,
  quantity: z.int(),
  /** All that has ever been received, with this delivery. */
  received: z.int(),
});
export type RestockReceipt = z.infer<typeof restockReceiptSchema>;
