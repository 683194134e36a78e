/** Stripe's test payment methods: what each does when it is charged. */

/** Why a card is declined. */
export interface Decline {
  readonly code: string;
  readonly declineCode: string | undefined;
  readonly message: string;
}

/** A test card; `authentication` asks the customer first. */
export interface TestCard {
  readonly brand: string;
  readonly last4: string;
  readonly outcome: 'success' | 'authentication' | Decline;
  /** Stripe itself refuses it, without asking the bank (https://docs.stripe.com/declines/how-declines-work#blocked-payments). */
  readonly isBlocked?: boolean;
  /** Why the customer takes the charge back through the bank as soon as it has succeeded. */
  readonly dispute?: 'fraudulent' | 'product_not_received';
}

const DECLINED = 'Your card was declined.';

function accepted(brand: string, last4: string): TestCard {
  return { brand, last4, outcome: 'success' };
}

function asking(last4: string): TestCard {
  return { brand: 'visa', last4, outcome: 'authentication' };
}

function declined(last4: string, declineCode: string, message = DECLINED): TestCard {
  return { brand: 'visa', last4, outcome: { code: 'card_declined', declineCode, message } };
}

function failed(last4: string, code: string, message: string): TestCard {
  return { brand: 'visa', last4, outcome: { code, declineCode: undefined, message } };
}

/** Each of these has two names. */
const genericDecline = declined('0002', 'generic_decline');
const insufficientFunds = declined('9995', 'insufficient_funds', 'Your card has insufficient funds.');
const lostCard = declined('9987', 'lost_card');
const stolenCard = declined('9979', 'stolen_card');
const velocityLimitExceeded = declined(
  '6975',
  'card_velocity_exceeded',
  'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
);
const tooRisky: TestCard = { ...declined('0019', 'fraudulent'), isBlocked: true };

/**
 * https://docs.stripe.com/testing#cards and the sections after it, and https://docs.stripe.com/radar/testing. Cards that
 * do something only for saved customers, for reviews or for refunds that fail later are left out, as those are.
 */
const CARDS: Readonly<Record<string, TestCard>> = {
  pm_card_visa: accepted('visa', '4242'),
  pm_card_visa_debit: accepted('visa', '5556'),
  pm_card_mastercard: accepted('mastercard', '4444'),
  pm_card_mastercard_debit: accepted('mastercard', '8210'),
  pm_card_mastercard_prepaid: accepted('mastercard', '5100'),
  pm_card_amex: accepted('amex', '8431'),
  pm_card_discover: accepted('discover', '1117'),
  pm_card_diners: accepted('diners', '0004'),
  pm_card_jcb: accepted('jcb', '0505'),
  pm_card_unionpay: accepted('unionpay', '0005'),
  pm_card_threeDSecureOptional: accepted('visa', '3055'),
  pm_card_authenticationRequired: asking('3184'),
  pm_card_authenticationRequiredOnSetup: asking('3155'),
  pm_card_threeDSecure2Required: asking('3220'),
  pm_card_chargeDeclined: genericDecline,
  pm_card_visa_chargeDeclined: genericDecline,
  pm_card_chargeDeclinedInsufficientFunds: insufficientFunds,
  pm_card_visa_chargeDeclinedInsufficientFunds: insufficientFunds,
  pm_card_chargeDeclinedLostCard: lostCard,
  pm_card_visa_chargeDeclinedLostCard: lostCard,
  pm_card_chargeDeclinedStolenCard: stolenCard,
  pm_card_visa_chargeDeclinedStolenCard: stolenCard,
  pm_card_chargeDeclinedVelocityLimitExceeded: velocityLimitExceeded,
  pm_card_visa_chargeDeclinedVelocityLimitExceeded: velocityLimitExceeded,
  pm_card_chargeDeclinedExpiredCard: failed('0069', 'expired_card', 'Your card has expired.'),
  pm_card_chargeDeclinedIncorrectCvc: failed('0127', 'incorrect_cvc', "Your card's security code is incorrect."),
  pm_card_chargeDeclinedProcessingError: failed(
    '0119',
    'processing_error',
    'An error occurred while processing your card. Try again in a little bit.',
  ),
  pm_card_chargeDeclinedFraudulent: tooRisky,
  pm_card_radarBlock: tooRisky,
  pm_card_createDispute: { ...accepted('visa', '0259'), dispute: 'fraudulent' },
  pm_card_createDisputeProductNotReceived: { ...accepted('visa', '2685'), dispute: 'product_not_received' },
};

/** What a card that asks for authentication does when nobody is there to give it. */
export const AUTHENTICATION_REQUIRED: Decline = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

/** The card by its payment method id, such as `pm_card_visa`. */
export function testCard(id: string): TestCard | undefined {
  return Object.hasOwn(CARDS, id) ? CARDS[id] : undefined;
}
