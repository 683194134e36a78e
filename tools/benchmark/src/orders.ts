/** The client: places orders over kept connections, each with an idempotency key of its own, and remembers what came of it. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { AwsClient, HttpClient } from './aws-json.ts';

const PREFIX = 'distributed-patterns-demo';
const INVENTORY_TABLE = `${PREFIX}-inventory-table-dev`;

/** Enough that an order seldom meets another one at the same product: the throughput of one hot row is another question. */
const PRODUCTS = 200;
const STOCK = 1_000_000_000;
const PRICE = 39.99;

const accepted = z.object({ orderId: z.string() });
const nothing = z.looseObject({});
const itemSchema = z.object({ Item: z.record(z.string(), z.unknown()) });

/** An order that was acknowledged. */
export interface PlacedOrder {
  readonly orderId: string;
  /** When it was due, and when its answer was there, in milliseconds of `performance.now()`. */
  readonly due: number;
  readonly answered: number;
}

/** Seeds the catalogue and adds products of which there is enough for every benchmark: copies of a seeded one. */
export async function stockUp(aws: AwsClient): Promise<void> {
  await aws.invoke(`${PREFIX}-inventory-seed-catalogue-dev`);
  const Key = { pk: { S: 'product#mouse' } };
  const { Item } = await aws.call('dynamodb', 'GetItem', { TableName: INVENTORY_TABLE, Key }, itemSchema);
  for (let index = 0; index < PRODUCTS; index++) {
    const copied: unknown = JSON.parse(JSON.stringify(Item).replaceAll('"mouse"', `"${productId(index)}"`));
    const product = { ...itemSchema.shape.Item.parse(copied), pk: { S: `product#${productId(index)}` } };
    const stocked = { ...product, available: { N: String(STOCK) } };
    await aws.call('dynamodb', 'PutItem', { TableName: INVENTORY_TABLE, Item: stocked }, nothing);
  }
}

function productId(index: number): string {
  return `benchmark-${index % PRODUCTS}`;
}

/** Places orders and keeps the answers. */
export class OrderClient {
  readonly placed: PlacedOrder[] = [];
  /** What was not acknowledged, and why. */
  readonly refused: string[] = [];
  readonly #http: HttpClient;
  readonly #url: string;
  #count = 0;
  #unanswered = 0;

  constructor(http: HttpClient, apiUrl: string) {
    this.#http = http;
    this.#url = `${apiUrl}/orders`;
  }

  /** Orders that have been sent and not been answered yet. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Sends one order. */
  place(due = performance.now()): Promise<void> {
    const index = this.#count++;
    const item = { productId: productId(index), quantity: 1, price: PRICE };
    const body = JSON.stringify({ customerId: `customer-${index % 1000}`, items: [item] });
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    this.#unanswered++;
    return this.#http
      .send({ method: 'POST', url: this.#url, headers, body })
      .then(({ status, body: text }) => {
        if (status !== 201) return this.#refuse(`${status} ${text}`);
        const { orderId } = accepted.parse(JSON.parse(text));
        this.placed.push({ orderId, due, answered: performance.now() });
      })
      .catch((error: unknown) => this.#refuse(String(error)))
      .finally(() => this.#unanswered--);
  }

  /** Reads an order and returns how long that took from when it was due, in milliseconds; undefined where it was refused. */
  read(orderId: string, due: number): Promise<number | undefined> {
    return this.#http
      .send({ method: 'GET', url: `${this.#url}/${orderId}` })
      .then(({ status, body }) => {
        if (status === 200) return performance.now() - due;
        return this.#refuse(`GET ${orderId}: ${status} ${body}`);
      })
      .catch((error: unknown) => this.#refuse(String(error)));
  }

  /** How long each order that was due in [from, to) took until its answer was there, in milliseconds. */
  latencies(from: number, to: number): number[] {
    return this.placed.filter(({ due }) => due >= from && due < to).map(({ due, answered }) => answered - due);
  }

  /** The first refusal is told at once: what follows is mostly the same. */
  #refuse(reason: string): undefined {
    if (this.refused.length === 0) process.stderr.write(`refused: ${reason}\n`);
    this.refused.push(reason);
    return undefined;
  }
}
