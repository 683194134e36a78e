/** What the API owes to any request: judged by its document and contracts, and by what is known to be there. */
import {
  identifierSchema,
  listOrdersQuerySchema,
  placeOrderRequestSchema,
  placeOrderResponseSchema,
  problemSchema,
  putProductRequestSchema,
  restockRequestSchema,
} from '@distributed-patterns/contracts';
import type * as z from 'zod';
import { type Answer, type ApiDocument, mediaTypeOf } from './api-document.ts';
import { seededProducts, type Surroundings, type WireRequest } from './fuzz-requests.ts';

/** The largest body that is looked at, in bytes. */
const LARGEST_BODY = 256 * 1024;
const LONGEST_KEY = 255;
/** The gateway's limit for the request line and the headers' values together, in bytes. */
const LARGEST_HEAD = 10_240;

/** What the gateway says where it cannot even tell what a request is for. */
const UNHEARD: ReadonlyMap<number, string> = new Map([
  [400, 'Bad Request'],
  [431, 'Request Header Fields Too Large'],
]);

/** Judges answers, and keeps the books of what was accepted. */
export class Judge {
  readonly #document: ApiDocument;
  readonly #around: Surroundings;
  /** Keys that an order was asked for with, by customer; and a delivery, by product. */
  readonly #keys = new Set<string>();
  /** The orders that were answered with 201. */
  readonly accepted = new Set<string>();
  /** Those of them that were asked for with a key. */
  readonly guarded = new Set<string>();
  /** How often each operation was answered with each status. */
  readonly tally = new Map<string, number>();

  constructor(document: ApiDocument, around: Surroundings) {
    this.#document = document;
    this.#around = around;
  }

  /** Sends a request and says what is wrong with its answer; empty where nothing is. */
  async judge(request: WireRequest, send: (request: WireRequest) => Promise<Answer>): Promise<string[]> {
    const path = headOf(request) > LARGEST_HEAD ? undefined : pathOf(request.target);
    const operation = path === undefined ? undefined : this.#document.operationFor(request.method, path);
    const expected = operation === undefined ? strayExpectation(path, request) : this.#expectation(operation, request);
    let answer: Answer;
    try {
      answer = await send(request);
    } catch (error) {
      return [`there was no answer: ${String(error)}`];
    }
    const counted = `${operation ?? 'elsewhere'} ${answer.status}`;
    this.tally.set(counted, (this.tally.get(counted) ?? 0) + 1);
    this.#record(operation, request, answer);
    return [
      ...(expected.statuses.includes(answer.status)
        ? []
        : [`${answer.status} instead of ${expected.statuses.join(' or ')}, since ${expected.because}`]),
      ...(operation === undefined ? faultsOfStray(request, answer) : this.#document.faultsOf(operation, answer)),
      ...faultsOfProblem(answer),
    ];
  }

  #expectation(operation: string, request: WireRequest): Expectation {
    switch (operation) {
      case 'POST /orders':
        return this.#placing(request);
      case 'GET /orders':
        return this.#listing(request);
      case 'GET /orders/{orderId}':
        return this.#reading(request);
      case 'POST /orders/{orderId}/cancel':
        return this.#known(request) !== undefined
          ? { statuses: [200, 409], because: 'there is such an order, and it has ended' }
          : { statuses: [404], because: 'there is no such order' };
      case 'GET /products':
        return { statuses: [200], because: 'nothing can be wrong with it' };
      case 'GET /products/{productId}':
        return this.#seeing(request);
      case 'PUT /products/{productId}':
        return this.#putting(request);
      case 'POST /products/{productId}/restock':
        return this.#restocking(request);
      default:
        throw new Error(`nobody can judge ${operation}`);
    }
  }

  #placing(request: WireRequest): Expectation {
    const key = keyIn(request);
    if (key.isMalformed) return { statuses: [400], because: 'the key is malformed' };
    const order = this.#bodyFor('POST /orders', placeOrderRequestSchema, request);
    if ('refusal' in order) return order.refusal;
    if (key.text === undefined) return { statuses: [201], because: 'everything is right' };
    return this.#isNew(JSON.stringify([order.body.customerId, key.text])) && key.text !== 'shared'
      ? { statuses: [201], because: 'everything is right, and the key is new' }
      : { statuses: [201, 409, 422], because: 'the key may belong to another request' };
  }

  /** A body as its contract reads it, or what is answered to it in any case. */
  #bodyFor<Schema extends z.ZodType>(
    operation: string,
    schema: Schema,
    { headers, body = '' }: WireRequest,
  ): { readonly body: z.infer<Schema> } | { readonly refusal: Expectation } {
    const refused = (status: number, because: string) => ({ refusal: { statuses: [status], because } });
    if (Buffer.byteLength(body) > LARGEST_BODY) return refused(413, 'the body is too large');
    if (body === '') return refused(400, 'there is no body');
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') return refused(415, 'it is encoded');
    if (headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== 'application/json')
      return refused(415, 'it says that it is no JSON');
    const json = jsonOf(body);
    const read = schema.safeParse(json);
    if (!read.success) return refused(400, 'the contract refuses the body');
    if (!this.#document.acceptsBody(operation, json))
      return refused(400, 'the document refuses the body, although the contract accepts it');
    return { body: read.data };
  }

  /** Whether nothing was asked for with a key before; from now on something was. */
  #isNew(scopedKey: string): boolean {
    const isNew = !this.#keys.has(scopedKey);
    this.#keys.add(scopedKey);
    return isNew;
  }

  /** What is sold from the start is there; what was put may be by now. */
  #seeing({ target, headers }: WireRequest): Expectation {
    const productId = productIn(target);
    if (productId === undefined) return { statuses: [404], because: 'it can be no product' };
    const found = headers['if-none-match'] === undefined ? [200] : [200, 304];
    return isSeeded(productId)
      ? { statuses: found, because: 'there is such a product' }
      : { statuses: [...found, 404], because: 'somebody may have put it' };
  }

  #putting(request: WireRequest): Expectation {
    const productId = productIn(request.target);
    if (productId === undefined) return { statuses: [400], because: 'the id is none' };
    const product = this.#bodyFor('PUT /products/{productId}', putProductRequestSchema, request);
    if ('refusal' in product) return product.refusal;
    return isSeeded(productId)
      ? { statuses: [200], because: 'everything is right, and the product is there' }
      : { statuses: [200, 201], because: 'everything is right' };
  }

  #restocking(request: WireRequest): Expectation {
    const key = keyIn(request);
    if (key.isMalformed || key.text === undefined)
      return { statuses: [400], because: 'the key is malformed or missing' };
    const delivery = this.#bodyFor('POST /products/{productId}/restock', restockRequestSchema, request);
    if ('refusal' in delivery) return delivery.refusal;
    const productId = productIn(request.target);
    if (productId === undefined) return { statuses: [404], because: 'it can be no product' };
    const taken = this.#isNew(JSON.stringify(['restock', productId, key.text])) ? [200] : [200, 422];
    return isSeeded(productId)
      ? { statuses: taken, because: 'everything is right but for the key, if it came before' }
      : { statuses: [...taken, 404], because: 'somebody may have put the product' };
  }

  #listing({ target }: WireRequest): Expectation {
    const parameters = new URLSearchParams(target.split('?').slice(1).join('?'));
    const query = Object.fromEntries(
      [...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name).join(',')]),
    );
    const parsed = listOrdersQuerySchema.safeParse(query);
    if (!parsed.success) return { statuses: [400], because: 'the contract refuses the query' };
    const { customerId, status, cursor } = parsed.data;
    if (customerId === undefined) return { statuses: [400], because: 'it does not say whose orders' };
    if (cursor === undefined) return { statuses: [200], because: 'the query is right' };
    if (cursor !== this.#around.cursor) return { statuses: [200, 400], because: 'a cursor may be right by chance' };
    return customerId === this.#around.customerId && status === undefined
      ? { statuses: [200], because: 'the cursor is of this list' }
      : { statuses: [400], because: 'the cursor is of another list' };
  }

  /** The orders that are known have ended, so that their tags stay as they are. */
  #reading(request: WireRequest): Expectation {
    const known = this.#known(request);
    if (known === undefined) return { statuses: [404], because: 'there is no such order' };
    const condition = request.headers['if-none-match']?.trim() ?? '';
    const tags = condition.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    const { orderIds, etag } = this.#around;
    if (condition === '*' || (known === orderIds[0] && tags.includes(etag)))
      return { statuses: [304], because: 'the condition names the order as it is' };
    if (tags.includes('*')) return { statuses: [200, 304], because: 'a star is no part of a list' };
    return { statuses: [200], because: 'there is such an order' };
  }

  /** The order that a path names, where it is one of those that are known. */
  #known({ target }: WireRequest): string | undefined {
    const path = pathOf(target)?.replace(/^\/dev\//, '/') ?? '';
    return this.#around.orderIds.find((orderId) => orderId === path.split('/')[2]);
  }

  #record(operation: string | undefined, { headers }: WireRequest, { status, text }: Answer): void {
    if (operation !== 'POST /orders' || status !== 201) return;
    const placed = placeOrderResponseSchema.safeParse(jsonOf(text));
    if (!placed.success) return;
    this.accepted.add(placed.data.orderId);
    if ((headers['idempotency-key'] ?? headers['x-idempotency-key']) !== undefined)
      this.guarded.add(placed.data.orderId);
  }
}

interface Expectation {
  readonly statuses: readonly number[];
  readonly because: string;
}

/** The product that a path names, where it can be one. */
function productIn(target: string): string | undefined {
  const path = pathOf(target)?.replace(/^\/dev\//, '/') ?? '';
  return identifierSchema.safeParse(path.split('/')[2]).data;
}

function isSeeded(productId: string): boolean {
  return seededProducts.some((one) => one === productId);
}

/** The key that a request comes with, if any. */
function keyIn({ headers }: WireRequest): { readonly text: string | undefined; readonly isMalformed: boolean } {
  const keys = [headers['idempotency-key'], headers['x-idempotency-key']].flatMap((one) => one ?? []).map(keyOf);
  return { text: keys[0], isMalformed: keys.includes(undefined) || new Set(keys).size > 1 };
}

/** The path as the gateway sees it; undefined where it cannot be read. */
function pathOf(target: string): string | undefined {
  try {
    const path = decodeURIComponent(target.split('?')[0] ?? '').split('?')[0] ?? '';
    return path.startsWith('/') ? path : undefined;
  } catch {
    return undefined;
  }
}

function headOf({ method, target, headers }: WireRequest): number {
  return Object.values(headers).reduce((sum, value) => sum + value.length, `${method} ${target} HTTP/1.1`.length);
}

function strayExpectation(path: string | undefined, request: WireRequest): Expectation {
  if (headOf(request) > LARGEST_HEAD) return { statuses: [431], because: 'its head is too large' };
  return path === undefined
    ? { statuses: [400], because: 'the gateway cannot read the path' }
    : { statuses: [404, 405], because: 'nothing is documented there' };
}

/** What is nowhere in the document is answered by a problem, or by the gateway where it cannot read the request. */
function faultsOfStray({ method }: WireRequest, { status, headers, text }: Answer): string[] {
  const message = UNHEARD.get(status);
  const mediaType = mediaTypeOf(headers);
  if (mediaType !== (message === undefined ? 'application/problem+json' : 'application/json'))
    return [`the media type is ${mediaType}`];
  if (method === 'HEAD') return text === '' ? [] : ['an answer to HEAD has a body'];
  if (message !== undefined)
    return text === JSON.stringify({ message }) ? [] : [`the gateway does not speak like this: ${text}`];
  return problemSchema.strict().safeParse(jsonOf(text)).success ? [] : [`it is no problem: ${text}`];
}

/** A problem names its request, and tells nothing of the inside. */
function faultsOfProblem({ status, headers, text }: Answer): string[] {
  const problem = problemSchema.safeParse(jsonOf(text));
  if (!problem.success) return [];
  const { instance } = problem.data;
  return [
    ...(problem.data.status === status ? [] : [`the problem says ${problem.data.status}`]),
    ...(instance === `urn:distributed-patterns-demo:request:${headers['x-correlation-id']}`
      ? []
      : [`instance is ${instance}`]),
    ...(/\bat .*\.m?[jt]s:\d+/.test(text) ? [`there is a stack trace in it: ${text}`] : []),
  ];
}

/** The key that a header stands for: bare, or a string of the Structured Fields (RFC 9651); undefined where it is none. */
function keyOf(header: string): string | undefined {
  const trimmed = header.replaceAll(/^[ \t]+|[ \t]+$/g, '');
  const quoted = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/.exec(trimmed)?.[1]?.replaceAll(/\\(.)/g, '$1');
  const key = /^[!#-+\--~]+$/.test(trimmed) ? trimmed : quoted;
  return key === undefined || key === '' || key.length > LONGEST_KEY ? undefined : key;
}

/** What a text says as JSON, the bytes being what was sent. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text).toString());
  } catch {
    return undefined;
  }
}
