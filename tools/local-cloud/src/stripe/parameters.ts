/** The parameters of each request, and Stripe's words for what is wrong with them. */
import * as z from 'zod';
import type { Form } from './form.ts';
import { invalid, missing, type StripeError } from './stripe-error.ts';
import { testCard } from './test-cards.ts';

/** The smallest charges (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts), in the smallest unit. */
const SMALLEST: Readonly<Record<string, number>> = {
  aed: 200,
  aud: 50,
  bgn: 100,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  inr: 50,
  jpy: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1000,
  usd: 50,
};
const LARGEST = 99_999_999;

/** https://docs.stripe.com/currencies#zero-decimal and #three-decimal; all others have two. */
const ZERO_DECIMAL = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf'.split(' '));
const THREE_DECIMAL = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);
const CURRENCIES = new Set(Intl.supportedValuesOf('currency').map((currency) => currency.toLowerCase()));

const text = z.string();
const integer = z
  .string()
  .refine((value) => /^-?\d+$/.test(value), { error: (issue) => `Invalid integer: ${String(issue.input)}` })
  .transform(Number);
const flag = z
  .enum(['true', 'false'], { error: (issue) => `Invalid boolean: ${String(issue.input)}` })
  .transform((value) => value === 'true');
const metadata = z
  .record(
    z.string().max(40, 'Metadata keys can have up to 40 characters.'),
    z.string().max(500, 'Metadata values can have up to 500 characters.'),
  )
  .refine((pairs) => Object.keys(pairs).length <= 50, 'Metadata can have up to 50 keys.')
  .default({});
const expand = (...paths: string[]) => z.array(z.enum(paths, 'This property cannot be expanded')).default([]);
const offSession = z.enum(['true', 'false', 'one_off', 'recurring']).transform((value) => value !== 'false');
const paging = { limit: integer.pipe(z.number().min(1).max(100)).default(10), starting_after: text.optional() };

const attempt = {
  error_on_requires_action: flag.optional(),
  off_session: offSession.optional(),
  return_url: z.url({ error: 'Not a valid URL' }).optional(),
  use_stripe_sdk: flag.optional(),
};

/** https://docs.stripe.com/api/payment_intents/create */
export const createParameters = z.strictObject({
  amount: integer,
  currency: text.toLowerCase(),
  automatic_payment_methods: z
    .strictObject({ enabled: flag, allow_redirects: z.enum(['always', 'never']).default('always') })
    .optional(),
  capture_method: z.enum(['automatic', 'automatic_async', 'manual']).default('automatic_async'),
  confirm: flag.default(false),
  confirmation_method: z.literal('automatic').optional(),
  description: text.optional(),
  expand: expand('latest_charge'),
  metadata,
  payment_method: text.optional(),
  payment_method_types: z.array(z.literal('card')).min(1).optional(),
  receipt_email: text.optional(),
  statement_descriptor: text.optional(),
  statement_descriptor_suffix: text.optional(),
  ...attempt,
});
/** https://docs.stripe.com/api/payment_intents/confirm */
export const confirmParameters = z.strictObject({
  payment_method: text.optional(),
  expand: expand('latest_charge'),
  ...attempt,
});
/** https://docs.stripe.com/api/payment_intents/cancel */
export const cancelParameters = z.strictObject({
  cancellation_reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned']).optional(),
  expand: expand('latest_charge'),
});
/** https://docs.stripe.com/api/payment_intents/capture */
export const captureParameters = z.strictObject({
  amount_to_capture: integer.optional(),
  expand: expand('latest_charge'),
});
/** https://docs.stripe.com/api/payment_intents/retrieve */
export const retrieveParameters = z.strictObject({ expand: expand('latest_charge') });
/** https://docs.stripe.com/api/payment_intents/list */
export const listParameters = z.strictObject({ expand: expand('data.latest_charge'), ...paging });
/** https://docs.stripe.com/api/refunds/create */
export const refundParameters = z.strictObject({
  amount: integer.optional(),
  charge: text.optional(),
  expand: expand('charge', 'payment_intent'),
  metadata,
  payment_intent: text.optional(),
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
});
/** https://docs.stripe.com/api/refunds/retrieve */
export const retrieveRefundParameters = z.strictObject({ expand: expand('charge', 'payment_intent') });
/** https://docs.stripe.com/api/refunds/list */
export const listRefundsParameters = z.strictObject({ payment_intent: text.optional(), ...paging });
/** https://docs.stripe.com/api/charges/retrieve */
export const retrieveChargeParameters = z.strictObject({});

/**
 * The parameters that a form holds.
 * @throws StripeError naming the first that is unknown, missing or wrong
 */
export function read<Parameters>(schema: z.ZodType<Parameters>, form: Form): Parameters {
  const result = schema.safeParse(form);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw issue === undefined ? invalid('Invalid request.') : refusal(issue, form);
}

/** @throws StripeError where an amount of money is none; undefined stands for all there is */
export function refuseLessThanOne(amount: number | undefined, param: string): void {
  if (amount === undefined || amount >= 1) return;
  throw invalid('This value must be greater than or equal to 1.', { code: 'parameter_invalid_integer', param });
}

/** @throws StripeError where no card can be charged this much in this currency */
export function refuseAmount(amount: number, currency: string): void {
  if (!CURRENCIES.has(currency)) throw invalid(`Invalid currency: ${currency}.`, { param: 'currency' });
  refuseLessThanOne(amount, 'amount');
  const smallest = SMALLEST[currency] ?? 1;
  if (amount < smallest) {
    throw invalid(`Amount must be at least ${money(smallest, currency)} ${currency}`, {
      code: 'amount_too_small',
      param: 'amount',
    });
  }
  if (amount > LARGEST) {
    throw invalid(`Amount must be no more than ${money(LARGEST, currency)}`, {
      code: 'amount_too_large',
      param: 'amount',
    });
  }
}

/** @throws StripeError where it is none of Stripe's test payment methods */
export function refusePaymentMethod(id: string | undefined): void {
  if (id !== undefined && testCard(id) === undefined) throw missing('PaymentMethod', id, 'payment_method', 400);
}

/** `$0.50`; Stripe's smallest units are not always those that a currency is written with, as with forints. */
export function money(amount: number, currency: string): string {
  const digits = ZERO_DECIMAL.has(currency) ? 0 : THREE_DECIMAL.has(currency) ? 3 : 2;
  const format = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(amount / 10 ** digits);
}

function refusal(issue: z.core.$ZodIssue, form: Form): StripeError {
  if (issue.code === 'unrecognized_keys') {
    const param = named([...issue.path, issue.keys[0] ?? '']);
    return invalid(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });
  }
  const param = named(issue.path);
  if (issue.path.length === 1 && form[param] === undefined) {
    return invalid(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  }
  const code = issue.message.startsWith('Invalid integer') ? { code: 'parameter_invalid_integer' } : {};
  return invalid(issue.message, { ...code, param });
}

function named([first = '', ...rest]: readonly PropertyKey[]): string {
  return String(first) + rest.map((each) => `[${String(each)}]`).join('');
}
