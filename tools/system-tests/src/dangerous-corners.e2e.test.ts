import { type OrderRequest, System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterEach(() => system.heal());
afterAll(() => system.stop());

const ALWAYS = 1_000;
const MINUTE = 60_000;
/** More than a step forward takes with all of its attempts. */
const LONGEST_STEP = 135_000;
const mouse = { productId: 'mouse', quantity: 1, price: 39.99 };
const headset = { productId: 'headset', quantity: 2, price: 129.5 };

/** An order that cannot be told of, so that everything is undone. */
const undone: OrderRequest = { customerEmail: 'nobody@mail.invalid', items: [headset] };

const lose = (detailType: string, times = 1) =>
  system.inject({ at: 'events.deliver', where: { detailType }, effect: 'lose', times });
const steps = async (orderId: string) => (await system.order(orderId)).history.map(({ step }) => step);

describe('an answer that gets lost', () => {
  it.each(['InventoryReserved', 'PaymentProcessed', 'NotificationSent', 'OrderCompleted'])(
    '%s is given again when the step is tried again, and everything happens once',
    async (answer) => {
      const before = await system.product('mouse');
      await lose(answer, 2);
      const { orderId } = await system.place({ items: [mouse] });
      expect(await system.ended(orderId)).toMatchObject({ status: 'COMPLETED' });
      await system.advance(10 * 60_000);
      expect((await system.product('mouse')).available).toBe(before.available - 1);
      expect(await system.payments(orderId)).toMatchObject([{ amount_received: 3999 }]);
      expect(await system.mails(orderId)).toHaveLength(1);
    },
  );

  it.each(['PaymentRefunded', 'InventoryReleased', 'OrderFailed'])('%s of an undo is given again', async (answer) => {
    const before = await system.product('headset');
    await lose(answer, 2);
    const { orderId } = await system.place(undone);
    await system.ended(orderId);
    await system.advance(10 * 60_000);
    expect(await system.order(orderId)).toMatchObject({ status: 'FAILED', reason: { code: 'NOTIFICATION_REJECTED' } });
    expect(await system.product('headset')).toEqual(before);
    expect(await system.charged(orderId)).toBe(0);
  });
});

describe('a step that took effect and was never answered', () => {
  it('is undone: the stock comes back', async () => {
    const before = await system.product('mouse');
    await lose('InventoryReserved', ALWAYS);
    const { orderId } = await system.place({ items: [mouse] });
    expect(await system.ended(orderId)).toMatchObject({ status: 'FAILED', reason: { code: 'STEP_UNANSWERED' } });
    expect(await system.product('mouse')).toEqual(before);
    expect(await system.payments(orderId)).toEqual([]);
  });

  it('is undone: the charge is refunded', async () => {
    const before = await system.product('mouse');
    await lose('PaymentProcessed', ALWAYS);
    const { orderId } = await system.place({ items: [mouse] });
    expect(await system.ended(orderId)).toMatchObject({ status: 'FAILED' });
    expect(await system.payments(orderId)).toMatchObject([
      { amount_received: 3999, latest_charge: { amount_refunded: 3999 } },
    ]);
    expect(await system.product('mouse')).toEqual(before);
  });

  it('is undone: the mail is corrected', async () => {
    await lose('NotificationSent', ALWAYS);
    const { orderId } = await system.place({ items: [mouse] });
    expect(await system.ended(orderId)).toMatchObject({ status: 'FAILED' });
    await system.idle();
    const [first, ...others] = (await system.mails(orderId)).map(({ subject }) => subject.replace(orderId, '…'));
    expect(first).toBe('We have received your order …');
    expect(others.sort()).toEqual([
      'Correction: your order … was not completed',
      'Your order … could not be completed',
    ]);
    expect(await system.charged(orderId)).toBe(0);
  });
});

describe('a charge that nobody hears of, since the gateway', () => {
  const where = (customerId: string) => ({ customerId });
  const loses = (at: string, customerId: string) =>
    system.inject({ at, where: where(customerId), effect: 'lose-answer', times: ALWAYS });
  const chargedOnce = [{ status: 'succeeded', amount_received: 3999 }];

  /** It charges the order; from then on it answers nobody who asks about it, and tells nobody by itself. */
  async function charge(customerId: string): Promise<string> {
    await loses('stripe.confirm', customerId);
    await system.inject({ at: 'stripe.webhook', where: where(customerId), effect: 'lose', times: ALWAYS });
    const { orderId } = await system.place({ customerId, items: [mouse] });
    await system.idle();
    expect(await system.payments(orderId)).toMatchObject(chargedOnce);
    await loses('stripe.retrieve', customerId);
    return orderId;
  }

  it('answers after its caller’s time and then not at all for a while, is the only one: the order is completed', async () => {
    // This takes as long as the gateway is waited for: five seconds of real time.
    await system.inject({ at: 'stripe.confirm', where: where('patient'), effect: 'hold-answer' });
    const orderId = await charge('patient');
    await system.advance(MINUTE);
    expect(await system.order(orderId)).toMatchObject({ status: 'INVENTORY_RESERVED' });
    await system.heal();
    expect(await system.ended(orderId)).toMatchObject({ status: 'COMPLETED' });
    expect(await system.payments(orderId)).toMatchObject(chargedOnce);
    expect(await system.charged(orderId)).toBe(3999);
  });

  it('answers none of the step’s attempts, is the only one and is refunded in full', async () => {
    const orderId = await charge('given-up');
    await system.advance(LONGEST_STEP);
    await system.heal();
    expect(await system.ended(orderId)).toMatchObject({ status: 'FAILED', reason: { code: 'STEP_UNANSWERED' } });
    const [payment, ...others] = await system.payments(orderId);
    expect(others).toEqual([]);
    expect(payment).toMatchObject({ ...chargedOnce[0], latest_charge: { amount_refunded: 3999 } });
  });
});

describe('a connection to the gateway that breaks between creating and confirming', () => {
  it.each([
    ['as the answer to the one comes', 'stripe.create', 'lose-answer'],
    ['as the other is asked for', 'stripe.confirm', 'lose'],
  ] as const)('%s leaves one charge', async (_when, at, effect) => {
    await system.inject({ at, effect, times: 2 });
    const { orderId } = await system.place({ items: [mouse] });
    expect(await system.settled(orderId)).toMatchObject({ status: 'INVENTORY_RESERVED' });
    expect(await system.charged(orderId)).toBe(0);
    expect(await system.ended(orderId)).toMatchObject({ status: 'COMPLETED' });
    await system.advance(3 * MINUTE);
    const payments = await system.payments(orderId);
    expect(payments.filter(({ status }) => status === 'succeeded')).toHaveLength(1);
    expect(await system.charged(orderId)).toBe(3999);
  });
});

describe('a mail whose answer is lost', () => {
  it('is not sent again at once: nobody can know that it was not sent', async () => {
    await system.inject({ at: 'ses.SendEmail', effect: 'lose-answer' });
    const { orderId } = await system.place({ items: [mouse] });
    expect(await system.settled(orderId)).toMatchObject({ status: 'PAYMENT_PROCESSED' });
    expect(await system.mails(orderId)).toHaveLength(1);
    expect(await system.ended(orderId)).toMatchObject({ status: 'COMPLETED' });
  });
});

describe('a mail service that is down for hours', () => {
  it('holds up neither the refund nor the stock; what was perhaps sent is corrected once it is back', async () => {
    const before = await system.product('mouse');
    await system.inject({
      at: 'ses.SendEmail',
      effect: 'error',
      error: { code: 'InternalServiceErrorException', message: 'down', status: 500 },
      times: 100_000,
    });
    const { orderId } = await system.place({ items: [mouse] });
    expect(await system.ended(orderId)).toMatchObject({ status: 'FAILED', reason: { code: 'STEP_UNANSWERED' } });
    expect(await system.charged(orderId)).toBe(0);
    expect(await system.product('mouse')).toEqual(before);
  });
});

describe('an undo that overtakes its original', () => {
  it.each([
    ['ReserveInventory', 'released'],
    ['ProcessPayment', 'refunded'],
    ['SendNotification', 'notification cancelled'],
  ])('defeats the late %s', async (command, undo) => {
    const before = await system.product('mouse');
    const release = await system.inject({
      at: 'events.deliver',
      where: { detailType: command },
      effect: 'hold',
      times: ALWAYS,
    });
    const { orderId } = await system.place({ items: [mouse] });
    expect(await system.ended(orderId)).toMatchObject({ status: 'FAILED' });
    expect(await steps(orderId)).toContain(undo);
    await release();
    await system.idle();
    await system.advance(10 * 60_000);
    expect(await system.order(orderId)).toMatchObject({ status: 'FAILED' });
    expect(await system.product('mouse')).toEqual(before);
    expect(await system.charged(orderId)).toBe(0);
    expect((await system.mails(orderId)).map(({ subject }) => subject)).toEqual([
      `Your order ${orderId} could not be completed`,
    ]);
  });
});

describe('the pivot', () => {
  it('whose answer is never heard leaves the order completed: nothing is undone', async () => {
    const before = await system.product('mouse');
    await system.inject({
      at: 'events.deliver',
      where: { detailType: 'OrderCompleted', rule: 'distributed-patterns-demo-orchestrator-reply-order-dev' },
      effect: 'lose',
      times: ALWAYS,
    });
    const { orderId } = await system.place({ items: [mouse] });
    expect(await system.settled(orderId)).toMatchObject({ status: 'COMPLETED' });
    await system.advance(4 * 60 * 60_000);
    expect(await system.order(orderId)).toMatchObject({ status: 'COMPLETED' });
    expect((await system.product('mouse')).available).toBe(before.available - 1);
    expect(await system.charged(orderId)).toBe(3999);
    expect(await system.mails(orderId)).toHaveLength(1);
  });
});

describe('every message delivered twice', () => {
  beforeEach(() => system.inject({ at: 'events.deliver', effect: 'duplicate', times: 100_000 }));

  it('makes no difference to an order that goes well', async () => {
    const before = await system.product('mouse');
    const { orderId } = await system.place({ items: [mouse] });
    expect(await system.ended(orderId)).toMatchObject({ status: 'COMPLETED' });
    await system.advance(10 * 60_000);
    expect((await system.product('mouse')).available).toBe(before.available - 1);
    expect(await system.payments(orderId)).toHaveLength(1);
    expect(await system.charged(orderId)).toBe(3999);
    expect(await system.mails(orderId)).toHaveLength(1);
  });

  it('makes no difference to an order that is undone', async () => {
    const before = await system.product('headset');
    const { orderId } = await system.place(undone);
    expect(await system.ended(orderId)).toMatchObject({ status: 'FAILED' });
    await system.advance(10 * 60_000);
    expect(await system.product('headset')).toEqual(before);
    expect(await system.charged(orderId)).toBe(0);
  });
});
