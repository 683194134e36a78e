/** A queue that a function works off, and what belongs to it: a dead-letter queue, and an alarm for when it stands still. */
import { deliveries, queueStalledAfter, visibilityTimeout } from '@distributed-patterns/durations';
import { Duration } from 'aws-cdk-lib/core';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { AlarmedQueue } from './alarmed-queue.ts';
import { alarm } from './alarms.ts';
import type { ServiceFunction } from './service-function.ts';
import { ServiceStack } from './service-stack.ts';

/** How a queue and what belongs to it are called, whom it is for, and what its alarms mean. */
export interface ConsumedQueueProps {
  /** What follows the service in the names of the dead-letter queue, `<name>-dlq`, and of the alarm `<name>-stalled`. */
  readonly name: string;
  /** What follows the service in the queue's own name; `name` unless told. */
  readonly queueName?: string;
  readonly consumer: ServiceFunction;
  /** What a message in the dead-letter queue means, and what it means that the oldest message waits for too long. */
  readonly meaning: { readonly failed: string; readonly stalled: string };
}

/** A queue, its dead-letter queue, and its alarms; once the rules that fill it stand, `feed` hands it to its consumer. */
export class ConsumedQueue extends Queue {
  /** Where rules deliver to: what cannot be delivered lies beside what failed. */
  readonly target: SqsQueue;
  readonly #consumer: ServiceFunction;
  readonly #scope: Construct;

  constructor(scope: Construct, { name, queueName = name, consumer, meaning }: ConsumedQueueProps) {
    const deadLetters = new AlarmedQueue(scope, `${name}-dlq`, meaning.failed);
    super(scope, 'Queue', {
      queueName: ServiceStack.of(scope).ownName(queueName),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(visibilityTimeout(consumer.timeout.toSeconds())),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: deliveries },
    });
    alarm(scope, `${name}-stalled`, {
      metric: this.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: 'Maximum' }),
      threshold: queueStalledAfter,
      meaning: meaning.stalled,
    });
    this.target = new SqsQueue(this, { deadLetterQueue: deadLetters });
    this.#consumer = consumer;
    this.#scope = scope;
  }

  /** Hands the messages to the consumer, in so many batches at once; of a batch, each message fails by itself. */
  feed(maxConcurrency: number): void {
    this.#consumer.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], this.queueArn);
    new EventSourceMapping(this.#scope, 'Consumer', {
      target: this.#consumer,
      eventSourceArn: this.queueArn,
      batchSize: 10,
      maxConcurrency,
      reportBatchItemFailures: true,
    });
  }
}
