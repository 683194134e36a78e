/** Charges an order once: create, store, confirm, record; each of them may be the last thing that happened. */
import type { ProcessPayment } from '@distributed-patterns/contracts';
import { stamp, VersionClash } from '@distributed-patterns/messaging';
import { answerToProcess, conclude, type Created, created, isConcluded, type Payment } from './payment.ts';
import type { Wiring } from './wiring.ts';

/** The gateway left an intent unconfirmed although it was asked to confirm it. */
export class NotConfirmed extends Error {
  override readonly name = 'NotConfirmed';
}

/** Answers with what was recorded; what is not yet, is brought about first. */
export async function processOnce(message: ProcessPayment, wired: Wiring): Promise<void> {
  const loaded = await wired.store.load(message.data.orderId);
  if (isConcluded(loaded)) {
    await wired.store.commit(loaded, loaded, [stamp(answerToProcess(loaded), message.metadata, wired.clockAndIds)]);
    return;
  }
  const payment = loaded ?? (await createIntent(message, wired));
  const concluded = conclude(payment, await charge(payment, wired));
  const answer = stamp(answerToProcess(concluded), message.metadata, wired.clockAndIds);
  await orUndo(payment, wired, () => wired.store.commit(payment, concluded, [answer]));
}

/** The intent is stored before it is confirmed, on condition that no refund has come first. */
async function createIntent({ data }: ProcessPayment, wired: Wiring): Promise<Created> {
  const gateway = await wired.gateway();
  const payment = created(data, await gateway.create(data));
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
  if (outcome.kind === 'declined') await gateway.undo(payment.intentId);
  return outcome;
}

/** Commits; where a refund was faster, its tombstone stands and the intent is undone, then everything is decided anew. */
async function orUndo(payment: Created, wired: Wiring, commit: () => Promise<void>): Promise<void> {
  try {
    await commit();
  } catch (error) {
    if (!(error instanceof VersionClash)) throw error;
    const winner: Payment | undefined = await wired.store.load(payment.orderId);
    if (winner?.status === 'REFUNDED') await (await wired.gateway()).undo(payment.intentId);
    throw error;
  }
}
