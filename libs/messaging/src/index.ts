/** From a decision to the bus and from a queue to a decision. */
export * from './backoff.ts';
export * from './client-settings.ts';
export * from './consumer.ts';
export * from './decide-anew.ts';
export * from './environment-variable.ts';
export * from './index-entries.ts';
export * from './once.ts';
export * from './outbox.ts';
export * from './publisher.ts';
export * from './relay.ts';
export * from './stamp.ts';
export * from './state-reader.ts';
export * from './table-keys.ts';
export * from './transaction.ts';
