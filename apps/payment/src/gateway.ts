/** The payment gateway: the only file that speaks to Stripe (https://docs.stripe.com/payments/payment-intents). */
import type { Reason } from '@distributed-patterns/contracts';
import { gatewayCall, milliseconds } from '@distributed-patterns/durations';
import Stripe from 'stripe';
import type { Charge, Creation, Declined, Outcome, Settlement, Standing } from './payment.ts';

/** The gateway has not made up its mind; asking again later helps. */
export class GatewayUndecided extends Error {
  override readonly name = 'GatewayUndecided';
}

/** Where the gateway is, and the key to it. */
export interface GatewayAccess {
  readonly apiKey: string;
  /** Set where Stripe is not at its own address. */
  readonly url?: string;
}

/** How long one request may take, in milliseconds, and how often it is repeated. */
export type Patience = Pick<Stripe.StripeConfig, 'timeout' | 'maxNetworkRetries'>;

const usualPatience: Patience = {
  timeout: milliseconds(gatewayCall.timeout),
  maxNetworkRetries: gatewayCall.attempts - 1,
};

/** A refund that the gateway carries out, now or as soon as it can (https://docs.stripe.com/api/refunds/object). */
const SETTLED_REFUNDS: ReadonlySet<string | null> = new Set(['succeeded', 'pending']);

/**
 * Why an intent is cancelled that waits for its customer. A cancelled intent has forgotten what it waited for, and
 * whoever looks at it later is to give the same reason as who cancelled it.
 */
const NEEDED_ACTION = 'abandoned';

/**
 * Decline codes that nobody who pays is to read, since it may not be their card: they are told of as a decline without
 * a reason (https://docs.stripe.com/declines/codes). The gateway's dashboard has them.
 */
const UNTOLD: ReadonlySet<string> = new Set(['fraudulent', 'lost_card', 'merchant_blacklist', 'stolen_card']);

/** The intent is in a state that does not allow what was asked: someone else was faster. */
const UNEXPECTED_STATE = 'payment_intent_unexpected_state';

/**
 * Payment intents at Stripe. Every call carries a key of its own attempt, since the gateway replays even a 500
 * for a key that it has seen (https://docs.stripe.com/api/idempotent_requests). Attempts may be repeated all the same:
 * an intent that is not stored is never confirmed, one intent charges once, and one charge is refunded once.
 * @throws Stripe's error, or GatewayUndecided, where nothing is known about the outcome
 */
export class Gateway {
  readonly #renew: () => Promise<GatewayAccess>;
  readonly #patience: Patience;
  #access: GatewayAccess;
  #stripe: Stripe;

  /** @param renew reads the key anew where the gateway no longer takes it */
  constructor(
    access: GatewayAccess,
    renew: () => Promise<GatewayAccess> = async () => access,
    patience: Patience = usualPatience,
  ) {
    this.#renew = renew;
    this.#patience = patience;
    this.#access = access;
    this.#stripe = connect(access, patience);
  }

  /** Makes an intent, which charges nothing until it is confirmed. */
  async create(charge: Charge, attempt: string): Promise<Creation> {
    try {
      return { kind: 'created', intentId: await this.#createIntent(charge, attempt) };
    } catch (error) {
      if (isUnknownPaymentMethod(error)) {
        return refuse('PAYMENT_METHOD_UNKNOWN', `There is no payment method ${charge.paymentMethod}.`);
      }
      if (isInvalid(error, 'amount_too_small') || isInvalid(error, 'amount_too_large')) {
        return refuse('AMOUNT_NOT_PAYABLE', 'The gateway does not take payments of this amount.');
      }
      throw error;
    }
  }

  /** What has become of an intent. */
  async lookUp(intentId: string): Promise<Outcome> {
    return outcomeOf(await this.#retrieve(intentId));
  }

  /** How an intent stands, and whose it is; undefined where the gateway does not know it. */
  async standing(intentId: string): Promise<Standing | undefined> {
    try {
      const intent = await this.#retrieve(intentId);
      return { intentId, orderId: intent.metadata['orderId'], outcome: outcomeOf(intent) };
    } catch (error) {
      if (isInvalid(error, 'resource_missing')) return undefined;
      throw error;
    }
  }

  /** Charges an intent, once, whatever the attempts. */
  async confirm(intentId: string, attempt: string): Promise<Outcome> {
    try {
      return outcomeOf(
        await this.#ask((stripe) =>
          stripe.paymentIntents.confirm(intentId, {}, { idempotencyKey: `confirm/${attempt}` }),
        ),
      );
    } catch (error) {
      if (error instanceof Stripe.errors.StripeCardError) return { kind: 'declined', reason: declined(error) };
      if (isInvalid(error, UNEXPECTED_STATE)) return this.lookUp(intentId);
      throw error;
    }
  }

  /**
   * Sees to it that an intent holds no charge and never will: refunds it where it succeeded, else cancels it. Another
   * undo of the same intent says the same: one that was refunded stays `succeeded`
   * (https://docs.stripe.com/api/payment_intents/object#payment_intent_object-status).
   */
  async undo(intentId: string, attempt: string): Promise<Settlement> {
    const intent = await this.#retrieve(intentId);
    if (intent.status === 'succeeded') {
      await this.#refund(intentId, attempt);
      return 'refunded';
    }
    if (intent.status !== 'canceled') await this.#cancel(intent);
    return 'cancelled';
  }

  async #createIntent({ orderId, customerId, total, paymentMethod }: Charge, attempt: string): Promise<string> {
    const intent = await this.#ask((stripe) =>
      stripe.paymentIntents.create(
        {
          amount: total.amount,
          currency: total.currency.toLowerCase(),
          payment_method: paymentMethod,
          automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
          metadata: { orderId, customerId },
        },
        { idempotencyKey: `create/${attempt}` },
      ),
    );
    return intent.id;
  }

  async #refund(intentId: string, attempt: string): Promise<void> {
    try {
      const refund = await this.#ask((stripe) =>
        stripe.refunds.create({ payment_intent: intentId }, { idempotencyKey: `refund/${attempt}` }),
      );
      if (!SETTLED_REFUNDS.has(refund.status)) throw new GatewayUndecided(`${refund.id} is ${refund.status}`);
    } catch (error) {
      if (!isInvalid(error, 'charge_already_refunded')) throw error;
    }
  }

  async #cancel({ id, status }: Stripe.PaymentIntent): Promise<void> {
    const why = status === 'requires_action' ? { cancellation_reason: NEEDED_ACTION } : {};
    try {
      await this.#ask((stripe) => stripe.paymentIntents.cancel(id, why));
    } catch (error) {
      if (!isInvalid(error, UNEXPECTED_STATE)) throw error;
      // Two undos may meet here, one asked for by the saga and one carried out early: both are done.
      const intent = await this.#retrieve(id);
      if (intent.status === 'canceled') return;
      throw new GatewayUndecided(`${id} changed while being cancelled`, { cause: error });
    }
  }

  #retrieve(intentId: string): Promise<Stripe.PaymentIntent> {
    return this.#ask((stripe) => stripe.paymentIntents.retrieve(intentId, { expand: ['latest_charge'] }));
  }

  /**
   * A key that was replaced is refused before anything is done (https://docs.stripe.com/keys#rolling-keys): the
   * request is made once more with the key that there is now.
   */
  async #ask<Answer>(request: (stripe: Stripe) => Promise<Answer>): Promise<Answer> {
    const asked = this.#access;
    try {
      return await request(this.#stripe);
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeAuthenticationError)) throw error;
      // Whoever asked at the same time may have renewed it already.
      if (this.#access === asked) await this.#reconnect();
      if (this.#access.apiKey === asked.apiKey) throw error;
      return request(this.#stripe);
    }
  }

  async #reconnect(): Promise<void> {
    this.#access = await this.#renew();
    this.#stripe = connect(this.#access, this.#patience);
  }
}

function connect({ apiKey, url }: GatewayAccess, patience: Patience): Stripe {
  return new Stripe(apiKey, { ...patience, ...addressOf(url) });
}

function addressOf(url: string | undefined): Pick<Stripe.StripeConfig, 'host' | 'port' | 'protocol'> {
  if (url === undefined) return {};
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname, port, protocol: protocol === 'http:' ? 'http' : 'https' };
}

function outcomeOf(intent: Stripe.PaymentIntent): Outcome {
  const error = intent.last_payment_error;
  switch (intent.status) {
    case 'succeeded':
      return { kind: isGivenBack(intent) ? 'refunded' : 'succeeded' };
    case 'requires_confirmation':
      return { kind: 'unconfirmed' };
    case 'requires_action':
      return needsAction();
    case 'requires_payment_method':
    case 'canceled':
      if (error !== null) return { kind: 'declined', reason: declined(error) };
      if (intent.cancellation_reason === NEEDED_ACTION) return needsAction();
      return refuse('PAYMENT_CANCELLED', 'The payment was cancelled.');
    default:
      throw new GatewayUndecided(`${intent.id} is ${intent.status}`);
  }
}

/** An intent whose charge was given back stays `succeeded`: its charge says so, where it was asked for. */
function isGivenBack({ latest_charge: charge }: Stripe.PaymentIntent): boolean {
  return typeof charge === 'object' && charge?.refunded === true;
}

function needsAction(): Declined {
  return refuse('PAYMENT_NEEDS_ACTION', 'The bank asks for a confirmation that only the customer can give.');
}

function refuse(code: string, message: string): Declined {
  return { kind: 'declined', reason: { code, message } };
}

function declined(error: { readonly decline_code?: string; readonly code?: string }): Reason {
  // Stripe sends an empty decline code for some failures, an expired card among them.
  const why = error.decline_code || error.code || 'unknown';
  return { code: 'PAYMENT_DECLINED', message: `The card was declined (${UNTOLD.has(why) ? 'generic_decline' : why}).` };
}

function isUnknownPaymentMethod(error: unknown): boolean {
  return (
    isInvalid(error, 'resource_missing') &&
    error instanceof Stripe.errors.StripeError &&
    error.param === 'payment_method'
  );
}

function isInvalid(error: unknown, code: string): boolean {
  return error instanceof Stripe.errors.StripeInvalidRequestError && error.code === code;
}
