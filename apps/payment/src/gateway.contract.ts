/**
 * What the adapter promises about any Stripe that it speaks to, and so what the local one has to do as Stripe's own
 * does it. Nothing is said here that Stripe's documentation does not say.
 */
import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import { Gateway, type GatewayAccess } from './gateway.ts';
import type { Charge } from './payment.ts';

/** A key that is not one of test mode: money could move. */
export class NotATestKey extends Error {
  override readonly name = 'NotATestKey';
}

/**
 * A key for Stripe's own test mode, or undefined where none is given.
 * @throws NotATestKey
 */
export function testKeyOf(key: string | undefined): string | undefined {
  if (key === undefined || key === '') return undefined;
  if (!/^[sr]k_test_./.test(key)) {
    throw new NotATestKey('STRIPE_TEST_API_KEY begins with neither sk_test_ nor rk_test_: nothing is run against it');
  }
  return key;
}

/**
 * https://docs.stripe.com/testing#declined-payments and #fraud-prevention, with what is told of why each is declined:
 * not that the card is lost or stolen, or that somebody is suspected (https://docs.stripe.com/declines/codes).
 */
const declinedCards: readonly (readonly [card: string, why: string])[] = [
  ['pm_card_visa_chargeDeclined', 'generic_decline'],
  ['pm_card_visa_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
  ['pm_card_visa_chargeDeclinedLostCard', 'generic_decline'],
  ['pm_card_visa_chargeDeclinedStolenCard', 'generic_decline'],
  ['pm_card_visa_chargeDeclinedVelocityLimitExceeded', 'card_velocity_exceeded'],
  ['pm_card_chargeDeclinedExpiredCard', 'expired_card'],
  ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc'],
  ['pm_card_chargeDeclinedProcessingError', 'processing_error'],
  ['pm_card_radarBlock', 'generic_decline'],
];

const usd = (amount: number) => ({ amount, currency: 'USD' });
const succeeded = { kind: 'succeeded' };
const declined = (code: string, why = '') => ({
  kind: 'declined',
  reason: { code, message: expect.stringContaining(why) as unknown },
});
const needsAction = declined('PAYMENT_NEEDS_ACTION', 'only the customer');

/** Declares the tests of one Stripe; `access` is asked for once they run. */
export function describeGateway(name: string, access: () => GatewayAccess): void {
  describe(`a gateway at ${name}`, () => {
    let gateway: Gateway;
    let observer: Stripe;
    beforeAll(() => {
      gateway = new Gateway(access());
      observer = observerOf(access());
    });

    /** Stripe remembers keys for a day, and so beyond one run of these tests. */
    const newAttempt = () => randomUUID();
    const chargeOf = (changed: Partial<Charge> = {}): Charge => ({
      orderId: randomUUID(),
      customerId: 'customer-123',
      total: usd(129_999),
      paymentMethod: 'pm_card_visa',
      ...changed,
    });
    const createdWith = async (changed?: Partial<Charge>): Promise<string> => {
      const creation = await gateway.create(chargeOf(changed), newAttempt());
      if (creation.kind === 'declined') throw new Error(creation.reason.code);
      return creation.intentId;
    };
    const confirmed = async (changed?: Partial<Charge>): Promise<string> => {
      const intentId = await createdWith(changed);
      await gateway.confirm(intentId, newAttempt());
      return intentId;
    };
    const confirm = (intentId: string) => gateway.confirm(intentId, newAttempt());
    const undo = (intentId: string) => gateway.undo(intentId, newAttempt());

    /** What the customer has paid and not got back, in minor units. */
    const held = async (intentId: string): Promise<number> => {
      const intent = await observer.paymentIntents.retrieve(intentId, { expand: ['latest_charge'] });
      const { latest_charge: charge } = intent;
      return intent.amount_received - (typeof charge === 'object' ? (charge?.amount_refunded ?? 0) : 0);
    };
    const refunds = async (intentId: string) =>
      (await observer.refunds.list({ payment_intent: intentId })).data.map(({ amount }) => amount);
    /** Somebody confirms it after all, with a card that is good. */
    const expectNeverCharged = async (intentId: string) => {
      const later = observer.paymentIntents.confirm(intentId, { payment_method: 'pm_card_visa' });
      await expect(later).rejects.toMatchObject({ code: 'payment_intent_unexpected_state' });
      expect(await held(intentId)).toBe(0);
    };

    describe('an intent', () => {
      it('that is created is found, belongs to its order, and holds nothing', async () => {
        const orderId = randomUUID();
        const intentId = await createdWith({ orderId });
        expect(await gateway.lookUp(intentId)).toEqual({ kind: 'unconfirmed' });
        expect(await gateway.standing(intentId)).toEqual({ intentId, orderId, outcome: { kind: 'unconfirmed' } });
        expect(await held(intentId)).toBe(0);
      });

      it('that is confirmed holds its amount, and is found to', async () => {
        const orderId = randomUUID();
        const intentId = await createdWith({ orderId });
        expect(await confirm(intentId)).toEqual(succeeded);
        expect(await gateway.lookUp(intentId)).toEqual(succeeded);
        expect(await gateway.standing(intentId)).toEqual({ intentId, orderId, outcome: succeeded });
        expect(await held(intentId)).toBe(129_999);
      });

      it('in a currency without decimals holds as many units as were asked for', async () => {
        const intentId = await confirmed({ total: { amount: 5_000, currency: 'JPY' } });
        expect(await observer.paymentIntents.retrieve(intentId)).toMatchObject({ amount: 5_000, currency: 'jpy' });
        expect(await held(intentId)).toBe(5_000);
      });

      it('that is confirmed again, in the same attempt or in another, charges once', async () => {
        const intentId = await createdWith();
        const attempt = newAttempt();
        expect(await gateway.confirm(intentId, attempt)).toEqual(succeeded);
        expect(await gateway.confirm(intentId, attempt)).toEqual(succeeded);
        expect(await confirm(intentId)).toEqual(succeeded);
        expect(await held(intentId)).toBe(129_999);
      });

      it('is the same one for the same attempt, and that attempt is for nothing else', async () => {
        const [charge, attempt] = [chargeOf(), newAttempt()];
        const first = await gateway.create(charge, attempt);
        expect(await gateway.create(charge, attempt)).toEqual(first);
        const other = gateway.create({ ...charge, total: usd(5_000) }, attempt);
        await expect(other).rejects.toMatchObject({ type: 'StripeIdempotencyError' });
      });

      it('that nobody has made has no standing, and cannot be undone', async () => {
        expect(await gateway.standing('pi_unheardOf')).toBeUndefined();
        await expect(undo('pi_unheardOf')).rejects.toMatchObject({ code: 'resource_missing' });
      });
    });

    describe('a charge is refused', () => {
      it('with a payment method that there is not, without an intent', async () => {
        const creation = await gateway.create(chargeOf({ paymentMethod: 'pm_card_unheardOf' }), newAttempt());
        expect(creation).toEqual(declined('PAYMENT_METHOD_UNKNOWN'));
      });

      it.each([
        ['little', 10],
        ['much', 100_000_000],
      ])('of too %s, without an intent', async (_what, amount) => {
        const creation = await gateway.create(chargeOf({ total: usd(amount) }), newAttempt());
        expect(creation).toEqual(declined('AMOUNT_NOT_PAYABLE'));
      });

      it.each(declinedCards)('with %s because of %s, for good once it is undone', async (paymentMethod, why) => {
        const intentId = await createdWith({ paymentMethod });
        const refusal = declined('PAYMENT_DECLINED', `(${why})`);
        expect(await confirm(intentId)).toEqual(refusal);
        expect(await gateway.lookUp(intentId)).toEqual(refusal);
        expect(await undo(intentId)).toBe('cancelled');
        expect((await gateway.standing(intentId))?.outcome.kind).toBe('declined');
        await expectNeverCharged(intentId);
      });

      it.each(['pm_card_authenticationRequired', 'pm_card_threeDSecure2Required'])(
        'with %s because only the customer can confirm it (3-D Secure), for good once it is undone',
        async (paymentMethod) => {
          const intentId = await createdWith({ paymentMethod });
          expect(await confirm(intentId)).toEqual(needsAction);
          expect(await gateway.lookUp(intentId)).toEqual(needsAction);
          expect(await undo(intentId)).toBe('cancelled');
          expect((await gateway.standing(intentId))?.outcome).toEqual(needsAction);
          await expectNeverCharged(intentId);
        },
      );
    });

    describe('an undo', () => {
      it('gives all of a charge back, once, however often it is asked for', async () => {
        const intentId = await confirmed();
        const attempt = newAttempt();
        expect(await gateway.undo(intentId, attempt)).toBe('refunded');
        expect(await gateway.undo(intentId, attempt)).toBe('refunded');
        expect(await undo(intentId)).toBe('refunded');
        expect([await held(intentId), await refunds(intentId)]).toEqual([0, [129_999]]);
        expect(await gateway.lookUp(intentId)).toEqual({ kind: 'refunded' });
        expect(await confirm(intentId)).toEqual({ kind: 'refunded' });
        expect((await gateway.standing(intentId))?.outcome).toEqual({ kind: 'refunded' });
      });

      it('of a charge of which a part was given back, by hand, gives back the rest', async () => {
        const intentId = await confirmed();
        await observer.refunds.create({ payment_intent: intentId, amount: 5_000 });
        expect(await gateway.lookUp(intentId)).toEqual(succeeded);
        expect(await undo(intentId)).toBe('refunded');
        expect([await held(intentId), (await refunds(intentId)).sort()]).toEqual([0, [124_999, 5_000]]);
        expect(await gateway.lookUp(intentId)).toEqual({ kind: 'refunded' });
      });

      it('of what is not confirmed cancels it: nobody can charge it later', async () => {
        const intentId = await createdWith();
        expect(await undo(intentId)).toBe('cancelled');
        expect(await undo(intentId)).toBe('cancelled');
        expect(await confirm(intentId)).toEqual(declined('PAYMENT_CANCELLED'));
        await expectNeverCharged(intentId);
        expect(await refunds(intentId)).toEqual([]);
      });
    });
  });
}

/** Looks at Stripe past the adapter. */
function observerOf({ apiKey, url }: GatewayAccess): Stripe {
  if (url === undefined) return new Stripe(apiKey);
  const { hostname, port } = new URL(url);
  return new Stripe(apiKey, { host: hostname, port, protocol: 'http' });
}
