/** The decision: explicit deny, then allow by identity or resource policy, else denied for want of one. */
import { ACCOUNT } from '../arn.ts';
import type { Permission, Principal } from '../service.ts';
import type { RequestContext } from './conditions.ts';
import { principalArn, type Statement } from './policy.ts';

/** Why a request may pass or not. */
export type Decision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly why: 'no-identity-policy' | 'no-resource-policy' | 'identity-deny' | 'resource-deny';
    };

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
  const applies = (statement: Statement): boolean =>
    statement.coversAction(permission.action) &&
    statement.coversResource(permission.resource) &&
    statement.condition(context);
  const fits = (statement: Statement): string => statement.principal?.(caller) ?? 'none';

  const ownApplying = identity.filter(applies);
  const resourceApplying = resource.filter((statement) => fits(statement) !== 'none' && applies(statement));
  if (ownApplying.some(({ effect }) => effect === 'Deny')) return { allowed: false, why: 'identity-deny' };
  if (resourceApplying.some(({ effect }) => effect === 'Deny')) return { allowed: false, why: 'resource-deny' };
  const allowed = ownApplying.length > 0 || resourceApplying.some((statement) => fits(statement) === 'named');
  if (allowed || caller.type === 'administrator') return { allowed: true };
  return { allowed: false, why: caller.type === 'service' ? 'no-resource-policy' : 'no-identity-policy' };
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
