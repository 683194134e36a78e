import {
  cancelNotification,
  type Message,
  notificationCancelled,
  orderCancelled,
  orderCancelRequested,
  orderFailed,
  sendNotification,
} from '@distributed-patterns/contracts';
import {
  allHandled,
  createServiceTables,
  failed,
  interruptBefore,
  messageOf,
  queueEvent,
  recordingTelemetry,
  type RecordingTelemetry,
  type ServiceTables,
  startDynamoDb,
  startSes,
  testClockAndIds,
  type TestClockAndIds,
  type TestDynamoDb,
  type TestSes,
} from '@distributed-patterns/testing';
import type { Mail } from './mail.ts';
import { type Delivery, SendingElsewhere } from './notification.ts';
import { NotificationStore } from './notification-store.ts';
import { handler as onFeedback } from './on-feedback.handler.ts';
import { handler } from './on-message.handler.ts';
import { type Addressed, Sender } from './sender.ts';
import type { Wiring } from './wiring.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const OTHER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c71';
const customerOrder = {
  orderId: ORDER,
  customerId: 'customer-123',
  items: [{ productId: 'laptop', quantity: 1, unitPrice: { amount: 129_999, currency: 'USD' } }],
  total: { amount: 129_999, currency: 'USD' },
};
const reason = { code: 'OUT_OF_STOCK', message: 'None are left.' };
/** A sender counts as dead after this long, in milliseconds. */
const DEAD = 60_000;

let dynamodb: TestDynamoDb;
let ses: TestSes;
let tables: ServiceTables;
let clockAndIds: TestClockAndIds;
let telemetry: RecordingTelemetry;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  ses = await startSes();
  tables = await createServiceTables(dynamodb);
  clockAndIds = testClockAndIds();
  telemetry = recordingTelemetry();
});
afterEach(async () => {
  dynamodb.faults.remove();
  await ses.stop();
});

const settings = () => ({ from: 'Shop <orders@shop.example>', configurationSet: ses.configurationSet });
const receive = (messages: readonly Message[], change: Partial<Wiring> = {}) =>
  handler(queueEvent(...messages), undefined, {
    store: new NotificationStore(tables.client, tables),
    telemetry,
    clockAndIds,
    sender: new Sender(ses.client, settings()),
    fallbackDomain: undefined,
    locale: 'en-US',
    ...change,
  });

const send = (replyToken = 'token-1', customerEmail: string | undefined = 'ann@example.com', orderId = ORDER) =>
  messageOf(
    sendNotification,
    { ...customerOrder, orderId, ...(customerEmail === undefined ? {} : { customerEmail }) },
    { id: 'command-1', replyToken },
  );
const toNobody = (replyToken = 'token-1') => messageOf(sendNotification, customerOrder, { replyToken });
const cancel = (replyToken = 'token-c') =>
  messageOf(cancelNotification, { orderId: ORDER }, { id: 'command-2', replyToken });

/** The customer cancels: nobody waits for an answer. */
const cancelRequested = () => messageOf(orderCancelRequested, { orderId: ORDER }, { id: 'event-1' });

/** Our own event, as it comes back to us from the bus. */
const cancelledEvent = () => messageOf(notificationCancelled, { orderId: ORDER });

const notification = (kind = 'paid', orderId = ORDER) => tables.item(`notification#${orderId}#${kind}`);
/** The first words of each mail, which tell its kind, and to whom it went. */
const mails = async () => (await ses.mailbox()).map(({ subject, to }) => [subject.split(' ')[0], ...to]);
const answers = async () =>
  (await tables.recorded()).map(({ type, metadata, data }) => [type, metadata.replyToken, codeIn(data)]);
const codeIn = (data: unknown) => /"code":"([^"]+)"/.exec(JSON.stringify(data))?.[1];

/** A sender to whom something happens right before, or right after, a mail went out. */
class InterruptedSender extends Sender {
  readonly #before: () => Promise<void>;
  readonly #after: () => Promise<void>;

  constructor(moments: { readonly before?: () => Promise<void>; readonly after?: () => Promise<void> }) {
    super(ses.client, settings());
    this.#before = moments.before ?? (() => Promise.resolve());
    this.#after = moments.after ?? (() => Promise.resolve());
  }

  override async send(to: Addressed, mail: Mail): Promise<Delivery> {
    await this.#before();
    const delivery = await super.send(to, mail);
    await this.#after();
    return delivery;
  }
}

/** A function that dies in the middle: what it does next is never done. */
const dying = (when: 'before' | 'after') =>
  new InterruptedSender({ [when]: () => Promise.reject(new Error('the function has died')) });

describe('SendNotification', () => {
  it('writes to the customer, then answers with the command’s token', async () => {
    expect(await receive([send()])).toEqual(allHandled);
    const [mail, ...others] = await ses.mailbox();
    expect(mail).toMatchObject({
      from: 'Shop <orders@shop.example>',
      to: ['ann@example.com'],
      subject: expect.stringContaining(ORDER),
      text: expect.stringContaining('$1,299.99'),
      html: expect.stringContaining('$1,299.99'),
    });
    expect(others).toEqual([]);
    expect(await notification()).toMatchObject({ status: 'SENT', to: 'ann@example.com', messageId: mail?.messageId });
    expect(await tables.recorded()).toMatchObject([
      {
        type: 'NotificationSent',
        metadata: { correlationId: 'correlation-1', causationId: 'command-1', replyToken: 'token-1' },
        data: { orderId: ORDER, skipped: false },
      },
    ]);
  });

  it('that comes again sends no second mail and is answered again, with the new token', async () => {
    await receive([send('token-1')]);
    expect(await receive([send('token-2')])).toEqual(allHandled);
    expect(await mails()).toHaveLength(1);
    expect(await answers()).toEqual([
      ['NotificationSent', 'token-1', undefined],
      ['NotificationSent', 'token-2', undefined],
    ]);
  });

  it('without an address counts as told, and is skipped', async () => {
    expect(await receive([toNobody()])).toEqual(allHandled);
    expect(await mails()).toEqual([]);
    expect(await notification()).toMatchObject({ status: 'SKIPPED', because: 'NO_ADDRESS' });
    expect(await tables.recorded()).toMatchObject([{ type: 'NotificationSent', data: { skipped: true } }]);
  });

  it('without an address goes to the stage’s fallback domain, where it has one', async () => {
    expect(await receive([toNobody()], { fallbackDomain: 'customers.example' })).toEqual(allHandled);
    expect(await mails()).toEqual([['We', 'customer-123@customers.example']]);
  });

  it('prefers the customer’s own address', async () => {
    await receive([send()], { fallbackDomain: 'customers.example' });
    expect(await mails()).toEqual([['We', 'ann@example.com']]);
  });

  it('to an address that never takes mail is a refusal, and stays one', async () => {
    expect(await receive([send('token-1', 'ann@nowhere.invalid')])).toEqual(allHandled);
    expect(await receive([send('token-2', 'ann@nowhere.invalid')])).toEqual(allHandled);
    expect(await notification()).toMatchObject({ status: 'REJECTED', reason: { code: 'NOTIFICATION_REJECTED' } });
    expect(await answers()).toEqual([
      ['NotificationFailed', 'token-1', 'NOTIFICATION_REJECTED'],
      ['NotificationFailed', 'token-2', 'NOTIFICATION_REJECTED'],
    ]);
  });

  it.each([
    'MessageRejected',
    'MailFromDomainNotVerifiedException',
    'TooManyRequestsException',
    'AccessDeniedException',
  ])('that SES certainly did not take, for %s, is sent by whoever comes next, at once', async (code) => {
    ses.faults.inject({
      at: 'ses.SendEmail',
      effect: 'error',
      error: { code, message: 'no', status: 400 },
      times: 1,
    });
    expect((await receive([send()])).batchItemFailures).toHaveLength(1);
    expect(await notification()).toMatchObject({ status: 'WAITING' });
    expect(await receive([send('token-2')])).toEqual(allHandled);
    expect(await answers()).toEqual([['NotificationSent', 'token-2', undefined]]);
  });

  it.each([
    ['TooManyRequestsException', 429],
    ['SendingPausedException', 400],
    ['InternalServiceErrorException', 500],
  ])('that SES answers with %s is neither told nor refused, but comes again', async (code, status) => {
    ses.faults.inject({ at: 'ses.SendEmail', effect: 'error', error: { code, message: 'not now', status }, times: 1 });
    expect(await receive([send('token-1')])).toEqual(failed('queued-1'));
    expect([await mails(), await answers()]).toEqual([[], []]);
    clockAndIds.advance(DEAD);
    expect(await receive([send('token-2')])).toEqual(allHandled);
    expect(await mails()).toHaveLength(1);
    expect(await answers()).toEqual([['NotificationSent', 'token-2', undefined]]);
  });
});

describe('two deliveries at once', () => {
  it('send one mail: the second waits for the answer by coming again', async () => {
    const during: unknown[] = [];
    const sender = new InterruptedSender({
      before: async () => void during.push(await receive([send('token-2'), send('token-3', 'bob@example.com', OTHER)])),
    });
    expect(await receive([send('token-1')], { sender })).toEqual(allHandled);
    expect(during).toEqual([failed('queued-1')]);
    expect(telemetry.errors).toEqual([expect.any(SendingElsewhere)]);
    expect((await mails()).map(([, to]) => to).sort()).toEqual(['ann@example.com', 'bob@example.com']);

    expect(await receive([send('token-2')])).toEqual(allHandled);
    expect(await mails()).toHaveLength(2);
    expect((await answers()).map(([, token]) => token).sort()).toEqual(['token-1', 'token-2', 'token-3']);
  });
});

describe('a sender that died', () => {
  it.each([
    ['before the mail went out', 'before', 1],
    // A second mail is better than none.
    ['after the mail went out', 'after', 2],
  ] as const)('%s is waited for during a minute, then taken over', async (_what, when, sent) => {
    expect(await receive([send('token-1')], { sender: dying(when) })).toEqual(failed('queued-1'));
    clockAndIds.advance(DEAD - 1);
    expect(await receive([send('token-2')])).toEqual(failed('queued-1'));
    expect(await answers()).toEqual([]);
    clockAndIds.advance(1);
    expect(await receive([send('token-3')])).toEqual(allHandled);
    expect(await mails()).toHaveLength(sent);
    expect(await notification()).toMatchObject({ status: 'SENT' });
    expect(await answers()).toEqual([['NotificationSent', 'token-3', undefined]]);
  });

  it('is taken over by one of two who come at once', async () => {
    await receive([send('token-1')], { sender: dying('before') });
    clockAndIds.advance(DEAD);
    const { batchItemFailures } = await receive([send('token-2'), send('token-3')]);
    expect(await mails()).toHaveLength(1);
    // The other comes again, unless it finds the mail sent already.
    expect((await answers()).length + batchItemFailures.length).toBe(2);
  });

  it('is taken over once: whoever had looked before another took over waits for them', async () => {
    await receive([send('token-1')], { sender: dying('before') });
    clockAndIds.advance(DEAD);
    // Before the second call: the first has looked, the second would claim.
    const faster = () => receive([send('token-2')], { sender: dying('after') });
    const interruption = interruptBefore(tables.client, 2, faster);
    expect(await receive([send('token-3')])).toEqual(failed('queued-1'));
    interruption.stop();
    expect(await mails()).toHaveLength(1);
  });

  it('and wakes up late does not overwrite who took over', async () => {
    const sender = new InterruptedSender({
      after: async () => {
        clockAndIds.advance(DEAD);
        expect(await receive([send('token-2')])).toEqual(allHandled);
      },
    });
    expect(await receive([send('token-1')], { sender })).toEqual(allHandled);
    expect(await notification()).toMatchObject({ messageId: (await ses.mailbox())[1]?.messageId });
    expect((await answers()).map(([, token]) => token)).toEqual(['token-2', 'token-1']);
    expect(await mails()).toHaveLength(2);
  });

  it('may have told the customer, so that a cancellation corrects it', async () => {
    await receive([send()], { sender: dying('after') });
    expect(await receive([cancel()])).toEqual(failed('queued-1'));
    clockAndIds.advance(DEAD);
    expect(await receive([cancel()])).toEqual(allHandled);
    expect(await receive([cancelledEvent()])).toEqual(allHandled);
    expect(await mails()).toEqual([
      ['We', 'ann@example.com'],
      ['Correction:', 'ann@example.com'],
    ]);
  });
});

describe('CancelNotification', () => {
  it('before the mail leaves a tombstone: nothing is ever sent', async () => {
    expect(await receive([cancel()])).toEqual(allHandled);
    expect(await receive([send()])).toEqual(allHandled);
    expect(await mails()).toEqual([]);
    expect(await notification()).toMatchObject({ status: 'CANCELLED' });
    expect(await answers()).toEqual([
      ['NotificationCancelled', 'token-c', undefined],
      ['NotificationFailed', 'token-1', 'ALREADY_CANCELLED'],
    ]);
  });

  it('after the mail sends a correction to the same address, once, however often it comes', async () => {
    await receive([send()]);
    expect(await receive([cancel('token-2')])).toEqual(allHandled);
    expect(await receive([cancelledEvent()])).toEqual(allHandled);
    expect(await receive([cancel('token-3')])).toEqual(allHandled);
    expect(await receive([cancelledEvent()])).toEqual(allHandled);
    expect(await mails()).toEqual([
      ['We', 'ann@example.com'],
      ['Correction:', 'ann@example.com'],
    ]);
    expect((await answers()).slice(1)).toEqual([
      ['NotificationCancelled', 'token-2', undefined],
      ['NotificationCancelled', 'token-3', undefined],
    ]);
  });

  it('is answered although no mail can be sent: refund and release do not wait for the correction', async () => {
    await receive([send()]);
    ses.faults.inject({
      at: 'ses.SendEmail',
      effect: 'error',
      error: { code: 'InternalServiceErrorException', message: 'down', status: 500 },
      times: 10,
    });
    expect(await receive([cancel()])).toEqual(allHandled);
    expect((await answers()).at(-1)).toEqual(['NotificationCancelled', 'token-c', undefined]);
    expect(await receive([cancelledEvent()])).toEqual(failed('queued-1'));
    ses.faults.remove();
    clockAndIds.advance(DEAD);
    expect(await receive([cancelledEvent()])).toEqual(allHandled);
    expect((await mails()).at(-1)).toEqual(['Correction:', 'ann@example.com']);
  });

  it.each([
    ['was skipped', () => toNobody()],
    ['was refused', () => send('token-1', 'ann@nowhere.invalid')],
  ])('of a mail that %s sends nothing', async (_what, command) => {
    await receive([command()]);
    expect(await receive([cancel()])).toEqual(allHandled);
    expect(await receive([cancelledEvent()])).toEqual(allHandled);
    expect(await mails()).toEqual([]);
    expect(await notification()).toMatchObject({ status: 'CANCELLED' });
    expect((await answers()).at(-1)).toEqual(['NotificationCancelled', 'token-c', undefined]);
  });

  it('whose correction is refused for good leaves it at that', async () => {
    await receive([send()]);
    expect(await receive([cancel()])).toEqual(allHandled);
    ses.faults.inject({
      at: 'ses.SendEmail',
      effect: 'error',
      error: { code: 'BadRequestException', message: 'no', status: 400 },
      times: 1,
    });
    expect(await receive([cancelledEvent()])).toEqual(allHandled);
    expect(await notification('correction')).toMatchObject({ status: 'REJECTED' });
  });

  it('while the mail is being sent comes again, and corrects it then', async () => {
    const during: unknown[] = [];
    const sender = new InterruptedSender({ before: async () => void during.push(await receive([cancel('token-2')])) });
    expect(await receive([send()], { sender })).toEqual(allHandled);
    expect(during).toEqual([failed('queued-1')]);
    expect(await receive([cancel('token-3')])).toEqual(allHandled);
    expect(await receive([cancelledEvent()])).toEqual(allHandled);
    expect(await mails()).toEqual([
      ['We', 'ann@example.com'],
      ['Correction:', 'ann@example.com'],
    ]);
  });
});

describe('an order that its customer cancels', () => {
  const corrected = [
    ['We', 'ann@example.com'],
    ['Correction:', 'ann@example.com'],
  ];

  it('before the customer was told is never told about: the saga hears a refusal and turns around', async () => {
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    expect(await receive([send()])).toEqual(allHandled);
    expect(await mails()).toEqual([]);
    expect(await answers()).toEqual([['NotificationFailed', 'token-1', 'ALREADY_CANCELLED']]);
  });

  it('after the mail is corrected at once, although the saga never asks for it', async () => {
    await receive([send()]);
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    expect(await receive([cancelledEvent()])).toEqual(allHandled);
    expect(await mails()).toEqual(corrected);
    expect(await receive([send('token-2')])).toEqual(allHandled);
    expect(await mails()).toEqual(corrected);
    expect((await answers()).slice(1)).toEqual([
      ['NotificationCancelled', undefined, undefined],
      ['NotificationFailed', 'token-2', 'ALREADY_CANCELLED'],
    ]);
  });

  /** How often the service has told of the cancellation, to which tokens. */
  const told = async () =>
    (await answers()).flatMap(([type, token]) => (type === 'NotificationCancelled' ? [token] : []));

  it.each([
    ['before the saga undoes it', [[cancelRequested()], [cancel()]], 1],
    ['after the saga has undone it', [[cancel()], [cancelRequested()]], 0],
    ['while the saga undoes it', [[cancelRequested(), cancel()]], 1],
    ['twice', [[cancelRequested()], [cancelRequested()], [cancel()]], 1],
    ['twice at once', [[cancelRequested(), cancelRequested(), cancel()]], 1],
  ])('%s is corrected once, and the saga is answered', async (_when, deliveries, early) => {
    await receive([send()]);
    for (const messages of deliveries) {
      const before = (await told()).length;
      expect(await receive(messages)).toEqual(allHandled);
      for (const _event of (await told()).slice(before)) await receive([cancelledEvent()]);
    }
    expect(await mails()).toEqual(corrected);
    expect((await told()).filter((token) => token !== undefined)).toEqual(['token-c']);
    // Of two undos at once, the early one tells of it only where its tombstone is the one that stands.
    expect((await told()).length - 1).toBeLessThanOrEqual(early);
  });

  it('and whose two undos are heard of at once is corrected once', async () => {
    await receive([send()]);
    await receive([cancelRequested(), cancel()]);
    await receive([cancelledEvent(), cancelledEvent()]);
    expect(await mails()).toEqual(corrected);
    expect(await receive([cancelledEvent()])).toEqual(allHandled);
    expect(await mails()).toEqual(corrected);
  });

  it.each([
    ['was skipped', () => toNobody()],
    ['was refused', () => send('token-1', 'ann@nowhere.invalid')],
  ])('after a mail that %s is not written to, and nothing is told', async (_what, command) => {
    await receive([command()]);
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    expect([await mails(), (await notification())?.['status']]).toEqual([[], 'CANCELLED']);
    expect(await told()).toEqual([]);
  });

  it('after a sender that may have sent the mail has died is corrected', async () => {
    await receive([send()], { sender: dying('after') });
    clockAndIds.advance(DEAD);
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    expect(await told()).toEqual([undefined]);
    expect(await receive([cancelledEvent()])).toEqual(allHandled);
    expect(await mails()).toEqual(corrected);
  });

  it('after a mail that SES has not taken yet is not written to any more', async () => {
    const error = { code: 'TooManyRequestsException', message: 'not now', status: 429 };
    ses.faults.inject({ at: 'ses.SendEmail', effect: 'error', error, times: 1 });
    await receive([send()]);
    expect(await notification()).toMatchObject({ status: 'WAITING' });
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    expect(await receive([send('token-2')])).toEqual(allHandled);
    expect(await mails()).toEqual([]);
    expect(await answers()).toEqual([['NotificationFailed', 'token-2', 'ALREADY_CANCELLED']]);
  });

  it('while the mail is being sent waits for its outcome, and corrects it then', async () => {
    const during: unknown[] = [];
    const sender = new InterruptedSender({ before: async () => void during.push(await receive([cancelRequested()])) });
    expect(await receive([send()], { sender })).toEqual(allHandled);
    expect(during).toEqual([failed('queued-1')]);
    expect(await answers()).toEqual([['NotificationSent', 'token-1', undefined]]);
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    expect(await receive([cancelledEvent()])).toEqual(allHandled);
    expect(await mails()).toEqual(corrected);
  });
});

describe('an order that has ended badly', () => {
  const ended = { ...customerOrder, customerEmail: 'ann@example.com', reason };

  it.each([
    ['failed', messageOf(orderFailed, ended), 'None are left.'],
    ['cancelled', messageOf(orderCancelled, ended), 'cancelled'],
  ])('is written about once, however often it is told, where it has %s', async (kind, message, text) => {
    expect(await receive([message])).toEqual(allHandled);
    expect(await receive([message])).toEqual(allHandled);
    expect(await ses.mailbox()).toMatchObject([{ to: ['ann@example.com'], text: expect.stringContaining(text) }]);
    expect(await notification(kind)).toMatchObject({ status: 'SENT' });
    expect(await answers()).toEqual([]);
  });

  it('is not written about where the customer has no address', async () => {
    expect(await receive([messageOf(orderFailed, { ...customerOrder, reason })])).toEqual(allHandled);
    expect(await mails()).toEqual([]);
  });

  it('is written about beside what was written before', async () => {
    await receive([send()]);
    await receive([cancel()]);
    await receive([cancelledEvent()]);
    await receive([messageOf(orderFailed, ended)]);
    expect((await mails()).map(([first]) => first)).toEqual(['We', 'Correction:', 'Your']);
  });
});

describe('an address that SES tells of', () => {
  const about = (detail: object) => {
    const [record, ...others] = queueEvent(send()).Records.map((each) => ({
      ...each,
      body: JSON.stringify({ source: 'aws.ses', detail }),
    }));
    return { Records: record === undefined ? others : [record, ...others] };
  };
  const bounce = (emailAddress: string, bounceType = 'Permanent') =>
    about({ eventType: 'Bounce', bounce: { bounceType, bouncedRecipients: [{ emailAddress }] } });
  const complaint = (emailAddress: string) =>
    about({ eventType: 'Complaint', complaint: { complainedRecipients: [{ emailAddress }] } });
  const hear = (event: ReturnType<typeof about>) =>
    onFeedback(event, undefined, { store: new NotificationStore(tables.client, tables), telemetry, clockAndIds });

  it.each([
    ['bounced for good', bounce('ann@example.com'), 'BOUNCED'],
    ['complained', complaint('ann@example.com'), 'COMPLAINED'],
    ['bounced, written in other case', bounce('Ann@Example.COM'), 'BOUNCED'],
  ])('since it has %s is not written to any more, which counts as told', async (_what, event, because) => {
    expect(await hear(event)).toEqual(allHandled);
    expect(await receive([send()])).toEqual(allHandled);
    expect(await mails()).toEqual([]);
    expect(await notification()).toMatchObject({ status: 'SKIPPED', because });
    expect(await tables.recorded()).toMatchObject([{ type: 'NotificationSent', data: { skipped: true } }]);
  });

  it('since it has bounced for now is written to', async () => {
    expect(await hear(bounce('ann@example.com', 'Transient'))).toEqual(allHandled);
    await receive([send()]);
    expect(await mails()).toHaveLength(1);
  });

  it('keeps the first reason, and nobody else is concerned', async () => {
    await hear(bounce('ann@example.com'));
    expect(await hear(complaint('ann@example.com'))).toEqual(allHandled);
    await receive([send(), send('token-2', 'bob@example.com', OTHER)]);
    expect(await notification()).toMatchObject({ because: 'BOUNCED' });
    expect((await mails()).map(([, to]) => to)).toEqual(['bob@example.com']);
  });

  it('between a mail and its correction is not corrected', async () => {
    await receive([send()]);
    await hear(complaint('ann@example.com'));
    await receive([cancel()]);
    expect(await receive([cancelledEvent()])).toEqual(allHandled);
    expect(await mails()).toHaveLength(1);
    expect(await notification('correction')).toMatchObject({ status: 'SKIPPED', because: 'COMPLAINED' });
  });

  it('in words that nobody understands is not lost', async () => {
    expect(await hear(about({ eventType: 'Surprise' }))).toEqual(failed('queued-1'));
  });
});
