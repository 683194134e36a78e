/** The running system as its tests see it: a process of its own, spoken to over HTTP and the AWS SDK only. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Fault } from '@distributed-patterns/local-cloud';
import { type OrderView, type ProductView, productListSchema } from '@distributed-patterns/contracts';
import {
  type CancelledOrder,
  OrderClient,
  type OrderFilter,
  type PlacedOrder,
} from '@distributed-patterns/order-client';
import * as z from 'zod';
import { RuntimeProcess } from './runtime-process.ts';
import { type Synthesis, synthesizeApps, type SynthesizedApps } from './synthesized-apps.ts';

const mailSchema = z.object({
  to: z.array(z.string()),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
});
const paymentSchema = z.object({
  id: z.string(),
  status: z.string(),
  amount_received: z.int(),
  metadata: z.record(z.string(), z.string()),
  latest_charge: z.object({ amount_refunded: z.int() }).nullable(),
});
const faultIdSchema = z.object({ id: z.string() });
const armedFaultSchema = z.looseObject({ id: z.string(), struck: z.int() });

export type Mail = z.infer<typeof mailSchema>;
export type Payment = z.infer<typeof paymentSchema>;

/** A body for `POST /orders`; what is not given is good. */
export interface OrderRequest {
  readonly customerId?: string;
  readonly customerEmail?: string;
  readonly items?: readonly { readonly productId: string; readonly quantity: number; readonly price: number }[];
  readonly paymentMethod?: string;
}

export const goodOrder = {
  customerId: 'customer-123',
  items: [{ productId: 'laptop', quantity: 1, price: 1299.99 }],
} as const satisfies OrderRequest;

/** What is not given is as `npm start` has it, but for the store, which is not kept. */
export interface SystemOptions extends Synthesis {
  /** Where the store lies that is gone on from, and kept. */
  readonly dataDirectory?: string;
}

const MINUTE = 60_000;
/** More than the longest saga with all of its retries. */
const LONGEST_SAGA = 8 * 60 * MINUTE;

/** The system, started for one test file with an empty store and a seeded catalogue. */
export class System {
  readonly apiUrl: string;
  readonly awsUrl: string;
  readonly #process: RuntimeProcess;
  /** What was synthesized for this system alone. */
  readonly #apps: SynthesizedApps | undefined;

  private constructor(apiUrl: string, awsUrl: string, runtime: RuntimeProcess, apps?: SynthesizedApps) {
    this.apiUrl = apiUrl;
    this.awsUrl = awsUrl;
    this.#process = runtime;
    this.#apps = apps;
  }

  /** Starts the runtime on free ports: the apps as they are built, or synthesized anew with other settings. */
  static async start(options: SystemOptions = {}): Promise<System> {
    const { dataDirectory, settings, apps } = options;
    const anew = settings === undefined && apps === undefined ? undefined : await synthesizeApps(options);
    const which = anew === undefined ? [] : ['--apps', anew.directory];
    const keep = dataDirectory === undefined ? ['--ephemeral'] : ['--data', dataDirectory];
    const runtime = new RuntimeProcess([...which, '--api-port', '0', '--aws-port', '0', ...keep]);
    try {
      const { apiUrl, awsUrl } = await runtime.ready();
      const system = new System(apiUrl, awsUrl, runtime, anew);
      if (apps === undefined || apps.includes('inventory')) await system.invoke('inventory', 'seed-catalogue');
      return system;
    } catch (error) {
      anew?.remove();
      throw error;
    }
  }

  /** The system that a process of the caller's own serves at these addresses, as it is: nothing is seeded. */
  static servedBy(runtime: RuntimeProcess, { apiUrl, awsUrl }: Pick<System, 'apiUrl' | 'awsUrl'>): System {
    return new System(apiUrl, awsUrl, runtime);
  }

  /** Ends the runtime as Ctrl-C does. */
  async stop(): Promise<void> {
    const code = await this.#process.end('SIGINT');
    this.#apps?.remove();
    expect(code).toBe(0);
  }

  /** Ends it as a crash does: nothing is put away. */
  async kill(): Promise<void> {
    await this.#process.end('SIGKILL');
    this.#apps?.remove();
  }

  /** What every AWS SDK client needs to reach the system as its account's administrator. */
  get sdk() {
    return {
      endpoint: this.awsUrl,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    } as const;
  }

  /** A client of the order API, for whom a token was issued or for nobody. */
  client(token?: string): OrderClient {
    return new OrderClient({ baseUrl: this.apiUrl, ...(token === undefined ? {} : { token }) });
  }

  /** `POST /orders` with any body, once and as it is. */
  post(body: unknown, headers: Readonly<Record<string, string>> = {}, path = '/orders'): Promise<Response> {
    return fetch(`${this.apiUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** Places an order that is accepted. */
  place(order: OrderRequest = {}, options: { readonly idempotencyKey?: string } = {}): Promise<PlacedOrder> {
    const { items = goodOrder.items, customerId = goodOrder.customerId, ...others } = order;
    return this.client().placeOrder({ ...others, customerId, items: [...items] }, options);
  }

  /** The order as it is now. */
  async order(orderId: string): Promise<OrderView> {
    return (await this.client().order(orderId)).order;
  }

  /** Every order that passes a filter, newest first, from as many pages as there are. */
  async orders(filter: OrderFilter, token?: string): Promise<OrderView[]> {
    const orders: OrderView[] = [];
    for await (const order of this.client(token).orders(filter)) orders.push(order);
    return orders;
  }

  /** Asks for an order to be undone. */
  cancel(orderId: string): Promise<CancelledOrder> {
    return this.client().cancelOrder(orderId);
  }

  /** The order once everything that can happen without waiting has happened. */
  async settled(orderId: string): Promise<OrderView> {
    await this.idle();
    return this.order(orderId);
  }

  /** The order at its end, with time passing as fast as the system can follow it. */
  async ended(orderId: string): Promise<OrderView> {
    await this.idle();
    for (let passed = 0; passed < LONGEST_SAGA; passed += MINUTE) {
      const order = await this.order(orderId);
      if (['COMPLETED', 'FAILED', 'CANCELLED'].includes(order.status)) return order;
      await this.advance(MINUTE);
    }
    throw new Error(`order ${orderId} did not end: ${JSON.stringify(await this.order(orderId))}`);
  }

  async product(productId: string): Promise<ProductView> {
    const response = await fetch(`${this.apiUrl}/products`);
    const product = productListSchema.parse(await response.json()).products.find((one) => one.productId === productId);
    if (product === undefined) throw new Error(`there is no product ${productId}`);
    return product;
  }

  /** The mails that name an order, oldest first. */
  async mails(orderId: string): Promise<Mail[]> {
    const mails = z.array(mailSchema).parse(await this.#admin('GET', '/mailbox'));
    return mails.filter(({ subject }) => subject.includes(orderId)).reverse();
  }

  /** All mails as a person sees them. */
  async mailboxPage(): Promise<string> {
    const response = await fetch(`${this.awsUrl}/_local-cloud/mailbox`, { headers: { accept: 'text/html' } });
    return response.text();
  }

  /** The payment intents of an order at the gateway. */
  async payments(orderId: string): Promise<Payment[]> {
    const payments = z.array(paymentSchema).parse(await this.#admin('GET', '/payments'));
    return payments.filter(({ metadata }) => metadata['orderId'] === orderId);
  }

  /** What the gateway holds for an order: charged and not given back, in minor units. */
  async charged(orderId: string): Promise<number> {
    const payments = await this.payments(orderId);
    return payments.reduce((sum, one) => sum + one.amount_received - (one.latest_charge?.amount_refunded ?? 0), 0);
  }

  /** Waits until nothing is under way. */
  async idle(): Promise<void> {
    await this.#admin('POST', '/idle');
  }

  /** Lets time pass: every timer fires at its own moment. */
  async advance(milliseconds: number): Promise<void> {
    await this.#admin('POST', '/clock/advance', { milliseconds });
  }

  /** Arms a fault; the returned function takes it away, and lets go what it held. */
  async inject(fault: Partial<Fault> & Pick<Fault, 'at' | 'effect'>): Promise<() => Promise<void>> {
    const { id } = faultIdSchema.parse(await this.#admin('POST', '/faults', { times: 1, ...fault }));
    return () => this.#remove(id);
  }

  /**
   * Takes every fault away.
   * @throws Error with those that never struck, once all are gone, so that the next test is not struck by them
   */
  async heal(): Promise<void> {
    const faults = await this.#faults();
    await this.#admin('DELETE', '/faults');
    refuseUnstruck(faults);
  }

  async #faults() {
    return z.array(armedFaultSchema).parse(await this.#admin('GET', '/faults'));
  }

  async #remove(id: string): Promise<void> {
    const faults = await this.#faults();
    await this.#admin('DELETE', `/faults/${id}`);
    refuseUnstruck(faults.filter((armed) => armed.id === id));
  }

  /** Invokes a function of a service and returns its payload. */
  async invoke(service: string, name: string, payload: unknown = {}): Promise<unknown> {
    const functionName = `distributed-patterns-demo-${service}-${name}-dev`;

    const client = new LambdaClient(this.sdk);
    const answer = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(payload)) }),
    );
    const text = Buffer.from(answer.Payload ?? []).toString();
    if (answer.FunctionError !== undefined) throw new Error(`${functionName}: ${text}`);
    return JSON.parse(text === '' ? 'null' : text);
  }

  async #admin(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.awsUrl}/_local-cloud${path}`, {
      method,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
}

function refuseUnstruck(faults: readonly z.infer<typeof armedFaultSchema>[]): void {
  const unstruck = faults.filter(({ struck }) => struck === 0);
  if (unstruck.length > 0) throw new Error(`a fault that never struck tests nothing: ${JSON.stringify(unstruck)}`);
}
