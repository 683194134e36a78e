/** Errors in Stripe's form. */

/** What Stripe says of an error besides its type (https://docs.stripe.com/api/errors). */
export interface ErrorDetails {
  readonly code?: string | undefined;
  readonly decline_code?: string | undefined;
  readonly param?: string | undefined;
  readonly charge?: string | undefined;
  readonly payment_intent?: unknown;
  readonly payment_method?: unknown;
}

/** https://docs.stripe.com/api/errors#errors-type */
export type ErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';

/** A request that Stripe refuses or fails. */
export class StripeError extends Error {
  override readonly name = 'StripeError';
  readonly status: number;
  readonly type: ErrorType;
  readonly details: ErrorDetails;

  constructor(status: number, type: ErrorType, message: string, details: ErrorDetails = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.details = details;
  }

  /** The body as Stripe sends it; members without a value are left out. */
  get body(): { readonly error: Record<string, unknown> } {
    const { code } = this.details;
    const page =
      code === undefined ? {} : { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` };
    return { error: { ...this.details, ...page, message: this.message, type: this.type } };
  }
}

/** A request that can never succeed as it stands: 400. */
export function invalid(message: string, details: ErrorDetails = {}): StripeError {
  return new StripeError(400, 'invalid_request_error', message, details);
}

/** An object that there is not: 404 where the path names it, 400 where a parameter does. */
export function missing(kind: string, id: string, param: string, status = 404): StripeError {
  return new StripeError(status, 'invalid_request_error', `No such ${kind}: '${id}'`, {
    code: 'resource_missing',
    param,
  });
}
