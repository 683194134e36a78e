/** Where messages wait that nobody could handle, with an alarm as soon as there is one. */
import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { alarm } from './alarms.ts';
import { constructId } from './naming.ts';
import { ServiceStack } from './service-stack.ts';

/** A dead-letter queue; it keeps messages as long as SQS can, 14 days. */
export class DeadLetterQueue extends Queue {
  /** @param name what follows the service in the queue's name, `inbox-dlq` */
  constructor(scope: Construct, name: string, meaning: string) {
    super(scope, constructId(name), {
      queueName: ServiceStack.of(scope).ownName(name),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'This is the dead-letter queue itself.' });
    const metric = this.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' });
    alarm(scope, `${name}-not-empty`, { metric, meaning });
  }
}
