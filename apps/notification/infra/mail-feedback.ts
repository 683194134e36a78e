/** How SES's bounces and complaints come in: from the account's default bus, the only one that SES publishes to. */
import { AlarmedQueue, alarm, type ServiceFunction, ServiceStack } from '@distributed-patterns/cdk';
import { deliveries, queueStalledAfter, visibilityTimeout } from '@distributed-patterns/durations';
import { Duration } from 'aws-cdk-lib/core';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { CfnConfigurationSetEventDestination } from 'aws-cdk-lib/aws-ses';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** What comes in, and who takes it in. */
export interface MailFeedbackProps {
  readonly configurationSet: string;
  readonly consumer: ServiceFunction;
}

/** Events about mails of one configuration set, on their way from SES to a function of the same service. */
export class MailFeedback extends Construct {
  constructor(scope: Construct, { configurationSet, consumer }: MailFeedbackProps) {
    super(scope, 'Feedback');
    const stack = ServiceStack.of(this);
    const defaultBus = stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    new CfnConfigurationSetEventDestination(this, 'Destination', {
      configurationSetName: configurationSet,
      eventDestination: {
        name: 'feedback',
        enabled: true,
        matchingEventTypes: ['bounce', 'complaint', 'reject'],
        eventBridgeDestination: { eventBusArn: defaultBus },
      },
    });

    const meaning = `What SES said about a mail was tried ${deliveries} times, or could not be delivered, and waits for a person.`;
    const deadLetters = new AlarmedQueue(this, 'mail-dlq', meaning);
    const queue = new Queue(this, 'Queue', {
      queueName: stack.ownName('feedback'),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(visibilityTimeout(consumer.timeout.toSeconds())),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: deliveries },
    });
    alarm(this, 'mail-stalled', {
      metric: queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: 'Maximum' }),
      threshold: queueStalledAfter,
      meaning: 'Addresses that bounced or complained are still written to: their events wait.',
    });
    new Rule(this, 'FromSes', {
      ruleName: stack.ownName('feedback'),
      // The default bus is everybody's in the account: only mails of this stage are ours.
      eventPattern: {
        source: ['aws.ses'],
        detailType: ['Email Bounced', 'Email Complaint Received', 'Email Rejected'],
        detail: { mail: { tags: { 'ses:configuration-set': [configurationSet] } } },
      },
      targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters })],
    });
    consumer.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], queue.queueArn);
    new EventSourceMapping(this, 'Consumer', {
      target: consumer,
      eventSourceArn: queue.queueArn,
      batchSize: 10,
      maxConcurrency: 2,
      reportBatchItemFailures: true,
    });
  }
}
