/** Task tokens: they name an execution's attempt and prove that this runtime issued them. */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database } from '../database.ts';
import { AwsError } from '../aws-error.ts';

/** What a token stands for: one attempt at a task. */
export interface TokenSubject {
  readonly execution: number;
  readonly attempt: number;
}

const SUBJECT_BYTES = 10;
const PROOF_BYTES = 32;

/**
 * Issues and reads tokens (https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token).
 * A token is derived from its attempt under a secret kept in the database, so that registering the attempt
 * registers the token, and a token of long ago is still told from one that never was.
 */
export class Tokens {
  /** Prepared once: from bytes, each proof takes ten times as long. */
  readonly #secret: KeyObject;

  constructor(database: Database) {
    database.define(
      'CREATE TABLE IF NOT EXISTS states_secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID',
    );
    database
      .prepare("INSERT OR IGNORE INTO states_secrets (name, value) VALUES ('token', ?)")
      .run(randomBytes(PROOF_BYTES));
    const row = database.prepare("SELECT value FROM states_secrets WHERE name = 'token'").get();
    if (!(row?.['value'] instanceof Uint8Array)) throw new Error('states_secrets holds no token secret');
    this.#secret = createSecretKey(row['value']);
  }

  /** The token of an attempt: the same each time it is asked for. */
  issue(subject: TokenSubject): string {
    const body = Buffer.alloc(SUBJECT_BYTES);
    body.writeUIntBE(subject.execution, 0, 6);
    body.writeUInt32BE(subject.attempt, 6);
    return Buffer.concat([body, this.#prove(body)]).toString('base64url');
  }

  /**
   * The attempt that a token stands for.
   * @throws AwsError InvalidToken
   */
  read(token: string): TokenSubject {
    const bytes = Buffer.from(token, 'base64url');
    const body = bytes.subarray(0, SUBJECT_BYTES);
    const proof = bytes.subarray(SUBJECT_BYTES);
    if (
      proof.length !== PROOF_BYTES ||
      !timingSafeEqual(proof, this.#prove(body)) ||
      bytes.toString('base64url') !== token
    ) {
      throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    }
    return { execution: body.readUIntBE(0, 6), attempt: body.readUInt32BE(6) };
  }

  #prove(body: Uint8Array): Buffer {
    return createHmac('sha256', this.#secret).update(body).digest();
  }
}
