/** Amazon SQS: standard queues on SQLite, with all their timers on the one clock. */
import type { Ground, Part } from '../part.ts';
import { queryErrorHeader } from './errors.ts';
import { inFlightOperations } from './in-flight.ts';
import { MessageStore } from './message-store.ts';
import { MoveTasks } from './move-tasks.ts';
import { queueOperations } from './queue-operations.ts';
import { declareQueue } from './queue-resource.ts';
import { Queues } from './queue.ts';
import { Receiver } from './receive.ts';
import { sendOperations } from './send.ts';
import { Visibility } from './visibility.ts';

/**
 * The SQS part. `endpointUrl` is asked whenever a queue URL is made: `<endpointUrl>/000000000000/<name>`.
 * At every moment at which messages become visible, the queue's ARN is notified on the signals.
 */
export function createSqs(ground: Ground, options: { readonly endpointUrl: () => string }): Part {
  const { clock, database, signals } = ground;
  const queues = new Queues(options.endpointUrl);
  const store = new MessageStore(database);
  const visibility = new Visibility(clock, signals, store);
  const receiver = new Receiver(queues, store, visibility, clock, signals);
  const moveTasks = new MoveTasks(ground, queues, store, visibility);

  return {
    services: {
      sqs: {
        name: 'sqs',
        wire: { protocol: 'json', version: '1.0', targetPrefix: 'AmazonSQS', errorNamespace: 'com.amazonaws.sqs' },
        operations: {
          ...sendOperations(queues, store, visibility, clock),
          ...receiver.operations(),
          ...inFlightOperations(queues, store, visibility, clock),
          ...queueOperations(queues, store, clock),
          ...moveTasks.operations(),
        },
        errorHeaders: (error) => ({ 'x-amzn-query-error': queryErrorHeader(error) }),
      },
    },
    resources: { 'AWS::SQS::Queue': (resource) => declareQueue(queues, clock, resource) },
    start() {
      queues.checkRedrivePolicies();
      for (const queue of queues.all()) {
        store.expire(queue.name, clock.now() - queue.messageRetentionPeriod * 1000);
        visibility.resume(queue);
      }
      moveTasks.resume();
    },
    stop() {
      receiver.stop();
      visibility.stop();
    },
  };
}
