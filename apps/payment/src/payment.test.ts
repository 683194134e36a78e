import {
  announceEarlyRefund,
  answerToProcess,
  answerToRefund,
  type Charge,
  conclude,
  created,
  declined,
  isConcluded,
  type Payment,
  reconcile,
  refunded,
  type Standing,
} from './payment.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const total = { amount: 129_999, currency: 'USD' };
const NOW = '2026-01-15T09:30:00.000Z';
const reason = { code: 'PAYMENT_DECLINED', message: 'The card was declined (generic_decline).' };
const charge: Charge = { orderId: ORDER, customerId: 'customer-123', total, paymentMethod: 'pm_card_visa' };

const open = created(charge, 'pi_1', NOW);
const processed = conclude(open, { kind: 'succeeded' });
const refused = conclude(open, { kind: 'declined', reason });
const unknown = declined(charge, { code: 'PAYMENT_METHOD_UNKNOWN', message: 'There is no payment method.' });
const tombstone = refunded(undefined, ORDER);

describe('a payment', () => {
  it('that is created knows its intent and charges what the order costs', () => {
    expect(open).toEqual({ orderId: ORDER, status: 'CREATED', intentId: 'pi_1', total, createdAt: NOW });
  });

  it('that the gateway has concluded is processed, declined or refunded', () => {
    expect(processed).toEqual({ orderId: ORDER, status: 'PROCESSED', intentId: 'pi_1', total });
    expect(refused).toEqual({ orderId: ORDER, status: 'DECLINED', intentId: 'pi_1', reason });
    const givenBack = conclude(open, { kind: 'refunded' });
    expect(givenBack).toEqual({ orderId: ORDER, status: 'REFUNDED', intentId: 'pi_1' });
  });

  it('that was refused before there was an intent has none', () => {
    expect(unknown).toMatchObject({ status: 'DECLINED', reason: { code: 'PAYMENT_METHOD_UNKNOWN' } });
    expect(unknown).not.toHaveProperty('intentId');
  });

  it.each<[string, Payment | undefined, Payment]>([
    ['nothing', undefined, { orderId: ORDER, status: 'REFUNDED' }],
    ['an intent', open, { orderId: ORDER, status: 'REFUNDED', intentId: 'pi_1' }],
    ['a charge', processed, { orderId: ORDER, status: 'REFUNDED', intentId: 'pi_1' }],
    ['a refusal', refused, { orderId: ORDER, status: 'REFUNDED', intentId: 'pi_1' }],
    ['a refusal without an intent', unknown, { orderId: ORDER, status: 'REFUNDED' }],
    [
      'a tombstone',
      { orderId: ORDER, status: 'REFUNDED', intentId: 'pi_1' },
      { orderId: ORDER, status: 'REFUNDED', intentId: 'pi_1' },
    ],
  ])('leaves a tombstone once it is refunded, where there was %s', (_what, payment, expected) => {
    expect(refunded(payment, ORDER)).toEqual(expected);
  });

  it.each<[string, Payment | undefined, boolean]>([
    ['nothing', undefined, false],
    ['an intent', open, false],
    ['a charge', processed, true],
    ['a refusal', refused, true],
    ['a tombstone', tombstone, true],
  ])('of which there is %s is concluded: %s', (_what, payment, concluded) => {
    expect(isConcluded(payment)).toBe(concluded);
  });
});

describe('the answer', () => {
  it.each([
    ['a charge', processed, 'PaymentProcessed', { orderId: ORDER, paymentId: 'pi_1', amount: total }],
    ['a refusal', refused, 'PaymentDeclined', { orderId: ORDER, reason }],
    [
      'a tombstone',
      tombstone,
      'PaymentDeclined',
      { orderId: ORDER, reason: { code: 'ALREADY_REFUNDED', message: expect.any(String) } },
    ],
  ])('to ProcessPayment tells of %s', (_what, payment, type, data) => {
    expect(answerToProcess(payment)).toEqual({ type, source: 'payment', version: 1, data });
  });

  it('that nobody waits for is given only where money came back', () => {
    expect(announceEarlyRefund(ORDER, 'refunded')).toEqual([answerToRefund(ORDER)]);
    expect(announceEarlyRefund(ORDER, 'cancelled')).toEqual([]);
    expect(announceEarlyRefund(ORDER, undefined)).toEqual([]);
  });

  it('to RefundPayment is the same whatever there was', () => {
    expect(answerToRefund(ORDER)).toEqual({
      type: 'PaymentRefunded',
      source: 'payment',
      version: 1,
      data: { orderId: ORDER },
    });
  });
});

describe('what the gateway says of an intent', () => {
  const conclusion = (next: Payment, type: string) => ({ kind: 'concluded', next, announcement: { type } });
  const ignored = { kind: 'ignored' };
  const undo = { kind: 'undo' };
  const given = refunded(open, ORDER);
  const outcomes = {
    succeeded: { kind: 'succeeded' },
    declined: { kind: 'declined', reason },
    refunded: { kind: 'refunded' },
    unconfirmed: { kind: 'unconfirmed' },
  } as const satisfies Record<string, Standing['outcome']>;

  it.each<[keyof typeof outcomes, string, Payment | undefined, object]>([
    ['succeeded', 'no payment', undefined, ignored],
    ['succeeded', 'a created one', open, conclusion(processed, 'PaymentProcessed')],
    ['succeeded', 'a processed one', processed, ignored],
    ['succeeded', 'a declined one', refused, undo],
    ['succeeded', 'a declined one without an intent', unknown, undo],
    ['succeeded', 'a refunded one', given, undo],
    ['succeeded', 'a tombstone without an intent', tombstone, undo],
    ['succeeded', 'one with another intent', { ...open, intentId: 'pi_2' }, undo],
    ['succeeded', 'one that another intent has paid', { ...open, status: 'PROCESSED', intentId: 'pi_2' }, undo],
    ['declined', 'no payment', undefined, ignored],
    ['declined', 'a created one', open, conclusion(refused, 'PaymentDeclined')],
    ['declined', 'a processed one', processed, ignored],
    ['declined', 'a declined one', refused, ignored],
    ['declined', 'a refunded one', given, ignored],
    ['declined', 'one with another intent', { ...open, intentId: 'pi_2' }, ignored],
    ['refunded', 'no payment', undefined, ignored],
    ['refunded', 'a created one', open, conclusion(given, 'PaymentRefunded')],
    ['refunded', 'a processed one', processed, conclusion(given, 'PaymentRefunded')],
    ['refunded', 'a declined one', refused, ignored],
    ['refunded', 'a refunded one', given, ignored],
    ['unconfirmed', 'no payment', undefined, ignored],
    ['unconfirmed', 'a created one', open, ignored],
    ['unconfirmed', 'a processed one', processed, ignored],
    ['unconfirmed', 'a refunded one', given, ignored],
  ])('that has %s, to %s', (outcome, _what, payment, expected) => {
    const standing = { intentId: 'pi_1', orderId: ORDER, outcome: outcomes[outcome] };
    expect(reconcile(payment, standing)).toMatchObject(expected);
  });
});
