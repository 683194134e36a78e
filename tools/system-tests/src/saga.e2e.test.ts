import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { placeOrderResponseSchema } from '@distributed-patterns/contracts';
import { sellOut } from './hot-product.ts';
import { System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterAll(() => system.stop());

const saga = 'arn:aws:states:us-east-1:000000000000:execution:distributed-patterns-demo-order-saga-dev';

describe('an order that goes well', () => {
  it('is accepted as pending, then reserved, charged, announced and completed', async () => {
    const before = await system.product('laptop');
    const response = await system.post({
      customerId: 'customer-123',
      items: [{ productId: 'laptop', quantity: 1, price: 1299.99 }],
    });
    const body: unknown = await response.json();
    const accepted = placeOrderResponseSchema.parse(body);
    expect(response.status).toBe(201);
    expect(body).toEqual({
      orderId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      status: 'PENDING',
      totalAmount: 1299.99,
      message: 'Order created successfully',
    });
    const location = new URL(response.headers.get('location') ?? '', system.apiUrl);
    expect(await (await fetch(location)).json()).toMatchObject({ orderId: accepted.orderId });

    const order = await system.settled(accepted.orderId);
    expect(order).toMatchObject({ status: 'COMPLETED', totalAmount: 1299.99, customerId: 'customer-123' });
    expect(order.history.map(({ step }) => step).sort()).toEqual([
      'completed',
      'notified',
      'paid',
      'placed',
      'reserved',
    ]);
    expect((await system.product('laptop')).available).toBe(before.available - 1);
    expect(await system.charged(accepted.orderId)).toBe(129999);
    expect(await system.mails(accepted.orderId)).toMatchObject([{ to: ['customer-123@customers.example.com'] }]);
  });

  it('takes five transitions: four awaited tasks and the end', async () => {
    const { orderId } = await system.place();
    await system.settled(orderId);
    const client = new SFNClient(system.sdk);
    const { events = [] } = await client.send(
      new GetExecutionHistoryCommand({ executionArn: `${saga}:order-${orderId}` }),
    );
    const entered = events
      .filter(({ type }) => type === 'TaskStateEntered')
      .map((event) => event.stateEnteredEventDetails?.name);
    expect(entered).toEqual(['ReserveInventory', 'ProcessPayment', 'SendNotification', 'CompleteOrder']);
    expect(events.filter(({ type }) => type?.endsWith('StateEntered')).length).toBeLessThanOrEqual(4);
  });

  it('may have several lines, and its total is exact', async () => {
    const { orderId, totalAmount } = await system.place({
      items: [
        { productId: 'keyboard', quantity: 3, price: 89.99 },
        { productId: 'mouse', quantity: 1, price: 39.99 },
        { productId: 'keyboard', quantity: 7, price: 89.99 },
      ],
    });
    expect(totalAmount).toBe(939.89);
    expect(await system.settled(orderId)).toMatchObject({ status: 'COMPLETED' });
    expect(await system.charged(orderId)).toBe(93989);
  });
});

describe('an order that is refused', () => {
  it('because its stock is out, is not charged', async () => {
    const before = await system.product('limited-edition');
    const { orderId } = await system.place({ items: [{ productId: 'limited-edition', quantity: 2, price: 499 }] });
    expect(await system.settled(orderId)).toMatchObject({
      status: 'FAILED',
      reason: { code: 'OUT_OF_STOCK', message: '2 of limited-edition were ordered, and 1 are available.' },
    });
    expect(await system.payments(orderId)).toEqual([]);
    expect(await system.product('limited-edition')).toEqual(before);
    expect(await system.mails(orderId)).toMatchObject([{ subject: expect.stringContaining('could not be completed') }]);
  });

  it.each([
    ['its product is unknown', { productId: 'tractor', quantity: 1, price: 10 }, 'UNKNOWN_PRODUCT'],
    ['its price has changed', { productId: 'mouse', quantity: 1, price: 1 }, 'PRICE_CHANGED'],
  ])('because %s, says so and is not charged', async (_why, item, code) => {
    const { orderId } = await system.place({ items: [item] });
    expect(await system.settled(orderId)).toMatchObject({ status: 'FAILED', reason: { code } });
    expect(await system.payments(orderId)).toEqual([]);
  });

  it('because its card is declined, gives its stock back', async () => {
    const before = await system.product('monitor');
    const { orderId } = await system.place({
      items: [{ productId: 'monitor', quantity: 2, price: 349.99 }],
      paymentMethod: 'pm_card_chargeDeclined',
    });
    const order = await system.settled(orderId);
    expect(order).toMatchObject({ status: 'FAILED', reason: { code: 'PAYMENT_DECLINED' } });
    expect(order.history.map(({ step }) => step)).toEqual(['placed', 'reserved', 'released', 'failed']);
    expect(await system.product('monitor')).toEqual(before);
    expect(await system.charged(orderId)).toBe(0);
  });

  it('because its customer cannot be told, is refunded and gives its stock back', async () => {
    const before = await system.product('headset');
    const { orderId } = await system.place({
      customerEmail: 'nobody@mail.invalid',
      items: [{ productId: 'headset', quantity: 1, price: 129.5 }],
    });
    const order = await system.settled(orderId);
    expect(order).toMatchObject({ status: 'FAILED', reason: { code: 'NOTIFICATION_REJECTED' } });
    expect(order.history.map(({ step }) => step)).toEqual([
      'placed',
      'reserved',
      'paid',
      'refunded',
      'released',
      'failed',
    ]);
    expect(await system.product('headset')).toEqual(before);
    expect(await system.payments(orderId)).toMatchObject([
      { amount_received: 12950, latest_charge: { amount_refunded: 12950 } },
    ]);
    expect(await system.mails(orderId)).toEqual([]);
  });
});

describe('sixty customers who order one of six pieces at once', () => {
  it('are served and charged while there are any; the others hear that it is gone', async () => {
    expect(await sellOut(system, 60, 6)).toEqual({
      told: 60,
      ended: { COMPLETED: 6, 'FAILED OUT_OF_STOCK': 54 },
      stock: { available: 0, reserved: 0, sold: 6, received: 6 },
      charges: 6,
      held: 5_994,
      left: [],
    });
  });
});
