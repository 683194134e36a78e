/** The inventory service among those who tell it things: plays a story, and shows what has come of it. */
import { BatchGetCommand, BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Message } from '@distributed-patterns/contracts';
import {
  createServiceTables,
  queueEvent,
  recordingTelemetry,
  type ServiceTables,
  testClockAndIds,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import { deliver, Environment, ENVIRONMENTS, type Fate, type Receiver } from '@distributed-patterns/testing/adversity';
import * as z from 'zod';
import { CatalogueStore } from './catalogue-store.ts';
import { placed, type PlacedOrder, PRICE, type Sent, toldIn } from './given-conservation-messages.ts';
import { acts, type Story } from './given-conservation-story.ts';
import type { Reservation } from './inventory.ts';
import { InventoryStore } from './inventory-store.ts';
import { handler } from './on-message.handler.ts';
import type { Product } from './product.ts';
import { productKey } from './product-item.ts';

const detailSchema = z.object({
  metadata: z.object({ replyToken: z.string().optional() }),
  data: z.object({
    orderId: z.string().optional(),
    productId: z.string().optional(),
    reason: z.object({ code: z.string() }).optional(),
  }),
});
const announcedSchema = z
  .object({ type: z.string(), detail: z.string() })
  .transform(({ type, detail }) => ({ type, ...detailSchema.parse(JSON.parse(detail)) }));

/** What the service has announced, as far as it matters here. */
export type Announced = z.infer<typeof announcedSchema>;

/** What has come of an order. */
export interface OrderBook extends PlacedOrder {
  /** What was told of it. */
  readonly told: readonly Message[];
  readonly reservation: Reservation | undefined;
  readonly announced: readonly Announced[];
}

/** What has come of a product, of which there were so many. */
export interface ProductBook {
  readonly productId: string;
  readonly given: number;
  readonly now: Product | undefined;
  readonly announced: readonly Announced[];
}

/** What has come of a story. */
export interface Books {
  readonly products: readonly ProductBook[];
  readonly orders: readonly OrderBook[];
  /** How many invocations were killed. */
  readonly killed: number;
}

/** One service for all stories: each is about orders and products of its own. */
export class World {
  readonly #dynamodb: TestDynamoDb;
  readonly #tables: ServiceTables;
  readonly #environments: readonly Environment[];
  /** Sees what is there, and nothing happens to it. */
  readonly #observer: DynamoDBDocumentClient;
  readonly #clockAndIds = testClockAndIds();
  #products = 0;
  #orders = 0;
  /** The ids that messages were given since the story began, whether they were recorded or not. */
  #ids: string[] = [];
  #killed = 0;

  private constructor(dynamodb: TestDynamoDb, tables: ServiceTables) {
    this.#dynamodb = dynamodb;
    this.#tables = tables;
    this.#environments = Array.from({ length: ENVIRONMENTS }, () => new Environment(dynamodb.inProcessClient()));
    this.#observer = DynamoDBDocumentClient.from(dynamodb.inProcessClient());
  }

  static async create(dynamodb: TestDynamoDb): Promise<World> {
    return new World(dynamodb, await createServiceTables(dynamodb));
  }

  /** Plays a story to its end. */
  async play({ stock, orders: stories, rounds }: Story): Promise<Books> {
    this.#ids = [];
    this.#killed = 0;
    const products = await this.#fill(stock);
    const productIds = products.map(({ productId }) => productId);
    const orders = stories.map((story) => placed(this.#nextOrderId(), story, productIds));
    const plan = rounds.values();
    const sent: Sent[] = [];
    for (const act of acts) {
      const announced = await this.#announced();
      const told = orders.flatMap((order) => toldIn(act, order, isReserved(order, announced)));
      sent.push(...told);
      const inTurn = told.toSorted((one, other) => one.place - other.place).map(({ message }) => message);
      await deliver(inTurn, plan, this.#receiver());
    }
    return this.#books(
      products,
      orders,
      sent.map(({ message }) => message),
    );
  }

  async #fill(stock: readonly number[]): Promise<readonly Product[]> {
    const products = stock.map((received): Product => {
      const productId = `product-${++this.#products}`;
      return { productId, name: productId, price: PRICE, available: received, reserved: 0, sold: 0, received };
    });
    const puts = products.map((product) => ({
      PutRequest: { Item: { pk: productKey(product.productId), ...product } },
    }));
    await this.#observer.send(new BatchWriteCommand({ RequestItems: { [this.#tables.stateTable]: puts } }));
    return products;
  }

  #nextOrderId(): string {
    return `0199a7c2-5b1e-7c3a-9d2f-${String(++this.#orders).padStart(12, '0')}`;
  }

  #receiver(): Receiver<Message> {
    return {
      receive: (environment, batch, fate) => this.#invoke(this.#environments[environment], batch, fate),
      suffer: (trouble) => void this.#dynamodb.faults.inject(trouble),
      recover: () => this.#dynamodb.faults.remove(),
    };
  }

  /** Of a function that was killed nobody knows what it has handled: all of its messages come again. */
  async #invoke(
    environment: Environment | undefined,
    batch: readonly Message[],
    fate: Fate,
  ): Promise<readonly Message[]> {
    if (environment === undefined) throw new RangeError('there are not so many environments');
    const life = environment.begin(fate);
    const { batchItemFailures } = await handler(queueEvent(...batch), undefined, {
      store: new InventoryStore(environment.client, this.#tables),
      catalogue: new CatalogueStore(environment.client, this.#tables),
      telemetry: recordingTelemetry(),
      clockAndIds: { now: this.#clockAndIds.now, newId: () => this.#newId() },
    });
    if (life.isOver) {
      this.#killed++;
      return batch;
    }
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    return batch.filter((_message, index) => failed.has(`queued-${index + 1}`));
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

  async #books(given: readonly Product[], orders: readonly PlacedOrder[], told: readonly Message[]): Promise<Books> {
    const store = new InventoryStore(this.#observer, this.#tables);
    const productIds = given.map(({ productId }) => productId);
    const announced = await this.#announced();
    const loaded = await Promise.all(orders.map(({ orderId }) => store.load(orderId, productIds)));
    return {
      products: given.map(({ productId, received }) => ({
        productId,
        given: received,
        now: loaded[0]?.products.get(productId),
        announced: announced.filter(({ data }) => data.productId === productId),
      })),
      orders: orders.map((order, index) => ({
        ...order,
        told: told.filter(({ metadata }) => metadata.id.startsWith(order.orderId)),
        reservation: loaded[index]?.reservation,
        announced: announced.filter(({ data }) => data.orderId === order.orderId),
      })),
      killed: this.#killed,
    };
  }
}

/** BatchGetItem takes at most this many keys. */
const KEYS_PER_READ = 100;

function isReserved({ orderId }: PlacedOrder, announced: readonly Announced[]): boolean {
  return announced.some(({ type, data }) => type === 'InventoryReserved' && data.orderId === orderId);
}
