import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DeleteMessageCommand, GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { metadataSchema, sagaNeedsAttention } from '@distributed-patterns/contracts';
import * as z from 'zod';
import { readProducts } from './crash-books.ts';
import { System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterEach(() => system.heal());
afterAll(() => system.stop());

const HOURS = 60 * 60_000;
const ALWAYS = 100_000;
/** More than an order may be open until the watchdog has found it: 6.1 hours, and the time between two runs. */
const WATCHED = 8 * HOURS;
/** More than a reservation may be open until the inventory service has told of it: 9.1 hours, and the time between two runs. */
const OVERDUE = 11 * HOURS;
const eventSchema = z.object({ detail: z.object({ metadata: metadataSchema, data: sagaNeedsAttention.data }) });
const mouse = { productId: 'mouse', quantity: 1, price: 39.99 };
const monitor = { productId: 'monitor', quantity: 1, price: 349.99 };

/** What an operator finds in the queue of parked sagas. */
async function parked(): Promise<z.infer<typeof eventSchema>['detail'][]> {
  const client = new SQSClient(system.sdk);
  const name = 'distributed-patterns-demo-orchestrator-parked-dev';
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  for (const { ReceiptHandle } of Messages) await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages.map(({ Body }) => eventSchema.parse(JSON.parse(Body ?? '')).detail);
}

/** Decides as an operator does: a message on the bus that carries the parked step's token. */
async function decide(orderId: string, decision: 'retry' | 'resolve', replyToken: string) {
  const metadata = {
    id: `decision-${orderId}-${decision}`,
    version: 1,
    occurredAt: '2026-01-15T09:30:00.000Z',
    correlationId: 'operator',
    causationId: 'operator',
    replyToken,
  };
  const entry = {
    EventBusName: 'distributed-patterns-demo-event-bus-dev',
    Source: 'operator',
    DetailType: 'OperatorDecision',
    Detail: JSON.stringify({ metadata, data: { orderId, decision } }),
  };
  const answer = await new EventBridgeClient(system.sdk).send(new PutEventsCommand({ Entries: [entry] }));
  expect(answer.FailedEntryCount).toBe(0);
}

const stock = async (productId: string) =>
  (await readProducts(system)).find((product) => product.productId === productId);

const executionOf = async (orderId: string) => {
  const saga = 'arn:aws:states:us-east-1:000000000000:execution:distributed-patterns-demo-order-saga-dev';
  return new SFNClient(system.sdk).send(new DescribeExecutionCommand({ executionArn: `${saga}:order-${orderId}` }));
};

describe('an undo that cannot be carried out', () => {
  it('parks the saga, which goes on once an operator says retry', async () => {
    const before = await system.product('monitor');
    const error = { code: 'api_error', message: 'down', status: 500 };
    const heal = await system.inject({ at: 'stripe.refund', effect: 'error', error, times: 100_000 });
    const { orderId } = await system.place({ customerEmail: 'nobody@mail.invalid', items: [monitor] });
    await system.idle();
    await system.advance(2 * HOURS);
    expect(await system.order(orderId)).toMatchObject({ status: 'PAYMENT_PROCESSED' });
    const [attention, ...others] = await parked();
    expect(others).toEqual([]);
    expect(attention?.data).toMatchObject({ orderId, step: 'RefundPayment', failure: { code: 'EXHAUSTED' } });

    await system.advance(HOURS);
    expect((await executionOf(orderId)).status).toBe('RUNNING');

    await heal();
    await decide(orderId, 'retry', attention?.metadata.replyToken ?? '');
    expect(await system.ended(orderId)).toMatchObject({ status: 'FAILED', reason: { code: 'NOTIFICATION_REJECTED' } });
    expect(await system.charged(orderId)).toBe(0);
    expect(await system.product('monitor')).toEqual(before);
    expect((await executionOf(orderId)).status).toBe('SUCCEEDED');
  });

  it('is taken as settled by hand where an operator says resolve, and the rest that is owed is undone', async () => {
    const before = await system.product('monitor');
    const error = { code: 'api_error', message: 'down', status: 500 };
    await system.inject({ at: 'stripe.refund', effect: 'error', error, times: 100_000 });
    const { orderId } = await system.place({ customerEmail: 'nobody@mail.invalid', items: [monitor] });
    await system.idle();
    await system.advance(2 * HOURS);
    const [attention] = await parked();
    await decide(orderId, 'resolve', attention?.metadata.replyToken ?? '');
    expect(await system.settled(orderId)).toMatchObject({ status: 'FAILED' });
    expect(await system.product('monitor')).toEqual(before);
  });
});

describe('a pivot that is never answered', () => {
  it('parks the saga of a completed order, which an operator resolves', async () => {
    await system.inject({
      at: 'events.deliver',
      where: { detailType: 'OrderCompleted' },
      effect: 'lose',
      times: 100_000,
    });
    const { orderId } = await system.place({ items: [monitor] });
    await system.idle();
    await system.advance(2 * HOURS);
    const [attention] = await parked();
    expect(attention?.data).toMatchObject({ orderId, step: 'CompleteOrder' });
    expect(await system.order(orderId)).toMatchObject({ status: 'COMPLETED' });
    await decide(orderId, 'resolve', attention?.metadata.replyToken ?? '');
    await system.idle();
    expect((await executionOf(orderId)).status).toBe('SUCCEEDED');
    expect(await system.order(orderId)).toMatchObject({ status: 'COMPLETED' });
  });
});

/** All in one test, since it lets half a day pass: each minute of it costs its sweeps, and all of them about five seconds. */
describe('what has been open for longer than any saga runs, since a message was lost', () => {
  const lost = (detailType: string, rule: string, times = 1) =>
    system.inject({
      at: 'events.deliver',
      where: { detailType, rule: `distributed-patterns-demo-${rule}-dev` },
      effect: 'lose',
      times,
    });

  it('is told of again: an order is taken up, its stock is sold or comes back', async () => {
    const [{ available: monitors }, { available: mice }] = [
      await system.product('monitor'),
      await system.product('mouse'),
    ];
    await lost('OrderPlaced', 'orchestrator-start-order');
    const forgotten = await system.place({ items: [monitor] });
    expect(await system.settled(forgotten.orderId)).toMatchObject({ status: 'PENDING' });

    await lost('OrderCompleted', 'inventory-inbox-order');
    const sold = await system.place({ items: [{ ...monitor, quantity: 2 }] });
    expect(await system.settled(sold.orderId)).toMatchObject({ status: 'COMPLETED' });

    // An operator takes a release for settled that is not, and the end of the order is not heard either.
    await lost('ReleaseInventory', 'inventory-inbox-orchestrator', ALWAYS);
    await lost('OrderFailed', 'inventory-inbox-order');
    const declined = { items: [mouse], paymentMethod: 'pm_card_chargeDeclined' };
    const failed = await system.place(declined);
    await system.idle();
    await system.advance(2 * HOURS);
    const [attention] = await parked();
    expect(attention?.data).toMatchObject({ orderId: failed.orderId, step: 'ReleaseInventory' });
    await decide(failed.orderId, 'resolve', attention?.metadata.replyToken ?? '');
    expect(await system.settled(failed.orderId)).toMatchObject({ status: 'FAILED' });
    await system.heal();

    await system.advance(WATCHED - 2 * HOURS);
    expect(await system.order(forgotten.orderId)).toMatchObject({ status: 'COMPLETED' });
    expect(await system.charged(forgotten.orderId)).toBe(34_999);
    expect(await stock('monitor')).toMatchObject({ available: monitors - 3, reserved: 2 });
    expect(await stock('mouse')).toMatchObject({ available: mice - 1, reserved: 1 });

    await system.advance(OVERDUE - WATCHED);
    expect(await stock('monitor')).toMatchObject({ available: monitors - 3, reserved: 0 });
    expect(await stock('mouse')).toMatchObject({ available: mice, reserved: 0 });
    for (const { available, reserved, sold: gone, received } of await readProducts(system)) {
      expect(available + reserved + gone).toBe(received);
    }
    for (const { orderId } of [forgotten, sold, failed]) expect(await system.mails(orderId)).toHaveLength(1);
  });
});
