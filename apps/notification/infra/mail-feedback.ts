/** How SES's bounces and complaints come in: from the account's default bus, the only one that SES publishes to. */
import { ConsumedQueue, type ServiceFunction, ServiceStack } from '@distributed-patterns/cdk';
import { deliveries } from '@distributed-patterns/durations';
import { Rule } from 'aws-cdk-lib/aws-events';
import { CfnConfigurationSetEventDestination } from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';

/** Bounces and complaints are few, and wait without harm. */
const CONCURRENCY = 2;

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

    const queue = new ConsumedQueue(this, {
      name: 'mail',
      queueName: 'feedback',
      consumer,
      meaning: {
        failed: `What SES said about a mail was tried ${deliveries} times, or could not be delivered, and waits for a person.`,
        stalled: 'Addresses that bounced or complained are still written to: their events wait.',
      },
    });
    new Rule(this, 'FromSes', {
      ruleName: stack.ownName('feedback'),
      // The default bus is everybody's in the account: only mails of this stage are ours.
      eventPattern: {
        source: ['aws.ses'],
        detailType: ['Email Bounced', 'Email Complaint Received', 'Email Rejected'],
        detail: { mail: { tags: { 'ses:configuration-set': [configurationSet] } } },
      },
      targets: [queue.target],
    });
    queue.feed(CONCURRENCY);
  }
}
