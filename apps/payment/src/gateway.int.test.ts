import { startStripe, type TestStripe } from '@distributed-patterns/testing';
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
