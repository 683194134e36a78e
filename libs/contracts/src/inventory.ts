/** What the inventory service accepts and publishes. */
import * as z from 'zod';
import { defineMessage, type MessageOf } from './message.ts';
import { moneySchema } from './money.ts';
import { aboutOrderSchema, identifierSchema, orderLineSchema, refusalSchema } from './order-parts.ts';

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

/** Event: nothing was set aside; `reason.code` is PRICES_DISAGREE, UNKNOWN_PRODUCT, PRICE_CHANGED, OUT_OF_STOCK or ALREADY_RELEASED. */
export const inventoryRejected = defineMessage({ type: 'InventoryRejected', source: 'inventory', data: refusalSchema });
export type InventoryRejected = MessageOf<typeof inventoryRejected>;

/** Event: nothing is set aside for the order any more, nor will be. */
export const inventoryReleased = defineMessage({
  type: 'InventoryReleased',
  source: 'inventory',
  data: aboutOrderSchema,
});
export type InventoryReleased = MessageOf<typeof inventoryReleased>;

const aboutProductSchema = z.object({ productId: identifierSchema });

/** Event: a product costs something else from now on; orders that quote the former price are refused. */
export const productPriceChanged = defineMessage({
  type: 'ProductPriceChanged',
  source: 'inventory',
  data: aboutProductSchema.extend({ price: moneySchema, formerPrice: moneySchema }),
});
export type ProductPriceChanged = MessageOf<typeof productPriceChanged>;

/** Event: a delivery has come in. `received` is all that ever has, so of two events the later one has the greater. */
export const stockReplenished = defineMessage({
  type: 'StockReplenished',
  source: 'inventory',
  data: aboutProductSchema.extend({ quantity: z.int().positive(), received: z.int().positive() }),
});
export type StockReplenished = MessageOf<typeof stockReplenished>;

/** Event: an order has taken the last piece. There is some again after a delivery, or when a reservation is released. */
export const stockDepleted = defineMessage({ type: 'StockDepleted', source: 'inventory', data: aboutProductSchema });
export type StockDepleted = MessageOf<typeof stockDepleted>;

/**
 * Event: stock has been set aside for an order for longer than any saga runs, and nobody has said what became of the order.
 * Whoever owns the order says so again.
 */
export const reservationOverdue = defineMessage({
  type: 'ReservationOverdue',
  source: 'inventory',
  data: aboutOrderSchema.extend({ reservedAt: z.iso.datetime() }),
});
export type ReservationOverdue = MessageOf<typeof reservationOverdue>;
