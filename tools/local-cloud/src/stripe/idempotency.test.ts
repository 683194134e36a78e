import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import type { Fault, FaultEffect } from '../faults.ts';
import { type GivenStripe, givenStripe, NOW } from './given-stripe.ts';
import { IdempotencyKeys } from './idempotency.ts';

let given: GivenStripe;

beforeEach(async () => {
  given = await givenStripe();
});

afterEach(() => given.stop());

/** Until a fault has struck. */
async function struck(fault: string): Promise<void> {
  while (!given.faults.list().some(({ id, struck: times }) => id === fault && times > 0))
    await new Promise((resolve) => setImmediate(resolve));
}

describe('an idempotency key (https://docs.stripe.com/api/idempotent_requests)', () => {
  it('answers the same request with the first outcome, declines as well', async () => {
    const first = await given.create({}, 'key-1');
    const again = await given.create({}, 'key-1');
    expect(again.id).toBe(first.id);
    expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined();
    expect(again.lastResponse.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'original-request': first.lastResponse.requestId,
    });
    const declined = { payment_method: 'pm_card_chargeDeclined', confirm: true };
    for (let each = 0; each < 2; each++)
      await expect(given.create(declined, 'key-2')).rejects.toMatchObject({ statusCode: 402 });
    expect(given.stripe.payments()).toHaveLength(2);
  });

  it('is not for other parameters or another endpoint', async () => {
    const { id } = await given.create({}, 'key-1');
    await expect(given.create({ amount: 5000 }, 'key-1')).rejects.toMatchObject({
      type: 'StripeIdempotencyError',
      rawType: 'idempotency_error',
      message: expect.stringContaining('with the same parameters they were first used with'),
    });
    await expect(given.sdk.paymentIntents.cancel(id, {}, { idempotencyKey: 'key-1' })).rejects.toMatchObject({
      rawType: 'idempotency_error',
      message: expect.stringContaining("for the same endpoint they were first used for ('/v1/payment_intents')"),
    });
  });

  it('does not keep what was refused before it began', async () => {
    await expect(given.create({ amount: 1 }, 'key-1')).rejects.toMatchObject({ statusCode: 400 });
    expect(await given.create({}, 'key-1')).toMatchObject({ amount: 129999 });
  });

  it('has 255 characters, and no more', async () => {
    expect(await given.create({}, 'k'.repeat(255))).toMatchObject({ amount: 129999 });
    await expect(given.create({}, 'k'.repeat(256))).rejects.toMatchObject({ statusCode: 400 });
  });

  it('is forgotten after a day', async () => {
    const { id } = await given.create({}, 'key-1');
    await given.clock.advance(24 * 60 * 60 * 1000);
    expect((await given.create({}, 'key-1')).id).toBe(id);
    await given.clock.advance(1);
    expect((await given.create({}, 'key-1')).id).not.toBe(id);
  });

  it('leaves nothing behind once it is forgotten', async () => {
    const database = new Database(':memory:');
    const clock = new Clock({ frozenAt: NOW });
    const keys = new IdempotencyKeys(database, clock);
    const kept = () =>
      database
        .prepare('SELECT key FROM stripe_idempotency_keys')
        .all()
        .map(({ key }) => key);
    const keep = (key: string) =>
      keys.keep({ key, path: '/v1/refunds', parameters: '', requestId: 'req' }, { status: 200, body: {} });
    keep('key-1');
    await clock.advance(24 * 60 * 60 * 1000);
    keep('key-2');
    expect(kept().sort()).toEqual(['key-1', 'key-2']);
    await clock.advance(1000);
    keep('key-3');
    expect(kept().sort()).toEqual(['key-2', 'key-3']);
    database.close();
  });

  it('is refused while its first request is running', async () => {
    const held = given.faults.inject({ at: 'stripe.create', effect: 'hold', times: 1 });
    const first = given.create({}, 'key-1');
    await struck(held);
    await expect(given.create({}, 'key-1')).rejects.toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    given.faults.remove();
    expect((await first).id).toBe((await given.create({}, 'key-1')).id);
  });

  it('keeps a 500, so that only another key gets further', async () => {
    const { id } = await given.create();
    given.faults.inject({ at: 'stripe.confirm', where: { orderId: 'order-1' }, effect: 'error', times: 1 });
    const confirm = (idempotencyKey: string) =>
      given.sdk.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }, { idempotencyKey });
    const failure = { type: 'StripeAPIError', statusCode: 500, headers: { 'stripe-should-retry': 'false' } };
    await expect(confirm('key-1')).rejects.toMatchObject(failure);
    await expect(confirm('key-1')).rejects.toMatchObject({
      headers: { 'idempotent-replayed': 'true' },
      statusCode: 500,
    });
    expect(await confirm('key-2')).toMatchObject({ status: 'succeeded' });
  });

  it('does not keep a 429', async () => {
    given.faults.inject({
      at: 'stripe.create',
      effect: 'error',
      error: { code: 'rate_limit', message: 'slow down', status: 429 },
      times: 1,
    });
    await expect(given.create({}, 'key-1')).rejects.toMatchObject({ type: 'StripeRateLimitError', statusCode: 429 });
    expect(await given.create({}, 'key-1')).toMatchObject({ amount: 129999 });
  });
});

describe('an injected fault', () => {
  it('breaks the connection before anything is done, and a retry with the same key does it', async () => {
    given.faults.inject({ at: 'stripe.create', effect: 'lose', times: 1 });
    expect(await given.post('/v1/payment_intents', 'amount=100&currency=eur')).toBe('reset');
    expect(given.stripe.payments()).toEqual([]);
    expect(await given.post('/v1/payment_intents', 'amount=100&currency=eur')).toMatchObject({ status: 200 });
  });

  it('breaks the connection after the work was done, for a retry as well, and the work is done once', async () => {
    const { id } = await given.create();
    given.faults.inject({ at: 'stripe.confirm', where: { paymentIntent: id }, effect: 'lose-answer', times: 2 });
    const confirm = () => given.post(`/v1/payment_intents/${id}/confirm`, 'payment_method=pm_card_visa');
    expect(await confirm()).toBe('reset');
    expect(given.stripe.payments()).toMatchObject([{ id, status: 'succeeded' }]);
    expect(await confirm()).toBe('reset');
    expect(await confirm()).toMatchObject({
      status: 200,
      headers: { 'idempotent-replayed': 'true' },
      body: { status: 'succeeded' },
    });
  });

  describe('at a confirmation', () => {
    /** Milliseconds after which the client gives up; what it has sent is on its way all the same. */
    const IMPATIENT = 50;
    const error = (status: number) => ({ code: 'api_error', message: 'broken', status });
    const timedOut = { type: 'StripeConnectionError', message: expect.stringContaining('timeout') };
    const broken = { type: 'StripeConnectionError', message: expect.not.stringContaining('timeout') };
    const confirm = (id: string, idempotencyKey: string, timeout?: number) =>
      given.sdk.paymentIntents.confirm(
        id,
        { payment_method: 'pm_card_visa' },
        { idempotencyKey, ...(timeout === undefined ? {} : { timeout }) },
      );
    const received = () => given.stripe.payments().map(({ amount_received }) => amount_received);
    const inject = (effect: FaultEffect, more: Partial<Fault> = {}) =>
      given.faults.inject({ at: 'stripe.confirm', effect, times: 1, ...more });

    it.each<[string, FaultEffect, Partial<Fault>, object, number]>([
      ['a 500', 'error', { error: error(500) }, { type: 'StripeAPIError', statusCode: 500 }, 0],
      ['a 503', 'error', { error: error(503) }, { type: 'StripeAPIError', statusCode: 503 }, 0],
      ['a 429', 'error', { error: error(429) }, { type: 'StripeRateLimitError', statusCode: 429 }, 0],
      // The SDK asks once more by itself where a connection breaks.
      ['a connection that breaks before the charge', 'lose', { times: 2 }, broken, 0],
      ['a connection that breaks after the charge', 'lose-answer', { times: 2 }, broken, 129_999],
    ])('is %s to the client', async (_what, effect, more, seen, charged) => {
      const { id } = await given.create();
      inject(effect, more);
      await expect(confirm(id, 'key-1')).rejects.toMatchObject(seen);
      expect(received()).toEqual([charged]);
      expect(await confirm(id, 'key-2').catch(({ code }: { code: string }) => code)).toEqual(
        charged === 0 ? expect.objectContaining({ status: 'succeeded' }) : 'payment_intent_unexpected_state',
      );
      expect(received()).toEqual([129_999]);
    });

    it('is time that runs out before the charge, which is made once nobody waits for it any more', async () => {
      const { id } = await given.create();
      const held = inject('hold');
      await expect(confirm(id, 'key-1', IMPATIENT)).rejects.toMatchObject(timedOut);
      await struck(held);
      expect(received()).toEqual([0]);
      await expect(confirm(id, 'key-1')).rejects.toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
      given.faults.remove();
      expect((await confirm(id, 'key-1')).lastResponse.headers['idempotent-replayed']).toBe('true');
      expect(received()).toEqual([129_999]);
    });

    it('is time that runs out after the charge, which the same key is told of', async () => {
      const { id } = await given.create();
      const held = inject('hold-answer');
      await expect(confirm(id, 'key-1', IMPATIENT)).rejects.toMatchObject(timedOut);
      await struck(held);
      expect(received()).toEqual([129_999]);
      expect((await confirm(id, 'key-1')).lastResponse.headers['idempotent-replayed']).toBe('true');
      expect(received()).toEqual([129_999]);
    });

    it('that holds an answer lets it go when it is removed', async () => {
      const { id } = await given.create();
      const held = inject('hold-answer');
      const waiting = confirm(id, 'key-1');
      await struck(held);
      given.faults.remove(held);
      expect(await waiting).toMatchObject({ id, status: 'succeeded' });
    });
  });

  it('strikes the orders it is meant for', async () => {
    given.faults.inject({ at: 'stripe.refund', where: { orderId: 'order-2' }, effect: 'error', times: 1 });
    const { id } = await given.pay();
    expect((await given.sdk.refunds.create({ payment_intent: id })).status).toBe('succeeded');
    const other = await given.create({
      metadata: { orderId: 'order-2' },
      payment_method: 'pm_card_visa',
      confirm: true,
    });
    await expect(given.sdk.refunds.create({ payment_intent: other.id })).rejects.toMatchObject({ statusCode: 500 });
  });
});
