/** What the inventory service accepts and publishes. */
import * as z from 'zod';
import { defineMessage, type MessageOf } from './message.ts';
import { aboutOrderSchema, orderLineSchema, refusalSchema } from './order-parts.ts';

/** Command: set the ordered quantities aside, at the quoted prices, all or nothing. */
export const reserveInventory = defineMessage({
  type: 'ReserveInventory',
  source: 'orchestrator',
  data: aboutOrderSchema.extend({ items: z.array(orderLineSchema).min(1) }),
});
export type ReserveInventory = MessageOf<typeof reserveInventory>;

/** Command (undo): give the reserved quantities back, and refuse a reservation that comes late. */
export const releaseInventory = defineMessage({
  type: 'ReleaseInventory',
  source: 'orchestrator',
  data: aboutOrderSchema,
});
export type ReleaseInventory = MessageOf<typeof releaseInventory>;

/** Event: the quantities are set aside for the order. */
export const inventoryReserved = defineMessage({
  type: 'InventoryReserved',
  source: 'inventory',
  data: aboutOrderSchema,
});
export type InventoryReserved = MessageOf<typeof inventoryReserved>;

/** Event: nothing was set aside; `reason.code` is UNKNOWN_PRODUCT, OUT_OF_STOCK, PRICE_CHANGED or ALREADY_RELEASED. */
export const inventoryRejected = defineMessage({ type: 'InventoryRejected', source: 'inventory', data: refusalSchema });
export type InventoryRejected = MessageOf<typeof inventoryRejected>;

/** Event: nothing is set aside for the order any more, nor will be. */
export const inventoryReleased = defineMessage({
  type: 'InventoryReleased',
  source: 'inventory',
  data: aboutOrderSchema,
});
export type InventoryReleased = MessageOf<typeof inventoryReleased>;
