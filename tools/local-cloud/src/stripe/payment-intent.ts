/** What becomes of a payment intent: pure decisions, after Stripe's life of a PaymentIntent. */
import type { Charge, Failure, Intent } from './records.ts';
import { invalid } from './stripe-error.ts';
import { AUTHENTICATION_REQUIRED, type Decline, testCard } from './test-cards.ts';

/** An attempt to pay; `now` in seconds, `chargeId` for the charge that it may make. */
export interface Confirmation {
  readonly paymentMethod: string | undefined;
  readonly returnUrl: string | undefined;
  /** The customer is not there to authenticate. */
  readonly offSession: boolean;
  readonly chargeId: string;
  readonly now: number;
}

/** A changed intent, with the charge that was made and, where it failed, why. */
export interface Attempt {
  readonly intent: Intent;
  readonly charge?: Charge;
  readonly failure?: Failure;
}

const CONFIRMABLE = ['requires_payment_method', 'requires_confirmation', 'requires_action'];
const CANCELABLE = ['requires_payment_method', 'requires_capture', 'requires_confirmation', 'requires_action'];
const UNEXPECTED = 'payment_intent_unexpected_state';

/**
 * Charges the payment method.
 * @see https://docs.stripe.com/payments/paymentintents/lifecycle
 * @throws StripeError where the intent cannot be confirmed as it stands
 */
export function confirm(intent: Intent, confirmation: Confirmation): Attempt {
  refuseStatus(intent, 'confirm', 'confirmed', CONFIRMABLE);
  const paymentMethod = confirmation.paymentMethod ?? intent.paymentMethod;
  const card = paymentMethod === null ? undefined : testCard(paymentMethod);
  if (paymentMethod === null || card === undefined) throw withoutPaymentMethod();
  if (intent.allowRedirects === 'always' && confirmation.returnUrl === undefined) throw withoutReturnUrl();
  const attempted = { ...intent, paymentMethod, returnUrl: confirmation.returnUrl ?? null, lastFailure: null };
  if (card.outcome === 'success') return charged(attempted, paymentMethod, confirmation);
  if (card.outcome !== 'authentication') return declined(attempted, paymentMethod, card.outcome, confirmation);
  if (confirmation.offSession) return declined(attempted, paymentMethod, AUTHENTICATION_REQUIRED, confirmation);
  return { intent: { ...attempted, status: 'requires_action' } };
}

/** Takes the money that an intent with manual capture holds; what is not taken is released. */
export function capture(intent: Intent, charge: Charge | undefined, amount: number): Attempt {
  if (intent.status !== 'requires_capture' || charge === undefined) {
    throw invalid(
      `This PaymentIntent could not be captured because it has a status of ${intent.status}. ` +
        'Only a PaymentIntent with one of the following statuses may be captured: requires_capture.',
      { code: UNEXPECTED },
    );
  }
  if (amount > intent.amountCapturable) {
    throw invalid(
      'The requested capture amount is greater than the remaining amount you can capture for this charge.',
      {
        code: 'amount_too_large',
        param: 'amount_to_capture',
      },
    );
  }
  return {
    intent: { ...intent, status: 'succeeded', amountCapturable: 0, amountReceived: amount },
    charge: { ...charge, captured: true, amountCaptured: amount, amountRefunded: charge.amount - amount },
  };
}

/** Ends an intent that has not succeeded; money that is held is released. */
export function cancel(intent: Intent, charge: Charge | undefined, reason: string | null, now: number): Attempt {
  refuseStatus(intent, 'cancel', 'canceled', CANCELABLE);
  const canceled: Intent = {
    ...intent,
    status: 'canceled',
    amountCapturable: 0,
    canceledAt: now,
    cancellationReason: reason,
  };
  if (intent.status !== 'requires_capture' || charge === undefined) return { intent: canceled };
  return { intent: canceled, charge: { ...charge, amountRefunded: charge.amount } };
}

function charged(intent: Intent, paymentMethod: string, confirmation: Confirmation): Attempt {
  const captured = intent.captureMethod !== 'manual';
  const charge = newCharge(intent, paymentMethod, confirmation);
  return {
    intent: {
      ...intent,
      status: captured ? 'succeeded' : 'requires_capture',
      amountReceived: captured ? intent.amount : 0,
      amountCapturable: captured ? 0 : intent.amount,
      latestCharge: charge.id,
    },
    charge: { ...charge, captured, amountCaptured: captured ? intent.amount : 0 },
  };
}

function declined(intent: Intent, paymentMethod: string, decline: Decline, confirmation: Confirmation): Attempt {
  const failure = { charge: confirmation.chargeId, ...decline, paymentMethod };
  return {
    intent: {
      ...intent,
      status: 'requires_payment_method',
      paymentMethod: null,
      latestCharge: confirmation.chargeId,
      lastFailure: failure,
    },
    charge: { ...newCharge(intent, paymentMethod, confirmation), status: 'failed', failure },
    failure,
  };
}

function newCharge(intent: Intent, paymentMethod: string, { chargeId, now }: Confirmation): Charge {
  const { id, amount, currency, description, metadata } = intent;
  const nothingYet = { amountCaptured: 0, amountRefunded: 0, captured: false, failure: null };
  return {
    id: chargeId,
    paymentIntent: id,
    amount,
    currency,
    description,
    metadata,
    paymentMethod,
    created: now,
    status: 'succeeded',
    ...nothingYet,
  };
}

function refuseStatus(intent: Intent, verb: string, participle: string, allowed: readonly string[]): void {
  if (allowed.includes(intent.status)) return;
  const because =
    verb === 'confirm' && intent.status === 'succeeded'
      ? 'it has already succeeded after being previously confirmed.'
      : `it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be ${participle}: ${allowed.join(', ')}.`;
  throw invalid(`You cannot ${verb} this PaymentIntent because ${because}`, { code: UNEXPECTED });
}

function withoutPaymentMethod(): Error {
  return invalid(
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent " +
      'with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.',
    { code: UNEXPECTED },
  );
}

function withoutReturnUrl(): Error {
  return invalid(
    'This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment ' +
      "methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept " +
      'redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and ' +
      '`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.',
  );
}
