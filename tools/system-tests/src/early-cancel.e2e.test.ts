import { paginateGetExecutionHistory, SFNClient } from '@aws-sdk/client-sfn';
import { evidenceOf } from './order-evidence.ts';
import { System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterEach(() => system.heal());
afterAll(() => system.stop());

const ALWAYS = 100_000;
const MINUTE = 60_000;
/** More than a step of the saga waits before it is tried again, and less than all of its tries take. */
const NEXT_TRY = MINUTE;
const saga = 'arn:aws:states:us-east-1:000000000000:execution:distributed-patterns-demo-order-saga-dev';
const headset = { productId: 'headset', quantity: 2, price: 129.5 };

/** The states that an order's saga has entered, each once, in their order. */
async function entered(orderId: string): Promise<string[]> {
  const names = new Set<string>();
  const pages = paginateGetExecutionHistory(
    { client: new SFNClient(system.sdk) },
    { executionArn: `${saga}:order-${orderId}` },
  );
  for await (const { events = [] } of pages) {
    for (const { stateEnteredEventDetails: state } of events) if (state?.name !== undefined) names.add(state.name);
  }
  return [...names];
}

/** Lets the saga try again, as often as it must to hear that the order is cancelled; returns after how many tries it has ended. */
async function tries(orderId: string): Promise<number> {
  for (let count = 1; count <= 3; count++) {
    await system.advance(NEXT_TRY);
    if ((await system.order(orderId)).status === 'CANCELLED') return count;
  }
  throw new Error(`the saga did not hear of it: ${JSON.stringify(await system.order(orderId))}`);
}

describe('an order that is cancelled while a step waits for its next try', () => {
  it('because the mail service is down, is refunded and ends as cancelled while it is still down', async () => {
    const before = await system.product('headset');
    const customerId = 'mail-service-down';
    const back = await system.inject({
      at: 'ses.SendEmail',
      effect: 'error',
      error: { code: 'TooManyRequestsException', message: 'Maximum sending rate exceeded.', status: 429 },
      times: ALWAYS,
    });
    const { orderId } = await system.place({ customerId, items: [headset] });
    expect(await system.settled(orderId)).toMatchObject({ status: 'PAYMENT_PROCESSED' });
    expect(await entered(orderId)).toEqual(['ReserveInventory', 'ProcessPayment', 'SendNotification']);
    expect(await system.charged(orderId)).toBe(25_900);

    expect(await system.cancel(orderId)).toMatchObject({ outcome: 'cancelling' });
    // Without any time passing: nobody waits for the saga.
    await system.idle();
    expect(await system.charged(orderId)).toBe(0);
    expect(await system.product('headset')).toEqual(before);

    expect(await tries(orderId)).toBe(1);
    const states = await entered(orderId);
    expect(states).not.toContain('CompleteOrder');
    expect(states.at(-1)).toBe('FailOrder');
    await back();
    await system.advance(10 * MINUTE);
    expect(await evidenceOf(system, customerId)).toEqual({
      orderIds: [orderId],
      statuses: ['CANCELLED'],
      sagas: ['SUCCEEDED'],
      charged: [25_900],
      refunded: [25_900],
      mails: ['Your order … was cancelled'],
    });
  });

  it('because the answer of a step was lost, gives its stock back at once and is never charged', async () => {
    const before = await system.product('headset');
    const customerId = 'reservation-unanswered';
    await system.inject({ at: 'events.deliver', where: { detailType: 'InventoryReserved' }, effect: 'lose', times: 2 });
    const { orderId } = await system.place({ customerId, items: [headset] });
    expect(await system.settled(orderId)).toMatchObject({ status: 'PENDING' });
    expect(await system.product('headset')).toEqual({ ...before, available: before.available - 2 });

    expect(await system.cancel(orderId)).toMatchObject({ outcome: 'cancelling' });
    await system.idle();
    expect(await system.product('headset')).toEqual(before);

    expect(await tries(orderId)).toBe(1);
    const states = await entered(orderId);
    expect(states).not.toContain('CompleteOrder');
    expect(states).not.toContain('ProcessPayment');
    await system.advance(10 * MINUTE);
    expect(await evidenceOf(system, customerId)).toEqual({
      orderIds: [orderId],
      statuses: ['CANCELLED'],
      sagas: ['SUCCEEDED'],
      charged: [],
      refunded: [],
      mails: ['Your order … was cancelled'],
    });
    expect(await system.product('headset')).toEqual(before);
  });
});
