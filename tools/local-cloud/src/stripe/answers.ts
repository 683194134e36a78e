/** Stripe's objects as its API shows them. */
import type { Charge, Failure, Intent, Refund } from './records.ts';
import { testCard, type TestCard } from './test-cards.ts';

/** A payment intent (https://docs.stripe.com/api/payment_intents/object); `latestCharge` is its id, or the charge where expanded. */
export function showIntent(intent: Intent, latestCharge: unknown = intent.latestCharge) {
  return {
    id: intent.id,
    object: 'payment_intent',
    amount: intent.amount,
    amount_capturable: intent.amountCapturable,
    amount_received: intent.amountReceived,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods:
      intent.allowRedirects === null ? null : { allow_redirects: intent.allowRedirects, enabled: true },
    canceled_at: intent.canceledAt,
    cancellation_reason: intent.cancellationReason,
    capture_method: intent.captureMethod,
    client_secret: intent.clientSecret,
    confirmation_method: 'automatic',
    created: intent.created,
    currency: intent.currency,
    customer: null,
    description: intent.description,
    last_payment_error: intent.lastFailure && { ...showFailure(intent.lastFailure), type: 'card_error' },
    latest_charge: latestCharge,
    livemode: false,
    metadata: intent.metadata,
    next_action: intent.status === 'requires_action' ? nextAction(intent) : null,
    on_behalf_of: null,
    payment_method: intent.paymentMethod,
    payment_method_options: {},
    payment_method_types: intent.paymentMethodTypes,
    processing: null,
    receipt_email: intent.receiptEmail,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: intent.statementDescriptor,
    statement_descriptor_suffix: intent.statementDescriptorSuffix,
    status: intent.status,
    transfer_data: null,
    transfer_group: null,
  };
}

/** A charge (https://docs.stripe.com/api/charges/object). */
export function showCharge(charge: Charge) {
  const { failure } = charge;
  return {
    id: charge.id,
    object: 'charge',
    amount: charge.amount,
    amount_captured: charge.amountCaptured,
    amount_refunded: charge.amountRefunded,
    balance_transaction: null,
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    captured: charge.captured,
    created: charge.created,
    currency: charge.currency,
    customer: null,
    description: charge.description,
    disputed: disputeOf(charge) !== undefined,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: charge.metadata,
    outcome: showOutcome(charge),
    paid: charge.status === 'succeeded',
    payment_intent: charge.paymentIntent,
    payment_method: charge.paymentMethod,
    payment_method_details: { card: showCard(charge.paymentMethod), type: 'card' },
    receipt_url: null,
    refunded: charge.status === 'succeeded' && charge.amountRefunded === charge.amount,
    status: charge.status,
  };
}

/** Why money that was taken is claimed back through the bank; undefined where nobody claims it. */
export function disputeOf({ captured, paymentMethod }: Charge): TestCard['dispute'] {
  return captured ? testCard(paymentMethod)?.dispute : undefined;
}

/** The dispute of a charge (https://docs.stripe.com/api/disputes/object), which the bank decides in the end. */
export function showDispute(id: string, charge: Charge, created: number) {
  return {
    id,
    object: 'dispute',
    amount: charge.amountCaptured,
    balance_transactions: [],
    charge: charge.id,
    created,
    currency: charge.currency,
    evidence_details: { due_by: null, has_evidence: false, past_due: false, submission_count: 0 },
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.paymentIntent,
    reason: disputeOf(charge),
    status: 'needs_response',
  };
}

/** A refund (https://docs.stripe.com/api/refunds/object). */
export function showRefund(refund: Refund) {
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    balance_transaction: null,
    charge: refund.charge,
    created: refund.created,
    currency: refund.currency,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: refund.metadata,
    payment_intent: refund.paymentIntent,
    reason: refund.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
}

/** A page of a list (https://docs.stripe.com/api/pagination); one object more than the page holds says that there is more. */
export function showList(url: string, objects: readonly unknown[], limit: number) {
  return { object: 'list', url, has_more: objects.length > limit, data: objects.slice(0, limit) };
}

/** What an error and the intent say of a failed attempt. */
export function showFailure(failure: Failure) {
  return {
    charge: failure.charge,
    code: failure.code,
    decline_code: failure.declineCode,
    message: failure.message,
    payment_method: {
      id: failure.paymentMethod,
      object: 'payment_method',
      card: showCard(failure.paymentMethod),
      customer: null,
      livemode: false,
      type: 'card',
    },
  };
}

/** https://docs.stripe.com/api/charges/object#charge_object-outcome */
function showOutcome({ failure, paymentMethod }: Charge) {
  if (testCard(paymentMethod)?.isBlocked === true) {
    return {
      network_status: 'not_sent_to_network',
      reason: 'highest_risk_level',
      risk_level: 'highest',
      seller_message: 'Stripe blocked this payment as too risky.',
      type: 'blocked',
    };
  }
  if (failure === null) {
    return {
      network_status: 'approved_by_network',
      reason: null,
      risk_level: 'normal',
      seller_message: 'Payment complete.',
      type: 'authorized',
    };
  }
  return {
    network_status: 'declined_by_network',
    reason: failure.declineCode ?? failure.code,
    risk_level: 'normal',
    seller_message: 'The bank did not return any further details with this decline.',
    type: 'issuer_declined',
  };
}

function showCard(paymentMethod: string) {
  const card = testCard(paymentMethod);
  return { brand: card?.brand, country: 'US', exp_month: 12, exp_year: 2034, funding: 'credit', last4: card?.last4 };
}

function nextAction(intent: Intent) {
  if (intent.returnUrl === null) return { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect' } };
  const url = `https://hooks.stripe.com/3d_secure_2/hosted?payment_intent=${intent.id}`;
  return { type: 'redirect_to_url', redirect_to_url: { return_url: intent.returnUrl, url } };
}
