/** What an operator puts into the parameter store by hand, once for each stage on AWS, and tells the payment gateway. */
import type { SynthesizedStack } from './templates/index.ts';

/** The Stripe-compatible endpoint takes every key of test mode. */
const TEST_KEY = 'sk_test_local';

/** What the Stripe-compatible endpoint signs its events with. */
const WEBHOOK_SECRET = 'whsec_local';

/** Where the HTTP APIs hear of these events, if an app does. */
export const WEBHOOK_PATH = '/payments/webhook';

/** The secret of the gateway's events, where a stack has a route for them: otherwise it is told of no endpoint. */
export function webhookSecretFor(stacks: readonly SynthesizedStack[]): string | undefined {
  const resources = stacks.flatMap(({ template }) => Object.values(template.Resources));
  const hears = resources.some(
    ({ Type, Properties }) => Type === 'AWS::ApiGatewayV2::Route' && Properties['RouteKey'] === `POST ${WEBHOOK_PATH}`,
  );
  return hears ? WEBHOOK_SECRET : undefined;
}

/**
 * The payment gateway's key, address and signing secret for every stage that has a payment stack, `<prefix>-payment-<stage>`:
 * `/<prefix>/<stage>/payment/stripe-api-key`, `…/gateway-url` and `…/stripe-webhook-secret`.
 */
export function handSetParameters(stackNames: readonly string[], awsUrl: string): Readonly<Record<string, string>> {
  const parameters: Record<string, string> = {};
  for (const stackName of stackNames) {
    const [, prefix, stage] = /^(.+)-payment-([a-z0-9]+)$/.exec(stackName) ?? [];
    if (prefix === undefined || stage === undefined) continue;
    parameters[`/${prefix}/${stage}/payment/stripe-api-key`] = TEST_KEY;
    parameters[`/${prefix}/${stage}/payment/gateway-url`] = awsUrl;
    parameters[`/${prefix}/${stage}/payment/stripe-webhook-secret`] = WEBHOOK_SECRET;
  }
  return parameters;
}
