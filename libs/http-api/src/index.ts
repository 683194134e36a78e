/** The edge of a service's HTTP API. */
export * from './caller.ts';
export * from './edge.ts';
export * from './idempotency-key.ts';
export * from './not-found.ts';
export * from './problem.ts';
export * from './request.ts';
export * from './revalidation.ts';
