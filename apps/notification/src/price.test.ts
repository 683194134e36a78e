import { price } from './price.ts';

describe('a price', () => {
  it.each([
    ['en-US', 'USD', 123_456, '$1,234.56'],
    ['en-US', 'EUR', 123_456, '€1,234.56'],
    ['en-US', 'JPY', 123_456, '¥123,456'],
    ['en-US', 'KWD', 123_456, 'KWD\u00a0123.456'],
    ['en-US', 'USD', 0, '$0.00'],
    ['en-US', 'USD', 5, '$0.05'],
    ['de-DE', 'EUR', 123_456, '1.234,56\u00a0€'],
    ['ja-JP', 'JPY', 1_000, '￥1,000'],
  ])('in %s, in %s, of %d minor units is %s', (locale, currency, amount, shown) => {
    expect(price({ amount, currency }, locale)).toBe(shown);
  });

  it.each([
    [Number.MAX_SAFE_INTEGER, '$90,071,992,547,409.91'],
    [BigInt(Number.MAX_SAFE_INTEGER) * 20n, '$1,801,439,850,948,198.20'],
    [123_456_789_012_345_678_901n, '$1,234,567,890,123,456,789.01'],
  ])('of %d keeps its cents, where a double would have lost them', (amount, shown) => {
    expect(price({ amount, currency: 'USD' }, 'en-US')).toBe(shown);
  });

  it.each([-1, 0.5, Number.NaN, 1e21])('of %d is refused, since money is whole minor units', (amount) => {
    expect(() => price({ amount, currency: 'USD' }, 'en-US')).toThrow(TypeError);
  });
});
