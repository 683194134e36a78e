/** What a customer's orders have left behind in all of the system's books. */
import { readBooks } from './crash-books.ts';
import type { System } from './system.ts';

/** Each list in the order of the books. */
export interface Evidence {
  readonly orderIds: readonly string[];
  readonly statuses: readonly string[];
  /** How the sagas of these orders stand. */
  readonly sagas: readonly string[];
  /** What was ever charged, by payment intent, in minor units. */
  readonly charged: readonly number[];
  readonly refunded: readonly number[];
  /** Subjects without the order's id, oldest first. */
  readonly mails: readonly string[];
}

export async function evidenceOf(system: System, customerId: string): Promise<Evidence> {
  const { orders, executions, payments, mails } = await readBooks(system);
  const own = orders.filter((order) => order.customerId === customerId);
  const orderIds = own.map(({ orderId }) => orderId);
  const ofOwn = payments.filter(({ metadata }) => orderIds.includes(metadata.orderId));
  return {
    orderIds,
    statuses: own.map(({ status }) => status),
    sagas: executions.filter(({ name }) => orderIds.includes(name.replace('order-', ''))).map(({ status }) => status),
    charged: ofOwn.map(({ amount_received }) => amount_received),
    refunded: ofOwn.map(({ latest_charge }) => latest_charge?.amount_refunded ?? 0),
    mails: mails.flatMap(({ subject }) =>
      orderIds.filter((orderId) => subject.includes(orderId)).map((orderId) => subject.replace(orderId, '…')),
    ),
  };
}
