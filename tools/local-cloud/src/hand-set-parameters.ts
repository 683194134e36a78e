/** What an operator puts into the parameter store by hand, once for each stage on AWS. */

/** The Stripe-compatible endpoint takes every key of test mode. */
const TEST_KEY = 'sk_test_local';

/**
 * The payment gateway's key and address for every stage that has a payment stack, `<prefix>-payment-<stage>`:
 * `/<prefix>/<stage>/payment/stripe-api-key` and `/<prefix>/<stage>/payment/gateway-url`.
 */
export function handSetParameters(stackNames: readonly string[], awsUrl: string): Readonly<Record<string, string>> {
  const parameters: Record<string, string> = {};
  for (const stackName of stackNames) {
    const [, prefix, stage] = /^(.+)-payment-([a-z0-9]+)$/.exec(stackName) ?? [];
    if (prefix === undefined || stage === undefined) continue;
    parameters[`/${prefix}/${stage}/payment/stripe-api-key`] = TEST_KEY;
    parameters[`/${prefix}/${stage}/payment/gateway-url`] = awsUrl;
  }
  return parameters;
}
