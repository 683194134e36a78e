/** The durable queue of asynchronous invocations (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html). */
import * as z from 'zod';
import type { Timer } from '../clock.ts';
import type { Ground } from '../part.ts';
import type { Destinations } from './destinations.ts';
import { DEFAULT_EVENT_INVOKE, type EventInvokeConfig } from './event-invoke-config.ts';
import type { LambdaFunction } from './function-declaration.ts';
import type { Functions } from './functions.ts';
import type { Invoker, Outcome } from './invoker.ts';

/** One minute before the first retry, two before the second. */
const RETRY_DELAYS = [60_000, 120_000];

/** After throttling or a fault of Lambda's own: from one second up to five minutes, until the event is too old. */
const FIRST_BACKOFF = 1_000;
const LONGEST_BACKOFF = 300_000;

/** How many events are taken out of the queue at a time. */
const AT_ONCE = 100;

const eventRow = z.object({
  id: z.string(),
  function: z.string(),
  payload: z.string(),
  enqueued: z.number(),
  invocations: z.number(),
  refusals: z.number(),
});
type QueuedEvent = z.infer<typeof eventRow>;

/** Takes events in, runs them when due, retries them, and tells how they ended. */
export class AsyncInvocations {
  readonly #ground: Ground;
  readonly #functions: Functions;
  readonly #invoker: Invoker;
  readonly #destinations: Destinations;
  readonly #configs = new Map<string, EventInvokeConfig>();
  readonly #running = new Set<string>();
  #timer: Timer | undefined;
  #stopped = true;

  constructor(ground: Ground, functions: Functions, invoker: Invoker, destinations: Destinations) {
    this.#ground = ground;
    this.#functions = functions;
    this.#invoker = invoker;
    this.#destinations = destinations;
    ground.database.define(`CREATE TABLE IF NOT EXISTS lambda_events (
      id TEXT PRIMARY KEY, function TEXT NOT NULL, payload TEXT NOT NULL, enqueued INTEGER NOT NULL,
      invocations INTEGER NOT NULL, refusals INTEGER NOT NULL, due INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS lambda_events_due ON lambda_events (due)`);
  }

  configure(config: EventInvokeConfig): void {
    this.#configs.set(this.#functions.find(config.functionName).name, config);
  }

  /** Takes an event in; it survives from here on. */
  enqueue(declared: LambdaFunction, id: string, payload: string): void {
    const { clock, database } = this.#ground;
    const now = clock.now();
    database
      .prepare(
        'INSERT INTO lambda_events (id, function, payload, enqueued, invocations, refusals, due) VALUES (?, ?, ?, ?, 0, 0, ?)',
      )
      .run(id, declared.name, payload, now, now);
    database.afterCommit(() => this.#pump());
  }

  /** Goes on with what is in the queue. */
  start(): void {
    this.#stopped = false;
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #pump(): void {
    if (this.#stopped) return;
    for (const event of this.#due(AT_ONCE - this.#running.size)) {
      this.#running.add(event.id);
      this.#ground.activity.begin(() => this.#process(event));
    }
    this.#armTimer();
  }

  /** The events that have waited longest and do not run yet: their payloads are large, so no other is read. */
  #due(most: number): readonly QueuedEvent[] {
    if (most <= 0) return [];
    return this.#ground.database
      .prepare(
        `SELECT * FROM lambda_events WHERE due <= ? AND id NOT IN (SELECT value FROM json_each(?))
         ORDER BY due LIMIT ?`,
      )
      .all(this.#ground.clock.now(), JSON.stringify([...this.#running]), most)
      .map((row) => eventRow.parse(row));
  }

  #armTimer(): void {
    this.#timer?.cancel();
    const next = this.#ground.database
      .prepare('SELECT min(due) AS due FROM lambda_events WHERE due > ?')
      .get(this.#ground.clock.now());
    const due = next?.['due'];
    if (typeof due === 'number') this.#timer = this.#ground.clock.at(due, () => this.#pump());
  }

  /** An event of which could not be written down what became of it waits for the next start. */
  async #process(event: QueuedEvent): Promise<void> {
    try {
      await this.#attempt(event);
      this.#running.delete(event.id);
    } finally {
      this.#pump();
    }
  }

  async #attempt(event: QueuedEvent): Promise<void> {
    const declared = this.#functions.all().find((known) => known.name === event.function);
    if (declared === undefined) return this.#discard(event, 'the function is gone');
    const config = this.#configs.get(declared.name) ?? DEFAULT_EVENT_INVOKE;
    // Nothing is tried where nothing may run: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html.
    if (declared.reservedConcurrency === 0)
      return this.#giveUp(declared, event, 'ZeroReservedConcurrency', undefined, config.onFailure);
    const expires = event.enqueued + config.maximumAge * 1000;
    if (this.#ground.clock.now() >= expires)
      return this.#giveUp(declared, event, 'EventAgeExceeded', undefined, config.onFailure);
    const outcome = await this.#tryInvoke(declared, event);
    if (this.#stopped) return;
    if (outcome === undefined) return this.#postpone(event, backoff(event.refusals), { refused: true });
    const tried = { ...event, invocations: event.invocations + 1 };
    if (outcome.error === undefined) return this.#succeed(declared, tried, outcome, config.onSuccess);
    if (event.invocations >= config.retries)
      return this.#giveUp(declared, tried, 'RetriesExhausted', outcome, config.onFailure);
    this.#postpone(event, RETRY_DELAYS[event.invocations] ?? LONGEST_BACKOFF, { refused: false });
  }

  /** Undefined where Lambda itself could not run the function, which does not count as an attempt. */
  async #tryInvoke(declared: LambdaFunction, event: QueuedEvent): Promise<Outcome | undefined> {
    try {
      return await this.#invoker.invoke(declared, { requestId: event.id, payload: event.payload });
    } catch {
      return undefined;
    }
  }

  #postpone(event: QueuedEvent, delay: number, { refused }: { readonly refused: boolean }): void {
    this.#ground.database
      .prepare('UPDATE lambda_events SET due = ?, invocations = invocations + ?, refusals = refusals + ? WHERE id = ?')
      .run(this.#ground.clock.now() + delay, refused ? 0 : 1, refused ? 1 : 0, event.id);
  }

  async #succeed(
    declared: LambdaFunction,
    event: QueuedEvent,
    outcome: Outcome,
    queueArn: string | undefined,
  ): Promise<void> {
    if (queueArn !== undefined)
      await this.#destinations.send(declared, queueArn, this.#record(declared, event, 'Success', outcome));
    this.#remove(event);
  }

  async #giveUp(
    declared: LambdaFunction,
    event: QueuedEvent,
    condition: string,
    outcome: Outcome | undefined,
    queueArn: string | undefined,
  ): Promise<void> {
    if (queueArn === undefined) return this.#discard(event, condition);
    await this.#destinations.send(declared, queueArn, this.#record(declared, event, condition, outcome));
    this.#remove(event);
  }

  #discard(event: QueuedEvent, reason: string): void {
    this.#ground.report(`lambda ${event.function}: asynchronous event ${event.id} is dropped: ${reason}`);
    this.#remove(event);
  }

  #remove(event: QueuedEvent): void {
    if (!this.#stopped) this.#ground.database.prepare('DELETE FROM lambda_events WHERE id = ?').run(event.id);
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
  #record(declared: LambdaFunction, event: QueuedEvent, condition: string, outcome: Outcome | undefined): object {
    const payload: unknown = JSON.parse(event.payload);
    const head = {
      version: '1.0',
      timestamp: new Date(this.#ground.clock.now()).toISOString(),
      requestContext: {
        requestId: event.id,
        functionArn: `${declared.arn}:$LATEST`,
        condition,
        approximateInvokeCount: event.invocations,
      },
      requestPayload: payload,
    };
    if (outcome === undefined) return head;
    const responsePayload: unknown = JSON.parse(outcome.payload);
    const functionError = outcome.error === undefined ? {} : { functionError: 'Unhandled' };
    return {
      ...head,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', ...functionError },
      responsePayload,
    };
  }
}

function backoff(refusals: number): number {
  return Math.min(FIRST_BACKOFF * 2 ** refusals, LONGEST_BACKOFF);
}
