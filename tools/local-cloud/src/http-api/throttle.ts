/** Lets through as many requests as a stage's rate and burst allow. */
import type { Clock } from '../clock.ts';
import type { RateLimit } from './registry.ts';

interface Bucket {
  tokens: number;
  filledAt: number;
}

/**
 * A token bucket for each route.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
export class Throttle {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a token for `route`, or says that there is none. */
  admits(route: string, limit: RateLimit): boolean {
    const now = this.#clock.now();
    const { tokens, filledAt } = this.#buckets.get(route) ?? { tokens: limit.burst, filledAt: now };
    const refilled = now > filledAt ? ((now - filledAt) / 1000) * limit.rate : 0;
    const left = Math.min(limit.burst, tokens + refilled);
    this.#buckets.set(route, { tokens: left >= 1 ? left - 1 : left, filledAt: now });
    return left >= 1;
  }
}
