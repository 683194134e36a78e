/** What is kept of payment intents, charges and refunds, and the tables they are kept in. */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Database } from '../database.ts';

const metadata = z.record(z.string(), z.string());

const failureSchema = z.object({
  charge: z.string(),
  code: z.string(),
  declineCode: z.string().optional(),
  message: z.string(),
  paymentMethod: z.string(),
});
/** Why the last attempt to pay failed. */
export type Failure = z.infer<typeof failureSchema>;

const intentSchema = z.object({
  id: z.string(),
  clientSecret: z.string(),
  status: z.enum([
    'requires_payment_method',
    'requires_confirmation',
    'requires_action',
    'requires_capture',
    'canceled',
    'succeeded',
  ]),
  amount: z.number(),
  amountCapturable: z.number(),
  amountReceived: z.number(),
  currency: z.string(),
  captureMethod: z.enum(['automatic', 'automatic_async', 'manual']),
  /** Null where the request named `payment_method_types`. */
  allowRedirects: z.enum(['always', 'never']).nullable(),
  paymentMethodTypes: z.array(z.string()),
  paymentMethod: z.string().nullable(),
  returnUrl: z.string().nullable(),
  latestCharge: z.string().nullable(),
  lastFailure: failureSchema.nullable(),
  cancellationReason: z.string().nullable(),
  /** Seconds since the epoch, as all times here. */
  canceledAt: z.number().nullable(),
  created: z.number(),
  description: z.string().nullable(),
  receiptEmail: z.string().nullable(),
  statementDescriptor: z.string().nullable(),
  statementDescriptorSuffix: z.string().nullable(),
  metadata,
});
/** A payment intent; amounts in the currency's smallest unit. */
export type Intent = z.infer<typeof intentSchema>;

const chargeSchema = z.object({
  id: z.string(),
  paymentIntent: z.string(),
  amount: z.number(),
  amountCaptured: z.number(),
  amountRefunded: z.number(),
  currency: z.string(),
  status: z.enum(['succeeded', 'failed']),
  captured: z.boolean(),
  paymentMethod: z.string(),
  failure: failureSchema.nullable(),
  created: z.number(),
  description: z.string().nullable(),
  metadata,
});
/** One attempt to charge a card. */
export type Charge = z.infer<typeof chargeSchema>;

const refundSchema = z.object({
  id: z.string(),
  paymentIntent: z.string(),
  charge: z.string(),
  amount: z.number(),
  currency: z.string(),
  reason: z.string().nullable(),
  created: z.number(),
  metadata,
});
/** Money given back. */
export type Refund = z.infer<typeof refundSchema>;

/** A page of a list: `limit` records, newest first, older than the record `startingAfter`. */
export interface Page {
  readonly limit: number;
  readonly startingAfter?: string | undefined;
  readonly paymentIntent?: string | undefined;
}

/** One table of records. */
export class Collection<Kept extends { readonly id: string }> {
  readonly #database: Database;
  readonly #table: string;
  readonly #schema: z.ZodType<Kept>;
  readonly #intentOf: (record: Kept) => string;

  constructor(database: Database, table: string, schema: z.ZodType<Kept>, intentOf: (record: Kept) => string) {
    this.#database = database;
    this.#table = table;
    this.#schema = schema;
    this.#intentOf = intentOf;
    database.define(
      `CREATE TABLE IF NOT EXISTS ${table} (
         sequence INTEGER PRIMARY KEY AUTOINCREMENT,
         id TEXT NOT NULL UNIQUE,
         payment_intent TEXT NOT NULL,
         record TEXT NOT NULL
       ) STRICT;
       CREATE INDEX IF NOT EXISTS ${table}_by_payment_intent ON ${table} (payment_intent)`,
    );
  }

  put(record: Kept): void {
    this.#database
      .prepare(
        `INSERT INTO ${this.#table} (id, payment_intent, record) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET record = excluded.record`,
      )
      .run(record.id, this.#intentOf(record), JSON.stringify(record));
  }

  get(id: string): Kept | undefined {
    const row = this.#database.prepare(`SELECT record FROM ${this.#table} WHERE id = ?`).get(id);
    return row === undefined ? undefined : this.#read(row['record']);
  }

  list({ limit, startingAfter, paymentIntent }: Page): Kept[] {
    return this.#database
      .prepare(
        `SELECT record FROM ${this.#table}
         WHERE (:intent IS NULL OR payment_intent = :intent)
           AND (:after IS NULL OR sequence < (SELECT sequence FROM ${this.#table} WHERE id = :after))
         ORDER BY sequence DESC LIMIT :limit`,
      )
      .all({ intent: paymentIntent ?? null, after: startingAfter ?? null, limit })
      .map(({ record }) => this.#read(record));
  }

  #read(record: unknown): Kept {
    return this.#schema.parse(JSON.parse(String(record)));
  }
}

/** Something that the account's owner may want to hear of; `facts` are for faults, as with operations. */
export interface Happened {
  readonly type:
    'payment_intent.succeeded' | 'payment_intent.payment_failed' | 'charge.refunded' | 'charge.dispute.created';
  readonly object: unknown;
  readonly facts: Readonly<Record<string, string>>;
}

/** Everything that Stripe would know of the account. */
export interface Records {
  /** Called within the transaction in which it happens. */
  readonly tell: (happened: Happened) => void;
  readonly intents: Collection<Intent>;
  readonly charges: Collection<Charge>;
  readonly refunds: Collection<Refund>;
}

/** The records in this database; `tell` hears what happens to them. */
export function openRecords(database: Database, tell: Records['tell'] = () => undefined): Records {
  return {
    tell,
    intents: new Collection(database, 'stripe_payment_intents', intentSchema, ({ id }) => id),
    charges: new Collection(database, 'stripe_charges', chargeSchema, ({ paymentIntent }) => paymentIntent),
    refunds: new Collection(database, 'stripe_refunds', refundSchema, ({ paymentIntent }) => paymentIntent),
  };
}

/** An id as Stripe gives it: `newId('pi')` is like `pi_3MtwBwLkdIwHu7ix28a3tqPa`. */
export function newId(prefix: string): string {
  return `${prefix}_3${alphanumeric(23)}`;
}

/** So many random letters and digits. */
export function alphanumeric(length: number): string {
  return randomBytes(length * 2)
    .toString('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, length);
}
