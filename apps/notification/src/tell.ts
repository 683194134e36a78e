/** Writes to a customer once for every kind of mail: claim, send, record. */
import type { Message } from '@distributed-patterns/contracts';
import type { Mail } from './mail.ts';
import {
  claim,
  type Concluded,
  conclude,
  type Delivery,
  isConcluded,
  type Kind,
  NotAcceptedNow,
  type Recipient,
  type Sending,
  waiting,
} from './notification.ts';
import type { Wiring } from './wiring.ts';

/** What is to be told, to whom, and what the notification announces once it is concluded. */
export interface Telling {
  readonly orderId: string;
  readonly kind: Kind;
  readonly to: string | undefined;
  readonly mail: Mail;
  /** None unless told. */
  readonly messages?: (concluded: Concluded) => readonly Message[];
}

/** Concludes the notification, or finds it concluded; its messages are recorded either way. */
export async function tell({ orderId, kind, to, mail, messages = () => [] }: Telling, wired: Wiring): Promise<void> {
  const { store, clockAndIds } = wired;
  const [existing, recipient] = await Promise.all([store.load(orderId, kind), recipientOf(to, wired)]);
  const claimed = claim(existing, { orderId, kind }, recipient, clockAndIds.now());
  if (isConcluded(claimed)) return store.commit(existing, claimed, messages(claimed));
  await store.commit(existing, claimed, []);
  const concluded = conclude(claimed, await sendOrGiveBack(claimed, mail, wired));
  await store.commit(claimed, concluded, messages(concluded));
}

async function recipientOf(to: string | undefined, { store }: Wiring): Promise<Recipient> {
  if (to === undefined) return { kind: 'unreachable', because: 'NO_ADDRESS' };
  const because = await store.suppression(to);
  return because === undefined ? { kind: 'reachable', to } : { kind: 'unreachable', because };
}

/** Where the mail was certainly not accepted, the claim is given back, so that the next attempt need not wait it out. */
async function sendOrGiveBack(claimed: Sending, mail: Mail, { sender, store }: Wiring): Promise<Delivery> {
  try {
    return await sender.send(claimed, mail);
  } catch (error) {
    if (error instanceof NotAcceptedNow) await store.commit(claimed, waiting(claimed), []);
    throw error;
  }
}
