/** What templates declare for IAM: roles, policies, and the policies of queues, buses and functions. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ACCOUNT, arn } from '../arn.ts';
import { propertiesOf, type DeclaredResource, type ResourceIdentity, type ResourceProviders } from '../resource.ts';
import { AWS_MANAGED_POLICIES } from './managed-policies.ts';
import {
  identityStatements,
  policyDocument,
  resourceStatements,
  statementSchema,
  trustStatements,
  type Statement,
} from './policy.ts';

/** Everything that has been declared, which decisions are taken from. */
export interface PolicyBook {
  /** By role ARN. */
  readonly roles: Map<
    string,
    { readonly name: string; readonly trust: readonly Statement[]; readonly statements: Statement[] }
  >;
  /** By ARN of a customer-managed policy. */
  readonly managed: Map<string, readonly Statement[]>;
  /** By ARN of the queue, bus or function that they stand on. */
  readonly resourcePolicies: Map<string, Statement[]>;
}

const tags = z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional();

const roleProperties = z.strictObject({
  AssumeRolePolicyDocument: policyDocument,
  Description: z.string().optional(),
  ManagedPolicyArns: z.array(z.string()).default([]),
  MaxSessionDuration: z.number().optional(),
  Path: z.string().default('/'),
  Policies: z.array(z.strictObject({ PolicyName: z.string(), PolicyDocument: policyDocument })).default([]),
  RoleName: z.string().optional(),
  Tags: tags,
});

const policyProperties = z.strictObject({
  PolicyName: z.string(),
  PolicyDocument: policyDocument,
  Roles: z.array(z.string()).default([]),
});

const managedPolicyProperties = z.strictObject({
  Description: z.string().optional(),
  ManagedPolicyName: z.string().optional(),
  Path: z.string().default('/'),
  PolicyDocument: policyDocument,
  Roles: z.array(z.string()).default([]),
});

const queuePolicyProperties = z.strictObject({ PolicyDocument: policyDocument, Queues: z.array(z.string()) });

const busPolicyProperties = z.strictObject({
  EventBusName: z.string().default('default'),
  StatementId: z.string(),
  Statement: statementSchema,
});

const permissionProperties = z.strictObject({
  Action: z.string(),
  FunctionName: z.string(),
  Principal: z.string(),
  SourceAccount: z.string().optional(),
  SourceArn: z.string().optional(),
});

/** The providers; `changed` is called after every declaration, since each may turn a decision round. */
export function iamResources(book: PolicyBook, changed: () => void): ResourceProviders {
  const providers: ResourceProviders = {
    'AWS::IAM::Role': (resource) => declareRole(book, resource),
    'AWS::IAM::Policy': (resource) => declarePolicy(book, resource),
    'AWS::IAM::ManagedPolicy': (resource) => declareManagedPolicy(book, resource),
    'AWS::SQS::QueuePolicy': (resource) => declareQueuePolicy(book, resource),
    'AWS::Events::EventBusPolicy': (resource) => declareBusPolicy(book, resource),
    'AWS::Lambda::Permission': (resource) => declarePermission(book, resource),
  };
  const announcing = Object.entries(providers).map(([type, declare]) => {
    const declareAndTell = (resource: DeclaredResource): ResourceIdentity => {
      const identity = declare(resource);
      changed();
      return identity;
    };
    return [type, declareAndTell] as const;
  });
  return Object.fromEntries(announcing);
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html */
function declareRole(book: PolicyBook, resource: DeclaredResource): ResourceIdentity {
  const properties = propertiesOf(resource, roleProperties);
  const name = properties.RoleName ?? generatedName(resource, 64);
  const roleArn = `arn:aws:iam::${ACCOUNT}:role${properties.Path}${name}`;
  if (book.roles.has(roleArn)) throw new Error(`another role is called ${name}`);
  const inline = properties.Policies.flatMap((policy) => identityStatements(policy.PolicyDocument));
  const managed = properties.ManagedPolicyArns.flatMap((policy) => managedStatements(book, policy));
  const trust = trustStatements(properties.AssumeRolePolicyDocument);
  book.roles.set(roleArn, { name, trust, statements: [...inline, ...managed] });
  return { ref: name, attributes: { Arn: roleArn, RoleId: `AROA${digest(roleArn, 17)}` } };
}

function managedStatements(book: PolicyBook, policyArn: string): readonly Statement[] {
  const own = book.managed.get(policyArn);
  if (own !== undefined) return own;
  const document = AWS_MANAGED_POLICIES[policyArn];
  if (document === undefined) throw new Error(`the managed policy ${policyArn} is not known`);
  return identityStatements(document);
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html */
function declarePolicy(book: PolicyBook, resource: DeclaredResource): ResourceIdentity {
  const { PolicyName, PolicyDocument, Roles } = propertiesOf(resource, policyProperties);
  attach(book, Roles, identityStatements(PolicyDocument));
  return { ref: PolicyName, attributes: { Id: PolicyName } };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html */
function declareManagedPolicy(book: PolicyBook, resource: DeclaredResource): ResourceIdentity {
  const properties = propertiesOf(resource, managedPolicyProperties);
  const name = properties.ManagedPolicyName ?? generatedName(resource, 128);
  const policyArn = `arn:aws:iam::${ACCOUNT}:policy${properties.Path}${name}`;
  const statements = identityStatements(properties.PolicyDocument);
  book.managed.set(policyArn, statements);
  attach(book, properties.Roles, statements);
  return { ref: policyArn, attributes: { PolicyArn: policyArn, PolicyId: `ANPA${digest(policyArn, 17)}` } };
}

function attach(book: PolicyBook, roleNames: readonly string[], statements: readonly Statement[]): void {
  for (const roleName of roleNames) {
    const role = [...book.roles.values()].find(({ name }) => name === roleName);
    if (role === undefined) throw new Error(`no role is called ${roleName}`);
    role.statements.push(...statements);
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queuepolicy.html */
function declareQueuePolicy(book: PolicyBook, resource: DeclaredResource): ResourceIdentity {
  const { PolicyDocument, Queues } = propertiesOf(resource, queuePolicyProperties);
  for (const queueUrl of Queues) {
    const queueArn = arn('sqs', queueUrl.slice(queueUrl.lastIndexOf('/') + 1));
    addResourcePolicy(book, queueArn, resourceStatements(PolicyDocument.Statement));
  }
  return { ref: resource.logicalId, attributes: { Id: resource.logicalId } };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbuspolicy.html */
function declareBusPolicy(book: PolicyBook, resource: DeclaredResource): ResourceIdentity {
  const { EventBusName, StatementId, Statement: source } = propertiesOf(resource, busPolicyProperties);
  addResourcePolicy(book, arn('events', `event-bus/${EventBusName}`), resourceStatements([source]));
  return { ref: StatementId, attributes: {} };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html */
function declarePermission(book: PolicyBook, resource: DeclaredResource): ResourceIdentity {
  const { Action, FunctionName, Principal, SourceAccount, SourceArn } = propertiesOf(resource, permissionProperties);
  const functionArn = FunctionName.startsWith('arn:') ? FunctionName : arn('lambda', `function:${FunctionName}`);
  const statement = statementSchema.parse({
    Effect: 'Allow',
    Principal: Principal.endsWith('.amazonaws.com') ? { Service: Principal } : { AWS: Principal },
    Action,
    Resource: functionArn,
    Condition: {
      ...(SourceArn === undefined ? {} : { ArnLike: { 'aws:SourceArn': SourceArn } }),
      ...(SourceAccount === undefined ? {} : { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
    },
  });
  addResourcePolicy(book, functionArn, resourceStatements([statement]));
  return {
    ref: `${resource.stack}-${resource.logicalId}`,
    attributes: { Id: `${resource.stack}-${resource.logicalId}` },
  };
}

function addResourcePolicy(book: PolicyBook, resourceArn: string, statements: readonly Statement[]): void {
  book.resourcePolicies.set(resourceArn, [...(book.resourcePolicies.get(resourceArn) ?? []), ...statements]);
}

/** `<stack>-<logical id>-<twelve characters>`, cut to the longest name; the same on every start. */
function generatedName(resource: DeclaredResource, longest: number): string {
  const readable = `${resource.stack}-${resource.logicalId}`;
  return `${readable.slice(0, longest - 13)}-${digest(readable, 12)}`;
}

function digest(text: string, length: number): string {
  const number = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
  return number.toString(36).toUpperCase().slice(0, length);
}
