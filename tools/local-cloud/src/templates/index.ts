/** Declares the resources of synthesized stacks to the parts of the runtime. */
import { readFileSync } from 'node:fs';
import { ACCOUNT, REGION, arn } from '../arn.ts';
import type { ResourceIdentity, ResourceProviders } from '../resource.ts';
import { evaluateCondition } from './conditions.ts';
import type { SynthesizedStack } from './find.ts';
import { members, NO_VALUE, resolveIntrinsics, type Scope } from './intrinsics.ts';
import { inOrderOfReference } from './order.ts';
import { withoutBehaviour } from './without-behaviour.ts';
import { messageOf } from '../error-text.ts';

export { findStacks, type SynthesizedStack } from './find.ts';

/** A stack whose resources have all been declared. */
export interface LoadedStack {
  readonly name: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The version of the CDK's bootstrap stack that a template asks the parameter store for. */
const BOOTSTRAP_VERSION = '30';

/**
 * Declares every resource of every stack, in order of reference. A stack that declares an event bus comes
 * before the others, as it does in a deployment: they know the bus by name only.
 * @throws Error naming file, logical id and what is wrong
 */
export function loadStacks(stacks: readonly SynthesizedStack[], providers: ResourceProviders): LoadedStack[] {
  const known: ResourceProviders = { ...withoutBehaviour, ...providers };
  return [...stacks]
    .sort((one, other) => rank(one) - rank(other))
    .map((stack) => within(stack.file, () => loadStack(stack, known)));
}

function rank({ template }: SynthesizedStack): number {
  return Object.values(template.Resources).some(({ Type }) => Type === 'AWS::Events::EventBus') ? 0 : 1;
}

function loadStack(stack: SynthesizedStack, providers: ResourceProviders): LoadedStack {
  const { template } = stack;
  const identities = new Map<string, ResourceIdentity>();
  const scope = scopeOf(stack, identities);
  for (const logicalId of inOrderOfReference(template.Resources)) {
    const resource = template.Resources[logicalId];
    if (resource === undefined) continue;
    within(`${logicalId} (${resource.Type})`, () => {
      if (resource.Condition !== undefined && !scope.condition(resource.Condition)) return;
      const declare = providers[resource.Type];
      if (declare === undefined) throw new Error('the resource type is not supported');
      const resolved = members(resolveIntrinsics(resource.Properties, scope));
      const properties = withAssets(resource.Type, resolved, stack.assets);
      identities.set(logicalId, declare({ stack: stack.name, logicalId, type: resource.Type, properties }));
    });
  }
  const outputs: Record<string, unknown> = {};
  for (const [name, { Condition: condition, Value: value }] of Object.entries(template.Outputs)) {
    if (condition !== undefined && !scope.condition(condition)) continue;
    outputs[name] = within(`output ${name}`, () => resolveIntrinsics(value, scope));
  }
  return { name: stack.name, outputs };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html */
function scopeOf(stack: SynthesizedStack, identities: ReadonlyMap<string, ResourceIdentity>): Scope {
  const { template } = stack;
  const pseudo = new Map<string, unknown>([
    ['AWS::AccountId', ACCOUNT],
    ['AWS::NoValue', NO_VALUE],
    ['AWS::NotificationARNs', []],
    ['AWS::Partition', 'aws'],
    ['AWS::Region', REGION],
    ['AWS::StackId', arn('cloudformation', `stack/${stack.name}/${stack.name}`)],
    ['AWS::StackName', stack.name],
    ['AWS::URLSuffix', 'amazonaws.com'],
  ]);
  const identityOf = (logicalId: string): ResourceIdentity => {
    const identity = identities.get(logicalId);
    if (identity === undefined) throw new Error(`nothing is called ${logicalId} in this template`);
    return identity;
  };
  const evaluating: string[] = [];
  const scope: Scope = {
    ref(name) {
      if (pseudo.has(name)) return pseudo.get(name);
      return name in template.Parameters ? parameterValue(template.Parameters[name], name) : identityOf(name).ref;
    },
    attribute(logicalId, attribute) {
      const value = identityOf(logicalId).attributes[attribute];
      if (value === undefined) throw new Error(`${logicalId} has no attribute ${attribute}`);
      return value;
    },
    condition(name) {
      if (!(name in template.Conditions)) throw new Error(`there is no condition ${name}`);
      if (evaluating.includes(name)) throw new Error(`circular condition: ${[...evaluating, name].join(' → ')}`);
      evaluating.push(name);
      try {
        return evaluateCondition(template.Conditions[name], scope);
      } finally {
        evaluating.pop();
      }
    },
    mapping(name, top, second) {
      const value = template.Mappings[name]?.[top]?.[second];
      if (value === undefined) throw new Error(`there is no mapping ${name}.${top}.${second}`);
      return value;
    },
  };
  return scope;
}

function parameterValue(
  parameter: SynthesizedStack['template']['Parameters'][string] | undefined,
  name: string,
): unknown {
  const value = parameter?.Default;
  if (parameter === undefined || value === undefined) throw new Error(`the parameter ${name} has no default`);
  if (parameter.Type.startsWith('AWS::SSM::Parameter::Value')) {
    if (/^\/cdk-bootstrap\/[^/]+\/version$/.test(value)) return BOOTSTRAP_VERSION;
    throw new Error(`the parameter ${name} is read from the parameter store, which is not supported`);
  }
  return parameter.Type === 'CommaDelimitedList' || parameter.Type.startsWith('List<') ? value.split(',') : value;
}

/** What the CDK would have uploaded is read where it lies: a function's code as a directory, a definition as text. */
function withAssets(
  type: string,
  properties: Readonly<Record<string, unknown>>,
  assets: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  const { Code, DefinitionS3Location: definition, ...others } = properties;
  if (type === 'AWS::Lambda::Function') {
    const { S3Bucket, S3Key, ...inline } = members(Code);
    return S3Bucket === undefined
      ? properties
      : { ...properties, Code: { ...inline, AssetPath: assetAt(assets, S3Bucket, S3Key) } };
  }
  if (type === 'AWS::StepFunctions::StateMachine' && definition !== undefined) {
    const { Bucket, Key } = members(definition);
    return { ...others, DefinitionString: readFileSync(assetAt(assets, Bucket, Key), 'utf8') };
  }
  return properties;
}

function assetAt(assets: ReadonlyMap<string, string>, bucket: unknown, key: unknown): string {
  const path = assets.get(`${String(bucket)}/${String(key)}`);
  if (path === undefined) throw new Error(`no asset is published as ${String(bucket)}/${String(key)}`);
  return path;
}

/** Puts where it happened before what happened. */
function within<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${where}: ${messageOf(error)}`, { cause: error });
  }
}
