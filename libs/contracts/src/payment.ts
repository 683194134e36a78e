/** What the payment service accepts and publishes. */
import * as z from 'zod';
import { defineMessage, type MessageOf } from './message.ts';
import { moneySchema } from './money.ts';
import { aboutOrderSchema, identifierSchema, refusalSchema } from './order-parts.ts';

/** Command: charge the order's total once. `paymentMethod` is the gateway's name for how the customer pays. */
export const processPayment = defineMessage({
  type: 'ProcessPayment',
  source: 'orchestrator',
  data: aboutOrderSchema.extend({
    customerId: identifierSchema,
    total: moneySchema,
    paymentMethod: z.string().min(1),
  }),
});
export type ProcessPayment = MessageOf<typeof processPayment>;

/** Command (undo): see to it that nothing is charged for the order, now or later. */
export const refundPayment = defineMessage({ type: 'RefundPayment', source: 'orchestrator', data: aboutOrderSchema });
export type RefundPayment = MessageOf<typeof refundPayment>;

/** Event: the order's total was charged. */
export const paymentProcessed = defineMessage({
  type: 'PaymentProcessed',
  source: 'payment',
  data: aboutOrderSchema.extend({ paymentId: z.string().min(1), amount: moneySchema }),
});
export type PaymentProcessed = MessageOf<typeof paymentProcessed>;

/**
 * Event: nothing is held; `reason.code` is PAYMENT_DECLINED, PAYMENT_NEEDS_ACTION, PAYMENT_METHOD_UNKNOWN,
 * AMOUNT_NOT_PAYABLE, PAYMENT_CANCELLED or ALREADY_REFUNDED.
 */
export const paymentDeclined = defineMessage({ type: 'PaymentDeclined', source: 'payment', data: refusalSchema });
export type PaymentDeclined = MessageOf<typeof paymentDeclined>;

/** Event: the gateway holds no charge for the order. */
export const paymentRefunded = defineMessage({
  type: 'PaymentRefunded',
  source: 'payment',
  data: aboutOrderSchema,
});
export type PaymentRefunded = MessageOf<typeof paymentRefunded>;
