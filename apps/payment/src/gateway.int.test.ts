import { startStripe, type TestStripe } from '@distributed-patterns/testing';
import { describeGateway, NotATestKey, testKeyOf } from './gateway.contract.ts';
import { Gateway } from './gateway.ts';

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
