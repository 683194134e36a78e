/** What a payment is, and every decision about it. */
import {
  announce,
  type Announcement,
  type Money,
  paymentDeclined,
  paymentProcessed,
  paymentRefunded,
  type Reason,
} from '@distributed-patterns/contracts';

/** What to charge, and how. */
export interface Charge {
  readonly orderId: string;
  readonly customerId: string;
  readonly total: Money;
  readonly paymentMethod: string;
}

/** The one payment of an order, in exactly one of its states. A refunded one is a tombstone: it refuses what comes late. */
export type Payment =
  | {
      readonly orderId: string;
      readonly status: 'CREATED';
      readonly intentId: string;
      readonly total: Money;
      /** ISO 8601; absent where it was created before payments were reconciled by time. */
      readonly createdAt?: string | undefined;
    }
  | { readonly orderId: string; readonly status: 'PROCESSED'; readonly intentId: string; readonly total: Money }
  | { readonly orderId: string; readonly status: 'DECLINED'; readonly intentId?: string; readonly reason: Reason }
  | { readonly orderId: string; readonly status: 'REFUNDED'; readonly intentId?: string };

export type Created = Extract<Payment, { status: 'CREATED' }>;
export type Concluded = Exclude<Payment, Created>;

/** The gateway's refusal, for good. */
export interface Declined {
  readonly kind: 'declined';
  readonly reason: Reason;
}

/** What the gateway says when it is asked for an intent. */
export type Creation = { readonly kind: 'created'; readonly intentId: string } | Declined;

/** What the gateway says of an intent: it charged, it will not, nobody has confirmed it, or all of its charge was given back. */
export type Outcome =
  { readonly kind: 'succeeded' } | Declined | { readonly kind: 'unconfirmed' } | { readonly kind: 'refunded' };

/** What has become of an intent, and whose it is. */
export interface Standing {
  readonly intentId: string;
  /** The order that the intent was made for; undefined where it is none of ours. */
  readonly orderId: string | undefined;
  readonly outcome: Outcome;
}

/** What follows from a standing: the payment is concluded, a charge that nobody is to keep is given back, or nothing. */
export type Reconciliation =
  | { readonly kind: 'concluded'; readonly next: Concluded; readonly announcement: Announcement }
  | { readonly kind: 'undo' }
  | { readonly kind: 'ignored'; readonly reason: string };

/** What an undo did at the gateway: it gave a charge back, or closed an intent that had charged nothing. */
export type Settlement = 'refunded' | 'cancelled';

/** Whether a payment is concluded, so that a repeated command only needs its answer. */
export function isConcluded(payment: Payment | undefined): payment is Concluded {
  return payment !== undefined && payment.status !== 'CREATED';
}

/** An intent that exists at the gateway and charges nothing until it is confirmed. */
export function created({ orderId, total }: Charge, intentId: string, createdAt: string): Created {
  return { orderId, status: 'CREATED', intentId, total, createdAt };
}

/** A payment that the gateway refused before there was an intent. */
export function declined({ orderId }: Charge, reason: Reason): Concluded {
  return { orderId, status: 'DECLINED', reason };
}

/** The payment as the gateway has concluded it. */
export function conclude(payment: Created, outcome: Exclude<Outcome, { kind: 'unconfirmed' }>): Concluded {
  const { orderId, intentId, total } = payment;
  switch (outcome.kind) {
    case 'succeeded':
      return { orderId, status: 'PROCESSED', intentId, total };
    case 'declined':
      return { orderId, status: 'DECLINED', intentId, reason: outcome.reason };
    case 'refunded':
      return refunded(payment, orderId);
    default:
      return impossible(outcome);
  }
}

/** The tombstone that a refund leaves, whatever there was before it. */
export function refunded(payment: Payment | undefined, orderId: string): Concluded {
  const intentId = payment?.intentId;
  return { orderId, status: 'REFUNDED', ...(intentId === undefined ? {} : { intentId }) };
}

/** What a ProcessPayment is answered, the first time and every time. */
export function answerToProcess(payment: Concluded): Announcement {
  const { orderId } = payment;
  switch (payment.status) {
    case 'PROCESSED':
      return announce(paymentProcessed, { orderId, paymentId: payment.intentId, amount: payment.total });
    case 'DECLINED':
      return announce(paymentDeclined, { orderId, reason: payment.reason });
    case 'REFUNDED': {
      const reason = { code: 'ALREADY_REFUNDED', message: 'The order was given up, or its payment was given back.' };
      return announce(paymentDeclined, { orderId, reason });
    }
    default:
      return impossible(payment);
  }
}

/** What a RefundPayment is answered, the first time and every time. */
export function answerToRefund(orderId: string): Announcement {
  return announce(paymentRefunded, { orderId });
}

/**
 * What a refund that comes before the saga asks for it announces. Nobody waits for an answer, so only money that
 * comes back is told of.
 * @param settlement undefined where there was nothing to settle
 */
export function announceEarlyRefund(orderId: string, settlement: Settlement | undefined): readonly Announcement[] {
  return settlement === 'refunded' ? [answerToRefund(orderId)] : [];
}

/** Compares a payment with what the gateway says of an intent that was made for its order. */
export function reconcile(payment: Payment | undefined, { intentId, outcome }: Standing): Reconciliation {
  // The account may be shared with other stages, whose charges are not ours to give back.
  if (payment === undefined) return { kind: 'ignored', reason: 'there is no such payment here' };
  const isOwn = payment.intentId === intentId;
  if (isOwn && payment.status === 'CREATED') return reconcileCreated(payment, outcome);
  if (isOwn && payment.status === 'PROCESSED') {
    return outcome.kind === 'refunded' ? givenBack(payment) : { kind: 'ignored', reason: 'the charge is known' };
  }
  return outcome.kind === 'succeeded' ? { kind: 'undo' } : { kind: 'ignored', reason: 'nothing is held' };
}

function reconcileCreated(payment: Created, outcome: Outcome): Reconciliation {
  switch (outcome.kind) {
    case 'succeeded':
    case 'declined': {
      const next = conclude(payment, outcome);
      return { kind: 'concluded', next, announcement: answerToProcess(next) };
    }
    case 'refunded':
      return givenBack(payment);
    case 'unconfirmed':
      return { kind: 'ignored', reason: 'whoever charges the order confirms or cancels it' };
    default:
      return impossible(outcome);
  }
}

function givenBack(payment: Payment): Reconciliation {
  const { orderId } = payment;
  return { kind: 'concluded', next: refunded(payment, orderId), announcement: answerToRefund(orderId) };
}

function impossible(payment: never): never {
  throw new TypeError(`no such payment: ${JSON.stringify(payment)}`);
}
