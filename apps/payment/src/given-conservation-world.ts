/** The payment service among those who tell it things, with its gateway: plays a story, and shows what has come of it. */
import { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Message } from '@distributed-patterns/contracts';
import {
  createServiceTables,
  queueEvent,
  recordingTelemetry,
  type ServiceTables,
  testClockAndIds,
  type TestDynamoDb,
  type TestStripe,
} from '@distributed-patterns/testing';
import {
  deliver,
  Environment,
  ENVIRONMENTS,
  type Fate,
  type Receiver,
  turns,
} from '@distributed-patterns/testing/adversity';
import * as z from 'zod';
import { GatewayInPeril, type Intent, type Made, NewestIntents } from './given-conservation-gateway.ts';
import { type Incoming, type OrderToPay, toldOf } from './given-conservation-messages.ts';
import type { Story } from './given-conservation-story.ts';
import { handler } from './on-message.handler.ts';
import type { Payment } from './payment.ts';
import { unsettledPayments } from './payment-index.ts';
import { PaymentStore } from './payment-store.ts';
import { settleIntent } from './settle-payment.ts';
import type { Wiring } from './wiring.ts';

const detailSchema = z.object({
  metadata: z.object({ replyToken: z.string().optional() }),
  data: z.object({
    orderId: z.string(),
    paymentId: z.string().optional(),
    amount: z.object({ amount: z.int() }).optional(),
    reason: z.object({ code: z.string() }).optional(),
  }),
});
const announcedSchema = z
  .object({ type: z.string(), detail: z.string() })
  .transform(({ type, detail }) => ({ type, ...detailSchema.parse(JSON.parse(detail)) }));

/** What the service has announced, as far as it matters here. */
export type Announced = z.infer<typeof announcedSchema>;

/** What has come of an order. */
export interface OrderBook extends OrderToPay {
  /** What was told of it. */
  readonly told: readonly Message[];
  readonly payment: Payment | undefined;
  readonly announced: readonly Announced[];
  /** What the gateway has made for it. */
  readonly intents: readonly Intent[];
}

/** What has come of a story. */
export interface Books {
  readonly orders: readonly OrderBook[];
  /** How many invocations were killed. */
  readonly killed: number;
  /** Whether nothing went wrong, so that nobody was kept from clearing up. */
  readonly isCalm: boolean;
}

/** One service and one gateway for all stories: each is about orders of its own. */
export class World {
  readonly #dynamodb: TestDynamoDb;
  readonly #stripe: TestStripe;
  readonly #tables: ServiceTables;
  readonly #seats: readonly { readonly environment: Environment; readonly gateway: GatewayInPeril }[];
  /** Sees what is there, and nothing happens to it. */
  readonly #observer: DynamoDBDocumentClient;
  readonly #intents: NewestIntents;
  readonly #clockAndIds = testClockAndIds();
  readonly #made: Made = new Map();
  #orders = 0;
  /** The ids that were given since the story began, to messages among others, whether they were recorded or not. */
  #ids: string[] = [];
  #killed = 0;

  private constructor(dynamodb: TestDynamoDb, stripe: TestStripe, tables: ServiceTables) {
    this.#dynamodb = dynamodb;
    this.#stripe = stripe;
    this.#tables = tables;
    this.#seats = Array.from({ length: ENVIRONMENTS }, () => {
      const environment = new Environment(dynamodb.inProcessClient());
      return { environment, gateway: new GatewayInPeril(stripe, environment, this.#made) };
    });
    this.#observer = DynamoDBDocumentClient.from(dynamodb.inProcessClient());
    this.#intents = new NewestIntents(stripe);
  }

  static async create(dynamodb: TestDynamoDb, stripe: TestStripe): Promise<World> {
    return new World(dynamodb, stripe, await createServiceTables(dynamodb, { indexes: [unsettledPayments] }));
  }

  /** Plays a story to its end. */
  async play({ orders: stories, rounds }: Story): Promise<Books> {
    this.#ids = [];
    this.#killed = 0;
    const orders = stories.map((story): OrderToPay => ({
      orderId: `0199a7c2-5b1e-7c3a-9d2f-${String(++this.#orders).padStart(12, '0')}`,
      total: { amount: story.amount, currency: 'USD' },
      story,
    }));
    const sent = orders.flatMap(toldOf).sort((one, other) => one.place - other.place);
    const told = sent.map(({ incoming }) => incoming);
    await deliver(told, rounds.values(), this.#receiver());
    return this.#books(orders, told, rounds);
  }

  #receiver(): Receiver<Incoming> {
    return {
      receive: (seat, batch, fate) => this.#invoke(seat, batch, fate),
      suffer: (trouble) => {
        const { faults } = trouble.at.startsWith('stripe.') ? this.#stripe : this.#dynamodb;
        const id = faults.inject(trouble);
        if (trouble.effect === 'hold') void turns(HELD_FOR).then(() => faults.remove(id));
      },
      recover: () => {
        this.#stripe.faults.remove();
        this.#dynamodb.faults.remove();
      },
    };
  }

  /** Of a function that was killed nobody knows what it has handled: all of its messages come again. */
  async #invoke(seat: number, batch: readonly Incoming[], fate: Fate): Promise<readonly Incoming[]> {
    const { environment, gateway } = this.#seats[seat] ?? {};
    if (environment === undefined || gateway === undefined) throw new RangeError(`there is no seat ${seat}`);
    const life = environment.begin(fate);
    const wired: Wiring = {
      store: new PaymentStore(environment.client, this.#tables),
      telemetry: recordingTelemetry(),
      clockAndIds: { now: this.#clockAndIds.now, newId: () => this.#newId() },
      gateway: async () => gateway,
    };
    const failed = (await Promise.all([this.#consume(batch, wired), this.#hear(batch, wired)])).flat();
    if (!life.isOver) return failed;
    this.#killed++;
    return batch;
  }

  async #consume(batch: readonly Incoming[], wired: Wiring): Promise<readonly Incoming[]> {
    const queued = batch.flatMap((incoming) => (incoming.message === undefined ? [] : [incoming]));
    if (queued.length === 0) return [];
    const event = queueEvent(...queued.map(({ message }) => message));
    const { batchItemFailures } = await handler(event, undefined, wired);
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    return queued.filter((_incoming, index) => failed.has(`queued-${index + 1}`));
  }

  /** The gateway, or whoever asks it, speaks of each intent that was made for the order by then. */
  async #hear(batch: readonly Incoming[], wired: Wiring): Promise<readonly Incoming[]> {
    const heard = batch.filter(({ message }) => message === undefined);
    const settled = heard.map(async ({ orderId }) => {
      const cause = { id: `event about ${orderId}`, correlationId: orderId };
      for (const intentId of this.#made.get(orderId) ?? []) await settleIntent(intentId, cause, wired);
    });
    const outcomes = await Promise.allSettled(settled);
    return heard.filter((_incoming, index) => outcomes[index]?.status === 'rejected');
  }

  #newId(): string {
    const id = this.#clockAndIds.newId();
    this.#ids.push(id);
    return id;
  }

  /** What lies in the outbox under the ids of this story; all stories together would be too much to look through. */
  async #announced(): Promise<readonly Announced[]> {
    const { outboxTable } = this.#tables;
    const pages = Array.from({ length: Math.ceil(this.#ids.length / KEYS_PER_READ) }, async (_, page) => {
      const keys = this.#ids.slice(page * KEYS_PER_READ, (page + 1) * KEYS_PER_READ).map((id) => ({ id }));
      const command = new BatchGetCommand({ RequestItems: { [outboxTable]: { Keys: keys, ConsistentRead: true } } });
      return (await this.#observer.send(command)).Responses?.[outboxTable] ?? [];
    });
    return (await Promise.all(pages)).flat().map((item) => announcedSchema.parse(item));
  }

  async #books(orders: readonly OrderToPay[], told: readonly Incoming[], rounds: Story['rounds']): Promise<Books> {
    const store = new PaymentStore(this.#observer, this.#tables);
    const announced = await this.#announced();
    const payments = await Promise.all(orders.map(({ orderId }) => store.load(orderId)));
    const intents = await this.#intents.of(new Set(orders.map(({ orderId }) => orderId)));
    return {
      orders: orders.map((order, index) => ({
        ...order,
        told: told.flatMap(({ orderId, message }) => (orderId === order.orderId && message ? [message] : [])),
        payment: payments[index],
        announced: announced.filter(({ data }) => data.orderId === order.orderId),
        intents: intents.filter(({ orderId }) => orderId === order.orderId),
      })),
      killed: this.#killed,
      isCalm: this.#killed === 0 && rounds.every(({ trouble }) => trouble === undefined),
    };
  }
}

/** Turns of the event loop: others do all that they want to do meanwhile. */
const HELD_FOR = 200;

/** BatchGetItem takes at most this many keys. */
const KEYS_PER_READ = 100;
