/** The decision: explicit deny, then allow by identity or resource policy, else denied for want of one. */
import { ACCOUNT } from '../arn.ts';
import type { Permission, Principal } from '../service.ts';
import type { RequestContext } from './conditions.ts';
import { covers, type Grant, principalArn, type Statement } from './policy.ts';

/** A denial; `conditional`: a statement would have allowed it, but for its Condition. */
export interface Refusal {
  readonly allowed: false;
  readonly why: 'no-identity-policy' | 'no-resource-policy' | 'identity-deny' | 'resource-deny';
  readonly conditional: boolean;
}

/** Why a request may pass or not. `by`: the grants of the caller's role that it rests on, where nothing else allows it. */
export type Decision = { readonly allowed: true; readonly by: readonly Grant[] } | Refusal;

/**
 * Decides a request inside one account
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html):
 * an explicit deny wins; else one allow is enough, from the role's policies or from the resource's.
 * A service has no policies of its own. The administrator may do everything that no resource policy denies.
 */
export function decide(
  caller: Principal,
  permission: Permission,
  identity: readonly Statement[],
  resource: readonly Statement[],
): Decision {
  const context = contextOf(caller, permission);
  const { action, resource: on } = permission;
  const isAbout = (statement: Statement): boolean => statement.coversAction(action) && statement.coversResource(on);
  const applies = (statement: Statement): boolean => statement.condition(context);
  const fits = (statement: Statement): string => statement.principal?.(caller) ?? 'none';

  const own = identity.filter(isAbout);
  const ofResource = resource.filter((statement) => fits(statement) !== 'none' && isAbout(statement));
  const ownApplying = own.filter(applies);
  const resourceApplying = ofResource.filter(applies);
  if (ownApplying.some(isDeny)) return { allowed: false, why: 'identity-deny', conditional: false };
  if (resourceApplying.some(isDeny)) return { allowed: false, why: 'resource-deny', conditional: false };
  const allowedByResource = resourceApplying.some((statement) => fits(statement) === 'named');
  if (ownApplying.length > 0 && !allowedByResource) return { allowed: true, by: grantsOf(ownApplying, permission) };
  if (allowedByResource || caller.type === 'administrator') return { allowed: true, by: [] };
  const why = caller.type === 'service' ? 'no-resource-policy' : 'no-identity-policy';
  const near = why === 'no-resource-policy' ? ofResource : own;
  return { allowed: false, why, conditional: near.some((statement) => !isDeny(statement)) };
}

function isDeny({ effect }: Statement): boolean {
  return effect === 'Deny';
}

function grantsOf(statements: readonly Statement[], { action, resource }: Permission): Grant[] {
  return statements.flatMap(({ grants }) => grants.filter((grant) => covers(grant, action, resource)));
}

/** The loopback interface stands in for TLS: `aws:SecureTransport` is true. */
function contextOf(caller: Principal, permission: Permission): RequestContext {
  const context = new Map<string, readonly string[]>([
    ['aws:securetransport', ['true']],
    ['aws:principalisawsservice', [String(caller.type === 'service')]],
  ]);
  if (caller.type === 'service') {
    context.set('aws:sourcearn', [caller.sourceArn]).set('aws:sourceaccount', [ACCOUNT]);
  } else {
    context.set('aws:principalarn', [principalArn(caller)]).set('aws:principalaccount', [ACCOUNT]);
  }
  for (const [key, values] of Object.entries(permission.context ?? {})) context.set(key.toLowerCase(), values);
  return context;
}

/** Whether a role's trust policy lets a service take the role on. */
export function mayAssume(trust: readonly Statement[], service: string): boolean {
  const caller: Principal = { type: 'service', name: service, sourceArn: '' };
  return decide(caller, { action: 'sts:AssumeRole', resource: '*' }, [], trust).allowed;
}
