import StripeSdk from 'stripe';
import { type GivenStripe, givenStripe, NOW } from './given-stripe.ts';

let given: GivenStripe;

beforeEach(async () => {
  given = await givenStripe();
});

afterEach(() => given.stop());

describe('a payment (https://docs.stripe.com/payments/paymentintents/lifecycle)', () => {
  it('is created, confirmed and found again, with its charge', async () => {
    const created = await given.create();
    expect(created).toMatchObject({
      id: expect.stringMatching(/^pi_3\w{23}$/),
      object: 'payment_intent',
      amount: 129999,
      amount_received: 0,
      status: 'requires_payment_method',
      latest_charge: null,
      metadata: { orderId: 'order-1' },
      created: NOW / 1000,
      livemode: false,
    });
    const confirmed = await given.sdk.paymentIntents.confirm(created.id, { payment_method: 'pm_card_visa' });
    expect(confirmed).toMatchObject({
      id: created.id,
      status: 'succeeded',
      amount_received: 129999,
      payment_method: 'pm_card_visa',
    });
    const found = await given.sdk.paymentIntents.retrieve(created.id, { expand: ['latest_charge'] });
    expect(found.latest_charge).toMatchObject({
      id: confirmed.latest_charge,
      amount_captured: 129999,
      paid: true,
      payment_intent: created.id,
      payment_method_details: { card: { brand: 'visa', last4: '4242' } },
    });
    expect(found.lastResponse.requestId).toMatch(/^req_\w{14}$/);
  });

  it('may be confirmed as it is created', async () => {
    expect(await given.pay('pm_card_mastercard')).toMatchObject({ status: 'succeeded', amount_received: 129999 });
  });

  it('survives a restart', async () => {
    const { id } = await given.pay();
    given.restart();
    expect(given.stripe.payments()).toMatchObject([{ id, status: 'succeeded', latest_charge: { paid: true } }]);
  });

  it('cannot be confirmed twice, confirmed without a card or canceled after it succeeded', async () => {
    const { id } = await given.pay();
    const unexpected = { type: 'StripeInvalidRequestError', code: 'payment_intent_unexpected_state', statusCode: 400 };
    await expect(given.sdk.paymentIntents.confirm(id)).rejects.toMatchObject({
      ...unexpected,
      message:
        'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
      payment_intent: { id, status: 'succeeded' },
    });
    await expect(given.sdk.paymentIntents.cancel(id)).rejects.toMatchObject({
      ...unexpected,
      payment_intent: { status: 'succeeded' },
    });
    await expect(given.sdk.paymentIntents.confirm((await given.create()).id)).rejects.toMatchObject(unexpected);
  });

  it('is canceled once, with its reason', async () => {
    const { id } = await given.create({ payment_method: 'pm_card_visa' });
    const canceled = await given.sdk.paymentIntents.cancel(id, { cancellation_reason: 'abandoned' });
    expect(canceled).toMatchObject({ status: 'canceled', canceled_at: NOW / 1000, cancellation_reason: 'abandoned' });
    await expect(given.sdk.paymentIntents.cancel(id)).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
    await expect(given.sdk.paymentIntents.confirm(id)).rejects.toMatchObject({
      payment_intent: { status: 'canceled' },
    });
  });

  it('with manual capture holds the money until it is captured or released', async () => {
    const held = await given.create({ capture_method: 'manual', payment_method: 'pm_card_visa', confirm: true });
    expect(held).toMatchObject({ status: 'requires_capture', amount_capturable: 129999, amount_received: 0 });
    const captured = await given.sdk.paymentIntents.capture(held.id, { amount_to_capture: 100000 });
    expect(captured).toMatchObject({ status: 'succeeded', amount_received: 100000, amount_capturable: 0 });
    const other = await given.create({ capture_method: 'manual', payment_method: 'pm_card_visa', confirm: true });
    await given.sdk.paymentIntents.cancel(other.id);
    const released = await given.sdk.paymentIntents.retrieve(other.id, { expand: ['latest_charge'] });
    expect(released).toMatchObject({ status: 'canceled', latest_charge: { captured: false, amount_refunded: 129999 } });
  });

  it('is listed, newest first, page by page', async () => {
    const ids: string[] = [];
    for (let each = 0; each < 5; each++) ids.unshift((await given.create()).id);
    const seen: string[] = [];
    for await (const { id } of given.sdk.paymentIntents.list({ limit: 2 })) seen.push(id);
    expect(seen).toEqual(ids);
    expect(await given.sdk.paymentIntents.list({ limit: 5 })).toMatchObject({
      has_more: false,
      url: '/v1/payment_intents',
    });
  });
});

describe('a card (https://docs.stripe.com/testing#declined-payments)', () => {
  it.each([
    ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_chargeDeclinedStolenCard', 'card_declined', 'stolen_card'],
    ['pm_card_chargeDeclinedVelocityLimitExceeded', 'card_declined', 'card_velocity_exceeded'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', undefined],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', undefined],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', undefined],
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_visa_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_visa_chargeDeclinedStolenCard', 'card_declined', 'stolen_card'],
    ['pm_card_visa_chargeDeclinedVelocityLimitExceeded', 'card_declined', 'card_velocity_exceeded'],
    ['pm_card_radarBlock', 'card_declined', 'fraudulent'],
    ['pm_card_chargeDeclinedFraudulent', 'card_declined', 'fraudulent'],
  ])('%s is declined with %s and %s, and another may be tried', async (card, code, declineCode) => {
    const { id } = await given.create();
    const failure = await given.sdk.paymentIntents
      .confirm(id, { payment_method: card })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StripeSdk.errors.StripeCardError);
    expect(failure).toMatchObject({
      statusCode: 402,
      code,
      // The SDK has no word for a missing one.
      decline_code: declineCode ?? '',
      charge: expect.stringMatching(/^ch_/),
      payment_intent: { id, status: 'requires_payment_method', payment_method: null, last_payment_error: { code } },
      payment_method: { id: card },
    });
    expect(
      await given.sdk.charges.retrieve((await given.sdk.paymentIntents.retrieve(id)).latest_charge as string),
    ).toMatchObject({
      status: 'failed',
      paid: false,
      failure_code: code,
    });
    expect(await given.sdk.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })).toMatchObject({
      status: 'succeeded',
      last_payment_error: null,
    });
  });

  it.each([
    ['pm_card_visa', 'visa', '4242'],
    ['pm_card_visa_debit', 'visa', '5556'],
    ['pm_card_mastercard', 'mastercard', '4444'],
    ['pm_card_mastercard_debit', 'mastercard', '8210'],
    ['pm_card_mastercard_prepaid', 'mastercard', '5100'],
    ['pm_card_discover', 'discover', '1117'],
    ['pm_card_diners', 'diners', '0004'],
    ['pm_card_jcb', 'jcb', '0505'],
    ['pm_card_unionpay', 'unionpay', '0005'],
    ['pm_card_threeDSecureOptional', 'visa', '3055'],
  ])('%s is charged, a %s that ends in %s', async (card, brand, last4) => {
    const { id } = await given.pay(card);
    expect(await given.sdk.paymentIntents.retrieve(id, { expand: ['latest_charge'] })).toMatchObject({
      status: 'succeeded',
      latest_charge: { disputed: false, payment_method_details: { card: { brand, last4 } } },
    });
  });

  it('that is too risky is blocked by Stripe, and one that is declined is by its bank', async () => {
    const outcomeOf = async (card: string) => {
      await expect(given.pay(card)).rejects.toMatchObject({ statusCode: 402 });
      const [failed] = (await given.sdk.paymentIntents.list({ expand: ['data.latest_charge'] })).data;
      return typeof failed?.latest_charge === 'object' ? failed.latest_charge?.outcome : undefined;
    };
    expect(await outcomeOf('pm_card_radarBlock')).toMatchObject({
      type: 'blocked',
      network_status: 'not_sent_to_network',
      risk_level: 'highest',
    });
    expect(await outcomeOf('pm_card_chargeDeclined')).toMatchObject({
      type: 'issuer_declined',
      network_status: 'declined_by_network',
      risk_level: 'normal',
    });
  });

  it.each(['pm_card_authenticationRequired', 'pm_card_authenticationRequiredOnSetup', 'pm_card_threeDSecure2Required'])(
    '%s waits for the customer, or is declined where there is none',
    async (card) => {
      expect(await given.pay(card)).toMatchObject({
        status: 'requires_action',
        next_action: { type: 'use_stripe_sdk' },
      });
      await expect(given.create({ payment_method: card, confirm: true, off_session: true })).rejects.toMatchObject({
        statusCode: 402,
        code: 'authentication_required',
        decline_code: 'authentication_required',
      });
    },
  );

  it('whose charge is disputed pays first, and cannot be given its money back as well', async () => {
    const { id } = await given.pay('pm_card_createDispute');
    expect(await given.sdk.paymentIntents.retrieve(id, { expand: ['latest_charge'] })).toMatchObject({
      status: 'succeeded',
      latest_charge: { paid: true, disputed: true, amount_refunded: 0 },
    });
    await expect(given.sdk.refunds.create({ payment_intent: id })).rejects.toMatchObject({
      statusCode: 400,
      code: 'charge_disputed',
    });
  });

  it('that Stripe does not know is refused', async () => {
    await expect(given.pay('pm_nonsense')).rejects.toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'payment_method',
      message: "No such PaymentMethod: 'pm_nonsense'",
    });
  });
});

describe('a refund (https://docs.stripe.com/api/refunds/create)', () => {
  it('gives everything back once', async () => {
    const { id } = await given.pay();
    const refund = await given.sdk.refunds.create({ payment_intent: id, metadata: { orderId: 'order-1' } });
    expect(refund).toMatchObject({ object: 'refund', amount: 129999, status: 'succeeded', payment_intent: id });
    expect(await given.sdk.refunds.retrieve(refund.id)).toMatchObject({
      id: refund.id,
      metadata: { orderId: 'order-1' },
    });
    expect(await given.sdk.paymentIntents.retrieve(id, { expand: ['latest_charge'] })).toMatchObject({
      status: 'succeeded',
      latest_charge: { refunded: true, amount_refunded: 129999 },
    });
    await expect(given.sdk.refunds.create({ payment_intent: id })).rejects.toMatchObject({
      statusCode: 400,
      code: 'charge_already_refunded',
    });
  });

  it('may give back a part, and never more than was paid', async () => {
    const { id } = await given.pay();
    await given.sdk.refunds.create({ payment_intent: id, amount: 100000 });
    await expect(given.sdk.refunds.create({ payment_intent: id, amount: 30000 })).rejects.toMatchObject({
      param: 'amount',
      message: 'Refund amount ($300.00) is greater than unrefunded amount on charge ($299.99)',
    });
    await given.sdk.refunds.create({ payment_intent: id });
    await given.pay();
    const { data } = await given.sdk.refunds.list({ payment_intent: id });
    expect(data.map(({ amount }) => amount)).toEqual([29999, 100000]);
  });

  it('of what was not paid is refused', async () => {
    const { id } = await given.create();
    await expect(given.sdk.refunds.create({ payment_intent: id })).rejects.toMatchObject({
      message: `This PaymentIntent (${id}) does not have a successful charge to refund.`,
    });
    await expect(given.sdk.refunds.create({ payment_intent: 'pi_none' })).rejects.toMatchObject({
      code: 'resource_missing',
      statusCode: 404,
    });
  });
});

describe('an amount (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts)', () => {
  it.each([
    ['usd', 50],
    ['jpy', 50],
    ['gbp', 30],
    ['huf', 17_500],
    ['usd', 99_999_999],
  ])('in %s may be %d', async (currency, amount) => {
    expect(await given.create({ currency, amount })).toMatchObject({ currency, amount });
  });

  it.each([
    ['gbp', 29, 'amount_too_small', 'Amount must be at least £0.30 gbp'],
    ['huf', 17_499, 'amount_too_small', expect.stringMatching(/^Amount must be at least HUF.175.00 huf$/)],
    ['usd', 100_000_000, 'amount_too_large', 'Amount must be no more than $999,999.99'],
    ['usd', 0, 'parameter_invalid_integer', 'This value must be greater than or equal to 1.'],
    ['usd', -5, 'parameter_invalid_integer', 'This value must be greater than or equal to 1.'],
  ])('in %s must not be %d', async (currency, amount, code, message) => {
    await expect(given.create({ currency, amount })).rejects.toMatchObject({ code, message, param: 'amount' });
  });

  it('to capture is at least one, and at most what is held', async () => {
    const { id } = await given.create({ capture_method: 'manual', payment_method: 'pm_card_visa', confirm: true });
    const capture = (amount: number) => given.sdk.paymentIntents.capture(id, { amount_to_capture: amount });
    for (const none of [0, -1]) await expect(capture(none)).rejects.toMatchObject({ param: 'amount_to_capture' });
    await expect(capture(130_000)).rejects.toMatchObject({ code: 'amount_too_large', param: 'amount_to_capture' });
    expect(await capture(129_999)).toMatchObject({ amount_received: 129_999 });
    await expect(capture(1)).rejects.toMatchObject({ code: 'payment_intent_unexpected_state' });
  });

  it('to refund is at least one, and at most what was paid', async () => {
    const { id } = await given.pay();
    const refund = (amount: number) => given.sdk.refunds.create({ payment_intent: id, amount });
    await expect(refund(0)).rejects.toMatchObject({ param: 'amount', code: 'parameter_invalid_integer' });
    await expect(refund(130_000)).rejects.toMatchObject({ param: 'amount' });
    expect(await refund(129_999)).toMatchObject({ amount: 129_999 });
  });
});

describe('metadata (https://docs.stripe.com/api/metadata)', () => {
  const pairs = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'v']));

  it.each<[string, Record<string, string>]>([
    ['fifty keys', pairs(50)],
    ['a key of forty characters', { ['k'.repeat(40)]: 'v' }],
    ['a value of five hundred', { key: 'v'.repeat(500) }],
  ])('has %s', async (_what, metadata) => {
    expect((await given.create({ metadata })).metadata).toEqual(metadata);
  });

  it.each<[string, Record<string, string>]>([
    ['fifty-one keys', pairs(51)],
    ['a key of forty-one characters', { ['k'.repeat(41)]: 'v' }],
    ['a value of five hundred and one', { key: 'v'.repeat(501) }],
  ])('has not %s', async (_what, metadata) => {
    await expect(given.create({ metadata })).rejects.toMatchObject({ type: 'StripeInvalidRequestError' });
  });
});

describe('a list (https://docs.stripe.com/api/pagination)', () => {
  it.each([1, 100])('may be %d long', async (limit) => {
    expect((await given.sdk.paymentIntents.list({ limit })).data).toEqual([]);
  });

  it.each([0, 101])('must not be %d long', async (limit) => {
    await expect(given.sdk.refunds.list({ limit })).rejects.toMatchObject({ param: 'limit' });
  });

  it('starts after what there is', async () => {
    const missing = { code: 'resource_missing', param: 'starting_after', statusCode: 400 };
    await expect(given.sdk.paymentIntents.list({ starting_after: 'pi_none' })).rejects.toMatchObject(missing);
    await expect(given.sdk.refunds.list({ starting_after: 're_none' })).rejects.toMatchObject(missing);
  });
});

describe('a request (https://docs.stripe.com/api/errors)', () => {
  it.each<[object, object]>([
    [{ amount: undefined }, { code: 'parameter_missing', param: 'amount', message: 'Missing required param: amount.' }],
    [{ amount: 12.5 }, { code: 'parameter_invalid_integer', param: 'amount', message: 'Invalid integer: 12.5' }],
    [{ amount: 49 }, { code: 'amount_too_small', param: 'amount', message: 'Amount must be at least $0.50 usd' }],
    [
      { amount: 49, currency: 'jpy' },
      { code: 'amount_too_small', message: 'Amount must be at least ¥50 jpy' },
    ],
    [{ amount: 100_000_000 }, { code: 'amount_too_large', param: 'amount' }],
    [{ currency: 'xyz' }, { param: 'currency' }],
    [{ metadata: { long: 'x'.repeat(501) } }, { param: 'metadata[long]' }],
    [
      { customer: 'cus_1' },
      { code: 'parameter_unknown', param: 'customer', message: 'Received unknown parameter: customer' },
    ],
    [{ return_url: 'https://shop.example' }, { param: 'return_url' }],
    [{ automatic_payment_methods: { enabled: true } }, {}],
  ])('with %j is refused', async (changes, refusal) => {
    await expect(given.create(changes)).rejects.toMatchObject({
      type: 'StripeInvalidRequestError',
      statusCode: 400,
      ...refusal,
    });
    expect(given.stripe.payments()).toEqual([]);
  });

  it('for methods that may redirect needs a return_url, or a promise not to redirect', async () => {
    const card = { amount: 129999, currency: 'usd', payment_method: 'pm_card_visa', confirm: true };
    await expect(given.sdk.paymentIntents.create(card)).rejects.toMatchObject({
      message: expect.stringContaining('`return_url`'),
    });
    expect(given.stripe.payments()).toEqual([]);
    const never = { automatic_payment_methods: { enabled: true, allow_redirects: 'never' as const } };
    expect((await given.sdk.paymentIntents.create({ ...card, ...never })).status).toBe('succeeded');
    expect((await given.sdk.paymentIntents.create({ ...card, return_url: 'https://shop.example' })).status).toBe(
      'succeeded',
    );
  });

  it('for what there is not is a 404', async () => {
    await expect(given.sdk.paymentIntents.retrieve('pi_none')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      message: "No such payment_intent: 'pi_none'",
    });
    await expect(given.sdk.customers.list()).rejects.toMatchObject({
      statusCode: 404,
      message: expect.stringContaining('does not implement'),
    });
  });

  it('needs a secret key of test mode', async () => {
    const status = async (authorization?: string) => {
      const answer = await given.stripe.handle({
        method: 'GET',
        path: '/v1/payment_intents',
        headers: { authorization },
        body: '',
      });
      return answer === 'reset' ? answer : answer.status;
    };
    expect(await status()).toBe(401);
    expect(await status('Bearer sk_live_1234567890')).toBe(401);
    expect(await status('Bearer sk_test_1')).toBe(200);
    expect(await status(`Basic ${Buffer.from('sk_test_1:').toString('base64')}`)).toBe(200);
    const wrong = given.sdkFor('sk_live_abcdefghijk');
    await expect(wrong.paymentIntents.list()).rejects.toMatchObject({
      type: 'StripeAuthenticationError',
      message: 'Invalid API Key provided: sk_live_*******hijk',
    });
  });
});
