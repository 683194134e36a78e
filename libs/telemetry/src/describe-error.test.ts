import { describeError } from './describe-error.ts';

describe('an error in the log', () => {
  it('shows what went wrong, and nothing that an SDK has hung on it', () => {
    const raw = { client_secret: 'pi_1_secret_XYZ', billing_details: { email: 'ada@example.com' } };
    const gateway = Object.assign(new Error('unexpected state'), {
      type: 'StripeInvalidRequestError',
      code: 'payment_intent_unexpected_state',
      raw,
      headers: { authorization: 'Bearer sk_live' },
    });
    const described = describeError(new TypeError('it changed', { cause: gateway }));
    expect(described).toEqual({
      name: 'TypeError',
      message: 'it changed',
      stack: expect.any(String),
      cause: {
        name: 'StripeInvalidRequestError',
        message: 'unexpected state',
        code: 'payment_intent_unexpected_state',
        stack: expect.any(String),
      },
    });
    expect(JSON.stringify(described)).not.toMatch(/secret|ada@|sk_live/);
  });

  it('may be something that is no error', () => {
    expect(describeError('down')).toEqual({ name: 'string', message: 'down' });
  });
});
