/** Reads a queue for a function (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html): on a hint, never by polling. */
import { randomUUID } from 'node:crypto';
import type { Timer } from '../clock.ts';
import type { Ground } from '../part.ts';
import { Backoff } from './backoff.ts';
import { failedItems } from './batch-response.ts';
import { queueUrl } from './destinations.ts';
import type { QueueMapping } from './event-source-mapping.ts';
import type { Invoker, Outcome } from './invoker.ts';
import { filteredForm, queueRecord, receivedMessages, type QueueMessage } from './sqs-records.ts';
import { messageOf } from '../error-text.ts';

/** SQS hands out and deletes ten messages a call. */
const PER_CALL = 10;

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: an event is 6 MB at most. */
const LARGEST_EVENT = 6_291_456 - 1024;

/** Deleting is tried this often before the messages are left to come again. */
const DELETE_ATTEMPTS = 3;

/** How many batches run at once: few as long as one call empties the queue, up to `most` where a backlog is found. */
export interface PollerLimits {
  readonly usual: number;
  readonly most: number;
}

/** One queue, one function. */
export class QueuePoller {
  readonly #ground: Ground;
  readonly #invoker: Invoker;
  readonly #mapping: QueueMapping;
  readonly #url: () => string;
  readonly #limits: PollerLimits;
  readonly #backoff = new Backoff(1_000, 60_000);
  readonly #reported = new Set<string>();
  #gathered: QueueMessage[] = [];
  #windowEnd: Timer | undefined;
  #retry: Timer | undefined;
  #batches = 0;
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
    this.#url = () => queueUrl(endpointUrl(), mapping.eventSourceArn);
    const most = mapping.maximumConcurrency ?? limits.most;
    this.#limits = { usual: Math.min(limits.usual, most), most };
  }

  start(): void {
    this.#unsubscribe = this.#ground.signals.on(this.#mapping.eventSourceArn, () => this.#wake());
    this.#wake();
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#windowEnd?.cancel();
    this.#retry?.cancel();
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
    if (this.#unsubscribe === undefined) return false;
    return this.#batches < (this.#backlog ? this.#limits.most : this.#limits.usual);
  }

  async #receive(): Promise<void> {
    const { batchSize, window } = this.#mapping;
    const wanted = Math.min(PER_CALL, batchSize - this.#gathered.length);
    const messages = await this.#receiveMessages(wanted);
    if (this.#unsubscribe === undefined) return;
    this.#backlog = messages.length === wanted;
    if (messages.length > 0) this.#hinted = true;
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
    if (messages.length > 0) this.#ground.activity.begin(() => this.#process(messages));
  }

  async #process(messages: readonly QueueMessage[]): Promise<void> {
    this.#batches++;
    try {
      const { eventSourceArn, wanted } = this.#mapping;
      const records = messages.map((message) => ({ message, record: queueRecord(message, eventSourceArn) }));
      const [matching, others] = partition(records, ({ message, record }) =>
        wanted(filteredForm(record, message.Body)),
      );
      await this.#delete(others.map(({ message }) => message));
      for (const batch of bySize(matching)) await this.#run(batch);
    } catch (error) {
      if (this.#unsubscribe !== undefined) this.#report('could not be worked off', error);
    } finally {
      this.#batches--;
      this.#wake();
    }
  }

  /** What fails stays in the queue, and is seen again when its visibility timeout is over. */
  async #run(batch: readonly Sized[]): Promise<void> {
    const payload = `{"Records":[${batch.map(({ json }) => json).join(',')}]}`;
    const outcome = await this.#invoker.invoke(this.#mapping.declared, { requestId: randomUUID(), payload });
    const messages = batch.map(({ message }) => message);
    await this.#delete(this.#done(messages, outcome));
  }

  #done(messages: readonly QueueMessage[], outcome: Outcome): readonly QueueMessage[] {
    if (outcome.error !== undefined) return [];
    if (!this.#mapping.reportsFailures) return messages;
    const failed = failedItems(outcome.payload, new Set(messages.map((message) => message.MessageId)));
    return failed === undefined ? [] : messages.filter((message) => !failed.has(message.MessageId));
  }

  async #receiveMessages(most: number): Promise<readonly QueueMessage[]> {
    const answer = await this.#call('ReceiveMessage', {
      QueueUrl: this.#url(),
      MaxNumberOfMessages: most,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
      WaitTimeSeconds: 0,
    });
    return receivedMessages.parse(answer).Messages;
  }

  async #delete(messages: readonly QueueMessage[]): Promise<void> {
    for (let from = 0; from < messages.length; from += PER_CALL) {
      const Entries = messages
        .slice(from, from + PER_CALL)
        .map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle }));
      await this.#deleteBatch({ QueueUrl: this.#url(), Entries });
    }
  }

  async #deleteBatch(request: object): Promise<void> {
    for (let attempt = 1; this.#unsubscribe !== undefined; attempt++) {
      try {
        await this.#call('DeleteMessageBatch', request);
        return;
      } catch (error) {
        if (attempt === DELETE_ATTEMPTS) throw error;
      }
    }
  }

  #call(operation: string, request: object): Promise<unknown> {
    return this.#ground.dispatcher.call('sqs', operation, request, { type: 'role', arn: this.#mapping.declared.role });
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
