/** Publishes what the outbox's stream reports. */
import { relay } from '@distributed-patterns/messaging';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { outboxWiring } from './outbox-wiring.ts';

export const handler = (event: DynamoDBStreamEvent) => relay(event, outboxWiring());
