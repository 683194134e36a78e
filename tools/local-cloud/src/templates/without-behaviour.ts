/** Resource types that a template may declare although nothing answers for them on one machine. */
import { ACCOUNT, arn } from '../arn.ts';
import type { DeclaredResource, ResourceIdentity, ResourceProviders } from '../resource.ts';

const OBSERVERS = 'watches or draws metrics, which nobody collects on one machine';
const NOTICES = 'takes the notices of alarms, which never go off on one machine';

/** Why each type is accepted, and what other resources may refer to. */
const ACCEPTED: Readonly<
  Record<string, { readonly because: string; readonly identity: (resource: DeclaredResource) => ResourceIdentity }>
> = {
  'AWS::CDK::Metadata': { because: 'tells AWS which constructs a stack is made of', identity: plain },
  'AWS::CloudWatch::Alarm': {
    because: OBSERVERS,
    identity: (resource) => named(resource, 'AlarmName', (name) => arn('cloudwatch', `alarm:${name}`)),
  },
  'AWS::CloudWatch::CompositeAlarm': {
    because: OBSERVERS,
    identity: (resource) => named(resource, 'AlarmName', (name) => arn('cloudwatch', `alarm:${name}`)),
  },
  'AWS::CloudWatch::Dashboard': {
    because: OBSERVERS,
    identity: (resource) =>
      named(resource, 'DashboardName', (name) => `arn:aws:cloudwatch::${ACCOUNT}:dashboard/${name}`),
  },
  'AWS::Logs::MetricFilter': { because: OBSERVERS, identity: plain },
  'AWS::Logs::QueryDefinition': { because: 'keeps a query for the console', identity: plain },
  'AWS::Logs::ResourcePolicy': {
    because: 'lets AWS services write to log groups, which the runtime does by itself',
    identity: plain,
  },
  'AWS::SNS::Topic': { because: NOTICES, identity: topic },
  'AWS::SNS::TopicPolicy': { because: NOTICES, identity: plain },
  'AWS::SNS::Subscription': { because: NOTICES, identity: plain },
};

/** Providers that only say what the resource would be called. */
export const withoutBehaviour: ResourceProviders = Object.fromEntries(
  Object.entries(ACCEPTED).map(([type, { identity }]) => [type, identity]),
);

/** Why each of these types is accepted. */
export const acceptedBecause: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ACCEPTED).map(([type, { because }]) => [type, because]),
);

function plain(resource: DeclaredResource): ResourceIdentity {
  return { ref: `${resource.stack}-${resource.logicalId}`, attributes: {} };
}

function named(resource: DeclaredResource, property: string, arnOf: (name: string) => string): ResourceIdentity {
  const given = resource.properties[property];
  const name = typeof given === 'string' ? given : `${resource.stack}-${resource.logicalId}`;
  return { ref: name, attributes: { Arn: arnOf(name) } };
}

function topic(resource: DeclaredResource): ResourceIdentity {
  const { ref: name, attributes } = named(resource, 'TopicName', (given) => arn('sns', given));
  const topicArn = attributes.Arn ?? '';
  return { ref: topicArn, attributes: { TopicArn: topicArn, TopicName: name } };
}
