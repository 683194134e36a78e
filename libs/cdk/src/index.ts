/** The constructs that every stack is made of. */
export * from './alarmed-queue.ts';
export * from './alarms.ts';
export * from './consumed-queue.ts';
export * from './http-service.ts';
export * from './inbox.ts';
export * from './logs.ts';
export * from './naming.ts';
export * from './outbox.ts';
export * from './publishing.ts';
export * from './service-function.ts';
export * from './service-stack.ts';
export * from './stage-settings.ts';
export * from './synthesize.ts';
export * from './tables.ts';
