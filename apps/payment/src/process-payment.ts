/** Charges an order once: create, store, confirm, record; each of them may be the last thing that happened. */
import type { ProcessPayment } from '@distributed-patterns/contracts';
import { stamp, VersionClash } from '@distributed-patterns/messaging';
import { answerToProcess, conclude, type Created, created, declined, isConcluded, type Payment } from './payment.ts';
import type { Wiring } from './wiring.ts';

/** The gateway left an intent unconfirmed although it was asked to confirm it. */
export class NotConfirmed extends Error {
  override readonly name = 'NotConfirmed';
}

/** Answers with what was recorded; what is not yet, is brought about first. */
export async function processOnce(message: ProcessPayment, wired: Wiring): Promise<void> {
  const loaded = await wired.store.load(message.data.orderId);
  const payment = loaded ?? (await createPayment(message, wired));
  const concluded = isConcluded(payment) ? payment : conclude(payment, await charge(payment, wired));
  const answer = stamp(answerToProcess(concluded), message.metadata, wired.clockAndIds);
  // What was refused before there was an intent has not been stored yet.
  const stored = loaded ?? (isConcluded(payment) ? undefined : payment);
  await orUndo(payment, wired, () => wired.store.commit(stored, concluded, [answer]));
}

/** The intent is stored before it is confirmed, on condition that no refund has come first. */
async function createPayment({ data }: ProcessPayment, wired: Wiring): Promise<Payment> {
  const gateway = await wired.gateway();
  const creation = await gateway.create(data, wired.clockAndIds.newId());
  if (creation.kind === 'declined') return declined(data, creation.reason);
  const payment = created(data, creation.intentId, wired.clockAndIds.now().toISOString());
  await orUndo(payment, wired, () => wired.store.commit(undefined, payment, []));
  return payment;
}

/** Looks before it confirms: an earlier attempt may have succeeded without our hearing of it. */
async function charge(payment: Created, wired: Wiring): Promise<Parameters<typeof conclude>[1]> {
  const gateway = await wired.gateway();
  const known = await gateway.lookUp(payment.intentId);
  const outcome =
    known.kind === 'unconfirmed' ? await gateway.confirm(payment.intentId, wired.clockAndIds.newId()) : known;
  if (outcome.kind === 'unconfirmed') throw new NotConfirmed(payment.intentId);
  // What was refused must not be charged later, by a customer who confirms it after all.
  if (outcome.kind === 'declined') await gateway.undo(payment.intentId, wired.clockAndIds.newId());
  return outcome;
}

/** Commits; where someone else was faster and our intent is not the one that counts, it is undone; then all is decided anew. */
async function orUndo(payment: Payment, wired: Wiring, commit: () => Promise<void>): Promise<void> {
  try {
    await commit();
  } catch (error) {
    if (!(error instanceof VersionClash)) throw error;
    const winner = await wired.store.load(payment.orderId);
    const counts = winner?.status !== 'REFUNDED' && winner?.intentId === payment.intentId;
    if (payment.intentId !== undefined && !counts) {
      await (await wired.gateway()).undo(payment.intentId, wired.clockAndIds.newId());
    }
    throw error;
  }
}
