import { type Message, orderCancelRequested, processPayment, refundPayment } from '@distributed-patterns/contracts';
import {
  allHandled,
  createServiceTables,
  failed,
  messageOf,
  queueEvent,
  recordingTelemetry,
  type RecordingTelemetry,
  type ServiceTables,
  startDynamoDb,
  startStripe,
  testClockAndIds,
  type TestClockAndIds,
  type TestDynamoDb,
  type TestStripe,
} from '@distributed-patterns/testing';
import Stripe from 'stripe';
import { Gateway } from './gateway.ts';
import { handler } from './on-message.handler.ts';
import type { Charge, Creation, Outcome } from './payment.ts';
import { PaymentStore } from './payment-store.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const total = { amount: 129_999, currency: 'USD' };
const DAY = 86_400_000;

let dynamodb: TestDynamoDb;
let stripe: TestStripe;
let tables: ServiceTables;
let store: PaymentStore;
let clockAndIds: TestClockAndIds;
let telemetry: RecordingTelemetry;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  stripe = await startStripe();
  tables = await createServiceTables(dynamodb);
  store = new PaymentStore(tables.client, tables);
  clockAndIds = testClockAndIds();
  telemetry = recordingTelemetry();
});
afterEach(async () => {
  dynamodb.faults.remove();
  await stripe.stop();
});

const gatewayOf = ({ apiKey, url }: TestStripe) => new Gateway({ apiKey, url });
const receive = (messages: readonly Message[], gateway = gatewayOf(stripe)) =>
  handler(queueEvent(...messages), undefined, { store, telemetry, clockAndIds, gateway: async () => gateway });

const process = (replyToken = 'token-1', paymentMethod = 'pm_card_visa') =>
  messageOf(
    processPayment,
    { orderId: ORDER, customerId: 'customer-123', total, paymentMethod },
    { id: 'command-1', replyToken },
  );
const refund = (replyToken = 'token-r') =>
  messageOf(refundPayment, { orderId: ORDER }, { id: 'command-2', replyToken });
/** The customer cancels: nobody waits for an answer. */
const cancelRequested = () => messageOf(orderCancelRequested, { orderId: ORDER }, { id: 'event-1' });

const payment = () => tables.item(`payment#${ORDER}`);
/** What was answered to which token, and with which reason. */
const answers = async () =>
  (await tables.recorded()).map(({ type, data, metadata }) => [type, metadata.replyToken, codeIn(data)]);
const codeIn = (data: unknown) => /"code":"([^"]+)"/.exec(JSON.stringify(data))?.[1];
const intents = async () => (await stripe.payments()).map(({ status }) => status).sort();
/** What the gateway holds of the customer's money, over all intents. */
const held = async () => (await stripe.payments()).reduce((sum, each) => sum + each.held, 0);
/** Nothing is held, and no intent is left that could still be charged. */
const expectNothingCharged = async () => {
  expect(await held()).toBe(0);
  for (const status of await intents()) expect(['canceled', 'succeeded']).toContain(status);
};

/** The next so many commits fail before they have written anything. */
const failCommits = (times: number) =>
  dynamodb.faults.inject({
    at: 'dynamodb.TransactWriteItems',
    effect: 'error',
    error: { code: 'AccessDeniedException', message: 'not allowed', status: 400 },
    times,
  });

describe('ProcessPayment', () => {
  it('charges the total and answers with the command’s token', async () => {
    expect(await receive([process()])).toEqual(allHandled);
    const [paid, ...others] = await stripe.payments();
    expect(paid).toMatchObject({
      status: 'succeeded',
      held: 129_999,
      metadata: { orderId: ORDER, customerId: 'customer-123' },
    });
    expect(others).toEqual([]);
    expect(await payment()).toMatchObject({ status: 'PROCESSED', intentId: paid?.id, total });
    expect(await tables.recorded()).toMatchObject([
      {
        type: 'PaymentProcessed',
        metadata: { correlationId: 'correlation-1', causationId: 'command-1', replyToken: 'token-1' },
        data: { orderId: ORDER, paymentId: paid?.id, amount: total },
      },
    ]);
  });

  it('that comes again charges nothing and is answered again, with the new token', async () => {
    await receive([process('token-1')]);
    expect(await receive([process('token-2')])).toEqual(allHandled);
    expect([await held(), await intents()]).toEqual([129_999, ['succeeded']]);
    expect(await answers()).toEqual([
      ['PaymentProcessed', 'token-1', undefined],
      ['PaymentProcessed', 'token-2', undefined],
    ]);
  });

  it('twice at once charges once, answers both, and leaves no intent that could be charged', async () => {
    expect(await receive([process('token-1'), process('token-2')])).toEqual(allHandled);
    expect(await held()).toBe(129_999);
    expect((await intents()).filter((status) => status !== 'canceled')).toEqual(['succeeded']);
    expect((await answers()).sort()).toEqual([
      ['PaymentProcessed', 'token-1', undefined],
      ['PaymentProcessed', 'token-2', undefined],
    ]);
  });
});

it.each([
  ['too little', 10],
  ['too much', 100_000_000],
])('an amount that is %s for the gateway is a refusal', async (_what, amount) => {
  const order = { orderId: ORDER, customerId: 'customer-123', total: { amount, currency: 'USD' } };
  const command = messageOf(processPayment, { ...order, paymentMethod: 'pm_card_visa' }, { id: 'c', replyToken: 't' });
  expect(await receive([command])).toEqual(allHandled);
  expect(await answers()).toEqual([['PaymentDeclined', 't', 'AMOUNT_NOT_PAYABLE']]);
});

describe('a card that', () => {
  it.each([
    ['is declined', 'pm_card_chargeDeclined', 'PAYMENT_DECLINED', 'generic_decline'],
    ['has insufficient funds', 'pm_card_chargeDeclinedInsufficientFunds', 'PAYMENT_DECLINED', 'insufficient_funds'],
    ['has expired', 'pm_card_chargeDeclinedExpiredCard', 'PAYMENT_DECLINED', 'expired_card'],
    ['needs the customer', 'pm_card_authenticationRequired', 'PAYMENT_NEEDS_ACTION', 'only the customer'],
  ])('%s is a refusal, whose intent nobody can charge later', async (_what, card, code, why) => {
    expect(await receive([process('token-1', card)])).toEqual(allHandled);
    expect(await payment()).toMatchObject({
      status: 'DECLINED',
      reason: { code, message: expect.stringContaining(why) },
    });
    expect(await answers()).toEqual([['PaymentDeclined', 'token-1', code]]);
    expect(await intents()).toEqual(['canceled']);
  });

  it('is declined is so for good: the repeat does not try again', async () => {
    await receive([process('token-1', 'pm_card_chargeDeclined')]);
    expect(await receive([process('token-2', 'pm_card_chargeDeclined')])).toEqual(allHandled);
    expect((await answers()).map(([, token, code]) => [token, code])).toEqual([
      ['token-1', 'PAYMENT_DECLINED'],
      ['token-2', 'PAYMENT_DECLINED'],
    ]);
    expect(await intents()).toEqual(['canceled']);
  });

  it.each([
    ['is declined', 'pm_card_chargeDeclined', 'PAYMENT_DECLINED', 'generic_decline'],
    ['needs the customer', 'pm_card_threeDSecure2Required', 'PAYMENT_NEEDS_ACTION', 'only the customer'],
  ])('%s is refused for the same reason where the record of it was lost', async (_what, card, code, why) => {
    const gateway = new InterruptedGateway(stripe, { after: 'confirm', run: async () => void failCommits(1) });
    expect(await receive([process('token-1', card)], gateway)).toEqual(failed('queued-1'));
    expect(await receive([process('token-2', card)])).toEqual(allHandled);
    expect(await payment()).toMatchObject({ status: 'DECLINED', reason: { message: expect.stringContaining(why) } });
    expect(await answers()).toEqual([['PaymentDeclined', 'token-2', code]]);
    expect(await intents()).toEqual(['canceled']);
  });

  it('the gateway does not know is a refusal without an intent, and stays one', async () => {
    expect(await receive([process('token-1', 'pm_card_unheardOf')])).toEqual(allHandled);
    expect(await receive([process('token-2', 'pm_card_unheardOf')])).toEqual(allHandled);
    expect(await payment()).toMatchObject({ status: 'DECLINED', reason: { code: 'PAYMENT_METHOD_UNKNOWN' } });
    expect(await payment()).not.toHaveProperty('intentId');
    expect((await answers()).map(([type]) => type)).toEqual(['PaymentDeclined', 'PaymentDeclined']);
    expect(await intents()).toEqual([]);
  });
});

describe('a gateway that', () => {
  const broken = { code: 'api_error', message: 'broken', status: 500 };

  it.each(['stripe.create', 'stripe.confirm', 'stripe.retrieve'])(
    'breaks at %s is asked again when the message comes again, although it would replay its failure',
    async (at) => {
      // The SDK asks once more itself; a replay is not another strike.
      const times = at === 'stripe.retrieve' ? 2 : 1;
      stripe.faults.inject({ at, effect: 'error', error: broken, times });
      expect(await receive([process('token-1')])).toEqual(failed('queued-1'));
      stripe.faults.remove();
      expect(await answers()).toEqual([]);
      expect(await receive([process('token-2')])).toEqual(allHandled);
      expect(await held()).toBe(129_999);
      expect(await answers()).toEqual([['PaymentProcessed', 'token-2', undefined]]);
    },
  );

  it('charges and then does not answer has charged once', async () => {
    stripe.faults.inject({ at: 'stripe.confirm', effect: 'lose-answer', times: 2 });
    expect(await receive([process('token-1')])).toEqual(failed('queued-1'));
    expect([await held(), (await payment())?.['status']]).toEqual([129_999, 'CREATED']);
    expect(await receive([process('token-2')])).toEqual(allHandled);
    expect([await held(), await intents()]).toEqual([129_999, ['succeeded']]);
    expect(await answers()).toEqual([['PaymentProcessed', 'token-2', undefined]]);
  });

  it('has too many requests is asked again when the message comes again', async () => {
    const error = { code: 'rate_limit', message: 'slow down', status: 429 };
    stripe.faults.inject({ at: 'stripe.confirm', effect: 'error', error, times: 1 });
    expect(await receive([process('token-1')])).toEqual(failed('queued-1'));
    expect([await held(), await answers()]).toEqual([0, []]);
    expect(await receive([process('token-2')])).toEqual(allHandled);
    expect([await held(), await intents()]).toEqual([129_999, ['succeeded']]);
    expect(await answers()).toEqual([['PaymentProcessed', 'token-2', undefined]]);
  });

  it('breaks the connection between create and confirm charges once, the intent that was created', async () => {
    stripe.faults.inject({ at: 'stripe.confirm', effect: 'lose', times: 2 });
    expect(await receive([process('token-1')])).toEqual(failed('queued-1'));
    expect([await held(), await intents(), (await payment())?.['status']]).toEqual([
      0,
      ['requires_confirmation'],
      'CREATED',
    ]);
    expect(await receive([process('token-2')])).toEqual(allHandled);
    expect([await held(), await intents()]).toEqual([129_999, ['succeeded']]);
    expect(await answers()).toEqual([['PaymentProcessed', 'token-2', undefined]]);
  });

  it('creates and then does not answer leaves an intent that is never charged', async () => {
    stripe.faults.inject({ at: 'stripe.create', effect: 'lose-answer', times: 2 });
    expect(await receive([process('token-1')])).toEqual(failed('queued-1'));
    expect(await receive([process('token-2')])).toEqual(allHandled);
    expect([await held(), await intents()]).toEqual([129_999, ['requires_confirmation', 'succeeded']]);
  });
});

describe('a gateway that answers too late', () => {
  /** The function gives up waiting, and what it has asked for is at the gateway, done or not. */
  const giveUp = async (effect: 'hold' | 'hold-answer') => {
    const fault = stripe.faults.inject({ at: 'stripe.confirm', effect, times: 1 });
    expect(await receive([process('token-1')], new ImpatientGateway(stripe))).toEqual(failed('queued-1'));
    while (!stripe.faults.list().some(({ id, struck }) => id === fault && struck === 1))
      await new Promise((resolve) => setImmediate(resolve));
    expect([await answers(), (await payment())?.['status']]).toEqual([[], 'CREATED']);
  };

  it('that it has charged has charged once', async () => {
    await giveUp('hold-answer');
    expect(await held()).toBe(129_999);
    expect(await receive([process('token-2')])).toEqual(allHandled);
    expect([await held(), await intents()]).toEqual([129_999, ['succeeded']]);
    expect(await answers()).toEqual([['PaymentProcessed', 'token-2', undefined]]);
  });

  it('that it has charged gives all of it back to an order that is given up meanwhile', async () => {
    await giveUp('hold-answer');
    expect(await receive([refund()])).toEqual(allHandled);
    await expectNothingCharged();
    expect(await receive([process('token-2')])).toEqual(allHandled);
    await expectNothingCharged();
    expect(await answers()).toEqual([
      ['PaymentRefunded', 'token-r', undefined],
      ['PaymentDeclined', 'token-2', 'ALREADY_REFUNDED'],
    ]);
  });

  it('and charges only then charges once, whoever asked again meanwhile', async () => {
    await giveUp('hold');
    expect(await held()).toBe(0);
    expect(await receive([process('token-2')])).toEqual(allHandled);
    stripe.faults.remove();
    expect([await held(), await intents()]).toEqual([129_999, ['succeeded']]);
    expect(await answers()).toEqual([['PaymentProcessed', 'token-2', undefined]]);
  });

  it('and would charge only then cannot, once the order is given up', async () => {
    await giveUp('hold');
    expect(await receive([refund()])).toEqual(allHandled);
    stripe.faults.remove();
    expect([await held(), await intents()]).toEqual([0, ['canceled']]);
    expect(await answers()).toEqual([['PaymentRefunded', 'token-r', undefined]]);
  });
});

describe('a charge that a person gave back before it was recorded', () => {
  const giveBack = async (amount?: number) => {
    stripe.faults.inject({ at: 'stripe.confirm', effect: 'lose-answer', times: 2 });
    expect(await receive([process('token-1')])).toEqual(failed('queued-1'));
    const { hostname: host, port } = new URL(stripe.url);
    const person = new Stripe(stripe.apiKey, { host, port, protocol: 'http' });
    const part = amount === undefined ? {} : { amount };
    await person.refunds.create({ payment_intent: String((await payment())?.['intentId']), ...part });
  };

  it('is not told of as paid: the order must not be completed', async () => {
    await giveBack();
    expect(await receive([process('token-2')])).toEqual(allHandled);
    await expectNothingCharged();
    expect(await payment()).toMatchObject({ status: 'REFUNDED' });
    expect(await answers()).toEqual([['PaymentDeclined', 'token-2', 'ALREADY_REFUNDED']]);
  });

  it('in part is told of as paid, as the person has left it, and the rest comes back with the undo', async () => {
    await giveBack(5_000);
    expect(await receive([process('token-2')])).toEqual(allHandled);
    expect([await held(), (await payment())?.['status']]).toEqual([124_999, 'PROCESSED']);
    expect(await receive([refund()])).toEqual(allHandled);
    await expectNothingCharged();
    expect(await answers()).toEqual([
      ['PaymentProcessed', 'token-2', undefined],
      ['PaymentRefunded', 'token-r', undefined],
    ]);
  });
});

describe('a crash', () => {
  it('between create and store: the payment is made with another intent, once', async () => {
    failCommits(1);
    expect(await receive([process('token-1')])).toEqual(failed('queued-1'));
    expect(await payment()).toBeUndefined();
    expect(await receive([process('token-2')])).toEqual(allHandled);
    expect(await held()).toBe(129_999);
    expect(await answers()).toEqual([['PaymentProcessed', 'token-2', undefined]]);
  });

  it('between confirm and record: the charge is found, and not made again', async () => {
    const gateway = new InterruptedGateway(stripe, { after: 'confirm', run: async () => void failCommits(1) });
    expect(await receive([process('token-1')], gateway)).toEqual(failed('queued-1'));
    expect(await receive([process('token-2')])).toEqual(allHandled);
    expect([await held(), await intents()]).toEqual([129_999, ['succeeded']]);
    expect(await payment()).toMatchObject({ status: 'PROCESSED' });
  });

  it('between confirm and record is undone by a refund that knows the intent only', async () => {
    const gateway = new InterruptedGateway(stripe, { after: 'confirm', run: async () => void failCommits(1) });
    await receive([process()], gateway);
    expect(await receive([refund()])).toEqual(allHandled);
    await expectNothingCharged();
    expect(await answers()).toEqual([['PaymentRefunded', 'token-r', undefined]]);
  });
});

describe('RefundPayment', () => {
  it('gives the money back, then answers, and leaves a tombstone', async () => {
    await receive([process()]);
    expect(await receive([refund('token-2')])).toEqual(allHandled);
    await expectNothingCharged();
    expect(await payment()).toMatchObject({ status: 'REFUNDED' });
    expect(await answers()).toEqual([
      ['PaymentProcessed', 'token-1', undefined],
      ['PaymentRefunded', 'token-2', undefined],
    ]);
  });

  it('that comes again is answered again and gives nothing back twice', async () => {
    await receive([process()]);
    await receive([refund('token-2')]);
    expect(await receive([refund('token-3')])).toEqual(allHandled);
    await expectNothingCharged();
    expect((await answers()).slice(1)).toEqual([
      ['PaymentRefunded', 'token-2', undefined],
      ['PaymentRefunded', 'token-3', undefined],
    ]);
  });

  it('that comes again is answered from what is recorded, even while the gateway is broken', async () => {
    await receive([process()]);
    await receive([refund('token-2')]);
    for (const at of ['stripe.retrieve', 'stripe.refund']) stripe.faults.inject({ at, effect: 'lose', times: 9 });
    expect(await receive([refund('token-3')])).toEqual(allHandled);
    expect((await answers()).at(-1)).toEqual(['PaymentRefunded', 'token-3', undefined]);
  });

  it('twice at once gives the money back once and answers both', async () => {
    await receive([process()]);
    expect(await receive([refund('token-2'), refund('token-3')])).toEqual(allHandled);
    await expectNothingCharged();
    expect((await answers()).map(([, token]) => token).sort()).toEqual(['token-1', 'token-2', 'token-3']);
  });

  it('that comes before its ProcessPayment defeats it: nothing is ever charged', async () => {
    expect(await receive([refund()])).toEqual(allHandled);
    expect(await receive([process()])).toEqual(allHandled);
    expect(await intents()).toEqual([]);
    expect(await payment()).toMatchObject({ status: 'REFUNDED' });
    expect(await answers()).toEqual([
      ['PaymentRefunded', 'token-r', undefined],
      ['PaymentDeclined', 'token-1', 'ALREADY_REFUNDED'],
    ]);
  });

  it.each([
    ['was declined', 'pm_card_chargeDeclined'],
    ['had no intent', 'pm_card_unheardOf'],
  ])('of a payment that %s is answered, and no later attempt is made', async (_what, card) => {
    await receive([process('token-1', card)]);
    expect(await receive([refund()])).toEqual(allHandled);
    expect(await receive([process('token-2')])).toEqual(allHandled);
    await expectNothingCharged();
    expect((await answers()).slice(1)).toEqual([
      ['PaymentRefunded', 'token-r', undefined],
      ['PaymentDeclined', 'token-2', 'ALREADY_REFUNDED'],
    ]);
  });

  it('whose record was lost finds the money given back, even after the gateway has forgotten the key', async () => {
    await receive([process()]);
    failCommits(1);
    expect(await receive([refund('token-2')])).toEqual(failed('queued-1'));
    expect([await held(), (await payment())?.['status']]).toEqual([0, 'PROCESSED']);
    await stripe.clock.advance(DAY + 1);
    expect(await receive([refund('token-3')])).toEqual(allHandled);
    await expectNothingCharged();
    expect(await payment()).toMatchObject({ status: 'REFUNDED' });
  });

  it('that the gateway fails promises nothing, and settles when it comes again', async () => {
    await receive([process()]);
    stripe.faults.inject({
      at: 'stripe.refund',
      effect: 'error',
      error: { code: 'api_error', message: 'broken', status: 500 },
      times: 1,
    });
    expect(await receive([refund('token-2')])).toEqual(failed('queued-1'));
    expect([await held(), (await payment())?.['status']]).toEqual([129_999, 'PROCESSED']);
    expect(await answers()).toHaveLength(1);
    expect(await receive([refund('token-3')])).toEqual(allHandled);
    await expectNothingCharged();
    expect((await answers()).slice(1)).toEqual([['PaymentRefunded', 'token-3', undefined]]);
  });
});

it('a charge that is disputed cannot be given back: its refund promises nothing', async () => {
  await receive([process('token-1', 'pm_card_createDispute')]);
  expect(await receive([refund()])).toEqual(failed('queued-1'));
  expect([await held(), (await payment())?.['status']]).toEqual([129_999, 'PROCESSED']);
  expect(await answers()).toEqual([['PaymentProcessed', 'token-1', undefined]]);
});

describe('an order that its customer cancels', () => {
  const broken = { code: 'api_error', message: 'broken', status: 500 };

  it('after it was charged gets its money back at once, and the saga’s refund is answered as ever', async () => {
    await receive([process()]);
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    await expectNothingCharged();
    expect(await receive([refund('token-2')])).toEqual(allHandled);
    await expectNothingCharged();
    expect(await payment()).toMatchObject({ status: 'REFUNDED' });
    expect(await answers()).toEqual([
      ['PaymentProcessed', 'token-1', undefined],
      ['PaymentRefunded', undefined, undefined],
      ['PaymentRefunded', 'token-2', undefined],
    ]);
    expect((await tables.recorded())[1]?.metadata).toMatchObject({ causationId: 'event-1' });
  });

  it('before it is charged never is: the saga hears a refusal and turns around', async () => {
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    expect(await receive([process()])).toEqual(allHandled);
    expect(await intents()).toEqual([]);
    expect(await payment()).toMatchObject({ status: 'REFUNDED' });
    expect(await answers()).toEqual([['PaymentDeclined', 'token-1', 'ALREADY_REFUNDED']]);
  });

  it.each([
    ['was declined', 'pm_card_chargeDeclined', 'PAYMENT_DECLINED'],
    ['had no intent', 'pm_card_unheardOf', 'PAYMENT_METHOD_UNKNOWN'],
  ])('where the payment %s is settled in silence, and no later attempt is made', async (_what, card, code) => {
    await receive([process('token-1', card)]);
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    expect(await receive([process('token-2')])).toEqual(allHandled);
    await expectNothingCharged();
    expect(await answers()).toEqual([
      ['PaymentDeclined', 'token-1', code],
      ['PaymentDeclined', 'token-2', 'ALREADY_REFUNDED'],
    ]);
  });

  it('before its intent is confirmed was never charged: the intent is cancelled, and nothing is told', async () => {
    stripe.faults.inject({ at: 'stripe.confirm', effect: 'error', error: broken, times: 1 });
    expect(await receive([process()])).toEqual(failed('queued-1'));
    failCommits(1);
    expect(await receive([cancelRequested()])).toEqual(failed('queued-1'));
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    expect([await intents(), (await payment())?.['status']]).toEqual([['canceled'], 'REFUNDED']);
    expect(await receive([process('token-2')])).toEqual(allHandled);
    expect(await answers()).toEqual([['PaymentDeclined', 'token-2', 'ALREADY_REFUNDED']]);
  });

  it('while its charge is not known to have been made is settled at the gateway all the same', async () => {
    stripe.faults.inject({ at: 'stripe.confirm', effect: 'lose-answer', times: 2 });
    expect(await receive([process()])).toEqual(failed('queued-1'));
    expect([await held(), (await payment())?.['status']]).toEqual([129_999, 'CREATED']);
    // The refund is made, and the tombstone is not stored: whoever comes again still knows that money came back.
    failCommits(1);
    expect(await receive([cancelRequested()])).toEqual(failed('queued-1'));
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    await expectNothingCharged();
    expect(await receive([process('token-2')])).toEqual(allHandled);
    await expectNothingCharged();
    expect(await answers()).toEqual([
      ['PaymentRefunded', undefined, undefined],
      ['PaymentDeclined', 'token-2', 'ALREADY_REFUNDED'],
    ]);
  });

  it.each([
    ['after the saga has refunded it', [[refund('token-2')], [cancelRequested()]], 0],
    ['while the saga refunds it', [[cancelRequested(), refund('token-2')]], 1],
    ['twice', [[cancelRequested()], [cancelRequested()], [refund('token-2')]], 1],
    ['twice at once', [[cancelRequested(), cancelRequested(), refund('token-2')]], 1],
  ])('%s gets its money back once, and the saga is answered', async (_when, deliveries, early) => {
    await receive([process()]);
    for (const messages of deliveries) expect(await receive(messages)).toEqual(allHandled);
    await expectNothingCharged();
    const tokens = (await answers()).flatMap(([type, token]) => (type === 'PaymentRefunded' ? [token] : []));
    expect(tokens.filter((token) => token !== undefined)).toEqual(['token-2']);
    // Of two undos at once, the early one tells of it only where its tombstone is the one that stands.
    expect(tokens.length - 1).toBeLessThanOrEqual(early);
  });

  it('while the saga refunds an intent that was never confirmed is cancelled once, and neither undo fails', async () => {
    stripe.faults.inject({ at: 'stripe.confirm', effect: 'error', error: broken, times: 1 });
    expect(await receive([process()])).toEqual(failed('queued-1'));
    expect(await intents()).toEqual(['requires_confirmation']);
    expect(await receive([cancelRequested(), refund()])).toEqual(allHandled);
    expect(await intents()).toEqual(['canceled']);
    expect(await answers()).toEqual([['PaymentRefunded', 'token-r', undefined]]);
  });

  it('while the gateway is down is owed its refund as before: the saga’s, or this one when it comes again', async () => {
    await receive([process()]);
    stripe.faults.inject({ at: 'stripe.refund', effect: 'error', error: broken, times: 1 });
    expect(await receive([cancelRequested()])).toEqual(failed('queued-1'));
    expect([await held(), (await payment())?.['status']]).toEqual([129_999, 'PROCESSED']);
    expect(await receive([process('token-2')])).toEqual(allHandled);
    expect((await answers()).at(-1)).toEqual(['PaymentProcessed', 'token-2', undefined]);
    expect(await receive([refund()])).toEqual(allHandled);
    await expectNothingCharged();
    expect(await receive([cancelRequested()])).toEqual(allHandled);
    await expectNothingCharged();
  });
});

/** The gateway, to somebody who has no patience with a confirmation. */
class ImpatientGateway extends Gateway {
  readonly #impatient: Gateway;

  constructor({ apiKey, url }: TestStripe) {
    super({ apiKey, url });
    this.#impatient = new Gateway({ apiKey, url }, undefined, { timeout: 100, maxNetworkRetries: 0 });
  }

  override confirm(intentId: string, attempt: string): Promise<Outcome> {
    return this.#impatient.confirm(intentId, attempt);
  }
}

/** Where something happens in the middle of charging. */
interface Interruption {
  readonly before?: Operation;
  readonly after?: Operation;
  readonly run: () => Promise<void>;
}
type Operation = 'create' | 'lookUp' | 'confirm';

/** The gateway, with something that happens right before or after it was first asked to do something. */
class InterruptedGateway extends Gateway {
  #left: Interruption | undefined;

  constructor({ apiKey, url }: TestStripe, interruption: Interruption) {
    super({ apiKey, url });
    this.#left = interruption;
  }

  override create(charge: Charge, attempt: string): Promise<Creation> {
    return this.#interrupted('create', () => super.create(charge, attempt));
  }

  override lookUp(intentId: string): Promise<Outcome> {
    return this.#interrupted('lookUp', () => super.lookUp(intentId));
  }

  override confirm(intentId: string, attempt: string): Promise<Outcome> {
    return this.#interrupted('confirm', () => super.confirm(intentId, attempt));
  }

  async #interrupted<T>(operation: Operation, ask: () => Promise<T>): Promise<T> {
    if (this.#left?.before === operation) await this.#interrupt();
    const answer = await ask();
    if (this.#left?.after === operation) await this.#interrupt();
    return answer;
  }

  async #interrupt(): Promise<void> {
    const run = this.#left?.run;
    this.#left = undefined;
    await run?.();
  }
}

describe.each<[string, Omit<Interruption, 'run'>, string[]]>([
  ['before there is an intent', { before: 'create' }, []],
  ['between create and store', { after: 'create' }, []],
  ['between store and look', { before: 'lookUp' }, []],
  ['between look and confirm', { before: 'confirm' }, []],
  ['between confirm and record', { after: 'confirm' }, ['PaymentRefunded']],
])('while the order is being charged, %s', (_when, moment, toldEarly) => {
  it.each([
    ['a refund is answered', refund(), [['PaymentRefunded', 'token-r', undefined]]],
    [
      'an order that its customer cancels is told of where money came back',
      cancelRequested(),
      toldEarly.map((type) => [type, undefined, undefined]),
    ],
  ])('%s; nothing is charged in the end, and the charge is answered', async (_what, undo, told) => {
    const run = async () => expect(await receive([undo])).toEqual(allHandled);
    const gateway = new InterruptedGateway(stripe, { ...moment, run });
    expect(await receive([process()], gateway)).toEqual(allHandled);
    await expectNothingCharged();
    expect(await payment()).toMatchObject({ status: 'REFUNDED' });
    expect(await answers()).toEqual([...told, ['PaymentDeclined', 'token-1', 'ALREADY_REFUNDED']]);
  });
});

describe('a refund while the order is being charged', () => {
  it('whoever has written the tombstone: a charge that is found to be made after it is given back', async () => {
    const run = async () => {
      const [intent] = await stripe.payments();
      await tables.put({ pk: `payment#${ORDER}`, orderId: ORDER, status: 'REFUNDED', intentId: intent?.id });
    };
    const gateway = new InterruptedGateway(stripe, { after: 'confirm', run });
    expect(await receive([process()], gateway)).toEqual(allHandled);
    await expectNothingCharged();
    expect(await answers()).toEqual([['PaymentDeclined', 'token-1', 'ALREADY_REFUNDED']]);
  });

  it('that loses the race to store its tombstone undoes the intent that won', async () => {
    // The refund has seen no payment; then the intent is stored and charged before the tombstone is.
    const slow = new (class extends PaymentStore {
      override async load(orderId: string) {
        const loaded = await super.load(orderId);
        if (loaded === undefined) await receive([process()]);
        return loaded;
      }
    })(tables.client, tables);
    const wired = { store: slow, telemetry, clockAndIds, gateway: async () => gatewayOf(stripe) };
    expect(await handler(queueEvent(refund()), undefined, wired)).toEqual(allHandled);
    await expectNothingCharged();
    expect(await payment()).toMatchObject({ status: 'REFUNDED' });
    expect(await answers()).toEqual([
      ['PaymentProcessed', 'token-1', undefined],
      ['PaymentRefunded', 'token-r', undefined],
    ]);
  });
});

describe('another delivery of the command while the order is being charged', () => {
  it.each<[string, Omit<Interruption, 'run'>, string[]]>([
    ['between create and store', { after: 'create' }, ['canceled', 'succeeded']],
    ['between store and look', { before: 'lookUp' }, ['succeeded']],
    ['between look and confirm', { before: 'confirm' }, ['succeeded']],
    ['between confirm and record', { after: 'confirm' }, ['succeeded']],
  ])('%s: the order is charged once, and both are answered', async (_when, moment, left) => {
    const run = async () => expect(await receive([process('token-2')])).toEqual(allHandled);
    const gateway = new InterruptedGateway(stripe, { ...moment, run });
    expect(await receive([process('token-1')], gateway)).toEqual(allHandled);
    expect([await held(), await intents()]).toEqual([129_999, left]);
    expect(await answers()).toEqual([
      ['PaymentProcessed', 'token-2', undefined],
      ['PaymentProcessed', 'token-1', undefined],
    ]);
  });
});
