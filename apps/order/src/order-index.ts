/** How orders are found: by their key, by their customer, and while they are open; for the store and the stack alike. */
import { orderIdSchema } from '@distributed-patterns/contracts';
import { type StateIndex, stateTableKeys } from '@distributed-patterns/messaging';
import * as z from 'zod';

/** A customer's orders by the time they were placed. Neither ever changes, so no later step of an order is written here. */
export const ordersOfCustomer = {
  name: 'by-customer',
  partitionKey: 'customerId',
  sortKey: 'placedAt',
} as const satisfies StateIndex;

/**
 * Orders that have not come to their end, by the time they were placed. An item is in the index while it has both
 * attributes, and loses the first with the order's last status: two writes for each order, whatever happens to it in
 * between. All are in one partition, which takes a thousand writes a second
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html), and so 500 orders. One
 * that was placed before there was this index gets into it when it is written next.
 */
export const openOrders = {
  name: 'open',
  partitionKey: 'open',
  sortKey: 'placedAt',
} as const satisfies StateIndex;

/** The one partition of that index. */
export const OPEN = 'open';

/** A place among a customer's orders: that of one of them. Two of the same time are told apart by their ids. */
export const positionSchema = z.object({ placedAt: z.iso.datetime(), orderId: orderIdSchema });
export type Position = z.infer<typeof positionSchema>;

const ORDER = 'order#';

/** The key of an order's item. */
export function orderKey(orderId: string): string {
  return `${ORDER}${orderId}`;
}

const indexEntrySchema = z.object({ pk: z.string(), placedAt: z.string() });

/** The position that an entry of the index stands for. */
export function toPosition(entry: unknown): Position {
  const { pk, placedAt } = indexEntrySchema.parse(entry);
  return { orderId: pk.slice(ORDER.length), placedAt };
}

/** The entry of the index at a position of a customer's, as a query starts after it. */
export function toIndexKey(customerId: string, { orderId, placedAt }: Position): Readonly<Record<string, string>> {
  return {
    [stateTableKeys.partitionKey]: orderKey(orderId),
    [ordersOfCustomer.partitionKey]: customerId,
    [ordersOfCustomer.sortKey]: placedAt,
  };
}
