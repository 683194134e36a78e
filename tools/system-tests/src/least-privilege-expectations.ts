/** What is known beforehand of the roles' permissions: which are asked for only once, and which never. */
import type { Grant } from './least-privilege-iam.ts';

/**
 * Asked for when a stream is opened and when an execution environment starts, each once.
 * What a role would miss only after the other stands in another list.
 */
export const ASKED_AT_START: readonly (readonly string[])[] = [
  ['logs:CreateLogStream', 'dynamodb:DescribeStream'],
  ['logs:PutLogEvents', 'dynamodb:GetShardIterator'],
];

/** Asked for when a mapping of a queue is made, before anything runs: without it the runtime does not start. */
export const ASKED_BEFORE_START = 'sqs:GetQueueAttributes';

/** Asked for again only where something else failed before, or in a new execution environment. */
export const ASKED_ONCE: readonly string[] = ['dynamodb:GetShardIterator', 'ssm:GetParameters'];

/** Actions of a role that no run on one machine asks for, and why the role has them all the same. */
interface Unasked {
  readonly roles: readonly string[];
  readonly actions: readonly string[];
  readonly because: string;
  readonly page: string;
}

const NEVER_ASKED: readonly Unasked[] = [
  {
    roles: ['inventory-relay', 'notification-relay', 'order-relay', 'payment-relay'],
    actions: ['dynamodb:ListStreams'],
    because: 'Lambda wants it of every role that reads a stream, although the mapping names the stream.',
    page: 'https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html',
  },
  {
    roles: ['orchestrator-order-saga'],
    actions: [
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
    ],
    because: 'Step Functions sets up with them how it delivers its logs; on one machine none are delivered.',
    page: 'https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html',
  },
  {
    roles: ['order-place-order'],
    actions: ['dynamodb:GetItem'],
    because: 'Powertools asks for it; it reads a record only where the refusal of its write has not brought it along.',
    page: 'https://docs.aws.amazon.com/powertools/typescript/latest/features/idempotency/',
  },
];

/** Role and action of all that no run asks for, sorted. */
export const neverAsked: readonly string[] = NEVER_ASKED.flatMap(({ roles, actions }) =>
  roles.flatMap((role) =>
    actions.map((action) => roleAndAction({ role: `role/distributed-patterns-demo-${role}-dev`, action })),
  ),
).sort();

/** A grant by role and action, as {@link neverAsked} has them. */
export function roleAndAction({ role, action }: Pick<Grant, 'role' | 'action'>): string {
  return `${role.slice(role.lastIndexOf('/') + 1)} ${action}`;
}
