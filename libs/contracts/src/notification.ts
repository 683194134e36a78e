/** What the notification service accepts and publishes. */
import * as z from 'zod';
import { defineMessage, type MessageOf } from './message.ts';
import { aboutOrderSchema, customerOrderSchema, refusalSchema } from './order-parts.ts';

/** Command: tell the customer that the order is received and paid; completion may still be refused. */
export const sendNotification = defineMessage({
  type: 'SendNotification',
  source: 'orchestrator',
  data: customerOrderSchema,
});
export type SendNotification = MessageOf<typeof sendNotification>;

/** Command (undo): if the customer was told, correct it; if not, see to it that they are not told late. */
export const cancelNotification = defineMessage({
  type: 'CancelNotification',
  source: 'orchestrator',
  data: aboutOrderSchema,
});
export type CancelNotification = MessageOf<typeof cancelNotification>;

/** Event: the customer was told; `skipped` where no address is known, which counts as told. */
export const notificationSent = defineMessage({
  type: 'NotificationSent',
  source: 'notification',
  data: aboutOrderSchema.extend({ skipped: z.boolean() }),
});
export type NotificationSent = MessageOf<typeof notificationSent>;

/** Event: the customer cannot be told; `reason.code` is NOTIFICATION_REJECTED or ALREADY_CANCELLED. */
export const notificationFailed = defineMessage({
  type: 'NotificationFailed',
  source: 'notification',
  data: refusalSchema,
});
export type NotificationFailed = MessageOf<typeof notificationFailed>;

/** Event: the customer believes nothing that is not so. */
export const notificationCancelled = defineMessage({
  type: 'NotificationCancelled',
  source: 'notification',
  data: aboutOrderSchema,
});
export type NotificationCancelled = MessageOf<typeof notificationCancelled>;
