/** Numbers: exact to 38 digits, in the order of their values, as keys too. */
import fc from 'fast-check';
import { encodeKey } from './key-encoding.ts';
import { addNumbers, compareNumbers, numberSize, subtractNumbers } from './number.ts';

const ascending = [
  '-99999999999999999999999999999999999999',
  '-1000',
  '-12.5',
  '-12.45',
  '-12.4',
  '-1',
  '-0.001',
  '0',
  '0.00001',
  '0.001',
  '0.5',
  '1',
  '1.5',
  '2',
  '10',
  '10.01',
  '99',
  '100',
  '123456789012345678901234567890',
];

/** Numbers of all magnitudes that there may be, with up to 38 digits. */
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), fc.integer({ min: -87, max: 130 }))
  .map(([digits, scale]) => addNumbers('0', text(digits, scale)));

function text(digits: bigint, scale: number): string {
  if (scale < 0) return text(digits * 10n ** BigInt(-scale), 0);
  const padded = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const sign = digits < 0n ? '-' : '';
  return scale === 0 ? sign + padded : `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

describe('numbers (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number)', () => {
  it('compare by value', () => {
    expect([...ascending].reverse().sort(compareNumbers)).toEqual(ascending);
  });

  it('keep their order as keys', () => {
    const encoded = (value: string) => encodeKey({ N: value });
    expect([...ascending].reverse().sort((a, b) => Buffer.compare(encoded(a), encoded(b)))).toEqual(ascending);
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        expect(Math.sign(Buffer.compare(encoded(a), encoded(b)))).toBe(Math.sign(compareNumbers(a, b)));
      }),
    );
  });

  it.each([
    ['0.1', '0.2', '0.3'],
    ['1299.99', '0.01', '1300'],
    ['-5', '5', '0'],
    ['99999999999999999999', '1', '100000000000000000000'],
    ['1', '0.0000000000000000000000000000000000001', '1.0000000000000000000000000000000000001'],
  ])('%s + %s is exactly %s', (a, b, sum) => {
    expect(addNumbers(a, b)).toBe(sum);
    expect(subtractNumbers(sum, b)).toBe(a);
  });

  it('refuse a sum of more than 38 digits', () => {
    expect(() => addNumbers('1', '0.00000000000000000000000000000000000001')).toThrow(
      /more than 38 significant digits/,
    );
  });

  it('take a byte for two digits, one more, and one for the sign', () => {
    expect(['0', '7', '1234', '-1234', '0.001'].map(numberSize)).toEqual([1, 2, 3, 4, 2]);
  });
});
