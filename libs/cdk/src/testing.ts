/** What the tests of stacks look at: a template, and in it who may do what. */
import { App } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import * as z from 'zod';
import { resourceName } from './naming.ts';
import type { ServiceStackProps, StageStack } from './service-stack.ts';
import { openSettings, type StageSettings } from './stage-settings.ts';
import { FLAGS } from './synthesize.ts';

const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.union([z.string(), z.array(z.string())]).transform((action) => [action].flat()),
  Resource: z.unknown(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});
export type Statement = z.infer<typeof statementSchema>;

const resourceSchema = z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) });
const templateSchema = z.looseObject({ Resources: z.record(z.string(), resourceSchema) });
export type SynthesizedTemplate = z.infer<typeof templateSchema>;

const policySchema = z.object({
  PolicyDocument: z.object({ Statement: z.array(statementSchema) }),
  Roles: z.array(z.object({ Ref: z.string() })),
});

/**
 * A stack's template, of a stage with these settings, else the defaults: an open API.
 * The code of its functions is left out, so that nothing has to be built before.
 */
export function templateOf(
  build: (app: App, props: ServiceStackProps) => StageStack,
  stage = 'dev',
  settings: Partial<StageSettings> = {},
): SynthesizedTemplate {
  const app = new App({ context: FLAGS, analyticsReporting: false, builtinCloudFormationValidation: false });
  const code = () => Code.fromInline('export const handler = () => {};');
  const stack = build(app, { stage, settings: { ...openSettings, ...settings }, code });
  return templateSchema.parse(Template.fromStack(stack).toJSON());
}

/** The properties of all resources of a type. */
export function propertiesOf(template: SynthesizedTemplate, type: string): Record<string, unknown>[] {
  return Object.values(template.Resources)
    .filter((resource) => resource.Type === type)
    .map((resource) => resource.Properties);
}

/** The statements of the role `<prefix>-<service>-<name>-<stage>`, without what every function may: write its log. */
export function statementsOf(template: SynthesizedTemplate, service: string, name: string, stage = 'dev'): Statement[] {
  const roleName = resourceName(stage, service, name);
  const [role] =
    Object.entries(template.Resources).find(([, { Properties }]) => Properties['RoleName'] === roleName) ?? [];
  if (role === undefined) throw new RangeError(`no role ${roleName}`);
  return propertiesOf(template, 'AWS::IAM::Policy')
    .map((policy) => policySchema.parse(policy))
    .filter(({ Roles }) => Roles.some(({ Ref }) => Ref === role))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Action }) => !Action.includes('logs:PutLogEvents'));
}

/** What a function's role is allowed, one `action on resource` a line, with physical names where the template has them. */
export function grantsOf(template: SynthesizedTemplate, service: string, name: string): string[] {
  return statementsOf(template, service, name)
    .flatMap(({ Action, Resource }) =>
      Action.flatMap((action) => [Resource].flat().map((one) => `${action} on ${described(template, one)}`)),
    )
    .sort();
}

/** Every action with a wildcard that some role is allowed. */
export function wildcardActions(template: SynthesizedTemplate): string[] {
  return propertiesOf(template, 'AWS::IAM::Policy')
    .flatMap((policy) => policySchema.parse(policy).PolicyDocument.Statement)
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action }) => Action.filter((action) => action.includes('*')));
}

const getAttSchema = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const refSchema = z.object({ Ref: z.string() });
const joinSchema = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });
const names = ['TableName', 'QueueName', 'FunctionName', 'StateMachineName', 'Name'];

function described(template: SynthesizedTemplate, value: unknown): string {
  if (typeof value === 'string') return value;
  const join = joinSchema.safeParse(value);
  if (join.success) return lastSegment(join.data['Fn::Join'][1].map((part) => described(template, part)).join(''));
  const getAtt = getAttSchema.safeParse(value);
  if (getAtt.success) return physicalName(template, ...getAtt.data['Fn::GetAtt']);
  const ref = refSchema.safeParse(value);
  if (ref.success) return ref.data.Ref.startsWith('AWS::') ? '' : physicalName(template, ref.data.Ref, 'Arn');
  return JSON.stringify(value);
}

function physicalName(template: SynthesizedTemplate, logicalId: string, attribute: string): string {
  const properties = template.Resources[logicalId]?.Properties ?? {};
  const name = names.map((key) => properties[key]).find((candidate) => typeof candidate === 'string') ?? logicalId;
  return attribute === 'Arn' ? String(name) : `${String(name)} ${attribute}`;
}

/** `arn:aws:ssm:us-east-1:1:parameter/x` without what all ARNs of a stack have in common. */
function lastSegment(arn: string): string {
  return arn.split(':').slice(5).join(':') || arn;
}

/** The functions of a service, by the names that its handlers' files have. */
export function functionsOf(template: SynthesizedTemplate, service: string, stage = 'dev'): string[] {
  const [before = '', after = ''] = resourceName(stage, service, '?').split('?');
  return propertiesOf(template, 'AWS::Lambda::Function')
    .map(({ FunctionName }) => String(FunctionName).slice(before.length, -after.length))
    .sort();
}
