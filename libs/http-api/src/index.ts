/** The edge of a service's HTTP API. */
export * from './edge.ts';
export * from './not-found.ts';
export * from './problem.ts';
export * from './request.ts';
