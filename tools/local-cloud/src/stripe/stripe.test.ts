import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import StripeSdk from 'stripe';
import { Activity } from '../activity.ts';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { Dispatcher } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import { Signals } from '../signals.ts';
import { createStripe, type Stripe } from './index.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 5, 7);

let clock: Clock;
let database: Database;
let faults: Faults;
let stripe: Stripe;
let server: Server;
let port: number;
let sdk: StripeSdk;

function open() {
  stripe = createStripe({
    clock,
    database,
    dispatcher: new Dispatcher({ authorize: () => undefined }, faults),
    signals: new Signals(),
    activity: new Activity(),
    faults,
    random: () => 0.5,
    report: () => undefined,
  });
}

beforeEach(async () => {
  clock = new Clock({ frozenAt: NOW });
  database = new Database(':memory:');
  faults = new Faults();
  open();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      void stripe.handle({ method, path: url, headers, body: Buffer.concat(chunks).toString() }).then((answer) => {
        if (answer === 'reset') request.socket.resetAndDestroy();
        else response.writeHead(answer.status, answer.headers).end(JSON.stringify(answer.body));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  sdk = new StripeSdk('sk_test_local', {
    host: '127.0.0.1',
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
});

afterEach(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const order = {
  amount: 129999,
  currency: 'usd',
  payment_method_types: ['card'],
  metadata: { orderId: 'order-1' },
};
const create = (changes: Partial<StripeSdk.PaymentIntentCreateParams> = {}, idempotencyKey?: string) =>
  sdk.paymentIntents.create({ ...order, ...changes }, idempotencyKey === undefined ? {} : { idempotencyKey });
const pay = (payment_method = 'pm_card_visa') => create({ payment_method, confirm: true });

describe('a payment', () => {
  it('is created, confirmed and found again, with its charge', async () => {
    const created = await create();
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
    const confirmed = await sdk.paymentIntents.confirm(created.id, { payment_method: 'pm_card_visa' });
    expect(confirmed).toMatchObject({
      id: created.id,
      status: 'succeeded',
      amount_received: 129999,
      payment_method: 'pm_card_visa',
    });
    const found = await sdk.paymentIntents.retrieve(created.id, { expand: ['latest_charge'] });
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
    expect(await pay('pm_card_mastercard')).toMatchObject({ status: 'succeeded', amount_received: 129999 });
  });

  it('survives a restart', async () => {
    const { id } = await pay();
    open();
    expect(stripe.payments()).toMatchObject([{ id, status: 'succeeded', latest_charge: { paid: true } }]);
  });

  it('cannot be confirmed twice, confirmed without a card or canceled after it succeeded', async () => {
    const { id } = await pay();
    const unexpected = { type: 'StripeInvalidRequestError', code: 'payment_intent_unexpected_state', statusCode: 400 };
    await expect(sdk.paymentIntents.confirm(id)).rejects.toMatchObject({
      ...unexpected,
      message:
        'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
      payment_intent: { id, status: 'succeeded' },
    });
    await expect(sdk.paymentIntents.cancel(id)).rejects.toMatchObject({
      ...unexpected,
      payment_intent: { status: 'succeeded' },
    });
    await expect(sdk.paymentIntents.confirm((await create()).id)).rejects.toMatchObject(unexpected);
  });

  it('is canceled once, with its reason', async () => {
    const { id } = await create({ payment_method: 'pm_card_visa' });
    const canceled = await sdk.paymentIntents.cancel(id, { cancellation_reason: 'abandoned' });
    expect(canceled).toMatchObject({ status: 'canceled', canceled_at: NOW / 1000, cancellation_reason: 'abandoned' });
    await expect(sdk.paymentIntents.cancel(id)).rejects.toMatchObject({ code: 'payment_intent_unexpected_state' });
    await expect(sdk.paymentIntents.confirm(id)).rejects.toMatchObject({ payment_intent: { status: 'canceled' } });
  });

  it('with manual capture holds the money until it is captured or released', async () => {
    const held = await create({ capture_method: 'manual', payment_method: 'pm_card_visa', confirm: true });
    expect(held).toMatchObject({ status: 'requires_capture', amount_capturable: 129999, amount_received: 0 });
    const captured = await sdk.paymentIntents.capture(held.id, { amount_to_capture: 100000 });
    expect(captured).toMatchObject({ status: 'succeeded', amount_received: 100000, amount_capturable: 0 });
    const other = await create({ capture_method: 'manual', payment_method: 'pm_card_visa', confirm: true });
    await sdk.paymentIntents.cancel(other.id);
    const released = await sdk.paymentIntents.retrieve(other.id, { expand: ['latest_charge'] });
    expect(released).toMatchObject({ status: 'canceled', latest_charge: { captured: false, amount_refunded: 129999 } });
  });

  it('is listed, newest first, page by page', async () => {
    const ids: string[] = [];
    for (let each = 0; each < 5; each++) ids.unshift((await create()).id);
    const seen: string[] = [];
    for await (const { id } of sdk.paymentIntents.list({ limit: 2 })) seen.push(id);
    expect(seen).toEqual(ids);
    expect(await sdk.paymentIntents.list({ limit: 5 })).toMatchObject({ has_more: false, url: '/v1/payment_intents' });
  });
});

describe('a card', () => {
  // https://docs.stripe.com/testing#declined-payments
  it.each([
    ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_chargeDeclinedStolenCard', 'card_declined', 'stolen_card'],
    ['pm_card_chargeDeclinedVelocityLimitExceeded', 'card_declined', 'card_velocity_exceeded'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', undefined],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', undefined],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', undefined],
  ])('%s is declined with %s and %s, and another may be tried', async (card, code, declineCode) => {
    const { id } = await create();
    const failure = await sdk.paymentIntents.confirm(id, { payment_method: card }).catch((error: unknown) => error);
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
    expect(await sdk.charges.retrieve((await sdk.paymentIntents.retrieve(id)).latest_charge as string)).toMatchObject({
      status: 'failed',
      paid: false,
      failure_code: code,
    });
    expect(await sdk.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })).toMatchObject({
      status: 'succeeded',
      last_payment_error: null,
    });
  });

  it('that asks for authentication waits for the customer, or is declined where there is none', async () => {
    expect(await pay('pm_card_authenticationRequired')).toMatchObject({
      status: 'requires_action',
      next_action: { type: 'use_stripe_sdk' },
    });
    await expect(
      create({ payment_method: 'pm_card_authenticationRequired', confirm: true, off_session: true }),
    ).rejects.toMatchObject({
      statusCode: 402,
      code: 'authentication_required',
      decline_code: 'authentication_required',
    });
  });

  it('that Stripe does not know is refused', async () => {
    await expect(pay('pm_nonsense')).rejects.toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'payment_method',
      message: "No such PaymentMethod: 'pm_nonsense'",
    });
  });
});

describe('a refund', () => {
  it('gives everything back once', async () => {
    const { id } = await pay();
    const refund = await sdk.refunds.create({ payment_intent: id, metadata: { orderId: 'order-1' } });
    expect(refund).toMatchObject({ object: 'refund', amount: 129999, status: 'succeeded', payment_intent: id });
    expect(await sdk.refunds.retrieve(refund.id)).toMatchObject({ id: refund.id, metadata: { orderId: 'order-1' } });
    expect(await sdk.paymentIntents.retrieve(id, { expand: ['latest_charge'] })).toMatchObject({
      status: 'succeeded',
      latest_charge: { refunded: true, amount_refunded: 129999 },
    });
    await expect(sdk.refunds.create({ payment_intent: id })).rejects.toMatchObject({
      statusCode: 400,
      code: 'charge_already_refunded',
    });
  });

  it('may give back a part, and never more than was paid', async () => {
    const { id } = await pay();
    await sdk.refunds.create({ payment_intent: id, amount: 100000 });
    await expect(sdk.refunds.create({ payment_intent: id, amount: 30000 })).rejects.toMatchObject({
      param: 'amount',
      message: 'Refund amount ($300.00) is greater than unrefunded amount on charge ($299.99)',
    });
    await sdk.refunds.create({ payment_intent: id });
    await pay();
    const { data } = await sdk.refunds.list({ payment_intent: id });
    expect(data.map(({ amount }) => amount)).toEqual([29999, 100000]);
  });

  it('of what was not paid is refused', async () => {
    const { id } = await create();
    await expect(sdk.refunds.create({ payment_intent: id })).rejects.toMatchObject({
      message: `This PaymentIntent (${id}) does not have a successful charge to refund.`,
    });
    await expect(sdk.refunds.create({ payment_intent: 'pi_none' })).rejects.toMatchObject({
      code: 'resource_missing',
      statusCode: 404,
    });
  });
});

describe('a request', () => {
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
    await expect(create(changes)).rejects.toMatchObject({
      type: 'StripeInvalidRequestError',
      statusCode: 400,
      ...refusal,
    });
    expect(stripe.payments()).toEqual([]);
  });

  it('for methods that may redirect needs a return_url, or a promise not to redirect', async () => {
    const card = { ...order, payment_method_types: undefined, payment_method: 'pm_card_visa', confirm: true };
    await expect(sdk.paymentIntents.create(card)).rejects.toMatchObject({
      message: expect.stringContaining('`return_url`'),
    });
    expect(stripe.payments()).toEqual([]);
    const never = { automatic_payment_methods: { enabled: true, allow_redirects: 'never' as const } };
    expect((await sdk.paymentIntents.create({ ...card, ...never })).status).toBe('succeeded');
    expect((await sdk.paymentIntents.create({ ...card, return_url: 'https://shop.example' })).status).toBe('succeeded');
  });

  it('for what there is not is a 404', async () => {
    await expect(sdk.paymentIntents.retrieve('pi_none')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      message: "No such payment_intent: 'pi_none'",
    });
    await expect(sdk.customers.list()).rejects.toMatchObject({
      statusCode: 404,
      message: expect.stringContaining('does not implement'),
    });
  });

  it('needs a secret key of test mode', async () => {
    const status = async (authorization?: string) => {
      const answer = await stripe.handle({
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
    const wrong = new StripeSdk('sk_live_abcdefghijk', { host: '127.0.0.1', port, protocol: 'http', telemetry: false });
    await expect(wrong.paymentIntents.list()).rejects.toMatchObject({
      type: 'StripeAuthenticationError',
      message: 'Invalid API Key provided: sk_live_*******hijk',
    });
  });
});

describe('an idempotency key', () => {
  it('answers the same request with the first outcome, declines as well', async () => {
    const first = await create({}, 'key-1');
    const again = await create({}, 'key-1');
    expect(again.id).toBe(first.id);
    expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined();
    expect(again.lastResponse.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'original-request': first.lastResponse.requestId,
    });
    const declined = { payment_method: 'pm_card_chargeDeclined', confirm: true };
    for (let each = 0; each < 2; each++)
      await expect(create(declined, 'key-2')).rejects.toMatchObject({ statusCode: 402 });
    expect(stripe.payments()).toHaveLength(2);
  });

  it('is not for other parameters or another endpoint', async () => {
    const { id } = await create({}, 'key-1');
    await expect(create({ amount: 5000 }, 'key-1')).rejects.toMatchObject({
      type: 'StripeIdempotencyError',
      rawType: 'idempotency_error',
      message: expect.stringContaining('with the same parameters they were first used with'),
    });
    await expect(sdk.paymentIntents.cancel(id, {}, { idempotencyKey: 'key-1' })).rejects.toMatchObject({
      rawType: 'idempotency_error',
      message: expect.stringContaining("for the same endpoint they were first used for ('/v1/payment_intents')"),
    });
  });

  it('does not keep what was refused before it began', async () => {
    await expect(create({ amount: 1 }, 'key-1')).rejects.toMatchObject({ statusCode: 400 });
    expect(await create({}, 'key-1')).toMatchObject({ amount: 129999 });
  });

  it('is forgotten after a day', async () => {
    const { id } = await create({}, 'key-1');
    await clock.advance(24 * 60 * 60 * 1000 + 1);
    expect((await create({}, 'key-1')).id).not.toBe(id);
  });

  it('is refused while its first request is running', async () => {
    const held = faults.inject({ at: 'stripe.create', effect: 'hold', times: 1 });
    const first = create({}, 'key-1');
    while (faults.struck()[held] !== 1) await new Promise((resolve) => setImmediate(resolve));
    await expect(create({}, 'key-1')).rejects.toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    faults.remove();
    expect((await first).id).toBe((await create({}, 'key-1')).id);
  });

  it('keeps a 500, so that only another key gets further', async () => {
    const { id } = await create();
    faults.inject({ at: 'stripe.confirm', where: { orderId: 'order-1' }, effect: 'error', times: 1 });
    const confirm = (idempotencyKey: string) =>
      sdk.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }, { idempotencyKey });
    const failure = { type: 'StripeAPIError', statusCode: 500, headers: { 'stripe-should-retry': 'false' } };
    await expect(confirm('key-1')).rejects.toMatchObject(failure);
    await expect(confirm('key-1')).rejects.toMatchObject({
      headers: { 'idempotent-replayed': 'true' },
      statusCode: 500,
    });
    expect(await confirm('key-2')).toMatchObject({ status: 'succeeded' });
  });

  it('does not keep a 429', async () => {
    faults.inject({
      at: 'stripe.create',
      effect: 'error',
      error: { code: 'rate_limit', message: 'slow down', status: 429 },
      times: 1,
    });
    await expect(create({}, 'key-1')).rejects.toMatchObject({ type: 'StripeRateLimitError', statusCode: 429 });
    expect(await create({}, 'key-1')).toMatchObject({ amount: 129999 });
  });
});

describe('an injected fault', () => {
  // The SDK waits before it tries a broken connection again; these requests go without it.
  const post = (path: string, body: string) =>
    stripe.handle({
      method: 'POST',
      path,
      headers: { authorization: 'Bearer sk_test_local', 'idempotency-key': 'key' },
      body,
    });

  it('breaks the connection before anything is done, and a retry with the same key does it', async () => {
    faults.inject({ at: 'stripe.create', effect: 'lose', times: 1 });
    expect(await post('/v1/payment_intents', 'amount=100&currency=eur')).toBe('reset');
    expect(stripe.payments()).toEqual([]);
    expect(await post('/v1/payment_intents', 'amount=100&currency=eur')).toMatchObject({ status: 200 });
  });

  it('breaks the connection after the work was done, for a retry as well, and the work is done once', async () => {
    const { id } = await create();
    faults.inject({ at: 'stripe.confirm', where: { paymentIntent: id }, effect: 'lose-answer', times: 2 });
    const confirm = () => post(`/v1/payment_intents/${id}/confirm`, 'payment_method=pm_card_visa');
    expect(await confirm()).toBe('reset');
    expect(stripe.payments()).toMatchObject([{ id, status: 'succeeded' }]);
    expect(await confirm()).toBe('reset');
    expect(await confirm()).toMatchObject({
      status: 200,
      headers: { 'idempotent-replayed': 'true' },
      body: { status: 'succeeded' },
    });
  });

  it('strikes the orders it is meant for', async () => {
    faults.inject({ at: 'stripe.refund', where: { orderId: 'order-2' }, effect: 'error', times: 1 });
    const { id } = await pay();
    expect((await sdk.refunds.create({ payment_intent: id })).status).toBe('succeeded');
    const other = await create({ metadata: { orderId: 'order-2' }, payment_method: 'pm_card_visa', confirm: true });
    await expect(sdk.refunds.create({ payment_intent: other.id })).rejects.toMatchObject({ statusCode: 500 });
  });
});
