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
}

const DECLINED = 'Your card was declined.';

function declined(last4: string, declineCode: string, message = DECLINED): TestCard {
  return { brand: 'visa', last4, outcome: { code: 'card_declined', declineCode, message } };
}

function failed(last4: string, code: string, message: string): TestCard {
  return { brand: 'visa', last4, outcome: { code, declineCode: undefined, message } };
}

/** https://docs.stripe.com/testing#cards */
const CARDS: Readonly<Record<string, TestCard>> = {
  pm_card_visa: { brand: 'visa', last4: '4242', outcome: 'success' },
  pm_card_visa_debit: { brand: 'visa', last4: '5556', outcome: 'success' },
  pm_card_mastercard: { brand: 'mastercard', last4: '4444', outcome: 'success' },
  pm_card_amex: { brand: 'amex', last4: '8431', outcome: 'success' },
  pm_card_authenticationRequired: { brand: 'visa', last4: '3184', outcome: 'authentication' },
  pm_card_chargeDeclined: declined('0002', 'generic_decline'),
  pm_card_chargeDeclinedInsufficientFunds: declined('9995', 'insufficient_funds', 'Your card has insufficient funds.'),
  pm_card_chargeDeclinedLostCard: declined('9987', 'lost_card'),
  pm_card_chargeDeclinedStolenCard: declined('9979', 'stolen_card'),
  pm_card_chargeDeclinedVelocityLimitExceeded: declined(
    '6975',
    'card_velocity_exceeded',
    'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
  ),
  pm_card_chargeDeclinedExpiredCard: failed('0069', 'expired_card', 'Your card has expired.'),
  pm_card_chargeDeclinedIncorrectCvc: failed('0127', 'incorrect_cvc', "Your card's security code is incorrect."),
  pm_card_chargeDeclinedProcessingError: failed(
    '0119',
    'processing_error',
    'An error occurred while processing your card. Try again in a little bit.',
  ),
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
