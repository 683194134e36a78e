/** Takes a mail back: a tombstone defeats one that comes late, a correction follows one that may have arrived. */
import type {
  Announcement,
  CancelNotification,
  NotificationCancelled,
  OrderCancelRequested,
} from '@distributed-patterns/contracts';
import { stamp } from '@distributed-patterns/messaging';
import { correctionMail } from './mail.ts';
import { announceEarlyCancel, answerToCancel, cancelled, type Notification, owedCorrection } from './notification.ts';
import { tell } from './tell.ts';
import type { Wiring } from './wiring.ts';

/** The correction is not waited for: refund and release come after this. */
export async function cancel(message: CancelNotification, wired: Wiring): Promise<void> {
  await leaveTombstone(message, (_existing, { orderId }) => [answerToCancel(orderId)], wired);
}

/** The same for an order that its customer cancels, before the saga asks for it. */
export async function cancelEarly(message: OrderCancelRequested, wired: Wiring): Promise<void> {
  await leaveTombstone(message, announceEarlyCancel, wired);
}

/** Our own event, through our own inbox: a mail service that is down holds up the correction and nothing else. */
export async function correct({ data: { orderId } }: NotificationCancelled, wired: Wiring): Promise<void> {
  const to = owedCorrection(await wired.store.load(orderId, 'paid'));
  if (to === undefined) return;
  await tell({ orderId, to, kind: 'correction', mail: correctionMail(orderId) }, wired);
}

async function leaveTombstone(
  { data: { orderId }, metadata }: CancelNotification | OrderCancelRequested,
  announcements: (existing: Notification | undefined, left: Notification) => readonly Announcement[],
  { store, clockAndIds }: Wiring,
): Promise<void> {
  const existing = await store.load(orderId, 'paid');
  const left = cancelled(existing, { orderId, kind: 'paid' }, clockAndIds.now());
  const messages = announcements(existing, left).map((announcement) => stamp(announcement, metadata, clockAndIds));
  await store.commit(existing, left, messages);
}
