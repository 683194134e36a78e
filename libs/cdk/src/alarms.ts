/** Alarms: each has a page of its own name in the runbook. */
import { Alarm, type IMetric, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { alarmName, constructId, metricsNamespace } from './naming.ts';
import { ServiceStack } from './service-stack.ts';

/** When an alarm goes off, and what that means. */
export interface AlarmProps {
  readonly metric: IMetric;
  /** One sentence for whoever is woken by it. */
  readonly meaning: string;
  /** The alarm goes off once the metric reaches this; 1 unless told. */
  readonly threshold?: number;
  /** How many periods in a row; 1 unless told. */
  readonly periods?: number;
}

/**
 * An alarm named `<prefix>-<service>-<name>-<stage>`. Where the stage's settings have `alarmTopicArn`,
 * the SNS topic of that ARN is told; without it the alarm is seen in CloudWatch alone.
 */
export function alarm(
  scope: Construct,
  name: string,
  { metric, meaning, threshold = 1, periods = 1 }: AlarmProps,
): Alarm {
  const stack = ServiceStack.of(scope);
  const id = `${constructId(name)}Alarm`;
  const made = new Alarm(scope, id, {
    alarmName: alarmName(stack.stage, stack.service, name),
    alarmDescription: meaning,
    metric,
    threshold,
    evaluationPeriods: periods,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  const { alarmTopicArn: topicArn } = stack.settings;
  if (topicArn !== undefined) made.addAlarmAction(new SnsAction(Topic.fromTopicArn(scope, `${id}Topic`, topicArn)));
  return made;
}

/** A metric that the service's own code counts, through Powertools. */
export function ownMetric(scope: Construct, metricName: string, period: Duration = Duration.minutes(1)): Metric {
  const { service, stage } = ServiceStack.of(scope);
  const dimensionsMap = { service };
  return new Metric({ namespace: metricsNamespace(stage), metricName, dimensionsMap, period, statistic: 'Maximum' });
}
