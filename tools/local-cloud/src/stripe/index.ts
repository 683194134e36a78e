/** A Stripe-compatible API: payment intents and refunds, test cards, idempotency keys, injected faults. */
import type { Fault, FaultPoint } from '../faults.ts';
import type { Ground } from '../part.ts';
import { showCharge, showIntent } from './answers.ts';
import { authenticate } from './authentication.ts';
import { canonical, decodeForm } from './form.ts';
import { IdempotencyKeys, type KeyedRequest } from './idempotency.ts';
import { type Operation, type Outcome, paymentOperations, type Prepared } from './operations.ts';
import { alphanumeric, openRecords } from './records.ts';
import { refundOperations } from './refund-operations.ts';
import { StripeError } from './stripe-error.ts';
import { WEBHOOK_FAULTS, Webhooks } from './webhooks.ts';

/** A request as it came; header names are lower-case, `path` is `/v1/…` with its query. */
export interface StripeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** An answer, whose body is JSON, or a connection that is to be broken without one. */
export type StripeAnswer =
  { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: unknown } | 'reset';

/** The Stripe-compatible gateway; it belongs to no AWS service. */
export interface Stripe {
  /** Answers a request; faults strike at `stripe.<operation>`, with the intent's metadata as facts. */
  handle(request: StripeRequest): Promise<StripeAnswer>;
  /** Every payment intent, newest first, with its latest charge in it. */
  payments(): ReturnType<typeof showIntent>[];
  /** Sends its events to this address from now on, where it signs any; faults strike at `stripe.webhook`. */
  deliverTo(url: string): void;
  /** Sends no events any more. */
  stop(): void;
}

/** What the account is set to. */
export interface StripeOptions {
  /** What events are signed with; without it nobody is told of any. */
  readonly webhookSecret?: string | undefined;
}

/** The API version of the SDK that is used here. */
const API_VERSION = '2026-10-28.endive';

/** A request can also get lost or be held, and so can its answer; what is in its metadata is its caller's to say. */
const FAULT_POINT: FaultPoint = { effects: ['error', 'lose', 'hold', 'lose-answer', 'hold-answer'], facts: 'any' };

/** Stripe's API in test mode (https://docs.stripe.com/api). */
export function createStripe(ground: Ground, { webhookSecret }: StripeOptions = {}): Stripe {
  const webhooks = webhookSecret === undefined ? undefined : new Webhooks(ground, webhookSecret, API_VERSION);
  const records = openRecords(ground.database, (happened) => webhooks?.owe(happened));
  const keys = new IdempotencyKeys(ground.database, ground.clock);
  const operations = [...paymentOperations(records, ground.clock), ...refundOperations(records, ground.clock)];
  for (const { name } of operations) ground.faults.declare(`stripe.${name}`, FAULT_POINT);
  ground.faults.declare('stripe.webhook', WEBHOOK_FAULTS);
  return {
    handle: (request) => answer(ground, keys, operations, request),
    payments: () =>
      records.intents.list({ limit: -1 }).map((intent) => {
        const charge = intent.latestCharge === null ? undefined : records.charges.get(intent.latestCharge);
        return showIntent(intent, charge === undefined ? null : showCharge(charge));
      }),
    deliverTo: (url) => webhooks?.deliverTo(url),
    stop: () => webhooks?.stop(),
  };
}

async function answer(
  ground: Ground,
  keys: IdempotencyKeys,
  operations: readonly Operation[],
  request: StripeRequest,
): Promise<StripeAnswer> {
  const requestId = `req_${alphanumeric(14)}`;
  const headers = {
    'content-type': 'application/json',
    'request-id': requestId,
    'stripe-version': header(request, 'stripe-version') ?? API_VERSION,
  };
  try {
    authenticate(header(request, 'authorization'));
    const [path = '', query = ''] = request.path.split(/\?(.*)/s);
    const { operation, id } = find(operations, request.method, path);
    const form = decodeForm(request.method === 'GET' ? query : request.body);
    const call = { point: `stripe.${operation.name}`, prepared: operation.prepare(form, id) };
    const key = request.method === 'POST' ? header(request, 'idempotency-key') : undefined;
    if (key === undefined) return await arrived(await perform(ground, call, () => undefined), headers);
    const keyed = { key, path, parameters: canonical(form), requestId };
    return await idempotently(ground, keys, keyed, call, headers);
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return withHeaders({ status: error.status, body: error.body }, headers);
  }
}

interface Called {
  readonly point: string;
  readonly prepared: Prepared;
}

/** A replay can be lost on its way like any other answer; what was kept stays as it is. */
async function idempotently(
  ground: Ground,
  keys: IdempotencyKeys,
  keyed: KeyedRequest,
  call: Called,
  headers: Readonly<Record<string, string>>,
): Promise<StripeAnswer> {
  const all = { ...headers, 'idempotency-key': keyed.key };
  const replay = keys.replay(keyed);
  if (replay !== undefined) {
    const again = { ...call, prepared: { ...call.prepared, run: () => replay } };
    const replayed = { 'idempotent-replayed': 'true', 'original-request': replay.originalRequest };
    return arrived(await perform(ground, again, () => undefined), { ...all, ...replayed });
  }
  const original = { ...all, 'original-request': keyed.requestId };
  const keep = (outcome: Outcome) => keys.keep(keyed, outcome);
  return arrived(await keys.whileRunning(keyed, () => perform(ground, call, keep)), original);
}

/** What has become of a request, and when its answer may set out. */
interface Performed {
  readonly outcome: Outcome | 'reset';
  readonly released: Promise<void>;
}

/** Does the work in one transaction with what `keep` keeps of it, unless a fault strikes first. */
async function perform(
  ground: Ground,
  { point, prepared }: Called,
  keep: (outcome: Outcome) => void,
): Promise<Performed> {
  const { promise: removed, resolve: remove } = Promise.withResolvers<undefined>();
  const fault = ground.faults.strike(point, prepared.facts, () => remove(undefined));
  const released = fault?.effect === 'hold-answer' ? removed : Promise.resolve();
  if (fault?.effect === 'hold') await removed;
  if (fault?.effect === 'lose') return { outcome: 'reset', released };
  const run = fault?.effect === 'error' ? () => injected(fault) : () => refused(prepared.run);
  const outcome = ground.database.transaction(() => {
    const done = run();
    // Stripe keeps what began to be executed; a request that it turned away for its rate did not.
    if (done.status !== 429) keep(done);
    return done;
  });
  return { outcome: fault?.effect === 'lose-answer' ? 'reset' : outcome, released };
}

function refused(run: () => Outcome): Outcome {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return { status: error.status, body: error.body };
  }
}

function injected(fault: Fault): Outcome {
  const status = fault.error?.status ?? 500;
  const type = status >= 500 ? 'api_error' : status === 402 ? 'card_error' : 'invalid_request_error';
  const message = fault.error?.message ?? 'An unknown error occurred';
  const code = status === 429 ? 'rate_limit' : fault.error?.code;
  return { status, body: new StripeError(status, type, message, { code }).body };
}

/** The answer, once nothing holds it any more. */
async function arrived(
  { outcome, released }: Performed,
  headers: Readonly<Record<string, string>>,
): Promise<StripeAnswer> {
  await released;
  return outcome === 'reset' ? outcome : withHeaders(outcome, headers);
}

/** `stripe-should-retry` tells the SDK when a retry with the same key is in vain, as with a 500 that was kept. */
function withHeaders(outcome: Outcome, headers: Readonly<Record<string, string>>): StripeAnswer {
  const kept = headers['idempotency-key'] !== undefined;
  const retry = outcome.status === 409 ? 'true' : outcome.status >= 500 && kept ? 'false' : undefined;
  return { ...outcome, headers: { ...headers, ...(retry === undefined ? {} : { 'stripe-should-retry': retry }) } };
}

function find(operations: readonly Operation[], method: string, path: string): { operation: Operation; id: string } {
  for (const operation of operations) {
    const match = new RegExp(`^${operation.path.replace('{id}', '([^/]+)')}/?$`).exec(path);
    if (match !== null && operation.method === method) return { operation, id: match[1] ?? '' };
  }
  const message = `Unrecognized request URL (${method}: ${path}). local-cloud does not implement it.`;
  throw new StripeError(404, 'invalid_request_error', message);
}

function header(request: StripeRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'object' ? value[0] : value;
}
