/** Reads a queue for a function (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html): on a hint, never by polling. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import type { Timer } from '../clock.ts';
import type { Ground } from '../part.ts';
import { Backoff } from './backoff.ts';
import { failedItems } from './batch-response.ts';
import type { QueueMapping } from './event-source-mapping.ts';
import type { Invoker, Outcome } from './invoker.ts';
import { Pace } from './pace.ts';
import { MESSAGES_PER_CALL, SourceQueue } from './queue-poller-source.ts';
import { filteredForm, queueRecord, type QueueMessage } from './sqs-records.ts';
import { messageOf } from '../error-text.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: an event is 6 MB at most. */
const LARGEST_EVENT = 6_291_456 - 1024;

/**
 * How many batches run at once, in milliseconds of the machine's time: the next one begins when the last has ended, or
 * has run for `patience`; one that was not full is followed by a {@link Pace rest} of up to `rest`. So what arrives
 * meanwhile gathers to a fuller batch, and a slow one keeps nobody waiting.
 */
export interface PollerLimits {
  readonly patience: number;
  readonly rest: number;
  readonly most: number;
}

/** One queue, one function. */
export class QueuePoller {
  readonly #ground: Ground;
  readonly #invoker: Invoker;
  readonly #mapping: QueueMapping;
  readonly #queue: SourceQueue;
  readonly #limits: PollerLimits;
  readonly #backoff = new Backoff(1_000, 60_000);
  readonly #reported = new Set<string>();
  readonly #pauses = new Set<Timer>();
  readonly #pace: Pace;
  #gathered: QueueMessage[] = [];
  /** When the first of the gathered messages was received. */
  #gatheredAt = 0;
  #windowEnd: Timer | undefined;
  #retry: Timer | undefined;
  #batches = 0;
  /** The batch that others wait for, by the timer that ends their patience. */
  #fresh: NodeJS.Timeout | undefined;
  #polling = false;
  #hinted = false;
  #backlog = false;
  #unsubscribe: (() => void) | undefined;

  constructor(
    ground: Ground,
    invoker: Invoker,
    mapping: QueueMapping,
    endpointUrl: () => string,
    limits: PollerLimits,
  ) {
    this.#ground = ground;
    this.#invoker = invoker;
    this.#mapping = mapping;
    this.#queue = new SourceQueue(ground.dispatcher, mapping, endpointUrl);
    this.#pace = new Pace(limits.rest);
    this.#limits = { ...limits, most: mapping.maximumConcurrency ?? limits.most };
  }

  start(): void {
    this.#unsubscribe = this.#ground.signals.on(this.#mapping.eventSourceArn, () => this.#wake());
    this.#wake();
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearTimeout(this.#fresh);
    this.#windowEnd?.cancel();
    this.#retry?.cancel();
    for (const pause of this.#pauses) pause.cancel();
  }

  #wake(): void {
    this.#hinted = true;
    if (this.#polling || this.#unsubscribe === undefined) return;
    this.#polling = true;
    this.#ground.activity.begin(() => this.#poll());
  }

  async #poll(): Promise<void> {
    try {
      while (this.#hinted && this.#mayRunMore()) {
        if (!this.#backlog) await this.#pace.turn();
        this.#hinted = false;
        await this.#receive();
      }
      this.#backoff.reset();
    } catch (error) {
      this.#report('cannot be read', error);
      this.#retry?.cancel();
      this.#retry = this.#ground.clock.after(this.#backoff.next(), () => this.#wake());
    } finally {
      this.#polling = false;
    }
  }

  #mayRunMore(): boolean {
    return this.#unsubscribe !== undefined && this.#fresh === undefined && this.#batches < this.#limits.most;
  }

  async #receive(): Promise<void> {
    if (this.#unsubscribe === undefined) return;
    const { batchSize, window } = this.#mapping;
    const wanted = Math.min(MESSAGES_PER_CALL, batchSize - this.#gathered.length);
    const now = this.#ground.clock.now();
    const messages = await this.#queue.receive(wanted);
    if (this.#unsubscribe === undefined) return;
    if (this.#gathered.length === 0) this.#gatheredAt = now;
    this.#backlog = messages.length === wanted;
    if (this.#backlog) this.#hinted = true;
    this.#gathered.push(...messages);
    if (this.#gathered.length >= batchSize || (window === 0 && messages.length < wanted)) this.#flush();
    else if (window > 0 && this.#gathered.length > 0) this.#armWindow(window);
  }

  #armWindow(window: number): void {
    this.#windowEnd ??= this.#ground.clock.after(window, () => this.#flush());
  }

  #flush(): void {
    this.#windowEnd?.cancel();
    this.#windowEnd = undefined;
    const messages = this.#gathered;
    this.#gathered = [];
    if (messages.length === 0) return;
    this.#batches++;
    const patience = this.#waitFor();
    const receivedAt = this.#gatheredAt;
    this.#ground.activity.begin(async () => {
      await this.#pace.measure(() => this.#holdPlace(async () => this.#take(messages, receivedAt)));
      this.#waitNoLonger(patience);
    });
  }

  #waitFor(): NodeJS.Timeout {
    clearTimeout(this.#fresh);
    const patience = setTimeout(() => this.#waitNoLonger(patience), this.#limits.patience);
    this.#fresh = patience;
    return patience;
  }

  #waitNoLonger(patience: NodeJS.Timeout): void {
    clearTimeout(patience);
    if (this.#fresh === patience) this.#fresh = undefined;
    if (this.#hinted) this.#wake();
  }

  /** Works with a place among the batches that run at once; what it could not do comes again from the queue. */
  async #holdPlace(work: () => Promise<Pending | undefined>): Promise<void> {
    let pending: Pending | undefined;
    try {
      pending = await work();
    } catch (error) {
      if (this.#unsubscribe !== undefined) this.#report('could not be worked off', error);
    }
    if (pending !== undefined && this.#unsubscribe !== undefined) return this.#pause(pending);
    this.#batches--;
    if (this.#hinted) this.#wake();
  }

  /** A wait for the clock is no activity, but its place is taken: so throttling slows the reading down. */
  #pause(pending: Pending): void {
    const pause = this.#ground.clock.at(pending.nextTry, () => {
      this.#pauses.delete(pause);
      this.#ground.activity.begin(() => this.#holdPlace(async () => this.#workOff(pending)));
    });
    this.#pauses.add(pause);
  }

  async #take(messages: readonly QueueMessage[], receivedAt: number): Promise<Pending | undefined> {
    const { eventSourceArn, wanted } = this.#mapping;
    const records = messages.map((message) => ({ message, record: queueRecord(message, eventSourceArn) }));
    const [matching, others] = partition(records, ({ message, record }) => wanted(filteredForm(record, message.Body)));
    await this.#queue.delete(others.map(({ message }) => message));
    return this.#workOff({ batches: bySize(matching), receivedAt, backoff: new Backoff(250, 60_000), nextTry: 0 });
  }

  /** One batch after the other; what is left where the function is throttled. */
  async #workOff(pending: Pending): Promise<Pending | undefined> {
    for (const [done, batch] of pending.batches.entries()) {
      if (!(await this.#run(batch))) return this.#throttled({ ...pending, batches: pending.batches.slice(done) });
    }
    return undefined;
  }

  /** Lambda tries again until the messages are visible in the queue again, from where they come anew. */
  async #throttled(pending: Pending): Promise<Pending | undefined> {
    const visibleAt = pending.receivedAt + (await this.#queue.visibilityTimeout()) * 1000;
    const nextTry = this.#ground.clock.now() + pending.backoff.next();
    return nextTry < visibleAt ? { ...pending, nextTry } : undefined;
  }

  /** False where the function is throttled; what fails is seen again when its visibility timeout is over. */
  async #run(batch: readonly Sized[]): Promise<boolean> {
    const outcome = await this.#invoke(batch);
    if (outcome === undefined) return false;
    const messages = batch.map(({ message }) => message);
    const done = this.#done(messages, outcome);
    if (this.#unsubscribe !== undefined) await this.#queue.delete(done);
    return true;
  }

  async #invoke(batch: readonly Sized[]): Promise<Outcome | undefined> {
    const payload = `{"Records":[${batch.map(({ json }) => json).join(',')}]}`;
    try {
      return await this.#invoker.invoke(this.#mapping.declared, { requestId: randomUUID(), payload });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === 'TooManyRequestsException')) throw error;
      this.#report('waits, since the function is throttled', error);
      return undefined;
    }
  }

  #done(messages: readonly QueueMessage[], outcome: Outcome): readonly QueueMessage[] {
    if (outcome.error !== undefined) return [];
    if (!this.#mapping.reportsFailures) return messages;
    const failed = failedItems(outcome.payload, new Set(messages.map((message) => message.MessageId)));
    return failed === undefined ? [] : messages.filter((message) => !failed.has(message.MessageId));
  }

  /** The same complaint once, not at each attempt. */
  #report(what: string, error: unknown): void {
    const line = `lambda ${this.#mapping.declared.name}: ${this.#mapping.eventSourceArn} ${what}: ${messageOf(error)}`;
    if (!this.#reported.has(line)) this.#ground.report(line);
    this.#reported.add(line);
  }
}

interface Sized {
  readonly message: QueueMessage;
  readonly json: string;
}

/** Received messages that the function is still to be invoked with, one batch after the other. */
interface Pending {
  readonly batches: readonly (readonly Sized[])[];
  readonly receivedAt: number;
  readonly backoff: Backoff;
  readonly nextTry: number;
}

function bySize(records: readonly { readonly message: QueueMessage; readonly record: object }[]): readonly Sized[][] {
  const batches: Sized[][] = [];
  let room = 0;
  for (const { message, record } of records) {
    const json = JSON.stringify(record);
    const size = Buffer.byteLength(json) + 1;
    if (size > room) {
      batches.push([]);
      room = LARGEST_EVENT;
    }
    room -= size;
    batches.at(-1)?.push({ message, json });
  }
  return batches;
}

function partition<Item>(
  items: readonly Item[],
  test: (item: Item) => boolean,
): readonly [readonly Item[], readonly Item[]] {
  const passed: Item[] = [];
  const failed: Item[] = [];
  for (const item of items) (test(item) ? passed : failed).push(item);
  return [passed, failed];
}
