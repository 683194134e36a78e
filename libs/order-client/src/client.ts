/** The client of the order API: one method a route. */
import {
  orderListSchema,
  type OrderList,
  type OrderStatus,
  type OrderView,
  orderViewSchema,
  type PlaceOrderResponse,
  placeOrderResponseSchema,
  type placeOwnOrderRequestSchema,
} from '@distributed-patterns/contracts';
import type * as z from 'zod';
import { type Answer, type Call, OrderApiError, OrderApiUnreachable, OrderApiUnreadable } from './errors.ts';
import { completed, repeated, type Retry, type RetryOptions, unlessAborted } from './retry.ts';

/** Where the API is, who asks, and how. */
export interface OrderClientOptions {
  /** An absolute URL; a path in it, such as a stage's, stands before the routes. */
  readonly baseUrl: string | URL;
  /** The bearer token, where the stage asks for one; a function is called once for each request. */
  readonly token?: string | (() => string | Promise<string>);
  readonly retry?: RetryOptions;
  /** The platform's own, unless another one is given. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Makes an idempotency key: a UUID, unless something else is given. */
  readonly newKey?: () => string;
}

/** What every method takes beside its arguments. */
export interface CallOptions {
  /** Ends the call at once, with the signal's reason; an order may have been placed all the same. */
  readonly signal?: AbortSignal;
}

/** An order to place. The customer may be left out where the token names one. */
export type OrderRequest = z.input<typeof placeOwnOrderRequestSchema>;

/** The answer to a placed order, and whether an earlier request with the same key had placed it. */
export type PlacedOrder = PlaceOrderResponse & { readonly replayed: boolean };

/** An order as it was when it was read; the tag is what the server tells its states apart by. */
export interface OrderSnapshot {
  readonly order: OrderView;
  readonly etag: string | undefined;
}

/** An order that is being undone, or has been. */
export interface CancelledOrder {
  readonly order: OrderView;
  readonly outcome: 'cancelling' | 'cancelled';
}

/** Which orders are listed. The customer may be left out where the token names one. */
export interface OrderFilter {
  readonly customerId?: string;
  readonly status?: OrderStatus;
  /** The most orders that a page may hold. */
  readonly limit?: number;
}

interface Request extends Call {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A client of the order API, which repeats what is safe to repeat. Its methods throw the errors of `errors.ts`. */
export class OrderClient {
  readonly #baseUrl: string;
  readonly #token: () => string | undefined | Promise<string>;
  readonly #fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly #newKey: () => string;
  readonly #retry: Retry;

  /** @throws TypeError for a base URL that is not absolute */
  constructor({ baseUrl, token, retry = {}, fetch: send, newKey }: OrderClientOptions) {
    this.#baseUrl = new URL(baseUrl).href.replace(/\/+$/, '');
    this.#token = typeof token === 'function' ? token : () => token;
    // Browsers refuse a fetch that is called as a method of anything but the window.
    this.#fetch = (url, init) => (send ?? fetch)(url, init);
    this.#newKey = newKey ?? (() => crypto.randomUUID());
    this.#retry = completed(retry);
  }

  /**
   * Places one order, however often the request has to be made.
   * @param options `idempotencyKey` in plain text, for a caller who wants to go on with the same order in a later call
   */
  async placeOrder(
    request: OrderRequest,
    { idempotencyKey = this.#newKey(), signal }: CallOptions & { readonly idempotencyKey?: string } = {},
  ): Promise<PlacedOrder> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': quoted(idempotencyKey) };
    const call: Request = { method: 'POST', path: '/orders', idempotencyKey, headers, body: JSON.stringify(request) };
    const answer = await this.#answerTo(call, signal);
    const replayed = answer.headers.get('idempotent-replayed') === 'true';
    return { ...read(call, answer, placeOrderResponseSchema), replayed };
  }

  /**
   * Reads an order.
   * @param options `known` is what was read before: the very same object is returned while it is still true
   */
  async order(
    orderId: string,
    { known, signal }: CallOptions & { readonly known?: OrderSnapshot } = {},
  ): Promise<OrderSnapshot> {
    const headers: Record<string, string> = known?.etag === undefined ? {} : { 'if-none-match': known.etag };
    const call: Request = { method: 'GET', path: `/orders/${encodeURIComponent(orderId)}`, headers };
    const answer = await this.#answerTo(call, signal);
    if (answer.status === 304 && known !== undefined) return known;
    return { order: read(call, answer, orderViewSchema), etag: answer.headers.get('etag') ?? undefined };
  }

  /** All orders that pass the filter, newest first; each page is asked for when the one before it is used up. */
  async *orders(filter: OrderFilter = {}, options: CallOptions = {}): AsyncGenerator<OrderView, void, undefined> {
    let cursor: string | undefined;
    do {
      const page: OrderList = await this.ordersPage({ ...filter, cursor }, options);
      yield* page.orders;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  /** One page of orders, from the `nextCursor` of another page on. It may be short: the last one has no `nextCursor`. */
  async ordersPage(
    { customerId, status, limit, cursor }: OrderFilter & { readonly cursor?: string } = {},
    { signal }: CallOptions = {},
  ): Promise<OrderList> {
    const query = Object.entries({ customerId, status, limit, cursor })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
    const path = query.length === 0 ? '/orders' : `/orders?${query.join('&')}`;
    const call: Request = { method: 'GET', path };
    return read(call, await this.#answerTo(call, signal), orderListSchema);
  }

  /** Cancels an order: `cancelling` while it is being undone, `cancelled` once it is. One that has ended is an error. */
  async cancelOrder(orderId: string, { signal }: CallOptions = {}): Promise<CancelledOrder> {
    const call: Request = { method: 'POST', path: `/orders/${encodeURIComponent(orderId)}/cancel` };
    const answer = await this.#answerTo(call, signal);
    return { order: read(call, answer, orderViewSchema), outcome: answer.status === 202 ? 'cancelling' : 'cancelled' };
  }

  async #answerTo(call: Request, signal: AbortSignal | undefined): Promise<Answer> {
    const asked = Promise.resolve(this.#token());
    const token = await (signal === undefined ? asked : unlessAborted(asked, signal));
    // Made here, so that what can be no header is thrown at once, rather than taken for a broken connection.
    const headers = new Headers({
      ...call.headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    });
    return repeated((attempt) => this.#attempt(call, headers, attempt), this.#retry, signal);
  }

  async #attempt(call: Request, headers: Headers, signal: AbortSignal): Promise<Answer> {
    const { method, path, body } = call;
    const sent = this.#send(`${this.#baseUrl}${path}`, { method, headers, body, signal });
    const answer = await unlessAborted(sent, signal).catch((cause) => {
      throw new OrderApiUnreachable(call, cause);
    });
    if (answer.status < 400) return answer;
    throw new OrderApiError(call, answer);
  }

  async #send(url: string, init: RequestInit): Promise<Answer> {
    const response = await this.#fetch(url, init);
    // A connection may break within the body, so that reading it is part of the attempt.
    return { status: response.status, headers: response.headers, body: await response.text() };
  }
}

/** A key as the text of a structured header (RFC 9651, section 3.3.3): there it may hold a comma, a quote or a space. */
function quoted(key: string): string {
  return `"${key.replaceAll(/["\\]/g, '\\$&')}"`;
}

function read<Schema extends z.ZodType>(call: Call, answer: Answer, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(answer.body));
  } catch (cause) {
    throw new OrderApiUnreadable(call, answer, cause);
  }
}
