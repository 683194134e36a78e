/**
 * JSON Web Tokens in compact form: taken apart, and their signatures checked. Keys and RSA are Node's own; what is
 * left is API Gateway's rules, which no library has, and its wording.
 */
import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import * as z from 'zod';

/** Says why a token is none that counts; the message goes to the caller as `error_description`. */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';
}

/** A token whose signature has yet to be checked. */
export interface JsonWebToken {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
}

/** The algorithms of API Gateway, which knows RSA only (https://www.rfc-editor.org/rfc/rfc7518#section-3.3). */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['RS256', 'sha256'],
  ['RS384', 'sha384'],
  ['RS512', 'sha512'],
]);

/** A header with `crit` asks for extensions, none of which is known here (https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11). */
const headerSchema = z.looseObject({
  alg: z.string(),
  kid: z.string().optional(),
  crit: z.undefined().optional(),
});
const claimsSchema = z.record(z.string(), z.unknown());

/**
 * Takes a token apart (https://www.rfc-editor.org/rfc/rfc7515#section-7.1).
 * @throws InvalidToken
 */
export function readToken(text: string): JsonWebToken {
  const [header = '', claims = '', signature = '', ...more] = text.split('.');
  if (text.split('.').length < 3 || more.length > 0)
    throw new InvalidToken('token contains an invalid number of segments');
  const { alg, kid } = decode(header, headerSchema);
  return {
    algorithm: alg,
    keyId: kid,
    claims: decode(claims, claimsSchema),
    signed: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** @throws InvalidToken where no algorithm of API Gateway's signed it */
export function checkAlgorithm({ algorithm }: JsonWebToken): void {
  if (!HASHES.has(algorithm)) throw new InvalidToken(`signing method ${algorithm} is invalid`);
}

/**
 * Checks who signed a token.
 * @throws InvalidToken where it was not the owner of the key
 */
export function checkSignature(token: JsonWebToken, key: JsonWebKey): void {
  const hash = HASHES.get(token.algorithm);
  if (!verify(hash, Buffer.from(token.signed), publicKey(key), token.signature))
    throw new InvalidToken('crypto/rsa: verification error');
}

function publicKey(key: JsonWebKey): ReturnType<typeof createPublicKey> {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    throw new InvalidToken('unable to decode "n" from RSA public key');
  }
}

function decode<Output>(segment: string, schema: z.ZodType<Output>): Output {
  try {
    return schema.parse(JSON.parse(Buffer.from(segment, 'base64url').toString('utf8')));
  } catch {
    throw new InvalidToken('token is malformed');
  }
}
