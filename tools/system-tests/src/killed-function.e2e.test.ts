import { orderViewSchema, placeOrderResponseSchema } from '@distributed-patterns/contracts';
import type { FaultEffect } from '@distributed-patterns/local-cloud';
import { CountedFault } from './counted-fault.ts';
import { evidenceOf } from './order-evidence.ts';
import { System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterEach(() => CountedFault.removeAll(system));
afterAll(() => system.stop());

/** A second more than the HTTP functions may take. */
const FUNCTION_TIME = 11_000;
/** More than a mail, a sweeper or a correction may still be waiting for. */
const AFTERMATH = 10 * 60_000;
/** More than any client here needs. */
const MOST_ATTEMPTS = 10;
const webcam = { productId: 'webcam', quantity: 1, price: 74.95 };

/** How each of several invocations dies, and how many do. */
interface Death {
  readonly effect: FaultEffect;
  readonly times: number;
}

const deaths: readonly (Death & { readonly when: string })[] = [
  { when: 'before it is worked on', effect: 'kill', times: 1 },
  { when: 'before it is worked on, and so does the next invocation', effect: 'kill', times: 2 },
  { when: 'before it is answered', effect: 'kill-after', times: 1 },
  { when: 'before it is answered, and so does the next invocation', effect: 'kill-after', times: 2 },
];

/**
 * Plays it with a death at the first call, at the second, and so on, until nobody dies any more.
 * @returns what came of it with a death at each call there is, and without one
 */
async function atEachCall(
  name: string,
  { effect, times }: Death,
  play: (customerId: string) => Promise<string>,
): Promise<{ readonly customerId: string; readonly orderId: string }[]> {
  const played = [];
  for (let number = 1; ; number++) {
    const where = { function: `distributed-patterns-demo-order-${name}-dev`, number: String(number) };
    const fault = await CountedFault.arm(system, { at: 'lambda.call', where, effect, times });
    const customerId = `${name}-${effect}-${times}-${number}`;
    played.push({ customerId, orderId: await play(customerId) });
    const struck = await fault.struck();
    await fault.remove();
    if (struck === 0) return played;
  }
}

/** Asks as a client does whose answers get lost: the same again, later where an earlier request may still run. */
async function askUntilAnswered(ask: () => Promise<Response>, answered: readonly number[]): Promise<unknown> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const response = await ask();
    const body: unknown = await response.json();
    if (answered.includes(response.status)) return body;
    expect([409, 500]).toContain(response.status);
    if (response.status === 409) {
      expect(response.headers.get('retry-after')).toBe('1');
      await system.advance(FUNCTION_TIME);
    }
  }
  throw new Error(`no answer to ${MOST_ATTEMPTS} requests`);
}

describe('the function that places orders', () => {
  async function place(customerId: string): Promise<string> {
    const placed = await CountedFault.arm(system, {
      at: 'events.deliver',
      where: { detailType: 'OrderPlaced' },
      effect: 'hold',
      times: 100,
    });
    const ask = () => system.post({ customerId, items: [webcam] }, { 'idempotency-key': customerId });
    const { orderId } = placeOrderResponseSchema.parse(await askUntilAnswered(ask, [201]));
    await system.idle();
    expect(await placed.struck()).toBe(1);
    await placed.remove();
    return orderId;
  }

  it.each(deaths)('dies at a call, $when: repeating the request makes one order', async (death) => {
    const before = await system.product('webcam');
    const played = await atEachCall('place-order', death, place);
    expect(played).toHaveLength(3 + 1);
    await system.advance(AFTERMATH);
    for (const { customerId, orderId } of played) {
      expect(await evidenceOf(system, customerId)).toEqual({
        orderIds: [orderId],
        statuses: ['COMPLETED'],
        sagas: ['SUCCEEDED'],
        charged: [7495],
        refunded: [0],
        mails: ['We have received your order …'],
      });
    }
    expect((await system.product('webcam')).available).toBe(before.available - played.length);
  });
});

describe('the function that cancels orders', () => {
  async function cancel(customerId: string): Promise<string> {
    const where = { detailType: 'CompleteOrder' };
    const complete = await system.inject({ at: 'events.deliver', where, effect: 'hold' });
    const { orderId } = await system.place({ customerId, items: [webcam] });
    expect(await system.settled(orderId)).toMatchObject({ status: 'PAYMENT_PROCESSED' });
    const ask = () => system.post('', {}, `/orders/${orderId}/cancel`);
    const { history } = orderViewSchema.parse(await askUntilAnswered(ask, [200, 202]));
    expect(history.map(({ step }) => step)).toContain('cancellation requested');
    await complete();
    await system.idle();
    return orderId;
  }

  it.each(deaths)('dies at a call, $when: repeating the request undoes the order once', async (death) => {
    const before = await system.product('webcam');
    const played = await atEachCall('cancel-order', death, cancel);
    expect(played).toHaveLength(2 + 1);
    await system.advance(AFTERMATH);
    for (const { customerId, orderId } of played) {
      const { mails, ...evidence } = await evidenceOf(system, customerId);
      expect(evidence).toEqual({
        orderIds: [orderId],
        statuses: ['CANCELLED'],
        sagas: ['SUCCEEDED'],
        charged: [7495],
        refunded: [7495],
      });
      expect(mails[0]).toBe('We have received your order …');
      expect(mails.slice(1).sort()).toEqual([
        'Correction: your order … was not completed',
        'Your order … was cancelled',
      ]);
    }
    expect(await system.product('webcam')).toEqual(before);
  });
});
