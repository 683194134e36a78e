/** Secret keys of Stripe's test mode. */
import { StripeError } from './stripe-error.ts';

/**
 * Lets any test-mode secret key in, as a bearer token or as the user name of basic authentication.
 * @see https://docs.stripe.com/api/authentication
 * @throws StripeError with status 401
 */
export function authenticate(authorization: string | undefined): void {
  const [, scheme = '', credentials = ''] = /^(Bearer|Basic) +(.+)$/i.exec(authorization ?? '') ?? [];
  if (scheme === '') {
    throw refusal(
      'You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth ' +
        "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details.",
    );
  }
  const key =
    scheme.toLowerCase() === 'basic'
      ? (Buffer.from(credentials, 'base64').toString().split(':')[0] ?? '')
      : credentials;
  if (!/^[sr]k_test_\w+$/.test(key)) throw refusal(`Invalid API Key provided: ${redacted(key)}`);
}

/** Enough of a key to recognise it by, as Stripe shows it. */
function redacted(key: string): string {
  return key.length <= 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`;
}

function refusal(message: string): StripeError {
  return new StripeError(401, 'invalid_request_error', message);
}
