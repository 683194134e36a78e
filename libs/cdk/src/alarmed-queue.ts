/** A queue that no function works off: what is in it waits for a person, so there is an alarm as soon as it is not empty. */
import { Duration, Validations } from 'aws-cdk-lib/core';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { alarm } from './alarms.ts';
import { constructId } from './naming.ts';
import { ServiceStack } from './service-stack.ts';

/** A dead-letter queue and its like; it keeps messages as long as SQS can, 14 days. */
export class AlarmedQueue extends Queue {
  /**
   * @param name what follows the service in the queue's name, `inbox-dlq`; the alarm is `<name>-not-empty`
   * @param meaning what the alarm says
   */
  constructor(scope: Construct, name: string, meaning: string) {
    super(scope, constructId(name), {
      queueName: ServiceStack.of(scope).ownName(name),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const reason = 'What is here failed elsewhere already; a further dead-letter queue would hide it.';
    Validations.of(this).acknowledge({ id: 'AwsSolutions-SQS3', reason });
    const metric = this.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' });
    alarm(scope, `${name}-not-empty`, { metric, meaning });
  }
}
