/** All that the services know of each other. */
export * from './catalogue.ts';
export * from './inventory-api.ts';
export * from './inventory.ts';
export * from './message.ts';
export * from './money.ts';
export * from './notification.ts';
export * from './orchestrator.ts';
export * from './order-api.ts';
export * from './order-parts.ts';
export * from './order.ts';
export * from './payment.ts';
export * from './problem.ts';
