/** A Stripe-compatible API for the tests of whoever charges. */
import type { Cloud } from '@distributed-patterns/local-cloud';
import * as z from 'zod';
import { startCloudWith } from './cloud.ts';

const paymentSchema = z
  .object({
    id: z.string(),
    status: z.string(),
    metadata: z.record(z.string(), z.string()),
    amount_received: z.int(),
    latest_charge: z.object({ amount_refunded: z.int() }).nullable(),
  })
  .transform(({ id, status, metadata, amount_received: received, latest_charge: charge }) => ({
    id,
    status,
    metadata,
    /** In minor units: what the customer has paid and not got back. */
    held: received - (charge?.amount_refunded ?? 0),
  }));

/** A payment intent, and what it holds of the customer's money. */
export type StripePayment = z.infer<typeof paymentSchema>;

/** A Stripe with no payments at first. */
export interface TestStripe {
  /** Where the `stripe` SDK is pointed. */
  readonly url: string;
  /** A secret key that it takes. */
  readonly apiKey: string;
  /** The clock that idempotency keys expire by; `advance` moves it, in milliseconds. */
  readonly clock: Cloud['clock'];
  /** Faults to inject: `stripe.create`, `stripe.retrieve`, `stripe.confirm`, `stripe.cancel`, `stripe.refund`. */
  readonly faults: Cloud['faults'];
  /** Every payment intent, newest first. */
  payments(): Promise<StripePayment[]>;
  stop(): Promise<void>;
}

/** Starts a Stripe on a free port of the loopback interface. Call `stop` once the tests are done. */
export async function startStripe(): Promise<TestStripe> {
  const cloud = await startCloudWith();
  return {
    url: cloud.awsUrl,
    apiKey: 'sk_test_local',
    clock: cloud.clock,
    faults: cloud.faults,
    async payments() {
      const response = await fetch(`${cloud.awsUrl}/_local-cloud/payments`);
      return z.array(paymentSchema).parse(await response.json());
    },
    stop: () => cloud.stop(),
  };
}
