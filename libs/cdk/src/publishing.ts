/** Who may say what on the bus. */
import { messageTypesOf } from '@distributed-patterns/contracts';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ServiceStack } from './service-stack.ts';

/**
 * Lets a role put the service's own messages on the bus, all or the named ones, and no others. Both condition keys have many values,
 * one per entry of the call: `ForAllValues` looks at each, but holds where there is none, which `Null` rules out
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html).
 */
export function mayPublish(
  { service, busArn }: ServiceStack,
  messageTypes: readonly string[] = messageTypesOf(service),
): PolicyStatement {
  return new PolicyStatement({
    actions: ['events:PutEvents'],
    resources: [busArn],
    conditions: {
      'ForAllValues:StringEquals': { 'events:source': [service], 'events:detail-type': [...messageTypes] },
      Null: { 'events:source': 'false', 'events:detail-type': 'false' },
    },
  });
}
