/** The requests and answers of the order service's HTTP API, which speaks decimals. */
import * as z from 'zod';
import { fromDecimal, hasCents } from './money.ts';
import { identifierSchema, orderIdSchema, reasonSchema } from './order-parts.ts';
import { limited } from './problem.ts';

/** What an order may be at most: lines, pieces a line, decimals of the currency in all. */
export const orderLimits = { lines: 20, quantity: 1_000, total: 1_000_000 } as const;

const priceSchema = limited(z.number().positive().refine(hasCents, 'must have at most two decimal places'), {
  holds: (price) => price <= orderLimits.total,
  problem: 'total-too-large',
  message: `must be at most ${orderLimits.total.toFixed(2)}`,
  jsonSchema: { maximum: orderLimits.total },
}).describe('Unit price as quoted to the customer, with at most two decimal places');

const quantitySchema = limited(z.int(), {
  holds: (quantity) => quantity >= 1 && quantity <= orderLimits.quantity,
  problem: 'quantity-out-of-range',
  message: `must be from 1 to ${orderLimits.quantity}`,
  jsonSchema: { minimum: 1, maximum: orderLimits.quantity },
});

const itemSchema = z.strictObject({ productId: identifierSchema, quantity: quantitySchema, price: priceSchema });

const linesSchema = limited(z.array(itemSchema).min(1), {
  holds: (items) => items.length <= orderLimits.lines,
  problem: 'too-many-lines',
  message: `must have at most ${orderLimits.lines} lines`,
  jsonSchema: { maxItems: orderLimits.lines },
});

/**
 * Which of two prices for one product the customer was shown, nobody else can tell. Only lines that nothing else is wrong
 * with are compared.
 */
const agreeingLinesSchema = linesSchema.superRefine(
  (items, { addIssue }) => {
    const quoted = new Map<string, number>();
    for (const [line, { productId, price }] of items.entries()) {
      const first = quoted.get(productId) ?? price;
      quoted.set(productId, first);
      if (price === first) continue;
      const message = `must be ${first.toFixed(2)}, as on an earlier line: quote one price for a product`;
      addIssue({ code: 'custom', path: [line, 'price'], message });
    }
  },
  { when: ({ issues }) => issues.length === 0 },
);

/** The total is summed in minor units, so that no binary fraction lets a cent through. */
const itemsSchema = limited(agreeingLinesSchema, {
  holds: (items) =>
    items.reduce((sum, { quantity, price }) => sum + quantity * fromDecimal(price).amount, 0) <=
    fromDecimal(orderLimits.total).amount,
  problem: 'total-too-large',
  message: `must cost at most ${orderLimits.total.toFixed(2)} together`,
  isJudgedLast: true,
});

const order = {
  customerEmail: z.email().max(254).optional(),
  items: itemsSchema,
  paymentMethod: z
    .string()
    .regex(/^pm_[A-Za-z0-9_]{1,61}$/, 'must be a payment method, such as pm_card_visa')
    .default('pm_card_visa'),
};

/** `POST /orders` takes this and nothing else. */
export const placeOrderRequestSchema = z.strictObject({ customerId: identifierSchema, ...order });
export type PlaceOrderRequest = z.infer<typeof placeOrderRequestSchema>;

/** What it takes from a caller whose token names the customer. */
export const placeOwnOrderRequestSchema = z.strictObject({ customerId: identifierSchema.optional(), ...order });

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

/** What the history of an order may hold, in the order that it usually happens. */
export const orderSteps = [
  'placed',
  'reserved',
  'paid',
  'notified',
  'completed',
  'cancellation requested',
  'notification cancelled',
  'refunded',
  'released',
  'failed',
  'cancelled',
] as const;
export type OrderStep = (typeof orderSteps)[number];

/** What `GET /orders/{orderId}` answers, and `POST /orders/{orderId}/cancel`. */
export const orderViewSchema = z.object({
  orderId: orderIdSchema,
  customerId: identifierSchema,
  status: z.enum(orderStatuses),
  items: z.array(z.object({ productId: identifierSchema, quantity: z.int(), price: z.number() })),
  totalAmount: z.number(),
  currency: z.string(),
  placedAt: z.iso.datetime(),
  /** When each step was answered, in order of time. */
  history: z.array(z.object({ step: z.enum(orderSteps), at: z.iso.datetime() })),
  /** Why the order ended as it did, where it did not end well. */
  reason: reasonSchema.optional(),
});
export type OrderView = z.infer<typeof orderViewSchema>;

/** How many orders a page of a list may hold. */
export const pageSizeSchema = z.int().min(1).max(100);
/** How many it holds at most where nobody says. */
export const USUAL_PAGE_SIZE = 20;

/** The query of `GET /orders`. A caller whose token names the customer may leave `customerId` out. */
export const listOrdersQuerySchema = z.strictObject({
  customerId: identifierSchema.optional(),
  status: z.enum(orderStatuses).optional(),
  limit: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(pageSizeSchema)
    .default(USUAL_PAGE_SIZE),
  cursor: z.string().min(1).max(1_024).optional(),
});
export type ListOrdersQuery = z.infer<typeof listOrdersQuerySchema>;

/** What `GET /orders` answers: newest first. A page may be short or empty; only without `nextCursor` is it the last. */
export const orderListSchema = z.object({
  orders: z.array(orderViewSchema),
  nextCursor: z.string().optional(),
});
export type OrderList = z.infer<typeof orderListSchema>;
