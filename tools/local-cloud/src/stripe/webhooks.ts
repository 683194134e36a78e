/** Tells an endpoint what has happened: signed, in no order, and again where it was not taken. */
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import type { FaultPoint } from '../faults.ts';
import type { Ground } from '../part.ts';
import type { Happened } from './records.ts';
import { alphanumeric, newId } from './records.ts';

/** An event can get lost, come twice or be held; what is in the metadata of its intent is its caller's to say. */
export const WEBHOOK_FAULTS: FaultPoint = { effects: ['lose', 'duplicate', 'hold'], facts: 'any' };

/** How many events are under way at once. */
const MOST_AT_ONCE = 10;

/** An event comes a moment after its request was answered, so that whoever made it happen knows of it first; milliseconds. */
const A_MOMENT = 1_000;

/** In test mode Stripe tries three times more, over a few hours (https://docs.stripe.com/webhooks#retries); milliseconds. */
const PAUSES = [60_000, 30 * 60_000, 2 * 3_600_000];

const deliverySchema = z.object({
  id: z.number(),
  type: z.string(),
  event: z.string(),
  facts: z.string().transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text))),
  failed_attempts: z.number(),
});
const owedSchema = z.array(z.object({ id: z.number(), due_at: z.number() }));

/** The events of one account, for one endpoint: what is owed is durable before its request is answered. */
export class Webhooks {
  readonly #ground: Ground;
  readonly #secret: string;
  readonly #apiVersion: string;
  readonly #stopping = new AbortController();
  #url: string | undefined;
  #waiting: number[] = [];
  #workers = 0;

  constructor(ground: Ground, secret: string, apiVersion: string) {
    this.#ground = ground;
    this.#secret = secret;
    this.#apiVersion = apiVersion;
    ground.database.define(`
      CREATE TABLE IF NOT EXISTS stripe_webhooks (
        id INTEGER PRIMARY KEY, type TEXT NOT NULL, event TEXT NOT NULL, facts TEXT NOT NULL,
        failed_attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL
      ) STRICT`);
  }

  /** Owes an event; called within the transaction in which it happens. */
  owe({ type, object, facts }: Happened): void {
    const { clock, database } = this.#ground;
    const event = {
      id: newId('evt'),
      object: 'event',
      api_version: this.#apiVersion,
      created: Math.floor(clock.now() / 1000),
      data: { object },
      livemode: false,
      pending_webhooks: 1,
      request: { id: `req_${alphanumeric(14)}`, idempotency_key: null },
      type,
    };
    const dueAt = clock.now() + A_MOMENT;
    const { lastInsertRowid: id } = database
      .prepare('INSERT INTO stripe_webhooks (type, event, facts, due_at) VALUES (?, ?, ?, ?)')
      .run(type, JSON.stringify(event), JSON.stringify(facts), dueAt);
    database.afterCommit(() => this.#enqueueAt(Number(id), dueAt));
  }

  /** Sends to this address from now on, beginning with what is owed already. */
  deliverTo(url: string): void {
    this.#url = url;
    const owed = this.#ground.database.prepare('SELECT id, due_at FROM stripe_webhooks ORDER BY id').all();
    for (const { id, due_at: dueAt } of owedSchema.parse(owed)) {
      if (!this.#waiting.includes(id)) this.#enqueueAt(id, dueAt);
    }
    this.#addWorker();
  }

  /** Breaks off what is under way: it is still owed. */
  stop(): void {
    this.#stopping.abort();
    this.#waiting = [];
  }

  #enqueueAt(id: number, time: number): void {
    if (time <= this.#ground.clock.now()) this.#enqueue(id);
    else this.#ground.clock.at(time, () => this.#enqueue(id));
  }

  #enqueue(id: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#waiting.push(id);
    this.#addWorker();
  }

  #addWorker(): void {
    if (this.#url === undefined || this.#workers >= MOST_AT_ONCE || this.#waiting.length === 0) return;
    const url = this.#url;
    this.#workers++;
    this.#ground.activity.begin(() => this.#work(url));
  }

  /** Starts on the next turn, so that whoever made it happen is answered first. */
  async #work(url: string): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      for (let id = this.#waiting.shift(); id !== undefined; id = this.#waiting.shift()) await this.#deliver(id, url);
    } finally {
      this.#workers--;
      this.#addWorker();
    }
  }

  async #deliver(id: number, url: string): Promise<void> {
    const { database, faults } = this.#ground;
    const row = database.prepare('SELECT * FROM stripe_webhooks WHERE id = ?').get(id);
    if (row === undefined) return;
    const { type, event, facts, failed_attempts: failedAttempts } = deliverySchema.parse(row);
    const fault = faults.strike('stripe.webhook', { ...facts, type }, () => this.#enqueue(id));
    if (fault?.effect === 'hold') return;
    const isTaken = fault?.effect === 'lose' || (await this.#send(event, url));
    if (fault?.effect === 'duplicate') await this.#send(event, url);
    if (this.#stopping.signal.aborted) return;
    if (isTaken) database.prepare('DELETE FROM stripe_webhooks WHERE id = ?').run(id);
    else this.#putOff(id, type, failedAttempts);
  }

  #putOff(id: number, type: string, failedAttempts: number): void {
    const { clock, database, report } = this.#ground;
    const pause = PAUSES[failedAttempts];
    if (pause === undefined) {
      report(`stripe: the event ${type} was not taken and is dropped`);
      database.prepare('DELETE FROM stripe_webhooks WHERE id = ?').run(id);
      return;
    }
    const dueAt = clock.now() + pause;
    database
      .prepare('UPDATE stripe_webhooks SET failed_attempts = ?, due_at = ? WHERE id = ?')
      .run(failedAttempts + 1, dueAt, id);
    this.#enqueueAt(id, dueAt);
  }

  /** Whether the endpoint has answered with success. */
  async #send(event: string, url: string): Promise<boolean> {
    const seconds = Math.floor(this.#ground.clock.now() / 1000);
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'stripe-signature': `t=${seconds},v1=${signatureOf(`${seconds}.${event}`, this.#secret)}`,
      'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    };
    try {
      const { signal } = this.#stopping;
      const response = await fetch(url, { method: 'POST', headers, body: event, redirect: 'manual', signal });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }
}

/** https://docs.stripe.com/webhooks#verify-manually */
function signatureOf(signed: string, secret: string): string {
  return createHmac('sha256', secret).update(signed).digest('hex');
}
