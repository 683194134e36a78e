import {
  createServiceTables,
  httpEvent,
  lambdaContext,
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
import { httpEdge } from '@distributed-patterns/http-api';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import Stripe from 'stripe';
import { Gateway } from './gateway.ts';
import { KeptSecret } from './kept-secret.ts';
import type { Charge, Payment } from './payment.ts';
import { PaymentStore } from './payment-store.ts';
import { hearGateway } from './webhook.handler.ts';
import type { WebhookWiring } from './wiring.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const SECRET = 'whsec_of_the_test';
const total = { amount: 129_999, currency: 'USD' };
const reason = { code: 'PAYMENT_DECLINED', message: 'The card was declined.' };
const charge: Charge = { orderId: ORDER, customerId: 'customer-123', total, paymentMethod: 'pm_card_visa' };

let dynamodb: TestDynamoDb;
let stripe: TestStripe;
let tables: ServiceTables;
let store: PaymentStore;
let gateway: Gateway;
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
  gateway = new Gateway({ apiKey: stripe.apiKey, url: stripe.url });
  clockAndIds = testClockAndIds();
  telemetry = recordingTelemetry();
});
afterEach(() => stripe.stop());

/** Sends it to the function behind its edge. */
async function send(event: APIGatewayProxyEventV2, changed: Partial<WebhookWiring> = {}) {
  const signingSecret = new KeptSecret(async () => SECRET, clockAndIds.now);
  const wired = { store, telemetry, clockAndIds, gateway: async () => gateway, signingSecret, ...changed };
  const edge = httpEdge(
    (request, context) => hearGateway(request, context, wired),
    () => telemetry,
  );
  return edge(event, lambdaContext());
}

/** An event of the gateway about an object, signed when the clock says so. */
function signed(type: string, object: object, { secret = SECRET, base64 = false, age = 0 } = {}) {
  const payload = JSON.stringify({ id: 'evt_1', object: 'event', type, data: { object } });
  const timestamp = Math.floor(clockAndIds.now().getTime() / 1000) - age;
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
  return requestOf(payload, { 'stripe-signature': signature }, base64);
}

function requestOf(payload: string, headers: Readonly<Record<string, string>>, base64 = false): APIGatewayProxyEventV2 {
  return {
    ...httpEvent({ route: 'POST /payments/webhook', headers }),
    body: Buffer.from(payload).toString(base64 ? 'base64' : 'utf8'),
    isBase64Encoded: base64,
  };
}

async function intentOf(wanted: Charge): Promise<string> {
  const creation = await gateway.create(wanted, clockAndIds.newId());
  if (creation.kind === 'declined') throw new Error(creation.reason.message);
  return creation.intentId;
}

/** What has happened at the gateway when it sends an event, and what that event is about. */
const happenings = {
  'payment_intent.succeeded': async () => {
    const id = await intentOf(charge);
    await gateway.confirm(id, clockAndIds.newId());
    return { id, object: { id, status: 'succeeded', metadata: { orderId: ORDER } } };
  },
  'payment_intent.payment_failed': async () => {
    const id = await intentOf({ ...charge, paymentMethod: 'pm_card_chargeDeclined' });
    await gateway.confirm(id, clockAndIds.newId());
    return { id, object: { id, status: 'requires_payment_method' } };
  },
  'charge.refunded': async () => {
    const { id } = await happenings['payment_intent.succeeded']();
    await gateway.undo(id, clockAndIds.newId());
    return { id, object: { id: 'ch_1', payment_intent: id } };
  },
  'charge.dispute.created': async () => {
    const { id } = await happenings['payment_intent.succeeded']();
    return { id, object: { id: 'dp_1', payment_intent: id } };
  },
  'payment_intent.processing': async () => {
    const { id } = await happenings['payment_intent.succeeded']();
    return { id, object: { id } };
  },
};
type Happening = keyof typeof happenings;

/** What may be stored of a payment with this intent. */
const stored = {
  none: () => undefined,
  CREATED: (intentId: string): Payment => ({ orderId: ORDER, status: 'CREATED', intentId, total }),
  PROCESSED: (intentId: string): Payment => ({ orderId: ORDER, status: 'PROCESSED', intentId, total }),
  DECLINED: (intentId: string): Payment => ({ orderId: ORDER, status: 'DECLINED', intentId, reason }),
  REFUNDED: (intentId: string): Payment => ({ orderId: ORDER, status: 'REFUNDED', intentId }),
  'REFUNDED before there was an intent': (): Payment => ({ orderId: ORDER, status: 'REFUNDED' }),
  'PROCESSED with another intent': (): Payment => ({
    orderId: ORDER,
    status: 'PROCESSED',
    intentId: 'pi_other',
    total,
  }),
  'CREATED with another intent': (): Payment => ({ orderId: ORDER, status: 'CREATED', intentId: 'pi_other', total }),
};
type Stored = keyof typeof stored;

const intent = async (id: string) => (await stripe.payments()).find((payment) => payment.id === id);
const announced = async () => (await tables.recorded()).map(({ type, metadata }) => [type, metadata.replyToken]);

describe('an event of the gateway', () => {
  const CHARGED = 129_999;

  it.each<[Happening, Stored, string | undefined, number, string[]]>([
    ['payment_intent.succeeded', 'none', undefined, CHARGED, []],
    ['payment_intent.succeeded', 'CREATED', 'PROCESSED', CHARGED, ['PaymentProcessed']],
    ['payment_intent.succeeded', 'PROCESSED', 'PROCESSED', CHARGED, []],
    ['payment_intent.succeeded', 'PROCESSED with another intent', 'PROCESSED', 0, []],
    ['payment_intent.succeeded', 'DECLINED', 'DECLINED', 0, []],
    ['payment_intent.succeeded', 'REFUNDED', 'REFUNDED', 0, []],
    ['payment_intent.succeeded', 'REFUNDED before there was an intent', 'REFUNDED', 0, []],
    ['payment_intent.succeeded', 'CREATED with another intent', 'CREATED', 0, []],
    ['payment_intent.payment_failed', 'none', undefined, 0, []],
    ['payment_intent.payment_failed', 'CREATED', 'DECLINED', 0, ['PaymentDeclined']],
    ['payment_intent.payment_failed', 'PROCESSED', 'PROCESSED', 0, []],
    ['payment_intent.payment_failed', 'DECLINED', 'DECLINED', 0, []],
    ['payment_intent.payment_failed', 'REFUNDED', 'REFUNDED', 0, []],
    ['payment_intent.payment_failed', 'REFUNDED before there was an intent', 'REFUNDED', 0, []],
    ['payment_intent.payment_failed', 'CREATED with another intent', 'CREATED', 0, []],
    ['charge.refunded', 'none', undefined, 0, []],
    ['charge.refunded', 'CREATED', 'REFUNDED', 0, ['PaymentRefunded']],
    ['charge.refunded', 'PROCESSED', 'REFUNDED', 0, ['PaymentRefunded']],
    ['charge.refunded', 'DECLINED', 'DECLINED', 0, []],
    ['charge.refunded', 'REFUNDED', 'REFUNDED', 0, []],
    ['charge.refunded', 'REFUNDED before there was an intent', 'REFUNDED', 0, []],
    ['charge.refunded', 'CREATED with another intent', 'CREATED', 0, []],
    ['charge.dispute.created', 'none', undefined, CHARGED, []],
    ['charge.dispute.created', 'CREATED', 'CREATED', CHARGED, []],
    ['charge.dispute.created', 'PROCESSED', 'PROCESSED', CHARGED, []],
    ['charge.dispute.created', 'DECLINED', 'DECLINED', CHARGED, []],
    ['charge.dispute.created', 'REFUNDED', 'REFUNDED', CHARGED, []],
    ['payment_intent.processing', 'CREATED', 'CREATED', CHARGED, []],
  ])('%s, of a payment that is %s, leaves it %s, with %i held, and announces %j once', async (...row) => {
    const [type, state, status, held, types] = row;
    const { id, object } = await happenings[type]();
    const payment = stored[state](id);
    if (payment !== undefined) await store.commit(undefined, payment, []);
    expect(await send(signed(type, object))).toMatchObject({ statusCode: 200 });
    expect(await send(signed(type, object))).toMatchObject({ statusCode: 200 });
    expect((await store.load(ORDER))?.status).toBe(status);
    expect((await intent(id))?.held).toBe(held);
    expect(await announced()).toEqual(types.map((each) => [each, undefined]));
    const isDisputed = type === 'charge.dispute.created' && state !== 'none';
    expect(telemetry.recorded).toEqual(isDisputed ? ['PaymentDisputed 1', 'PaymentDisputed 1'] : []);
  });

  it('names itself as the cause of what is announced', async () => {
    const { id, object } = await happenings['payment_intent.succeeded']();
    await store.commit(undefined, stored.CREATED(id), []);
    await send(signed('payment_intent.succeeded', object));
    expect(await tables.recorded()).toMatchObject([
      {
        metadata: { causationId: 'evt_1', correlationId: 'request-1' },
        data: { orderId: ORDER, paymentId: id, amount: total },
      },
    ]);
  });

  it('of a charge that failed leaves no intent that anybody could charge later', async () => {
    const { id, object } = await happenings['payment_intent.payment_failed']();
    await store.commit(undefined, stored.CREATED(id), []);
    await send(signed('payment_intent.payment_failed', object));
    expect((await intent(id))?.status).toBe('canceled');
  });

  it('only says where to look: what it claims is not believed', async () => {
    const id = await intentOf(charge);
    await store.commit(undefined, stored.CREATED(id), []);
    expect(await send(signed('payment_intent.succeeded', { id, status: 'succeeded' }))).toMatchObject({
      statusCode: 200,
    });
    expect([(await store.load(ORDER))?.status, await announced()]).toEqual(['CREATED', []]);
  });

  it.each([
    ['an intent that the gateway does not know', 'payment_intent.succeeded', { id: 'pi_unheardOf' }],
    ['a charge that no intent made', 'charge.refunded', { id: 'ch_1', payment_intent: null }],
    ['something that nobody asked about', 'customer.created', { id: 'cus_1' }],
  ])('about %s is none of ours, and is not sent again', async (_what, type, object) => {
    expect(await send(signed(type, object))).toMatchObject({ statusCode: 200 });
    expect(await tables.items()).toEqual([]);
  });

  it('of a charge that is recorded is no news: the gateway is not asked, and may be down', async () => {
    const { id, object } = await happenings['payment_intent.succeeded']();
    await store.commit(undefined, stored.PROCESSED(id), []);
    stripe.faults.inject({ at: 'stripe.retrieve', effect: 'lose', times: 9 });
    expect(await send(signed('payment_intent.succeeded', object))).toMatchObject({ statusCode: 200 });
    expect(stripe.faults.list()).toMatchObject([{ struck: 0 }]);
  });

  it('is sent again where the gateway could not be asked', async () => {
    const { id, object } = await happenings['payment_intent.succeeded']();
    await store.commit(undefined, stored.CREATED(id), []);
    const error = { code: 'api_error', message: 'broken', status: 500 };
    stripe.faults.inject({ at: 'stripe.retrieve', effect: 'error', error, times: 2 });
    expect(await send(signed('payment_intent.succeeded', object))).toMatchObject({ statusCode: 500 });
    stripe.faults.remove();
    expect(await send(signed('payment_intent.succeeded', object))).toMatchObject({ statusCode: 200 });
    expect((await store.load(ORDER))?.status).toBe('PROCESSED');
  });

  it('that comes three times at once is told once', async () => {
    const { id, object } = await happenings['payment_intent.succeeded']();
    await store.commit(undefined, stored.CREATED(id), []);
    const answers = await Promise.all([1, 2, 3].map(() => send(signed('payment_intent.succeeded', object))));
    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200]);
    expect(await announced()).toEqual([['PaymentProcessed', undefined]]);
  });
});

describe('a request that is', () => {
  const refusal = {
    type: 'urn:distributed-patterns-demo:problem:invalid-request',
    title: 'The request is not valid',
    status: 400,
    detail: 'The request is not valid.',
    instance: 'urn:distributed-patterns-demo:request:request-1',
  };
  let object: object;
  beforeEach(async () => {
    const happened = await happenings['payment_intent.succeeded']();
    object = happened.object;
    await store.commit(undefined, stored.CREATED(happened.id), []);
  });
  const succeeded = (options?: Parameters<typeof signed>[2]) => signed('payment_intent.succeeded', object, options);
  const status = async () => (await store.load(ORDER))?.status;

  it.each([
    ['signed', {}],
    ['signed, and in base64', { base64: true }],
    ['as old as it may be', { age: 300 }],
  ])('%s is believed', async (_what, options) => {
    expect(await send(succeeded(options))).toMatchObject({ statusCode: 200 });
    expect(await status()).toBe('PROCESSED');
  });

  it.each<[string, () => APIGatewayProxyEventV2]>([
    ['signed with another secret', () => succeeded({ secret: 'whsec_of_somebody' })],
    ['older than five minutes, as when it was recorded and sent again', () => succeeded({ age: 301 })],
    ['not signed', () => requestOf('{}', {})],
    ['signed, and then changed', () => ({ ...succeeded(), body: `${succeeded().body} ` })],
    ['empty', () => ({ ...succeeded(), body: '' })],
    ['signed by what is no signature', () => requestOf('{}', { 'stripe-signature': 't=now,v1=yes' })],
  ])('%s is refused, without a word about why', async (_what, request) => {
    const answer = await send(request());
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(String(answer.body))).toEqual(refusal);
    expect(await status()).toBe('CREATED');
  });
});

describe('a signing secret that is replaced', () => {
  it('is read anew once a signature does not fit, at most once a minute', async () => {
    let current = 'whsec_old';
    let reads = 0;
    const read = async () => {
      reads++;
      return current;
    };
    const signingSecret = new KeptSecret(read, clockAndIds.now);
    const hear = (secret: string) => send(signed('customer.created', {}, { secret }), { signingSecret });
    expect(await hear('whsec_old')).toMatchObject({ statusCode: 200 });
    current = 'whsec_new';
    expect(await hear('whsec_new')).toMatchObject({ statusCode: 400 });
    clockAndIds.advance(60_000);
    expect(await hear('whsec_new')).toMatchObject({ statusCode: 200 });
    expect(await hear('whsec_old')).toMatchObject({ statusCode: 400 });
    expect(await hear('whsec_of_somebody')).toMatchObject({ statusCode: 400 });
    expect(reads).toBe(2);
  });

  it('and cannot be read is asked for again by the next request', async () => {
    let isThere = false;
    const signingSecret = new KeptSecret(async () => {
      if (!isThere) throw new Error('the parameter is not set');
      return SECRET;
    }, clockAndIds.now);
    expect(await send(signed('customer.created', {}), { signingSecret })).toMatchObject({ statusCode: 500 });
    isThere = true;
    expect(await send(signed('customer.created', {}), { signingSecret })).toMatchObject({ statusCode: 200 });
  });
});
