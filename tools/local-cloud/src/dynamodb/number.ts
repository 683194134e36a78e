/** DynamoDB's numbers: exact decimals of up to 38 significant digits, kept as canonical text without an exponent. */
import { AwsError } from '../aws-error.ts';

/** A decimal as sign, significant digits (none for zero) and the power of ten of the first digit. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

/** Numbers of up to this many digits are added as machine integers, which are exact there. */
const SHORT_INTEGER = /^-?\d{1,15}$/;

/** Takes a canonical number (`-12.5`, `0.003`, `1200`) apart. */
export function decompose(text: string): Decimal {
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = (negative ? text.slice(1) : text).split('.');
  const all = whole + fraction;
  const leading = /^0*/.exec(all)?.[0].length ?? 0;
  const digits = all.slice(leading).replace(/0+$/, '');
  if (digits === '') return { negative: false, digits: '', exponent: 0 };
  return { negative, digits, exponent: whole.length - 1 - leading };
}

/** Orders two canonical numbers: negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0;
  if (SHORT_INTEGER.test(a) && SHORT_INTEGER.test(b)) return Number(a) - Number(b);
  const left = decompose(a);
  const right = decompose(b);
  if (sign(left) !== sign(right)) return sign(left) - sign(right);
  return sign(left) * compareMagnitudes(left, right);
}

/** The exact sum of two canonical numbers. @throws AwsError where it is outside DynamoDB's range or precision */
export function addNumbers(a: string, b: string): string {
  if (SHORT_INTEGER.test(a) && SHORT_INTEGER.test(b)) return String(Number(a) + Number(b));
  const scale = Math.max(fractionLength(a), fractionLength(b));
  return checked(descale(scaled(a, scale) + scaled(b, scale), scale));
}

/** The exact difference of two canonical numbers. @throws AwsError where it is outside DynamoDB's range or precision */
export function subtractNumbers(a: string, b: string): string {
  return addNumbers(a, b.startsWith('-') ? b.slice(1) : b === '0' ? b : `-${b}`);
}

/** Bytes that a number takes (Developer Guide, "DynamoDB item sizes and formats"). */
export function numberSize(text: string): number {
  const { negative, digits } = decompose(text);
  return digits === '' ? 1 : 1 + Math.ceil(digits.length / 2) + (negative ? 1 : 0);
}

function sign(value: Decimal): number {
  if (value.digits === '') return 0;
  return value.negative ? -1 : 1;
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  if (a.exponent !== b.exponent) return a.exponent - b.exponent;
  if (a.digits === b.digits) return 0;
  return a.digits < b.digits ? -1 : 1;
}

function fractionLength(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

function scaled(text: string, scale: number): bigint {
  return BigInt(text.replace('.', '') + '0'.repeat(scale - fractionLength(text)));
}

function descale(value: bigint, scale: number): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The limits of the Developer Guide, "Supported data types and naming rules", section Number. */
function checked(text: string): string {
  const { digits, exponent } = decompose(text);
  if (digits.length > 38) throw invalid('Attempting to store more than 38 significant digits in a Number');
  if (exponent > 125) {
    throw invalid('Number overflow. Attempting to store a number with magnitude larger than supported range');
  }
  if (exponent < -130) {
    throw invalid('Number underflow. Attempting to store a number with magnitude smaller than supported range');
  }
  return text;
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
