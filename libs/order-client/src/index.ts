/** A typed client of the order API. */
export * from './client.ts';
export { OrderApiError, OrderApiUnreachable, OrderApiUnreadable } from './errors.ts';
export type { RetryOptions } from './retry.ts';
