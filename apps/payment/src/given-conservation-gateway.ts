/** The payment gateway as an execution environment sees it that may be killed, and what goes wrong there. */
import type { Environment, Trouble } from '@distributed-patterns/testing/adversity';
import * as fc from 'fast-check';
import Stripe from 'stripe';
import { Gateway, type GatewayAccess } from './gateway.ts';
import type { Charge, Creation, Outcome, Settlement, Standing } from './payment.ts';

/** The intents that were made, by their orders. */
export type Made = Map<string, readonly string[]>;

/** Each of its calls is one of the invocation that runs. What the gateway does in several steps, trouble may part. */
export class GatewayInPeril extends Gateway {
  readonly #environment: Environment;
  readonly #made: Made;

  /** @param made is told of every intent that is made, whether or not whoever has made it lives to hear so */
  constructor(access: GatewayAccess, environment: Environment, made: Made) {
    super(access);
    this.#environment = environment;
    this.#made = made;
  }

  override create(charge: Charge, attempt: string): Promise<Creation> {
    return this.#environment.call(async () => {
      const creation = await super.create(charge, attempt);
      const { orderId } = charge;
      if (creation.kind === 'created') {
        this.#made.set(orderId, [...(this.#made.get(orderId) ?? []), creation.intentId]);
      }
      return creation;
    });
  }

  override lookUp(intentId: string): Promise<Outcome> {
    return this.#environment.call(() => super.lookUp(intentId));
  }

  override standing(intentId: string): Promise<Standing | undefined> {
    return this.#environment.call(() => super.standing(intentId));
  }

  override confirm(intentId: string, attempt: string): Promise<Outcome> {
    return this.#environment.call(() => super.confirm(intentId, attempt));
  }

  override undo(intentId: string, attempt: string): Promise<Settlement> {
    return this.#environment.call(() => super.undo(intentId, attempt));
  }
}

/** An intent as the gateway has it. */
export interface Intent {
  readonly id: string;
  readonly orderId: string;
  readonly status: string;
  /** In minor units: what the customer has paid and not got back. */
  readonly held: number;
}

/** More than most stories make. */
const INTENTS_PER_PAGE = 10;

/** What the gateway has made for orders that are newer than all others. */
export class NewestIntents {
  readonly #stripe: Stripe;

  constructor({ apiKey, url }: { readonly apiKey: string; readonly url: string }) {
    const { hostname: host, port } = new URL(url);
    this.#stripe = new Stripe(apiKey, { protocol: 'http', host, port });
  }

  /** Reads the newest ones first, up to the first that is of another order. */
  async of(orderIds: ReadonlySet<string>): Promise<readonly Intent[]> {
    const found: Intent[] = [];
    const newest = this.#stripe.paymentIntents.list({ limit: INTENTS_PER_PAGE, expand: ['data.latest_charge'] });
    for await (const { id, metadata, status, amount_received: received, latest_charge: charge } of newest) {
      const orderId = metadata['orderId'];
      if (orderId === undefined || !orderIds.has(orderId)) break;
      const refunded = typeof charge === 'object' ? (charge?.amount_refunded ?? 0) : 0;
      found.push({ id, orderId, status, held: received - refunded });
    }
    return found;
  }
}

const at = fc
  .constantFrom('create', 'retrieve', 'confirm', 'cancel', 'refund')
  .map((operation) => `stripe.${operation}`);
const times = fc.integer({ min: 1, max: 2 });
const broken = { code: 'api_error', message: 'injected', status: 500 };
const tooMany = { code: 'rate_limit', message: 'injected', status: 429 };

/** A request fails, gets lost or takes long, or its answer gets lost. The SDK tries once more by itself. */
export const stripeTroubles: fc.Arbitrary<Trouble> = fc.oneof(
  fc.record({ at, effect: fc.constant('error'), error: fc.constantFrom(broken, tooMany), times }),
  fc.record({ at, effect: fc.constantFrom('lose', 'hold', 'lose-answer'), times }),
);
