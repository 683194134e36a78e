/** What the order service accepts and publishes. */
import * as z from 'zod';
import { defineMessage, type MessageOf } from './message.ts';
import { aboutOrderSchema, customerOrderSchema, reasonSchema, refusalSchema } from './order-parts.ts';

/** Command: the order is paid for and announced; make it final. The pivot of the saga. */
export const completeOrder = defineMessage({ type: 'CompleteOrder', source: 'orchestrator', data: aboutOrderSchema });
export type CompleteOrder = MessageOf<typeof completeOrder>;

/** Command: everything owed has been undone; the order ends as failed, or as cancelled where that was asked for. */
export const failOrder = defineMessage({ type: 'FailOrder', source: 'orchestrator', data: refusalSchema });
export type FailOrder = MessageOf<typeof failOrder>;

/** Event: an order was accepted; the saga starts from it. */
export const orderPlaced = defineMessage({
  type: 'OrderPlaced',
  source: 'order',
  data: customerOrderSchema.extend({ paymentMethod: z.string().min(1) }),
});
export type OrderPlaced = MessageOf<typeof orderPlaced>;

/**
 * Event: the customer wants the order undone. It can no longer be completed, so whatever was done for it is owed its undo;
 * who has done something need not wait for the saga to ask.
 */
export const orderCancelRequested = defineMessage({
  type: 'OrderCancelRequested',
  source: 'order',
  data: aboutOrderSchema,
});
export type OrderCancelRequested = MessageOf<typeof orderCancelRequested>;

/** Event: the order is final and good. */
export const orderCompleted = defineMessage({ type: 'OrderCompleted', source: 'order', data: aboutOrderSchema });
export type OrderCompleted = MessageOf<typeof orderCompleted>;

/** Event: the order will not be completed, so that everything has to be undone. */
export const completionRefused = defineMessage({ type: 'CompletionRefused', source: 'order', data: refusalSchema });
export type CompletionRefused = MessageOf<typeof completionRefused>;

const endedOrder = customerOrderSchema.extend({ reason: reasonSchema });

/** Event: the order has failed, with nothing owed any more. */
export const orderFailed = defineMessage({ type: 'OrderFailed', source: 'order', data: endedOrder });
export type OrderFailed = MessageOf<typeof orderFailed>;

/** Event: the order was cancelled, with nothing owed any more. */
export const orderCancelled = defineMessage({ type: 'OrderCancelled', source: 'order', data: endedOrder });
export type OrderCancelled = MessageOf<typeof orderCancelled>;
