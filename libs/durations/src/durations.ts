/** Every duration that has to agree with another one, but for the saga's own: chosen here once, or derived. */

/** A length of time in seconds: so is everything here. */
export type Seconds = number;

/** For timers and clients that count in milliseconds. */
export function milliseconds(seconds: Seconds): number {
  return Math.round(seconds * 1_000);
}

/** A call that a function makes, with the attempts that its client makes by itself. */
export interface Call {
  /** How long one attempt may take. */
  readonly timeout: Seconds;
  readonly attempts: number;
  /** The longest that the client pauses between its attempts, together, after timeouts. */
  readonly pauses: Seconds;
}

/** The longest that a call may take that is never answered. */
export function longestCall({ timeout, attempts, pauses }: Call): Seconds {
  return timeout * attempts + pauses;
}

/** A request to the payment gateway. The pause is that of its SDK (https://github.com/stripe/stripe-node#network-retries). */
export const gatewayCall = { timeout: 5, attempts: 2, pauses: 0.5 } as const satisfies Call;

/** A mail handed to SES, which knows no idempotency: an attempt of its own may take longer, and there is only one. */
export const mailCall = { timeout: 10, attempts: 1, pauses: 0 } as const satisfies Call;

/**
 * A call of an AWS service. Attempts and pauses are the SDK's own for DynamoDB, of which it makes the most: full jitter
 * on 25, 50 and 100 ms (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html). A hung connection
 * is given up long before the function's time is over.
 */
export const sdkCall = { connection: 1, timeout: 2, attempts: 4, pauses: 0.175 } as const satisfies Call & {
  readonly connection: Seconds;
};

/** How a function puts off what met somebody else's transaction: `base` doubles with each attempt, up to `longestPause`. */
export const conflictBackoff = { base: 0.01, longestPause: 0.4 } as const;

/** How often a conflicting transaction is sent, and how often a decision is made for which somebody else was faster. */
export const conflictAttempts = { transaction: 16, decision: 10 } as const;

/** The longest pause before a repeat of what met somebody else's transaction; the first repeat is 1. */
export function conflictPause(repeat: number): Seconds {
  return Math.min(conflictBackoff.longestPause, conflictBackoff.base * 2 ** repeat);
}

/** All those pauses together, for as many attempts. */
export function conflictPauses(attempts: number): Seconds {
  return Array.from({ length: attempts - 1 }, (_, repeat) => conflictPause(repeat + 1)).reduce(
    (sum, pause) => sum + pause,
    0,
  );
}

/** How long a function may run, before it is killed. */
export const functionTimeout = {
  /** Whoever waits for an HTTP answer has given up after that. */
  http: 10,
  /** Batches of messages, by service: payment and notification wait for somebody outside. */
  order: 15,
  inventory: 15,
  payment: 20,
  notification: 20,
  /** The start of a saga. */
  start: 15,
  /** An answer for the saga that could not be handed over has to come again while its step still waits. */
  reply: 4,
  /** Asks the gateway about many payments, a page of them at a time. */
  reconcile: 60,
  /** Looks through what has been open for too long, a page at a time. */
  watch: 60,
  /** Relay and sweeper publish in the background: nobody waits for them. */
  outbox: 30,
} as const satisfies Readonly<Record<string, Seconds>>;

/** How long before the end of its time a function answers for its batch, so that what it has handled is not lost. */
export const timeToAnswer: Seconds = 1;

/** How often a message is delivered before it goes to the dead-letter queue. */
export const deliveries = 5;

/** How long a message is hidden while a function works on it: six timeouts, as AWS advises (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html). */
export function visibilityTimeout(timeout: Seconds): Seconds {
  return 6 * timeout;
}

/** Longer than any message waits while its consumer works, all its deliveries included: an alarm goes off. */
export const queueStalledAfter: Seconds = 900;

/** The outbox: how often it is swept, from which age on a message is, when the stream lets go of it, when a person is needed. */
export const outboxAges = { sweptEvery: 60, sweptAfter: 60, streamedFor: 600, stuckAfter: 900 } as const;

/** Payments that nobody has heard of: how often the gateway is asked, from which age on, and how long a page of them may take. */
export const reconciliation = { every: 300, unsettledFor: 180, page: 20 } as const;

/** How long an idempotency key holds where its stage does not say, and what it may say. */
export const idempotencyKey = { standard: 600, shortest: 60, longest: 86_400 } as const;

/**
 * How long Powertools' record of a request in progress holds: it is given what is left of the function's time
 * (https://docs.aws.amazon.com/powertools/typescript/latest/features/idempotency/#lambda-timeouts).
 */
export function idempotencyInProgress(): Seconds {
  return functionTimeout.http;
}

/**
 * How long Powertools' record of an answer holds. The guard item decides, so that the record must be over before it.
 * Powertools counts anew when the request is answered, which may be the function's whole time later, and the second is
 * for what both round to seconds.
 */
export function idempotencyRecord(key: Seconds): Seconds {
  return key - idempotencyInProgress() - 1;
}

/** A sender that has claimed a mail and not told its outcome for this long has died. */
export const notificationClaim: Seconds = 60;
