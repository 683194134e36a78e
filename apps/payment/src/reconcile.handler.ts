/** Asks the gateway, every few minutes, about payments of which nobody has heard for long. */
import { milliseconds, reconciliation } from '@distributed-patterns/durations';
import type { Context } from 'aws-lambda';
import { settleIntent } from './settle-payment.ts';
import { type Wiring, wiring } from './wiring.ts';

/** Payments that the gateway could not be asked about; the next run asks again. */
export class NotReconciled extends Error {
  override readonly name = 'NotReconciled';
}

/** Milliseconds: longer than a message takes to come again after whoever charged the order has died. */
const UNSETTLED_FOR = milliseconds(reconciliation.unsettledFor);

/** Milliseconds that a page of payments may take; with less left, the rest waits for the next run. */
const TIME_FOR_A_PAGE = milliseconds(reconciliation.page);

/** One payment that cannot be settled does not keep the others from it. */
export const handler = async (
  _event?: unknown,
  context?: Pick<Context, 'getRemainingTimeInMillis'>,
  wired: Wiring = wiring(),
): Promise<void> => {
  const before = new Date(wired.clockAndIds.now().getTime() - UNSETTLED_FOR).toISOString();
  const failed: string[] = [];
  for await (const orderIds of wired.store.unsettled(before)) {
    const outcomes = await Promise.all(orderIds.map((orderId) => isReconciled(orderId, wired)));
    failed.push(...orderIds.filter((_orderId, index) => !outcomes[index]));
    if (context !== undefined && context.getRemainingTimeInMillis() < TIME_FOR_A_PAGE) break;
  }
  if (failed.length > 0) throw new NotReconciled(`${failed.length} payments`);
};

async function isReconciled(orderId: string, wired: Wiring): Promise<boolean> {
  const id = wired.clockAndIds.newId();
  try {
    const payment = await wired.store.load(orderId);
    // Where somebody has given the order up meanwhile, a charge that we learn of is one to give back.
    if (payment?.intentId !== undefined) await settleIntent(payment.intentId, { id, correlationId: id }, wired);
    return true;
  } catch (error) {
    wired.telemetry.logger.error('payment not reconciled', { orderId, correlationId: id, error });
    return false;
  }
}
