/** What a system goes through that uses every permission it has: everyday life, and mishaps. Nothing here expects success. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand, type PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { placeOrderResponseSchema } from '@distributed-patterns/contracts';
import * as z from 'zod';
import type { System } from './system.ts';

const intentSchema = z.object({ id: z.string() });
const MINUTE = 60_000;
const samples = join(__dirname, '../../../libs/contracts/samples');
/** When what nobody has told the end of is from. */
const LONG_AGO = '2026-01-15T09:30:00.000Z';
/** The order that every sample speaks of. */
const SAMPLE_ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
/** The order whose saga was never started, until it is told of again. */
const FORGOTTEN_ORDER = '0199a7c2-5b1e-7c3a-9d2f-0f0e0d0c0b0a';

/** A message that each service may publish, and the table that it records it in. */
const outboxes = [
  { service: 'order', table: 'outbox-table', type: 'OrderPlaced' },
  { service: 'inventory', table: 'inventory-outbox-table', type: 'InventoryReserved' },
  { service: 'payment', table: 'payment-outbox-table', type: 'PaymentProcessed' },
  { service: 'notification', table: 'notification-outbox-table', type: 'NotificationSent' },
] as const;

/** Commands, and answers that no step waits for, as they lie in the queues. */
const inboxes = [
  { queue: 'inventory-inbox', type: 'ReserveInventory' },
  { queue: 'payment-inbox', type: 'ProcessPayment' },
  { queue: 'notification-inbox', type: 'SendNotification' },
  { queue: 'orchestrator-reply', type: 'PaymentProcessed' },
  { queue: 'orchestrator-reply', type: 'PaymentDeclined' },
] as const;

const keyboard = { customerId: 'customer-123', items: [{ productId: 'keyboard', quantity: 1, price: 89.99 }] };

/** Lives through a system's life again and again, each time with other orders. */
export class Story {
  readonly #system: System;
  readonly #dynamodb: DynamoDBClient;
  readonly #sqs: SQSClient;
  #chapter = 0;
  /** The order of the chapter before. */
  #earlier: string | undefined;

  constructor(system: System) {
    this.#system = system;
    this.#dynamodb = new DynamoDBClient(system.sdk);
    this.#sqs = new SQSClient(system.sdk);
  }

  /**
   * People order and look; messages come in at every service and go out of each. They are put into the queues and
   * outboxes as well, so that a service has something to do even where the one before it may do nothing.
   */
  async everyday(): Promise<void> {
    this.#chapter++;
    await this.#system.invoke('inventory', 'seed-catalogue').catch(() => undefined);
    await this.#orderThatIsCancelled();
    const orderId = await this.#order('kept');
    await this.#ask('GET', '/products');
    await this.#catalogueIsKept();
    await this.#chargesOfNobody();
    await this.#orderThatIsForgotten();
    await this.#ask('GET', `/orders/${orderId ?? SAMPLE_ORDER}`);
    await this.#ask('GET', `/orders?customerId=${keyboard.customerId}`);
    await Promise.all([
      ...inboxes.map(({ queue, type }) => this.#handOver(queue, type, this.#orderOfNobody())),
      ...outboxes.map((outbox) => this.#record(outbox)),
      this.#mailComesBack(),
      ...(orderId === undefined ? [] : [this.#handOver('order-inbox', 'CompleteOrder', orderId)]),
      // The saga of this order has been started before, and is over.
      ...(this.#earlier === undefined ? [] : [this.#handOver('orchestrator-start', 'OrderPlaced', this.#earlier)]),
    ]);
    this.#earlier = orderId;
    await this.#system.advance(2 * MINUTE);
  }

  /** What goes wrong now and then. */
  async mishaps(): Promise<void> {
    this.#chapter++;
    await this.#orderThatIsNotStored();
    await this.#relaysThatAreDown();
  }

  destroy(): void {
    this.#dynamodb.destroy();
    this.#sqs.destroy();
  }

  /** Nothing may be done for the order before its customer changes their mind. */
  async #orderThatIsCancelled(): Promise<void> {
    await this.#system.inject({ at: 'events.deliver', where: { detailType: 'OrderPlaced' }, effect: 'hold' });
    const orderId = await this.#order('cancelled');
    await this.#ask('POST', `/orders/${orderId ?? SAMPLE_ORDER}/cancel`);
    await this.#calm();
  }

  /** A product is added, becomes dearer, is looked at and comes in. */
  async #catalogueIsKept(): Promise<void> {
    const path = `/products/novelty-${this.#chapter}`;
    await this.#send('PUT', path, { name: 'Novelty', price: 9.99 });
    await this.#send('PUT', '/products/keyboard', { name: 'Keyboard', price: 89.98 });
    // Orders quote this price.
    await this.#send('PUT', '/products/keyboard', { name: 'Keyboard', price: 89.99 });
    await this.#ask('GET', path);
    await this.#send('POST', '/products/keyboard/restock', { quantity: 1 });
  }

  /** Two payments that were stored and charged by somebody who died: the gateway tells of one, and is asked about both. */
  async #chargesOfNobody(): Promise<void> {
    await this.#chargeOf(this.#orderOfNobody(1));
    await this.#system.inject({ at: 'stripe.webhook', effect: 'lose' });
    await this.#chargeOf(this.#orderOfNobody(2));
    await this.#calm();
  }

  async #chargeOf(orderId: string): Promise<void> {
    const intent = { amount: '8999', currency: 'usd', payment_method: 'pm_card_visa', 'metadata[orderId]': orderId };
    const intentId = await this.#askStripe('', { ...intent, 'automatic_payment_methods[enabled]': 'true' });
    await this.#put('payment-table', {
      pk: { S: `payment#${orderId}` },
      orderId: { S: orderId },
      status: { S: 'CREATED' },
      intentId: { S: intentId },
      total: { M: { amount: { N: '8999' }, currency: { S: 'USD' } } },
      unsettled: { S: 'unsettled' },
      createdAt: { S: LONG_AGO },
    });
    await this.#askStripe(`/${intentId}/confirm`, { return_url: 'https://shop.example/' });
    await this.#system.idle();
  }

  /** The id of the intent that a request is about. */
  async #askStripe(path: string, form: Readonly<Record<string, string>>): Promise<string> {
    const response = await fetch(`${this.#system.awsUrl}/v1/payment_intents${path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_local', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form),
    });
    return intentSchema.parse(await response.json()).id;
  }

  /** An order that is still open, with a reservation: the same one each time, so that there are never more to be told of. */
  async #orderThatIsForgotten(): Promise<void> {
    const orderId = FORGOTTEN_ORDER;
    const open = { orderId: { S: orderId }, open: { S: 'open' } };
    const price = { M: { amount: { N: '8999' }, currency: { S: 'USD' } } };
    const line = { productId: { S: 'keyboard' }, quantity: { N: '1' }, unitPrice: price };
    await this.#put('orders-table', {
      ...open,
      pk: { S: `order#${orderId}` },
      status: { S: 'PENDING' },
      customerId: { S: keyboard.customerId },
      items: { L: [{ M: line }] },
      total: price,
      paymentMethod: { S: 'pm_card_chargeDeclined' },
      placedAt: { S: LONG_AGO },
      history: { M: { placed: { S: LONG_AGO } } },
      version: { N: '1' },
    });
    await this.#put('inventory-table', {
      ...open,
      pk: { S: `reservation#${orderId}` },
      status: { S: 'RESERVED' },
      items: { L: [] },
      reservedAt: { S: LONG_AGO },
    });
    await this.#system.invoke('inventory', 'announce-overdue').catch(() => undefined);
    await this.#system.invoke('order', 'watch-orders').catch(() => undefined);
  }

  async #put(table: string, Item: PutItemCommandInput['Item']): Promise<void> {
    const TableName = `distributed-patterns-demo-${table}-dev`;
    await this.#dynamodb.send(new PutItemCommand({ TableName, Item }));
  }

  async #send(method: 'PUT' | 'POST', path: string, body: object): Promise<void> {
    await fetch(`${this.#system.apiUrl}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': `chapter-${this.#chapter}` },
      body: JSON.stringify(body),
    });
  }

  async #ask(method: 'GET' | 'POST', path: string): Promise<void> {
    await fetch(`${this.#system.apiUrl}${path}`, { method });
  }

  /** Orders twice with one key; the id, where the order was accepted. */
  async #order(name: 'kept' | 'cancelled' | 'not-stored'): Promise<string | undefined> {
    const headers = { 'x-idempotency-key': `chapter-${this.#chapter}-${name}` };
    const response = await this.#system.post(keyboard, headers);
    await this.#system.post(keyboard, headers);
    return response.status === 201 ? placeOrderResponseSchema.parse(await response.json()).orderId : undefined;
  }

  /** The idempotency layer forgets a request that fails, so that it can be tried again. */
  async #orderThatIsNotStored(): Promise<void> {
    const error = { code: 'ValidationException', message: 'injected', status: 400 };
    await this.#system.inject({ at: 'dynamodb.TransactWriteItems', effect: 'error', error });
    await this.#order('not-stored');
    await this.#calm();
  }

  /** The streams' batches are given up, and the sweepers publish what they find in the tables. */
  async #relaysThatAreDown(): Promise<void> {
    for (const outbox of outboxes) {
      const relay = `distributed-patterns-demo-${outbox.service}-relay-dev`;
      await this.#system.inject({ at: 'lambda.run', where: { function: relay }, effect: 'error', times: 1_000 });
      await this.#record(outbox);
    }
    await this.#system.advance(3 * MINUTE);
    await this.#calm();
    // What came in meanwhile, relays try again by themselves only after a pause.
    await this.#system.advance(2 * MINUTE);
  }

  /** Puts the sample of a message into a queue, speaking of another order. */
  async #handOver(queue: string, type: string, orderId: string): Promise<void> {
    const sample = readFileSync(join(samples, `${type}.v1.json`), 'utf8');
    await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: `${this.#system.awsUrl}/000000000000/distributed-patterns-demo-${queue}-dev`,
        MessageBody: sample.replaceAll(SAMPLE_ORDER, orderId),
      }),
    );
  }

  /** What SES tells of a mail that bounced, as it lies in the queue; another address in each chapter. */
  async #mailComesBack(): Promise<void> {
    const bouncedRecipients = [{ emailAddress: `chapter-${this.#chapter}@example.com` }];
    const detail = { eventType: 'Bounce', bounce: { bounceType: 'Permanent', bouncedRecipients } };
    await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: `${this.#system.awsUrl}/000000000000/distributed-patterns-demo-notification-feedback-dev`,
        MessageBody: JSON.stringify({ source: 'aws.ses', detail }),
      }),
    );
  }

  /** Records a message that has waited for long, of a version that nobody subscribes to. */
  async #record({ service, table, type }: (typeof outboxes)[number]): Promise<void> {
    const id = `${service}-${this.#chapter}`;
    const metadata = { id, version: 99, occurredAt: LONG_AGO, correlationId: id, causationId: id };
    const detail = JSON.stringify({ metadata, data: {} });
    const item = { id, type, source: service, detail, recordedAt: LONG_AGO };
    await this.#put(table, Object.fromEntries(Object.entries(item).map(([name, S]) => [name, { S }])));
  }

  /** An order that was never placed, others in each chapter. */
  #orderOfNobody(which = 0): string {
    return SAMPLE_ORDER.slice(0, -12) + `${which}${String(this.#chapter).padStart(11, '0')}`;
  }

  /** Takes the faults away, whether they struck or not. */
  async #calm(): Promise<void> {
    await fetch(`${this.#system.awsUrl}/_local-cloud/faults`, { method: 'DELETE' });
    await this.#system.idle();
  }
}
