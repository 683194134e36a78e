/** Idempotency keys: the first request with a key decides what every later one is answered. */
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import type { Outcome } from './operations.ts';
import { invalid, StripeError } from './stripe-error.ts';

const DAY = 86_400_000;
/** Forgotten keys are removed once a second, in milliseconds, and so many at most. */
const TRIM_EVERY = 1_000;
const MOST_TRIMMED = 1_000;
const LONGEST_KEY = 255;

/** A request with a key: `parameters` in a form that is equal for equal parameters. */
export interface KeyedRequest {
  readonly key: string;
  readonly path: string;
  readonly parameters: string;
  readonly requestId: string;
}

const keptSchema = z.object({
  path: z.string(),
  parameters: z.string(),
  status: z.number(),
  body: z.string(),
  request_id: z.string(),
  kept_at: z.number(),
});

/** An outcome that was kept, and the request that it answered first. */
export interface Replay extends Outcome {
  readonly originalRequest: string;
}

/** The keys of the last day (https://docs.stripe.com/api/idempotent_requests). */
export class IdempotencyKeys {
  readonly #database: Database;
  readonly #clock: Clock;
  /** Requests that are being worked on: a crash ends them, so that they are not durable. */
  readonly #running = new Set<string>();
  #trimmedAt = 0;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    database.define(
      `CREATE TABLE IF NOT EXISTS stripe_idempotency_keys (
         key TEXT PRIMARY KEY,
         path TEXT NOT NULL,
         parameters TEXT NOT NULL,
         status INTEGER NOT NULL,
         body TEXT NOT NULL,
         request_id TEXT NOT NULL,
         kept_at INTEGER NOT NULL
       ) STRICT;
       CREATE INDEX IF NOT EXISTS stripe_idempotency_keys_kept ON stripe_idempotency_keys (kept_at)`,
    );
  }

  /**
   * The outcome of an earlier request with this key.
   * @throws StripeError where the key belongs to another request, or its first request is still running
   */
  replay({ key, path, parameters }: KeyedRequest): Replay | undefined {
    if (key.length > LONGEST_KEY) throw invalid(`Idempotency-Key is too long (at most ${LONGEST_KEY} characters).`);
    if (this.#running.has(key)) throw inUse(key);
    const row = this.#database.prepare('SELECT * FROM stripe_idempotency_keys WHERE key = ?').get(key);
    if (row === undefined) return undefined;
    const kept = keptSchema.parse(row);
    if (this.#clock.now() - kept.kept_at > DAY) return undefined;
    if (kept.path !== path) throw mismatch(key, `for the same endpoint they were first used for ('${kept.path}')`);
    if (kept.parameters !== parameters) throw mismatch(key, 'with the same parameters they were first used with');
    return { status: kept.status, body: JSON.parse(kept.body), originalRequest: kept.request_id };
  }

  /** Refuses other requests with this key while `work` runs. */
  async whileRunning<T>({ key }: KeyedRequest, work: () => Promise<T>): Promise<T> {
    this.#running.add(key);
    try {
      return await work();
    } finally {
      this.#running.delete(key);
    }
  }

  /** Keeps the outcome, a 500 as well; called in the transaction of the work itself. */
  keep({ key, path, parameters, requestId }: KeyedRequest, { status, body }: Outcome): void {
    const now = this.#clock.now();
    this.#database
      .prepare('INSERT OR REPLACE INTO stripe_idempotency_keys VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(key, path, parameters, status, JSON.stringify(body), requestId, now);
    if (now - this.#trimmedAt < TRIM_EVERY) return;
    this.#trimmedAt = now;
    this.#database
      .prepare(
        `DELETE FROM stripe_idempotency_keys
         WHERE key IN (SELECT key FROM stripe_idempotency_keys WHERE kept_at < ? ORDER BY kept_at LIMIT ?)`,
      )
      .run(now - DAY, MOST_TRIMMED);
  }
}

function mismatch(key: string, how: string): StripeError {
  const advice = `Try using a key other than '${key}' if you meant to execute a different request.`;
  return new StripeError(400, 'idempotency_error', `Keys for idempotent requests can only be used ${how}. ${advice}`);
}

function inUse(key: string): StripeError {
  return new StripeError(
    409,
    'idempotency_error',
    'There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, ' +
      `and the other request is still going through): ${key}. Please try again later.`,
    { code: 'idempotency_key_in_use' },
  );
}
