/** The operations of Stripe's API that are answered here. */
import type { Clock } from '../clock.ts';
import { disputeOf, showCharge, showDispute, showFailure, showIntent, showList } from './answers.ts';
import type { Form } from './form.ts';
import * as parameters from './parameters.ts';
import { type Attempt, cancel, capture, confirm } from './payment-intent.ts';
import { alphanumeric, type Charge, type Intent, newId, type Records } from './records.ts';
import { invalid, missing, StripeError } from './stripe-error.ts';

/** An answer before it is written out. */
export interface Outcome {
  readonly status: number;
  readonly body: unknown;
}

/** A request whose parameters are well-formed: what it is about, for faults, and its work, which does not await. */
export interface Prepared {
  readonly facts: Readonly<Record<string, string>>;
  readonly run: () => Outcome;
}

/** An operation: `prepare` throws a StripeError for what Stripe refuses before it begins. */
export interface Operation {
  readonly method: 'GET' | 'POST';
  /** With `{id}` where the path names an object. */
  readonly path: string;
  /** The fault point is `stripe.<name>`. */
  readonly name: string;
  readonly prepare: (form: Form, id: string) => Prepared;
}

/** Payment intents and charges, on these records. */
export function paymentOperations(records: Records, clock: Clock): readonly Operation[] {
  const about = (id: string) => factsOf(records.intents.get(id));
  return [
    {
      method: 'POST',
      path: '/v1/payment_intents',
      name: 'create',
      prepare: (form) => prepareCreate(records, clock, form),
    },
    {
      method: 'GET',
      path: '/v1/payment_intents',
      name: 'list',
      prepare: (form) => prepareList(records, form),
    },
    {
      method: 'GET',
      path: '/v1/payment_intents/{id}',
      name: 'retrieve',
      prepare: (form, id) => {
        const { expand } = parameters.read(parameters.retrieveParameters, form);
        return { facts: about(id), run: () => shown(records, loadIntent(records, id), expand) };
      },
    },
    {
      method: 'POST',
      path: '/v1/payment_intents/{id}/confirm',
      name: 'confirm',
      prepare: (form, id) => {
        const wanted = parameters.read(parameters.confirmParameters, form);
        parameters.refusePaymentMethod(wanted.payment_method);
        return {
          facts: about(id),
          run: () => decide(records, id, wanted.expand, (intent) => confirm(intent, confirmation(wanted, clock))),
        };
      },
    },
    {
      method: 'POST',
      path: '/v1/payment_intents/{id}/capture',
      name: 'capture',
      prepare: (form, id) => {
        const { amount_to_capture: amount, expand } = parameters.read(parameters.captureParameters, form);
        parameters.refuseLessThanOne(amount, 'amount_to_capture');
        const run = () =>
          decide(records, id, expand, (intent, charge) => capture(intent, charge, amount ?? intent.amountCapturable));
        return { facts: about(id), run };
      },
    },
    {
      method: 'POST',
      path: '/v1/payment_intents/{id}/cancel',
      name: 'cancel',
      prepare: (form, id) => {
        const { cancellation_reason: reason = null, expand } = parameters.read(parameters.cancelParameters, form);
        const run = () =>
          decide(records, id, expand, (intent, charge) => cancel(intent, charge, reason, seconds(clock)));
        return { facts: about(id), run };
      },
    },
    {
      method: 'GET',
      path: '/v1/charges/{id}',
      name: 'retrieve-charge',
      prepare: (form, id) => {
        parameters.read(parameters.retrieveChargeParameters, form);
        return { facts: {}, run: () => ({ status: 200, body: showCharge(loadCharge(records, id)) }) };
      },
    },
  ];
}

/** What an injected fault may ask about: the intent's metadata and its id. */
export function factsOf(intent: Intent | undefined): Record<string, string> {
  return intent === undefined ? {} : { ...intent.metadata, paymentIntent: intent.id };
}

/** The time in seconds since the epoch, as Stripe counts. */
export function seconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}

function prepareCreate(records: Records, clock: Clock, form: Form): Prepared {
  const wanted = parameters.read(parameters.createParameters, form);
  parameters.refuseAmount(wanted.amount, wanted.currency);
  parameters.refusePaymentMethod(wanted.payment_method);
  if (wanted.automatic_payment_methods !== undefined && wanted.payment_method_types !== undefined) {
    throw invalid('You may only specify one of these parameters: automatic_payment_methods, payment_method_types.');
  }
  for (const name of ['error_on_requires_action', 'off_session', 'return_url'] as const) {
    if (!wanted.confirm && wanted[name] !== undefined) {
      throw invalid(`The parameter \`${name}\` can only be used with \`confirm=true\`.`, { param: name });
    }
  }
  return {
    facts: wanted.metadata,
    run: () => {
      const intent = newIntent(wanted, seconds(clock));
      // Stripe makes no intent where the confirmation that goes with it cannot be tried.
      const attempt = wanted.confirm ? confirm(intent, confirmation(wanted, clock)) : { intent };
      return settle(records, attempt, wanted.expand);
    },
  };
}

function newIntent(wanted: ReturnType<typeof parameters.createParameters.parse>, created: number): Intent {
  const id = newId('pi');
  const automatic = wanted.automatic_payment_methods ?? { enabled: true, allow_redirects: 'always' as const };
  const byType = wanted.payment_method_types !== undefined || !automatic.enabled;
  return {
    id,
    clientSecret: `${id}_secret_${alphanumeric(25)}`,
    status: wanted.payment_method === undefined ? 'requires_payment_method' : 'requires_confirmation',
    amount: wanted.amount,
    amountCapturable: 0,
    amountReceived: 0,
    currency: wanted.currency,
    captureMethod: wanted.capture_method,
    allowRedirects: byType ? null : automatic.allow_redirects,
    paymentMethodTypes: ['card'],
    paymentMethod: wanted.payment_method ?? null,
    returnUrl: null,
    latestCharge: null,
    lastFailure: null,
    cancellationReason: null,
    canceledAt: null,
    created,
    description: wanted.description ?? null,
    receiptEmail: wanted.receipt_email ?? null,
    statementDescriptor: wanted.statement_descriptor ?? null,
    statementDescriptorSuffix: wanted.statement_descriptor_suffix ?? null,
    metadata: wanted.metadata,
  };
}

function confirmation(wanted: ReturnType<typeof parameters.confirmParameters.parse>, clock: Clock) {
  return {
    paymentMethod: wanted.payment_method,
    returnUrl: wanted.return_url,
    offSession: wanted.off_session === true || wanted.error_on_requires_action === true,
    chargeId: newId('ch'),
    now: seconds(clock),
  };
}

function prepareList(records: Records, form: Form): Prepared {
  const { limit, starting_after: startingAfter, expand } = parameters.read(parameters.listParameters, form);
  if (startingAfter !== undefined && records.intents.get(startingAfter) === undefined) {
    throw missing('payment_intent', startingAfter, 'starting_after', 400);
  }
  const paths = expand.map(() => 'latest_charge');
  return {
    facts: {},
    run: () => {
      const intents = records.intents.list({ limit: limit + 1, startingAfter });
      const objects = intents.map((intent) => shown(records, intent, paths).body);
      return { status: 200, body: showList('/v1/payment_intents', objects, limit) };
    },
  };
}

/** Loads, decides, keeps and shows; a refusal shows the intent as it stands. */
function decide(
  records: Records,
  id: string,
  expand: readonly string[],
  decision: (intent: Intent, charge: Charge | undefined) => Attempt,
): Outcome {
  const intent = loadIntent(records, id);
  const charge = intent.latestCharge === null ? undefined : records.charges.get(intent.latestCharge);
  try {
    return settle(records, decision(intent, charge), expand);
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    throw new StripeError(error.status, error.type, error.message, {
      ...error.details,
      payment_intent: showIntent(intent),
    });
  }
}

/** Keeps what was decided; a failed charge is answered with 402. */
function settle(records: Records, { intent, charge, failure }: Attempt, expand: readonly string[]): Outcome {
  records.intents.put(intent);
  if (charge !== undefined) records.charges.put(charge);
  tell(records, { intent, charge, failure });
  if (failure === undefined) return shown(records, intent, expand);
  const { message, ...details } = showFailure(failure);
  const error = new StripeError(402, 'card_error', message, { ...details, payment_intent: showIntent(intent) });
  return { status: error.status, body: error.body };
}

/** With the intent's facts, whatever the event is about, so that faults can ask for its order. */
function tell(records: Records, { intent, charge, failure }: Attempt): void {
  const facts = factsOf(intent);
  const object = showIntent(intent);
  if (failure !== undefined) records.tell({ type: 'payment_intent.payment_failed', object, facts });
  if (intent.status !== 'succeeded' || charge === undefined) return;
  records.tell({ type: 'payment_intent.succeeded', object, facts });
  if (disputeOf(charge) === undefined) return;
  const dispute = showDispute(newId('du'), charge, charge.created);
  records.tell({ type: 'charge.dispute.created', object: dispute, facts });
}

function shown(records: Records, intent: Intent, expand: readonly string[]): Outcome {
  const charge = intent.latestCharge === null ? undefined : records.charges.get(intent.latestCharge);
  const expanded = expand.includes('latest_charge') && charge !== undefined;
  return { status: 200, body: expanded ? showIntent(intent, showCharge(charge)) : showIntent(intent) };
}

function loadIntent(records: Records, id: string): Intent {
  const intent = records.intents.get(id);
  if (intent === undefined) throw missing('payment_intent', id, 'intent');
  return intent;
}

function loadCharge(records: Records, id: string): Charge {
  const charge = records.charges.get(id);
  if (charge === undefined) throw missing('charge', id, 'id');
  return charge;
}
