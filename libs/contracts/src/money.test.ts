import * as fc from 'fast-check';
import { CURRENCY, fromDecimal, hasCents, toDecimal } from './money.ts';

describe('money', () => {
  it.each([0.01, 1, 19.9, 1299.99, 999_999.99])('takes %d as it is written', (decimal) => {
    expect(hasCents(decimal)).toBe(true);
    expect(toDecimal(fromDecimal(decimal))).toBe(decimal);
  });

  it.each([0.001, 1.005, 1299.999, 0.1 + 0.2, 1e-7, 1e21])('knows that %d has more than two places', (decimal) => {
    expect(hasCents(decimal)).toBe(false);
  });

  it('comes back unchanged for every amount of cents', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000_000_000 }), (amount) => {
        const money = { amount, currency: CURRENCY };
        expect(fromDecimal(toDecimal(money))).toEqual(money);
        expect(hasCents(toDecimal(money))).toBe(true);
      }),
    );
  });
});
