/** The ground that IAM's tests stand on: one role, a queue and a bus with their policies. */
import type { Principal } from '../service.ts';
import { createIam } from './index.ts';

export const ROLE = 'arn:aws:iam::000000000000:role/reader';
export const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/orders';
export const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:inbox';
export const BUS = 'arn:aws:events:us-east-1:000000000000:event-bus/main';
export const RULE = 'arn:aws:events:us-east-1:000000000000:rule/main/placed';
export const role: Principal = { type: 'role', arn: ROLE };
export const rule: Principal = { type: 'service', name: 'events.amazonaws.com', sourceArn: RULE };
export const administrator: Principal = { type: 'administrator' };

/** A JSON object. */
export type Json = Record<string, unknown>;
export const document = (...statements: Json[]): Json => ({ Version: '2012-10-17', Statement: statements });
export const allow = (Action: unknown, Resource: unknown = '*', more: Json = {}): Json => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
export const deny = (Action: unknown, Resource: unknown = '*', more: Json = {}): Json => ({
  Effect: 'Deny',
  Action,
  Resource,
  ...more,
});
export const trust = (service: string): Json =>
  document({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } });

/** IAM with the role `reader`, its policy, and the policies that stand on the queue and the bus. */
export function iamWith(policies: { readonly identity?: Json[]; readonly queue?: Json[]; readonly bus?: Json[] }) {
  const reports: string[] = [];
  const iam = createIam({ report: (line) => reports.push(line) });
  const declare = (type: string, logicalId: string, properties: Json) =>
    iam.resources[type]?.({ stack: 'stack', logicalId, type, properties });
  const inline =
    policies.identity === undefined ? [] : [{ PolicyName: 'p', PolicyDocument: document(...policies.identity) }];
  declare('AWS::IAM::Role', 'Role', {
    RoleName: 'reader',
    AssumeRolePolicyDocument: trust('lambda.amazonaws.com'),
    Policies: inline,
  });
  if (policies.queue !== undefined) {
    declare('AWS::SQS::QueuePolicy', 'QP', {
      Queues: ['http://localhost/000000000000/inbox'],
      PolicyDocument: document(...policies.queue),
    });
  }
  for (const [index, statement] of (policies.bus ?? []).entries()) {
    declare('AWS::Events::EventBusPolicy', `BP${index}`, {
      EventBusName: 'main',
      StatementId: `s${index}`,
      Statement: statement,
    });
  }
  return { iam, reports, declare };
}
