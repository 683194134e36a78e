/** What the tests of services stand on. */
export * from './clock-and-ids.ts';
export * from './dynamodb.ts';
export * from './http.ts';
export * from './interruption.ts';
export * from './messages.ts';
export * from './outcomes.ts';
export * from './service-tables.ts';
export * from './ses.ts';
export * from './states.ts';
export * from './stripe.ts';
export * from './telemetry.ts';
