/** Policy documents, read strictly and compiled to statements that are quick to evaluate. */
import * as z from 'zod';
import { ACCOUNT } from '../arn.ts';
import type { Principal } from '../service.ts';
import { compileCondition, type Condition } from './conditions.ts';
import { actionLike, arnLike, refuseVariables } from './wildcard.ts';

/** One action on one resource as a statement allows them: with the wildcards that it has. */
export interface Grant {
  readonly action: string;
  readonly resource: string;
}

/** One compiled statement. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** What an Allow lists, every action with every resource; what is written by NotAction or NotResource lists nothing. */
  readonly grants: readonly Grant[];
  /** What is left of the statement where some of its grants were never written. */
  without(revoked: (grant: Grant) => boolean): readonly Statement[];
  coversAction(action: string): boolean;
  coversResource(resource: string): boolean;
  /** How the statement's Principal fits the caller; identity policies have none. */
  readonly principal: ((caller: Principal) => PrincipalFit) | undefined;
  readonly condition: Condition;
}

/** `account`: the statement trusts the whole account, whose identity policies then decide. */
export type PrincipalFit = 'none' | 'account' | 'named';

const list = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const values = z.union([z.string(), z.boolean(), z.number()]).transform(String);
const conditionValues = z.union([values.transform((one) => [one]), z.array(values)]);

const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.strictObject({ AWS: list.optional(), Service: list.optional() })]).optional(),
  Action: list.optional(),
  NotAction: list.optional(),
  Resource: list.optional(),
  NotResource: list.optional(),
  Condition: z.record(z.string(), z.record(z.string(), conditionValues)).optional(),
});

/** A policy document (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html). */
export const policyDocument = z.strictObject({
  Version: z.enum(['2012-10-17', '2008-10-17']).optional(),
  Id: z.string().optional(),
  Statement: z.preprocess((given): unknown => (Array.isArray(given) ? given : [given]), z.array(statementSchema)),
});

/** A policy document that has been read. */
export type PolicyDocument = z.infer<typeof policyDocument>;
type StatementSource = z.infer<typeof statementSchema>;

/** One statement by itself, as AWS::Events::EventBusPolicy has it. */
export { statementSchema };

/**
 * Compiles the statements of an identity policy, which must not name a principal.
 * @throws Error naming what is missing or not supported
 */
export function identityStatements(document: PolicyDocument): Statement[] {
  return document.Statement.map((source) => {
    if (source.Principal !== undefined) throw new Error('an identity policy must not have a Principal');
    return compile(source, undefined);
  });
}

/**
 * Compiles the statements of a resource policy, each of which must name a principal.
 * @throws Error naming what is missing or not supported
 */
export function resourceStatements(sources: readonly StatementSource[]): Statement[] {
  return sources.map((source) => {
    if (source.Principal === undefined) throw new Error('a resource policy needs a Principal in every statement');
    return compile(source, principalTest(source.Principal));
  });
}

/**
 * Compiles a role's trust policy, whose resource is the role itself.
 * @throws Error naming what is missing or not supported
 */
export function trustStatements(document: PolicyDocument): Statement[] {
  if (document.Statement.some(({ Resource }) => Resource !== undefined))
    throw new Error('a trust policy must not have a Resource');
  return resourceStatements(document.Statement.map((source) => ({ ...source, Resource: ['*'] })));
}

function compile(source: StatementSource, principal: Statement['principal']): Statement {
  const actions = eitherOf(source.Action, source.NotAction, 'Action');
  const resources = eitherOf(source.Resource, source.NotResource, 'Resource');
  refuseVariables(resources.patterns);
  const malformed = resources.patterns.find((pattern) => pattern !== '*' && pattern.split(':').length < 6);
  if (malformed !== undefined) throw new Error(`Resource ${malformed} must be in ARN format or "*"`);
  const { Effect: effect, Action: named = [], Resource: on = [] } = source;
  const grants =
    effect === 'Allow' ? named.flatMap((action) => on.map((resource): Grant => ({ action, resource }))) : [];
  const statement: Statement = {
    effect,
    grants,
    without: (revoked) =>
      grants.some(revoked)
        ? grants
            .filter((grant) => !revoked(grant))
            .map(({ action, resource }) => compile({ ...source, Action: [action], Resource: [resource] }, principal))
        : [statement],
    coversAction: (action) => actions.patterns.some((pattern) => actionLike(pattern, action)) !== actions.negated,
    coversResource: (resource) =>
      resources.patterns.some((pattern) => arnLike(pattern, resource)) !== resources.negated,
    principal,
    condition: compileCondition(source.Condition ?? {}),
  };
  return statement;
}

/** Whether a grant is enough for an action on a resource, its statement's Condition apart. */
export function covers(grant: Grant, action: string, resource: string): boolean {
  return actionLike(grant.action, action) && arnLike(grant.resource, resource);
}

function eitherOf(
  positive: readonly string[] | undefined,
  negative: readonly string[] | undefined,
  name: string,
): { readonly patterns: readonly string[]; readonly negated: boolean } {
  if (positive !== undefined && negative === undefined) return { patterns: positive, negated: false };
  if (negative !== undefined && positive === undefined) return { patterns: negative, negated: true };
  throw new Error(`a statement needs either ${name} or Not${name}`);
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
function principalTest(principal: NonNullable<StatementSource['Principal']>): (caller: Principal) => PrincipalFit {
  if (principal === '*') return () => 'named';
  const { AWS: accounts = [], Service: services = [] } = principal;
  if (accounts.includes('*')) return () => 'named';
  const trustsAccount = accounts.includes(ACCOUNT) || accounts.includes(`arn:aws:iam::${ACCOUNT}:root`);
  return (caller) => {
    if (caller.type === 'service') return services.includes(caller.name) ? 'named' : 'none';
    if (accounts.includes(principalArn(caller))) return 'named';
    return trustsAccount ? 'account' : 'none';
  };
}

/** The ARN that policies know a caller by: `aws:PrincipalArn`. A service goes by its name. */
export function principalArn(caller: Principal): string {
  if (caller.type === 'service') return caller.name;
  return caller.type === 'role' ? caller.arn : `arn:aws:iam::${ACCOUNT}:root`;
}
