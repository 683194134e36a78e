/** How the orders of a customer are found: the index of the orders' table, for the store and the stack alike. */
import { orderIdSchema } from '@distributed-patterns/contracts';
import type { StateIndex } from '@distributed-patterns/messaging';
import * as z from 'zod';

/** A customer's orders by the time they were placed. Neither ever changes, so no later step of an order is written here. */
export const ordersOfCustomer = {
  name: 'by-customer',
  partitionKey: 'customerId',
  sortKey: 'placedAt',
} as const satisfies StateIndex;

/** A place among a customer's orders: that of one of them. Two of the same time are told apart by their ids. */
export const positionSchema = z.object({ placedAt: z.iso.datetime(), orderId: orderIdSchema });
export type Position = z.infer<typeof positionSchema>;
