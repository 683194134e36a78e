/** The load of a crash test: customers who order many things in many ways, and ask again where no answer came. */
import { type PlaceOrderRequest, placeOrderResponseSchema } from '@distributed-patterns/contracts';
import type { Draw } from './crash-draw.ts';
import type { System } from './system.ts';

/** What a customer wants, and so how the order may end where no crash delays it beyond its patience. */
export interface Wish {
  readonly name: string;
  readonly weight: number;
  /** Why it fails; undefined where it is good. */
  readonly refusal?: string;
}

const good: Wish = { name: 'good', weight: 60 };
const declined: Wish = { name: 'declined card', weight: 13, refusal: 'PAYMENT_DECLINED' };
const soldOut: Wish = { name: 'out of stock', weight: 10, refusal: 'OUT_OF_STOCK' };
const unreachable: Wish = { name: 'unreachable customer', weight: 12, refusal: 'NOTIFICATION_REJECTED' };
const mispriced: Wish = { name: 'another price', weight: 5, refusal: 'PRICE_CHANGED' };

type Line = PlaceOrderRequest['items'][number];

interface Good {
  readonly productId: string;
  readonly price: number;
  readonly weight: number;
}

/** What is ordered in quantities that the shelves must hold. */
export const goods: readonly [Good, ...Good[]] = [
  { productId: 'laptop', price: 1299.99, weight: 1 },
  { productId: 'keyboard', price: 89.99, weight: 2 },
  { productId: 'headset', price: 129.5, weight: 2 },
  { productId: 'webcam', price: 74.95, weight: 2 },
];
/** More at once than there ever was. */
const tooMany: Line = { productId: 'limited-edition', quantity: 2, price: 499 };
/** A cent more than it costs. */
const dearMouse: Line = { productId: 'mouse', quantity: 1, price: 40 };

/** One customer with one order. */
export class Client {
  readonly name: string;
  readonly wish: Wish;
  /** The orders that were acknowledged to this customer: one at most, unless the system has failed. */
  readonly acknowledged = new Set<string>();
  /** What was answered instead, by status; 0 for a connection that broke. */
  readonly unanswered: number[] = [];
  /** Without a key nobody can ask again. */
  readonly key: string | undefined;
  readonly #request: PlaceOrderRequest;
  /** How many times each request is sent, at once: an impatient customer clicks twice. */
  readonly #clicks: number;
  #asked = false;

  constructor(name: string, draw: Draw) {
    this.name = name;
    this.wish = draw.weighted([good, declined, soldOut, unreachable, mispriced]);
    this.key = draw.chance(0.85) ? `${name}-${draw.seed}` : undefined;
    this.#clicks = this.key !== undefined && draw.chance(0.1) ? 2 : 1;
    this.#request = requestOf(name, this.wish, draw);
  }

  /** Whether this customer has still to ask, for the first time or again. */
  get isWaiting(): boolean {
    return this.acknowledged.size === 0 && (this.key !== undefined || !this.#asked);
  }

  /** Sends the request; whatever is not an order, a broken connection above all, leaves the customer without an answer. */
  async ask(system: System): Promise<void> {
    this.#asked = true;
    await Promise.all(Array.from({ length: this.#clicks }, () => this.#askOnce(system)));
  }

  async #askOnce(system: System): Promise<void> {
    const answer = await answerTo(
      this.key === undefined ? system.post(this.#request) : system.post(this.#request, { 'idempotency-key': this.key }),
    );
    const { status = 0, body } = answer ?? {};
    if (status === 201) this.acknowledged.add(placeOrderResponseSchema.parse(body).orderId);
    else if (isTemporary(status)) this.unanswered.push(status);
    else throw new Error(`${this.name} was answered ${status}: ${JSON.stringify(body)}`);
  }
}

/** The answer, or undefined where the connection broke before all of it was there. */
async function answerTo(
  response: Promise<Response>,
): Promise<{ readonly status: number; readonly body: unknown } | undefined> {
  try {
    const { status, body } = await response.then(async (whole) => ({ status: whole.status, body: await whole.json() }));
    return { status, body };
  } catch {
    return undefined;
  }
}

/** A broken connection, still running (409), too many (429), or a function that died (5xx): worth asking again. */
function isTemporary(status: number): boolean {
  return [0, 409, 429].includes(status) || status >= 500;
}

function requestOf(customerId: string, wish: Wish, draw: Draw): PlaceOrderRequest {
  const lines = Array.from({ length: draw.between(1, 3) }, () => someLine(draw));
  return {
    customerId,
    items: wish === soldOut ? [...lines, tooMany] : wish === mispriced ? [...lines, dearMouse] : lines,
    paymentMethod: wish === declined ? 'pm_card_chargeDeclined' : 'pm_card_visa',
    ...(wish === unreachable ? { customerEmail: `${customerId}@mail.invalid` } : {}),
  };
}

function someLine(draw: Draw): Line {
  const { productId, price } = draw.weighted(goods);
  return { productId, quantity: draw.between(1, 3), price };
}
