/** Client request tokens: a transaction that is sent again within ten minutes is not made again. */
import { createHash } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';

/** How long a token is remembered, in milliseconds (API reference, TransactWriteItems, ClientRequestToken). */
const REMEMBERED = 10 * 60_000;
/** Old ones are removed once a second, in milliseconds, and so many at most: the SDK sends one with every transaction. */
const TRIM_EVERY = 1_000;
const MOST_TRIMMED = 2_000;

/** What a request asks for, in so few bytes that they can be kept. */
export function fingerprint(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('base64');
}

/** The tokens of the last ten minutes. */
export class TokenStore {
  readonly #database: Database;
  readonly #clock: Clock;
  #trimmedAt = 0;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    database.define(`
      CREATE TABLE IF NOT EXISTS dynamodb_tokens (
        token TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        used_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS dynamodb_tokens_used ON dynamodb_tokens (used_at);
    `);
  }

  /** Whether this request was made under this token. @throws AwsError IdempotentParameterMismatchException for another request */
  isRepeat(token: string, asked: string): boolean {
    const row = this.#database
      .prepare('SELECT fingerprint FROM dynamodb_tokens WHERE token = ? AND used_at > ?')
      .get(token, this.#clock.now() - REMEMBERED);
    if (row === undefined) return false;
    if (row.fingerprint === asked) return true;
    throw new AwsError(
      'IdempotentParameterMismatchException',
      'DynamoDB rejected the request because you retried a request with a different payload but with an idempotent token that was already used.',
    );
  }

  /** Remembers a token, within the transaction that it stands for. */
  record(token: string, asked: string): void {
    const now = this.#clock.now();
    this.#database
      .prepare('INSERT OR REPLACE INTO dynamodb_tokens (token, fingerprint, used_at) VALUES (?, ?, ?)')
      .run(token, asked, now);
    if (now - this.#trimmedAt < TRIM_EVERY) return;
    this.#trimmedAt = now;
    this.#database
      .prepare(
        `DELETE FROM dynamodb_tokens
         WHERE token IN (SELECT token FROM dynamodb_tokens WHERE used_at <= ? ORDER BY used_at LIMIT ?)`,
      )
      .run(now - REMEMBERED, MOST_TRIMMED);
  }
}
