/** ReceiveMessage: what is visible is handed out and hidden, what was handed out too often goes to the dead letters. */
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { operation, type BoundOperation } from '../service.ts';
import type { Signals } from '../signals.ts';
import { checkRange, invalidValue, overLimit, parameters, unknownAttribute } from './errors.ts';
import { InFlightLimit } from './in-flight-limit.ts';
import { attributeValue, md5, md5OfAttributes, type Attributes } from './message-attributes.ts';
import type { MessageStore, StoredMessage } from './message-store.ts';
import { queueArnOf, type Queue, type Queues } from './queue.ts';
import { receiptHandle } from './receipt-handle.ts';
import type { Visibility } from './visibility.ts';

const LONGEST_VISIBILITY = 43_200;
const LONGEST_WAIT = 20;

const receiveMessage = parameters(
  z.strictObject({
    QueueUrl: z.string(),
    AttributeNames: z.array(z.string()).optional(),
    MessageSystemAttributeNames: z.array(z.string()).optional(),
    MessageAttributeNames: z.array(z.string()).optional(),
    MaxNumberOfMessages: z.number().optional(),
    VisibilityTimeout: z.number().optional(),
    WaitTimeSeconds: z.number().optional(),
  }),
);

type Request = ReturnType<typeof receiveMessage>;

interface Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly MD5OfBody: string;
  readonly Body: string;
  readonly Attributes?: Readonly<Record<string, string>> | undefined;
  readonly MD5OfMessageAttributes?: string | undefined;
  readonly MessageAttributes?: Attributes | undefined;
}

const storedAttributes = z.record(z.string(), attributeValue);

/** Hands out messages; long polls wait on the queue's signal and on the clock. */
export class Receiver {
  readonly #queues: Queues;
  readonly #store: MessageStore;
  readonly #visibility: Visibility;
  readonly #clock: Clock;
  readonly #signals: Signals;
  readonly #inFlight: InFlightLimit;
  readonly #waiting = new Set<() => void>();

  constructor(queues: Queues, store: MessageStore, visibility: Visibility, clock: Clock, signals: Signals) {
    this.#queues = queues;
    this.#store = store;
    this.#visibility = visibility;
    this.#clock = clock;
    this.#signals = signals;
    this.#inFlight = new InFlightLimit(store);
  }

  /** The one operation of this file. */
  operations(): Record<string, BoundOperation> {
    return {
      ReceiveMessage: operation({
        parse: receiveMessage,
        needs: ({ QueueUrl }) => [{ action: 'sqs:ReceiveMessage', resource: queueArnOf(QueueUrl) }],
        run: (request) => this.#receive(request),
      }),
    };
  }

  /** Answers every long poll, with nothing. */
  stop(): void {
    for (const end of this.#waiting) end();
  }

  async #receive(request: Request): Promise<{ Messages?: Message[] }> {
    const queue = this.#queues.at(request.QueueUrl);
    check(request);
    const wait = request.WaitTimeSeconds ?? queue.receiveMessageWaitTimeSeconds;
    // A long poll is not told that too many messages are in flight: it finds nothing.
    if (wait === 0 && this.#inFlight.room(queue, 1, this.#clock.now()) === 0) throw overLimit();
    const deadline = this.#clock.now() + wait * 1000;
    let taken = this.#take(queue, request);
    while (taken.length === 0 && this.#clock.now() < deadline) {
      const goOn = await this.#somethingNew(queue, deadline);
      taken = goOn ? this.#take(queue, request) : [];
      if (!goOn) break;
    }
    if (taken.length === 0) return {};
    const now = this.#clock.now();
    return { Messages: taken.map((message) => present(queue, message, request, now)) };
  }

  /** True when there is a hint, false when the time is over. */
  #somethingNew(queue: Queue, deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isNew: boolean): void => {
        forget();
        timer.cancel();
        this.#waiting.delete(end);
        resolve(isNew);
      };
      const end = (): void => settle(false);
      const forget = this.#signals.on(queue.arn, () => settle(true));
      const timer = this.#clock.at(deadline, end);
      this.#waiting.add(end);
    });
  }

  /** Takes what can be had now, as it is after its receipt. */
  #take(queue: Queue, request: Request): StoredMessage[] {
    const now = this.#clock.now();
    const most = this.#inFlight.room(queue, request.MaxNumberOfMessages ?? 1, now);
    const visibleAt = now + (request.VisibilityTimeout ?? queue.visibilityTimeout) * 1000;
    const taken: StoredMessage[] = [];
    for (;;) {
      const visible = this.#store.visible(queue.name, now, most - taken.length);
      if (visible.length === 0) break;
      const received = this.#store.transaction(() =>
        visible.filter((message) => this.#handOut(queue, message, now, visibleAt)),
      );
      taken.push(...received.map((message) => afterReceipt(message, now)));
      // A visibility timeout of nought leaves a message visible: it must not be handed out twice in one answer.
      if (received.length === visible.length || visibleAt === now) break;
    }
    this.#inFlight.received(queue, taken.length);
    if (taken.length > 0) this.#visibility.expect(queue, visibleAt);
    return taken;
  }

  /** False where the message had to leave the queue instead: it is too old, or was received too often. */
  #handOut(queue: Queue, message: StoredMessage, now: number, visibleAt: number): boolean {
    if (message.sent_at + queue.messageRetentionPeriod * 1000 <= now) {
      this.#store.remove(message.id);
      return false;
    }
    const redrive = queue.redrivePolicy;
    const target = redrive && this.#queues.withArn(redrive.deadLetterTargetArn);
    if (redrive === undefined || target === undefined || message.received_here < redrive.maxReceiveCount) {
      this.#store.markReceived(message.id, now, visibleAt);
      return true;
    }
    this.#store.moveToDeadLetters(message.id, target.name, queue.arn, now);
    this.#store.afterCommit(() => this.#visibility.expect(target, now));
    return false;
  }
}

/** What may be asked for; a standard queue's messages have neither a sequence number nor a deduplication id. */
const SYSTEM_ATTRIBUTES = new Set([
  'All',
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
]);

function check(request: Request): void {
  const unknown = systemAttributeNames(request).find((name) => !SYSTEM_ATTRIBUTES.has(name));
  if (unknown !== undefined) throw unknownAttribute(unknown);
  checkRange(request.MaxNumberOfMessages, 'MaxNumberOfMessages', 1, 10);
  const { VisibilityTimeout: timeout, WaitTimeSeconds: wait } = request;
  if (timeout !== undefined && !(Number.isInteger(timeout) && timeout >= 0 && timeout <= LONGEST_VISIBILITY)) {
    throw invalidValue(timeout, 'VisibilityTimeout', `Must be >= 0 and <= ${LONGEST_VISIBILITY}, if provided.`);
  }
  if (wait !== undefined && !(Number.isInteger(wait) && wait >= 0 && wait <= LONGEST_WAIT)) {
    throw invalidValue(wait, 'WaitTimeSeconds', `Must be >= 0 and <= ${LONGEST_WAIT}, if provided.`);
  }
}

function afterReceipt(message: StoredMessage, now: number): StoredMessage {
  return {
    ...message,
    received: message.received + 1,
    received_here: message.received_here + 1,
    first_received_at: message.first_received_at ?? now,
  };
}

function present(queue: Queue, message: StoredMessage, request: Request, now: number): Message {
  const { id, message_id: messageId, received, body } = message;
  const attributes = message.attributes === null ? {} : storedAttributes.parse(JSON.parse(message.attributes));
  const selected = selectAttributes(attributes, request.MessageAttributeNames ?? []);
  const isWhole = Object.keys(selected).length === Object.keys(attributes).length;
  return {
    MessageId: messageId,
    ReceiptHandle: receiptHandle({ queue: queue.name, id, messageId, received, at: now }),
    MD5OfBody: md5(body),
    Body: body,
    Attributes: systemAttributes(message, systemAttributeNames(request)),
    MD5OfMessageAttributes: isWhole ? (message.attributes_md5 ?? undefined) : md5OfAttributes(selected),
    MessageAttributes: Object.keys(selected).length === 0 ? undefined : selected,
  };
}

/** The newer parameter has another name and the same meaning. */
function systemAttributeNames({ AttributeNames = [], MessageSystemAttributeNames = [] }: Request): readonly string[] {
  return [...AttributeNames, ...MessageSystemAttributeNames];
}

function systemAttributes(message: StoredMessage, names: readonly string[]): Record<string, string> | undefined {
  if (names.length === 0) return undefined;
  const all: Readonly<Record<string, string | number | null>> = {
    SenderId: message.sender_id,
    SentTimestamp: message.sent_at,
    ApproximateReceiveCount: message.received,
    ApproximateFirstReceiveTimestamp: message.first_received_at,
    MessageGroupId: message.group_id,
    AWSTraceHeader: message.trace_header,
    DeadLetterQueueSourceArn: message.source_arn,
  };
  const selected: Record<string, string> = {};
  for (const [name, value] of Object.entries(all)) {
    if (value !== null && (names.includes('All') || names.includes(name))) selected[name] = String(value);
  }
  return selected;
}

/**
 * Names, `All`, or what the names start with: `order.*`, of which `.*` and `*` are the shortest. AWS documents that the
 * period belongs to the prefix, but `Hel.*` selects `Hello` there.
 */
function selectAttributes(attributes: Attributes, names: readonly string[]): Attributes {
  if (names.length === 0) return {};
  if (names.includes('All') || names.includes('*')) return attributes;
  const isSelected = (name: string): boolean =>
    names.some((wanted) => wanted === name || (wanted.endsWith('.*') && name.startsWith(wanted.slice(0, -2))));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isSelected(name)));
}
