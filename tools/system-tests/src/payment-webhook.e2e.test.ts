import { CountedFault } from './counted-fault.ts';
import { System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.start();
  // The function that charges has read its key, so that its calls can be counted.
  const { orderId } = await system.place({ items: [mouse] });
  await system.ended(orderId);
});
afterEach(() => CountedFault.removeAll(system));
afterAll(() => system.stop());

const CONSUMER = 'distributed-patterns-demo-payment-on-message-dev';
/** For how long a payment is left alone, and how often those are looked at that are not. */
const UNSETTLED = 3 * 60_000;
const BETWEEN_RUNS = 5 * 60_000;
/** How long after it happened the gateway sends an event. */
const A_MOMENT = 1_000;
const mouse = { productId: 'mouse', quantity: 1, price: 39.99 };

/** Nobody who charges the order learns that it was charged: the SDK asks once more, and the message does not come again yet. */
const losesTheAnswer = () => system.inject({ at: 'stripe.confirm', effect: 'lose-answer', times: 2 });
/** It asks for the payment, stores the intent, charges it, and dies where it would record that. */
const diesBeforeRecording = () =>
  system.inject({ at: 'lambda.call', where: { function: CONSUMER, number: '3' }, effect: 'kill' });

describe('a charge that nobody has learnt of, because', () => {
  it('its answer is lost and the function gives up, is learnt from the gateway’s event: the order goes on, charged once', async () => {
    await losesTheAnswer();
    const { orderId } = await system.place({ items: [mouse] });
    await system.idle();
    await system.advance(A_MOMENT);
    expect(await system.settled(orderId)).toMatchObject({ status: 'PAYMENT_PROCESSED' });
    expect(await system.ended(orderId)).toMatchObject({ status: 'COMPLETED' });
    expect(await system.payments(orderId)).toMatchObject([{ status: 'succeeded', amount_received: 3999 }]);
    expect(await system.charged(orderId)).toBe(3999);
  });

  it('the function dies before it records it, is learnt in the same way, although the event comes twice', async () => {
    await diesBeforeRecording();
    await system.inject({ at: 'stripe.webhook', effect: 'duplicate' });
    const { orderId } = await system.place({ items: [mouse] });
    await system.idle();
    await system.advance(A_MOMENT);
    expect(await system.settled(orderId)).toMatchObject({ status: 'PAYMENT_PROCESSED' });
    expect(await system.ended(orderId)).toMatchObject({ status: 'COMPLETED' });
    expect(await system.payments(orderId)).toHaveLength(1);
    expect(await system.charged(orderId)).toBe(3999);
  });

  it('its event is lost as well, is found by asking the gateway', async () => {
    await losesTheAnswer();
    await system.inject({ at: 'stripe.webhook', effect: 'lose' });
    const { orderId } = await system.place({ items: [mouse] });
    expect(await system.settled(orderId)).toMatchObject({ status: 'INVENTORY_RESERVED' });
    await system.inject({ at: 'lambda.run', where: { function: CONSUMER }, effect: 'error', times: 1_000 });
    await system.advance(UNSETTLED + BETWEEN_RUNS);
    expect((await system.order(orderId)).history.map(({ step }) => step)).toContain('paid');
    expect(await system.charged(orderId)).toBe(3999);
  });
});
