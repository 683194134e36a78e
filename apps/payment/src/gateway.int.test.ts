import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { startStripe, type TestStripe } from '@distributed-patterns/testing';
import * as z from 'zod';
import { describeGateway, NotATestKey, testKeyOf } from './gateway.contract.ts';
import { Gateway, GatewayUndecided } from './gateway.ts';

const charge = {
  orderId: '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70',
  customerId: 'customer-123',
  total: { amount: 129_999, currency: 'USD' },
  paymentMethod: 'pm_card_visa',
};

/** A key that the gateway has stopped taking. */
const REPLACED = 'sk_replaced_0123456789';

let stripe: TestStripe;
beforeAll(async () => {
  stripe = await startStripe();
});
afterAll(() => stripe.stop());

describeGateway('the local endpoint', () => ({ apiKey: stripe.apiKey, url: stripe.url }));

const testKey = testKeyOf(process.env['STRIPE_TEST_API_KEY']);
if (testKey !== undefined) describeGateway('Stripe’s own test mode', () => ({ apiKey: testKey }));

describe('the key for Stripe’s own test mode', () => {
  it.each(['sk_test_abc', 'rk_test_abc'])('may be %s', (key) => {
    expect(testKeyOf(key)).toBe(key);
  });

  it.each([undefined, ''])('may be missing (%p): then nothing is run there', (key) => {
    expect(testKeyOf(key)).toBeUndefined();
  });

  it.each(['sk_live_abc', 'rk_live_abc', 'pk_test_abc', 'sk_test_', 'whsec_abc', ' sk_test_abc'])(
    'must not be %p',
    (key) => {
      expect(() => testKeyOf(key)).toThrow(NotATestKey);
    },
  );

  it('is not printed where it is refused', () => {
    expect(() => testKeyOf('sk_live_abc')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('sk_live') }),
    );
  });
});

describe('an undo that was about to cancel an intent', () => {
  /** What else becomes of the intent between the look at it and its cancellation. */
  const undoneWhile = async (happens: (gateway: Gateway, intentId: string) => Promise<unknown>) => {
    const gateway = new Gateway({ apiKey: stripe.apiKey, url: stripe.url });
    const creation = await gateway.create(charge, randomUUID());
    if (creation.kind === 'declined') throw new Error(creation.reason.code);
    const { intentId } = creation;
    const fault = stripe.faults.inject({ at: 'stripe.cancel', effect: 'hold', times: 1 });
    const undone = Promise.allSettled([gateway.undo(intentId, randomUUID())]);
    while (!stripe.faults.list().some(({ id, struck }) => id === fault && struck === 1))
      await new Promise((resolve) => setImmediate(resolve));
    await happens(gateway, intentId);
    stripe.faults.remove();
    const [outcome] = await undone;
    return { gateway, intentId, outcome };
  };

  it('and finds it charged meanwhile does not say that nothing is held, and gives it back when it comes again', async () => {
    const { gateway, intentId, outcome } = await undoneWhile((confirming, id) => confirming.confirm(id, randomUUID()));
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(GatewayUndecided) });
    expect(await gateway.undo(intentId, randomUUID())).toBe('refunded');
    expect((await stripe.payments()).find(({ id }) => id === intentId)?.held).toBe(0);
  });

  it('and finds it cancelled meanwhile, by another undo, is done', async () => {
    const { outcome } = await undoneWhile((undoing, id) => undoing.undo(id, randomUUID()));
    expect(outcome).toEqual({ status: 'fulfilled', value: 'cancelled' });
  });
});

describe('a refund that the gateway answers with the status', () => {
  /** The local endpoint carries every refund out at once. */
  const undoneWith = async (status: string) => {
    const server = createServer(({ method }, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(method === 'GET' ? { id: 'pi_1', status: 'succeeded' } : { id: 're_1', status }));
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(z.object({ port: z.int() }).parse(server.address()).port));
    });
    const gateway = new Gateway({ apiKey: stripe.apiKey, url: `http://127.0.0.1:${port}` });
    try {
      return await gateway.undo('pi_1', 'attempt-1');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  it.each(['succeeded', 'pending'])('%s counts as given back', async (status) => {
    expect(await undoneWith(status)).toBe('refunded');
  });

  it.each(['failed', 'canceled', 'requires_action'])('%s does not: it is asked for again', async (status) => {
    await expect(undoneWith(status)).rejects.toThrow(GatewayUndecided);
  });
});

/** A gateway that knows an old key; counts how often it reads another one. */
function withReplacedKey(current = stripe.apiKey) {
  const { url } = stripe;
  const reads = { count: 0 };
  const renew = async () => {
    reads.count++;
    return { apiKey: current, url };
  };
  return { gateway: new Gateway({ apiKey: REPLACED, url }, renew), reads };
}

describe('a key that was replaced at the gateway', () => {
  it('is read anew, and what was asked is carried out once', async () => {
    const { gateway, reads } = withReplacedKey();
    const before = (await stripe.payments()).length;
    const creation = await gateway.create(charge, 'attempt-1');
    expect(creation).toMatchObject({ kind: 'created' });
    expect(await stripe.payments()).toHaveLength(before + 1);
    expect(reads.count).toBe(1);
  });

  it('is read once by many who ask at a time, and kept', async () => {
    const { gateway, reads } = withReplacedKey();
    await gateway.create(charge, 'attempt-2');
    const asked = await Promise.all([3, 4, 5].map((each) => gateway.create(charge, `attempt-${each}`)));
    expect(asked.map(({ kind }) => kind)).toEqual(['created', 'created', 'created']);
    expect(reads.count).toBe(1);
  });

  it('and not yet in its parameter is a fault, which comes again, and names no key', async () => {
    const { gateway, reads } = withReplacedKey(REPLACED);
    const asked = gateway.lookUp('pi_1');
    await expect(asked).rejects.toMatchObject({ type: 'StripeAuthenticationError' });
    await expect(asked).rejects.toMatchObject({ message: expect.not.stringContaining(REPLACED) });
    expect(reads.count).toBe(1);
  });
});
