/** A Stripe to test: over real HTTP with the official SDK, on a frozen clock and a database in memory. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import StripeSdk from 'stripe';
import { Activity } from '../activity.ts';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { Dispatcher } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import { Signals } from '../signals.ts';
import { createStripe, type Stripe, type StripeOptions } from './index.ts';

/** When the clock stands. */
export const NOW = Date.UTC(2026, 10, 23, 9, 5, 7);

type CreateParams = StripeSdk.PaymentIntentCreateParams;
type Created = Promise<StripeSdk.Response<StripeSdk.PaymentIntent>>;

export interface GivenStripe {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly activity: Activity;
  /** What was reported to the person at the terminal. */
  readonly reports: string[];
  /** The part under test; another one after a restart. */
  readonly stripe: Stripe;
  readonly sdk: StripeSdk;
  /** The SDK with another key. */
  sdkFor(key: string): StripeSdk;
  /** Creates an intent over 1,299.99 dollars for `order-1`. */
  create(changes?: Partial<CreateParams>, idempotencyKey?: string): Created;
  /** Creates it and charges it at once. */
  pay(paymentMethod?: string): Created;
  /** Sends a form without the SDK, which waits before it tries a broken connection again. */
  post(path: string, form: string): ReturnType<Stripe['handle']>;
  /** Goes on with what is durable, as after a crash. */
  restart(): void;
  stop(): Promise<void>;
}

/** Serves the API on a free port. */
export async function givenStripe(options: StripeOptions = {}): Promise<GivenStripe> {
  const clock = new Clock({ frozenAt: NOW });
  const faults = new Faults();
  const database = new Database(':memory:');
  const dispatcher = new Dispatcher({ authorize: () => undefined }, faults);
  const activity = new Activity();
  const reports: string[] = [];
  const ground = { clock, database, dispatcher, signals: new Signals(), activity, faults };
  const report = (line: string) => void reports.push(line);
  const open = () => createStripe({ ...ground, random: () => 0.5, report }, options);
  let stripe = open();
  const server = serve((request) => stripe.handle(request));
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const sdkFor = (key: string) =>
    new StripeSdk(key, { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
  const sdk = sdkFor('sk_test_local');
  const order = { amount: 129999, currency: 'usd', payment_method_types: ['card'], metadata: { orderId: 'order-1' } };
  const create: GivenStripe['create'] = (changes, idempotencyKey) =>
    sdk.paymentIntents.create({ ...order, ...changes }, idempotencyKey === undefined ? {} : { idempotencyKey });
  return {
    clock,
    faults,
    activity,
    reports,
    get stripe() {
      return stripe;
    },
    sdk,
    sdkFor,
    create,
    pay: (paymentMethod = 'pm_card_visa') => create({ payment_method: paymentMethod, confirm: true }),
    post(path, form) {
      const headers = { authorization: 'Bearer sk_test_local', 'idempotency-key': 'key' };
      return stripe.handle({ method: 'POST', path, headers, body: form });
    },
    restart() {
      stripe.stop();
      stripe = open();
    },
    async stop() {
      stripe.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      database.close();
    },
  };
}

function serve(handle: Stripe['handle']) {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      void handle({ method, path: url, headers, body: Buffer.concat(chunks).toString() }).then((answer) => {
        if (answer === 'reset') request.socket.resetAndDestroy();
        else response.writeHead(answer.status, answer.headers).end(JSON.stringify(answer.body));
      });
    });
  }).listen(0, '127.0.0.1');
}
