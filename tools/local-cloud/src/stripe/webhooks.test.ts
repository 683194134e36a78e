import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import StripeSdk from 'stripe';
import * as z from 'zod';
import { type GivenStripe, givenStripe, NOW } from './given-stripe.ts';

const SECRET = 'whsec_of_the_test';
const MINUTE = 60_000;

const eventSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  data: z.object({ object: z.looseObject({ id: z.string() }) }),
});

/** A request that the endpoint has got. */
interface Heard {
  readonly signature: string;
  readonly body: string;
}

let given: GivenStripe;
let endpoint: Server;
let url: string;
let heard: Heard[];
/** What the endpoint answers next; success where there is nothing. */
let answers: (number | 'reset')[];

beforeEach(async () => {
  heard = [];
  answers = [];
  endpoint = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      heard.push({ signature: String(request.headers['stripe-signature']), body: Buffer.concat(chunks).toString() });
      const answer = answers.shift() ?? 200;
      if (answer === 'reset') request.socket.destroy();
      else response.writeHead(answer).end();
    });
  }).listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/hook`;
  given = await givenStripe({ webhookSecret: SECRET });
});
afterEach(async () => {
  await given.stop();
  endpoint.closeAllConnections();
  await new Promise((resolve) => endpoint.close(resolve));
});

const advance = (milliseconds: number) => given.clock.advance(milliseconds, () => given.activity.whenIdle());
/** Once everything is done, and what comes a moment later as well. */
const idle = async () => {
  await given.activity.whenIdle();
  await advance(1_000);
};
const told = () => heard.map(({ body }) => eventSchema.parse(JSON.parse(body)));
const types = () => told().map(({ type }) => type);

/** As the receiver of the event would, by the clock that it was sent by. */
function verified({ body, signature }: Heard, secret = SECRET) {
  return StripeSdk.webhooks.constructEvent(body, signature, secret, 300, undefined, given.clock.now());
}

describe('an endpoint', () => {
  beforeEach(() => given.stripe.deliverTo(url));

  it('hears of charges, of those that fail and of refunds, and of nothing else', async () => {
    const { id } = await given.pay();
    await expect(given.pay('pm_card_chargeDeclined')).rejects.toThrow('declined');
    await given.sdk.paymentIntents.cancel((await given.create()).id);
    await idle();
    await given.sdk.refunds.create({ payment_intent: id, amount: 1 });
    await idle();
    expect(types().sort()).toEqual(['charge.refunded', 'payment_intent.payment_failed', 'payment_intent.succeeded']);
    expect(told().find(({ type }) => type === 'payment_intent.succeeded')?.data.object).toMatchObject({
      id,
      status: 'succeeded',
      metadata: { orderId: 'order-1' },
    });
    expect(told().find(({ type }) => type === 'charge.refunded')?.data.object).toMatchObject({
      object: 'charge',
      payment_intent: id,
      amount_refunded: 1,
      refunded: false,
    });
  });

  it.each([
    ['pm_card_createDispute', 'fraudulent'],
    ['pm_card_createDisputeProductNotReceived', 'product_not_received'],
  ])('hears that the charge of %s is disputed as %s, once it is captured', async (card, reason) => {
    const { id } = await given.create({ capture_method: 'manual', payment_method: card, confirm: true });
    await idle();
    expect(types()).toEqual([]);
    const { latest_charge: charge } = await given.sdk.paymentIntents.capture(id);
    await idle();
    expect(types().sort()).toEqual(['charge.dispute.created', 'payment_intent.succeeded']);
    expect(told().find(({ type }) => type === 'charge.dispute.created')?.data.object).toMatchObject({
      object: 'dispute',
      amount: 129_999,
      charge,
      payment_intent: id,
      reason,
      status: 'needs_response',
    });
  });

  it('can verify with the SDK who sent it, and when', async () => {
    await given.pay();
    await idle();
    for (const each of heard) {
      expect(verified(each).type).toBe('payment_intent.succeeded');
      expect(each.signature).toMatch(new RegExp(`^t=${Math.floor(NOW / 1000) + 1},v1=[0-9a-f]{64}$`));
      expect(() => verified(each, 'whsec_of_somebody')).toThrow(StripeSdk.errors.StripeSignatureVerificationError);
    }
    expect(heard).toHaveLength(1);
  });

  it('hears of what happened although the answer to it was lost', async () => {
    given.faults.inject({ at: 'stripe.confirm', effect: 'lose-answer', times: 1 });
    const { id } = await given.create({ payment_method: 'pm_card_visa' });
    expect(await given.post(`/v1/payment_intents/${id}/confirm`, '')).toBe('reset');
    await idle();
    expect(types()).toEqual(['payment_intent.succeeded']);
  });

  it.each([500, 'reset'] as const)(
    'that answers with %s hears of it again, later and newly signed',
    async (failure) => {
      answers = [failure, failure];
      await given.pay();
      await idle();
      await advance(MINUTE);
      await advance(30 * MINUTE);
      await advance(24 * 60 * MINUTE);
      const [first, ...others] = told();
      expect(others.map(({ id }) => id)).toEqual([first?.id, first?.id]);
      expect(heard.map(({ signature }) => signature.split(',')[0])).toEqual(
        [0, MINUTE, 31 * MINUTE].map((passed) => `t=${Math.floor((NOW + passed) / 1000) + 1}`),
      );
    },
  );

  it('that never takes an event is given up after three more attempts', async () => {
    answers = Array.from({ length: 10 }, () => 503);
    await given.pay();
    await advance(24 * 60 * MINUTE);
    expect(heard).toHaveLength(4);
    expect(given.reports).toEqual(['stripe: the event payment_intent.succeeded was not taken and is dropped']);
  });
});

describe('a fault', () => {
  beforeEach(() => given.stripe.deliverTo(url));
  const inject = (effect: 'lose' | 'duplicate' | 'hold', orderId = 'order-1') =>
    given.faults.inject({ at: 'stripe.webhook', where: { orderId }, effect, times: 1 });

  it.each([
    ['lose', 0],
    ['duplicate', 2],
    ['hold', 0],
  ] as const)('%s leaves the endpoint with %i of one event', async (effect, times) => {
    inject(effect);
    await given.pay();
    await advance(24 * 60 * MINUTE);
    expect(heard).toHaveLength(times);
  });

  it('that holds an event lets it go when it is removed', async () => {
    inject('hold');
    await given.pay();
    await idle();
    given.faults.remove();
    await idle();
    expect(types()).toEqual(['payment_intent.succeeded']);
  });

  it('of another order leaves this one alone', async () => {
    inject('lose', 'order-2');
    await given.pay();
    await idle();
    expect(heard).toHaveLength(1);
  });
});

describe('after a crash', () => {
  it('what was not delivered is, once there is an address', async () => {
    await given.pay();
    await idle();
    given.restart();
    given.stripe.deliverTo(url);
    await idle();
    expect(types()).toEqual(['payment_intent.succeeded']);
  });

  it('what was put off comes when its time has come, and once', async () => {
    answers = [500];
    given.stripe.deliverTo(url);
    await given.pay();
    await idle();
    given.restart();
    given.stripe.deliverTo(url);
    await idle();
    expect(heard).toHaveLength(1);
    await advance(MINUTE);
    await advance(24 * 60 * MINUTE);
    expect(heard).toHaveLength(2);
  });
});

it('an account without an endpoint owes nothing', async () => {
  const other = await givenStripe();
  await other.pay();
  other.stripe.deliverTo(url);
  await other.activity.whenIdle();
  await other.stop();
  expect(heard).toEqual([]);
});
