/** Publishes, once a minute, what the relay has left in the outbox. */
import { sweep } from '@distributed-patterns/messaging';
import { outboxWiring } from './outbox-wiring.ts';

export const handler = () => sweep(outboxWiring());
