/** How messages come in: rules on the bus put them into a queue, a function works the queue off. */
import type { MessageContract, Source } from '@distributed-patterns/contracts';
import { deliveries, queueStalledAfter, visibilityTimeout } from '@distributed-patterns/durations';
import { Duration } from 'aws-cdk-lib/core';
import { EventBus, type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AlarmedQueue } from './alarmed-queue.ts';
import { alarm } from './alarms.ts';
import { constructId } from './naming.ts';
import type { ServiceFunction } from './service-function.ts';
import { ServiceStack } from './service-stack.ts';

/** What comes in, and who handles it. */
export interface InboxProps {
  readonly consumer: ServiceFunction;
  readonly messages: readonly MessageContract[];
  /** What follows the service in the queue's name; `inbox` unless told. */
  readonly name?: string;
  /** Whether only messages that carry a reply token come in. */
  readonly repliesOnly?: boolean;
}

/** How many batches are worked on at once, which also bounds how hard a burst presses on the tables. */
const CONCURRENCY = 10;

/** A queue with its dead-letter queue, its rules (one per source, so that nobody speaks for another) and its consumer. */
export class Inbox extends Construct {
  readonly #name: string;

  constructor(scope: Construct, { consumer, messages, name = 'inbox', repliesOnly = false }: InboxProps) {
    super(scope, constructId(name));
    this.#name = name;
    const meaning = `A message was tried ${deliveries} times, or could not be delivered, and waits for a person.`;
    const deadLetters = new AlarmedQueue(this, `${name}-dlq`, meaning);
    const queue = new Queue(this, 'Queue', {
      queueName: ServiceStack.of(this).ownName(name),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(visibilityTimeout(consumer.timeout.toSeconds())),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: deliveries },
    });
    alarm(this, `${name}-stalled`, {
      metric: queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: 'Maximum' }),
      threshold: queueStalledAfter,
      meaning:
        'The oldest message has waited for so long that the consumer must be standing still, or be far too slow.',
    });
    this.#subscribe(messages, repliesOnly, new SqsQueue(queue, { deadLetterQueue: deadLetters }));
    consumer.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], queue.queueArn);
    new EventSourceMapping(this, 'Consumer', {
      target: consumer,
      eventSourceArn: queue.queueArn,
      batchSize: 10,
      maxConcurrency: CONCURRENCY,
      reportBatchItemFailures: true,
    });
  }

  #subscribe(messages: readonly MessageContract[], repliesOnly: boolean, target: SqsQueue): void {
    const stack = ServiceStack.of(this);
    const bus: IEventBus = EventBus.fromEventBusName(this, 'Bus', stack.busName);
    const reply = repliesOnly ? { replyToken: Match.exists() } : {};
    for (const [source, contracts] of bySource(messages)) {
      new Rule(this, `From${constructId(source)}`, {
        ruleName: stack.ownName(this.#name, source),
        eventBus: bus,
        eventPattern: {
          source: [source],
          detailType: contracts.map(({ type }) => type),
          // A version that is published beside this one is for consumers that know it.
          detail: { metadata: { version: [...new Set(contracts.map(({ version }) => version))], ...reply } },
        },
        targets: [target],
      });
    }
  }
}

function bySource(messages: readonly MessageContract[]): Map<Source, MessageContract[]> {
  return Map.groupBy(messages, ({ source }) => source);
}
