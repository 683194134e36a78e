/** The ground that the test of the outcomes stands on: the service, with something stored, and what is seen of it from then on. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  cancelNotification,
  type Message,
  notificationCancelled,
  orderCancelled,
  orderCancelRequested,
  orderFailed,
  sendNotification,
} from '@distributed-patterns/contracts';
import { milliseconds, notificationClaim } from '@distributed-patterns/durations';
import {
  createServiceTables,
  messageOf,
  queueEvent,
  recordingTelemetry,
  testClockAndIds,
  type TestDynamoDb,
  type TestSes,
} from '@distributed-patterns/testing';
import { type Kind, kinds, type Notification, owedCorrection } from './notification.ts';
import { NotificationStore } from './notification-store.ts';
import { handler } from './on-message.handler.ts';
import { Sender } from './sender.ts';

const orderId = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const total = { amount: 129_999, currency: 'USD' };
const order = {
  orderId,
  customerId: 'customer-123',
  items: [{ productId: 'laptop', quantity: 1, unitPrice: total }],
  total,
};
const ended = { ...order, reason: { code: 'OUT_OF_STOCK', message: 'None are left.' } };
const ann = 'ann@example.com';

/** More often than anything here has to come again where nobody is dead and SES is well. */
const ROUNDS = 3;

/** What is so besides, where a given says that there is nothing, and more than that. */
interface Circumstances {
  readonly customerEmail?: string | undefined;
  readonly hasBounced?: true;
  /** What SES answers; every time. */
  readonly error?: { readonly code: string; readonly status: number };
}

const circumstances = new Map<string, Circumstances>([
  ['nothing, and no address', { customerEmail: undefined }],
  ['nothing, and an address that bounced', { hasBounced: true }],
  ['nothing, and an address that is refused', { customerEmail: 'ann@nowhere.invalid' }],
  ['nothing, and SES takes no mail now', { error: { code: 'TooManyRequestsException', status: 429 } }],
  ['nothing, and SES breaks down', { error: { code: 'InternalServiceErrorException', status: 500 } }],
]);

/** A command's token says whose it is. */
const awaited = (id: string) => ({ id, replyToken: `token of ${id}` });

/** A message of the inbox, from its id and the customer's address. */
type Make = (id: string, customerEmail: string | undefined) => Message;

/** Each message of the inbox, and the kind of notification that it is about. */
const messages = new Map<string, { readonly kind: Kind; readonly make: Make }>([
  [
    'SendNotification',
    {
      kind: 'paid',
      make: (id, customerEmail) => messageOf(sendNotification, { ...order, customerEmail }, awaited(id)),
    },
  ],
  ['CancelNotification', { kind: 'paid', make: (id) => messageOf(cancelNotification, { orderId }, awaited(id)) }],
  ['OrderCancelRequested', { kind: 'paid', make: (id) => messageOf(orderCancelRequested, { orderId }, { id }) }],
  [
    'NotificationCancelled',
    { kind: 'correction', make: (id) => messageOf(notificationCancelled, { orderId }, { id }) },
  ],
  [
    'OrderFailed',
    { kind: 'failed', make: (id, customerEmail) => messageOf(orderFailed, { ...ended, customerEmail }, { id }) },
  ],
  [
    'OrderCancelled',
    { kind: 'cancelled', make: (id, customerEmail) => messageOf(orderCancelled, { ...ended, customerEmail }, { id }) },
  ],
]);

/** What the subject of each kind of mail says. */
const subjects: Readonly<Record<Kind, RegExp>> = {
  paid: /^We have received your order /,
  correction: /^Correction: /,
  failed: /^Your order \S+ could not be completed$/,
  cancelled: /^Your order \S+ was cancelled$/,
};

/** The service, from the moment on at which something is stored. */
export interface Service {
  readonly client: DynamoDBDocumentClient;
  /** A message of the inbox, about the one order that there is. */
  messageTo(type: string, id: string): Message;
  /** Hands over a batch. Each has a function of its own, as where there are many. */
  receive(...batch: readonly Message[]): Promise<void>;
  /** Hands over again what could not be handled, a few times over. */
  settle(): Promise<void>;
  /** What was handed over, and what of it has still to come again. */
  readonly delivered: readonly Message[];
  readonly unhandled: readonly Message[];
  announced(): Promise<readonly Message[]>;
  /** What is stored, as a person calls it. */
  stored(): Promise<string>;
  /** The kinds of the mails that went out, oldest first. */
  mails(): Promise<readonly Kind[]>;
}

/** The service where something is stored, about which a message is to come. */
export async function serviceGiven(
  { dynamodb, ses }: { readonly dynamodb: TestDynamoDb; readonly ses: TestSes },
  { message, given }: { readonly message: string; readonly given: string },
): Promise<Service> {
  const tables = await createServiceTables(dynamodb);
  const clockAndIds = testClockAndIds();
  const store = new NotificationStore(tables.client, tables);
  const { kind } = known(messages, message);
  const { customerEmail, hasBounced, error } = { customerEmail: ann, ...circumstances.get(given) };
  for (const each of notificationsGiven(given, kind, clockAndIds.now())) await store.commit(undefined, each, []);
  if (hasBounced) await store.suppress({ address: ann, reason: 'BOUNCED' }, clockAndIds.now().toISOString());
  ses.faults.remove();
  if (error)
    ses.faults.inject({ at: 'ses.SendEmail', effect: 'error', error: { ...error, message: 'no' }, times: 1000 });

  const mailsBefore = (await ses.mailbox()).length;
  const delivered: Message[] = [];
  const unhandled: Message[] = [];
  const handOver = async (batch: readonly Message[]) => {
    const { batchItemFailures } = await handler(queueEvent(...batch), undefined, {
      store: new NotificationStore(tables.client, tables),
      telemetry: recordingTelemetry(),
      clockAndIds,
      sender: new Sender(ses.client, { from: 'orders@shop.example', configurationSet: ses.configurationSet }),
      fallbackDomain: undefined,
      locale: 'en-US',
    });
    const toComeAgain = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    unhandled.push(...batch.filter((_message, index) => toComeAgain.has(`queued-${index + 1}`)));
  };
  return {
    client: tables.client,
    messageTo: (type, id) => known(messages, type).make(id, customerEmail),
    receive: async (...batch) => {
      delivered.push(...batch);
      await handOver(batch);
    },
    settle: async () => {
      for (let round = 0; round < ROUNDS; round++) for (const each of unhandled.splice(0)) await handOver([each]);
    },
    delivered,
    unhandled,
    announced: () => tables.recorded(),
    stored: async () => {
      const notification = await store.load(orderId, kind === 'correction' ? 'paid' : kind);
      if (owedCorrection(notification) === undefined) return notification?.status ?? 'nothing';
      return `CANCELLED, correction ${(await store.load(orderId, 'correction'))?.status ?? 'owed'}`;
    },
    mails: async () => (await ses.mailbox()).slice(mailsBefore).map(({ subject }) => kindOf(subject)),
  };
}

/** What is stored where a person calls it so, for a message that is about notifications of a kind. */
function notificationsGiven(given: string, kind: Kind, now: Date): readonly Notification[] {
  const { correction } = /^CANCELLED, correction (?<correction>.+)$/.exec(given)?.groups ?? {};
  if (correction === undefined)
    return given.startsWith('nothing') ? [] : [stateOf(given, given === 'CANCELLED' ? 'paid' : kind, now)];
  const tombstone: Notification = { orderId, kind: 'paid', status: 'CANCELLED', to: ann };
  return correction === 'owed' ? [tombstone] : [tombstone, stateOf(correction, 'correction', now)];
}

function stateOf(name: string, kind: Kind, now: Date): Notification {
  const about = { orderId, kind };
  const reason = { code: 'NOTIFICATION_REJECTED', message: 'No mail for this address.' };
  const longAgo = new Date(now.getTime() - milliseconds(notificationClaim)).toISOString();
  const states = new Map<string, Notification>([
    ['SENDING', { ...about, status: 'SENDING', to: ann, since: now.toISOString() }],
    ['SENDING, sender dead', { ...about, status: 'SENDING', to: ann, since: longAgo }],
    ['WAITING', { ...about, status: 'WAITING' }],
    ['SENT', { ...about, status: 'SENT', to: ann, messageId: 'mail-1' }],
    ['SKIPPED', { ...about, status: 'SKIPPED', because: 'NO_ADDRESS' }],
    ['REJECTED', { ...about, status: 'REJECTED', to: ann, reason }],
    ['CANCELLED', { ...about, status: 'CANCELLED' }],
  ]);
  return known(states, name);
}

function kindOf(subject: string): Kind {
  const kind = kinds.find((each) => subjects[each].test(subject));
  if (kind === undefined) throw new RangeError(`no kind of mail: ${subject}`);
  return kind;
}

function known<Value>(all: ReadonlyMap<string, Value>, name: string): Value {
  const value = all.get(name);
  if (value === undefined) throw new RangeError(`nobody has said what ${name} is`);
  return value;
}
