/** The pieces that messages about an order share: ids, lines, reasons. */
import * as z from 'zod';
import { moneySchema } from './money.ts';
import { limited } from './problem.ts';

/** A uuid v7, so that orders sort by the time they were placed. */
export const orderIdSchema = z.uuid();

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** Letters, digits and `_ - .`, starting with a letter or digit, at most 64. */
export const identifierSchema = limited(z.string(), {
  holds: (text) => IDENTIFIER.test(text),
  problem: 'invalid-identifier',
  message: 'must have 1 to 64 letters, digits, underscores, dots or hyphens, and begin with a letter or digit',
  jsonSchema: { pattern: IDENTIFIER.source },
});

/** One line of an order; `unitPrice` is what the customer was quoted. */
export const orderLineSchema = z.object({
  productId: identifierSchema,
  quantity: z.int().positive(),
  unitPrice: moneySchema,
});
export type OrderLine = z.infer<typeof orderLineSchema>;

/** Why something was refused: a stable code for programs and a sentence for people. */
export const reasonSchema = z.object({ code: z.string().min(1), message: z.string().min(1) });
export type Reason = z.infer<typeof reasonSchema>;

/** What a message about an order says at the least. */
export const aboutOrderSchema = z.object({ orderId: orderIdSchema });
export const refusalSchema = aboutOrderSchema.extend({ reason: reasonSchema });

/** What a message says that leads to an e-mail. */
export const customerOrderSchema = aboutOrderSchema.extend({
  customerId: identifierSchema,
  customerEmail: z.email().optional(),
  items: z.array(orderLineSchema).min(1),
  total: moneySchema,
});
export type CustomerOrder = z.infer<typeof customerOrderSchema>;
