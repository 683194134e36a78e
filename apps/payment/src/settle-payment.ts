/** Brings a payment to where the gateway says it is, whoever has learnt of it. */
import { type Cause, decideAnew, stamp } from '@distributed-patterns/messaging';
import { type Payment, reconcile, type Standing } from './payment.ts';
import type { Wiring } from './wiring.ts';

/** What settling takes. */
export type Settling = Pick<Wiring, 'store' | 'gateway' | 'clockAndIds'>;

/** An intent of ours as the gateway has it, and the payment that it was made for. */
export interface Compared {
  readonly standing: Standing;
  readonly payment: Payment | undefined;
}

/** Asks the gateway about an intent, then looks up its payment; undefined where the intent is none of ours. */
export async function compare(intentId: string, { store, gateway }: Settling): Promise<Compared | undefined> {
  const standing = await (await gateway()).standing(intentId);
  if (standing?.orderId === undefined) return undefined;
  return { standing, payment: await store.load(standing.orderId) };
}

/** Settles the payment of an intent. Nobody waits for what is announced: it carries no token, so the saga does not hear it. */
export function settleIntent(intentId: string, cause: Cause, wired: Settling): Promise<void> {
  return decideAnew(async () => {
    const compared = await compare(intentId, wired);
    if (compared === undefined) return;
    const { payment, standing } = compared;
    const decision = reconcile(payment, standing);
    if (decision.kind === 'ignored') return;
    // What was refused must not be charged later, and what was charged in vain must not be kept.
    if (decision.kind === 'undo' || decision.next.status === 'DECLINED') {
      await (await wired.gateway()).undo(intentId, wired.clockAndIds.newId());
    }
    if (decision.kind === 'undo') return;
    await wired.store.commit(payment, decision.next, [stamp(decision.announcement, cause, wired.clockAndIds)]);
  });
}
