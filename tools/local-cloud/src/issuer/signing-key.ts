/** The issuer's one key: made when it is first asked for, and kept, so that tokens outlive a restart. */
import { createHash, createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Database } from '../database.ts';

/** The smallest size that RS256 allows, in bits (https://www.rfc-editor.org/rfc/rfc7518#section-3.3). */
const MODULUS_LENGTH = 2048;

const generate = promisify(generateKeyPair);
const rowSchema = z.object({ pem: z.string() });
const publicSchema = z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() });

/** A key, with its public half as others may know it. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly published: { readonly kid: string } & z.infer<typeof publicSchema>;
}

/** Keeps the key in the database; making one takes a moment of the processor, which only those pay who need it. */
export class KeyStore {
  readonly #database: Database;
  #key: Promise<SigningKey> | undefined;

  constructor(database: Database) {
    this.#database = database;
    database.define('CREATE TABLE IF NOT EXISTS issuer_key (id INTEGER PRIMARY KEY CHECK (id = 1), pem TEXT NOT NULL)');
  }

  key(): Promise<SigningKey> {
    return (this.#key ??= this.#load());
  }

  async #load(): Promise<SigningKey> {
    const row = this.#database.prepare('SELECT pem FROM issuer_key').get();
    if (row !== undefined) return signingKey(createPrivateKey(rowSchema.parse(row).pem));
    const { privateKey } = await generate('rsa', { modulusLength: MODULUS_LENGTH });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    this.#database.prepare('INSERT INTO issuer_key (id, pem) VALUES (1, ?)').run(pem);
    return signingKey(privateKey);
  }
}

/** The id is the key's thumbprint (https://www.rfc-editor.org/rfc/rfc7638). */
function signingKey(privateKey: KeyObject): SigningKey {
  const { kty, n, e } = publicSchema.parse(privateKey.export({ format: 'jwk' }));
  const kid = createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
  return { privateKey, published: { kid, kty, n, e } };
}
