/** Turns key attributes into bytes whose order is DynamoDB's order of the values. */
import type { AttributeValue } from './attribute-value.ts';
import { decompose } from './number.ts';

const NEGATIVE = 0x00;
const ZERO = 0x01;
const POSITIVE = 0x02;
/** Exponents run from -130 to 125, so that with this added they fill one byte. */
const EXPONENT_OFFSET = 130;

/**
 * The bytes of a key attribute: strings by their UTF-8 bytes, binaries as they are, numbers by value
 * (API reference, Query: "numeric order", "order of UTF-8 bytes", "unsigned bytes").
 */
export function encodeKey(value: AttributeValue): Uint8Array {
  if (value.S !== undefined) return Buffer.from(value.S, 'utf8');
  if (value.B !== undefined) return Buffer.from(value.B, 'base64');
  return encodeNumber(value.N ?? '0');
}

/** The least bytes that are greater than everything that begins with `prefix`; undefined where there are none. */
export function afterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  const end = Uint8Array.from(prefix);
  for (let at = end.length - 1; at >= 0; at--) {
    const byte = end[at] ?? 0;
    if (byte === 0xff) continue;
    end[at] = byte + 1;
    return end.subarray(0, at + 1);
  }
  return undefined;
}

/** Sign, exponent, then two digits a byte; all complemented and ended by 0xff where the number is negative. */
function encodeNumber(text: string): Uint8Array {
  const { negative, digits, exponent } = decompose(text);
  if (digits === '') return Uint8Array.of(ZERO);
  const pairs = Math.ceil(digits.length / 2);
  const bytes = new Uint8Array(2 + pairs + (negative ? 1 : 0));
  bytes[0] = negative ? NEGATIVE : POSITIVE;
  bytes[1] = complemented(exponent + EXPONENT_OFFSET, negative);
  for (let pair = 0; pair < pairs; pair++) {
    bytes[2 + pair] = complemented(Number(digits.slice(2 * pair, 2 * pair + 2).padEnd(2, '0')) + 1, negative);
  }
  if (negative) bytes[2 + pairs] = 0xff;
  return bytes;
}

function complemented(byte: number, negative: boolean): number {
  return negative ? 0xff - byte : byte;
}
