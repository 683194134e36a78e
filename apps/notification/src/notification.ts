/** What a notification is: at most one e-mail of each kind for an order, and the decisions about it. */
import {
  announce,
  type Announcement,
  notificationCancelled,
  notificationFailed,
  notificationSent,
  type Reason,
} from '@distributed-patterns/contracts';
import type { SuppressionReason } from './feedback.ts';
import { milliseconds, notificationClaim } from '@distributed-patterns/durations';

/** Why a customer is written to. `paid` belongs to the saga; a `correction` takes it back; the others end an order. */
export const kinds = ['paid', 'correction', 'failed', 'cancelled'] as const;
export type Kind = (typeof kinds)[number];

interface About {
  readonly orderId: string;
  readonly kind: Kind;
}

/** Why nobody is written to. */
export type Unreachable = 'NO_ADDRESS' | SuppressionReason;
export type Recipient =
  { readonly kind: 'reachable'; readonly to: string } | { readonly kind: 'unreachable'; readonly because: Unreachable };

/** A notification, in exactly one of its states. A cancelled one is a tombstone: it refuses what comes late. */
export type Notification =
  | (About & { readonly status: 'SENDING'; readonly to: string; readonly since: string })
  | (About & { readonly status: 'WAITING' })
  | (About & { readonly status: 'SENT'; readonly to: string; readonly messageId: string })
  | (About & { readonly status: 'SKIPPED'; readonly because?: Unreachable | undefined })
  | (About & { readonly status: 'REJECTED'; readonly to: string; readonly reason: Reason })
  | (About & { readonly status: 'CANCELLED'; readonly to?: string });

export type Sending = Extract<Notification, { status: 'SENDING' }>;
export type Concluded = Exclude<Notification, Sending | { readonly status: 'WAITING' }>;

/** What the mail service said to a mail. */
export type Delivery =
  { readonly kind: 'accepted'; readonly messageId: string } | { readonly kind: 'rejected'; readonly reason: Reason };

/** The mail service has certainly not taken the mail, and may take it later: nothing keeps the next attempt from sending. */
export class NotAcceptedNow extends Error {
  override readonly name = 'NotAcceptedNow';
}

/** Somebody else is sending this mail right now; their answer is awaited by coming again. */
export class SendingElsewhere extends Error {
  override readonly name = 'SendingElsewhere';
}

/** A sender that has not answered for this long (milliseconds) has died: longer than a function may run. */
const SENDER_IS_DEAD_AFTER = milliseconds(notificationClaim);

/**
 * Claims a notification for sending, or says that it is concluded. Where nobody can be reached it is skipped.
 * A claim whose holder has died is taken over; the mail may then be a second one, which is better than none.
 * @throws SendingElsewhere while somebody else holds the claim
 */
export function claim(
  existing: Notification | undefined,
  about: About,
  recipient: Recipient,
  now: Date,
): Sending | Concluded {
  if (existing !== undefined && isConcluded(existing)) return existing;
  if (existing?.status === 'SENDING') requireDeadSender(existing, now);
  return recipient.kind === 'unreachable'
    ? { ...about, status: 'SKIPPED', because: recipient.because }
    : { ...about, status: 'SENDING', to: recipient.to, since: now.toISOString() };
}

/** Whether nothing is to be sent any more. */
export function isConcluded(notification: Notification): notification is Concluded {
  return notification.status !== 'SENDING' && notification.status !== 'WAITING';
}

/** A claim given back, since the mail was not accepted: whoever comes next sends it. */
export function waiting({ orderId, kind }: Sending): Notification {
  return { orderId, kind, status: 'WAITING' };
}

/** The address at which a mail may have arrived; undefined where none went out. */
function mayHaveReached(existing: Notification | undefined, now: Date): string | undefined {
  if (existing?.status === 'SENDING') requireDeadSender(existing, now);
  return existing?.status === 'SENDING' || existing?.status === 'SENT' ? existing.to : undefined;
}

/** The notification as the mail service has concluded it. */
export function conclude({ orderId, kind, to }: Sending, delivery: Delivery): Concluded {
  return delivery.kind === 'accepted'
    ? { orderId, kind, status: 'SENT', to, messageId: delivery.messageId }
    : { orderId, kind, status: 'REJECTED', to, reason: delivery.reason };
}

/**
 * The tombstone that a cancellation leaves, whatever there was before it; one that is there stays as it is.
 * Its address, where it has one, is owed a correction.
 * @throws SendingElsewhere while the mail is being sent
 */
export function cancelled(existing: Notification | undefined, about: About, now: Date): Notification {
  if (existing?.status === 'CANCELLED') return existing;
  const to = mayHaveReached(existing, now);
  return { ...about, status: 'CANCELLED', ...(to === undefined ? {} : { to }) };
}

/** What a SendNotification is answered, the first time and every time. */
export function answerToSend(notification: Concluded): Announcement {
  const { orderId } = notification;
  switch (notification.status) {
    case 'SENT':
    case 'SKIPPED':
      return announce(notificationSent, { orderId, skipped: notification.status === 'SKIPPED' });
    case 'REJECTED':
      return announce(notificationFailed, { orderId, reason: notification.reason });
    case 'CANCELLED': {
      const reason = { code: 'ALREADY_CANCELLED', message: 'The order was given up before the customer was told.' };
      return announce(notificationFailed, { orderId, reason });
    }
    default:
      return impossible(notification);
  }
}

/** The address that a cancelled notification owes a correction, if any. */
export function owedCorrection(notification: Notification | undefined): string | undefined {
  return notification?.status === 'CANCELLED' ? notification.to : undefined;
}

/** What a CancelNotification is answered, the first time and every time. */
export function answerToCancel(orderId: string): Announcement {
  return announce(notificationCancelled, { orderId });
}

/**
 * What a cancellation that comes before the saga asks for it announces. Nobody waits for an answer, so only a
 * correction that it leaves owed is told of; the event sends it.
 */
export function announceEarlyCancel(existing: Notification | undefined, left: Notification): readonly Announcement[] {
  const known = existing?.status === 'CANCELLED';
  return known || owedCorrection(left) === undefined ? [] : [answerToCancel(left.orderId)];
}

function requireDeadSender({ orderId, kind, since }: Sending, now: Date): void {
  if (now.getTime() - Date.parse(since) < SENDER_IS_DEAD_AFTER) throw new SendingElsewhere(`${orderId} ${kind}`);
}

function impossible(notification: never): never {
  throw new TypeError(`no such notification: ${JSON.stringify(notification)}`);
}
