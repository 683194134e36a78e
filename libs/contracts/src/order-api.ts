/** The bodies of the order service's HTTP API, which speaks decimals. */
import * as z from 'zod';
import { hasCents } from './money.ts';
import { identifierSchema, orderIdSchema, reasonSchema } from './order-parts.ts';

const priceSchema = z
  .number()
  .positive()
  .max(1_000_000)
  .refine(hasCents, 'must have at most two decimal places')
  .describe('Unit price as quoted to the customer, with at most two decimal places');

const itemSchema = z.strictObject({
  productId: identifierSchema,
  quantity: z.int().min(1).max(1_000),
  price: priceSchema,
});

/** `POST /orders` takes this and nothing else. */
export const placeOrderRequestSchema = z.strictObject({
  customerId: identifierSchema,
  customerEmail: z.email().max(254).optional(),
  items: z.array(itemSchema).min(1).max(20),
  paymentMethod: z
    .string()
    .regex(/^pm_[A-Za-z0-9_]{1,61}$/, 'must be a payment method, such as pm_card_visa')
    .default('pm_card_visa'),
});
export type PlaceOrderRequest = z.infer<typeof placeOrderRequestSchema>;

/** What `POST /orders` answers with 201. */
export const placeOrderResponseSchema = z.object({
  orderId: orderIdSchema,
  status: z.literal('PENDING'),
  totalAmount: z.number(),
  message: z.literal('Order created successfully'),
});
export type PlaceOrderResponse = z.infer<typeof placeOrderResponseSchema>;

export const orderStatuses = [
  'PENDING',
  'INVENTORY_RESERVED',
  'PAYMENT_PROCESSED',
  'COMPLETED',
  'COMPENSATING',
  'FAILED',
  'CANCELLED',
] as const;
export type OrderStatus = (typeof orderStatuses)[number];

/** What `GET /orders/{orderId}` answers. */
export const orderViewSchema = z.object({
  orderId: orderIdSchema,
  customerId: identifierSchema,
  status: z.enum(orderStatuses),
  items: z.array(z.object({ productId: identifierSchema, quantity: z.int(), price: z.number() })),
  totalAmount: z.number(),
  currency: z.string(),
  placedAt: z.iso.datetime(),
  /** When each step was answered, in order of time. */
  history: z.array(z.object({ step: z.string(), at: z.iso.datetime() })),
  reason: reasonSchema.optional(),
});
export type OrderView = z.infer<typeof orderViewSchema>;
