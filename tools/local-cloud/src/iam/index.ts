/** IAM: who a caller is, and what the roles and resource policies of the templates allow. */
import { randomBytes } from 'node:crypto';
import { ACCOUNT } from '../arn.ts';
import { AwsError } from '../aws-error.ts';
import type { Authorizer } from '../dispatcher.ts';
import type { ResourceProviders } from '../resource.ts';
import type { Permission, Principal } from '../service.ts';
import { decide, mayAssume, type Decision } from './evaluate.ts';
import { principalArn } from './policy.ts';
import { iamResources, type PolicyBook } from './resources.ts';
import { actionLike } from './wildcard.ts';

/** The keys that a function's environment is given. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** An action of a role's policy that no allowed call has needed since the start. */
export interface UnusedAction {
  readonly role: string;
  readonly action: string;
}

/** What the rest of the runtime sees of IAM. */
export interface Iam extends Authorizer {
  readonly resources: ResourceProviders;
  /**
   * Keys for a function's role, the same for every call.
   * @throws Error where no template declares the role, or Lambda may not assume it
   */
  credentialsFor(roleArn: string): Credentials;
  /** The role whose key this is, else the account's administrator. */
  principalOf(accessKeyId: string): Principal;
  unusedActions(): readonly UnusedAction[];
}

/** A key's worth of decisions is far below this; contexts that vary with data must not grow without end. */
const MOST_DECISIONS = 20_000;

/** Makes IAM. `report` takes a line for each call that is denied, once for each role, action and resource. */
export function createIam(options: { readonly report: (line: string) => void }): Iam {
  const book: PolicyBook = { roles: new Map(), managed: new Map(), resourcePolicies: new Map() };
  const credentials = new Map<string, Credentials>();
  const principals = new Map<string, Principal>();
  const decisions = new Map<string, Decision>();
  const used = new Map<string, Set<string>>();
  const administrator: Principal = { type: 'administrator' };

  const usedBy = (caller: string): Set<string> => {
    const actions = used.get(caller) ?? new Set();
    used.set(caller, actions);
    return actions;
  };
  const remember = (key: string, caller: Principal, permission: Permission): Decision => {
    const identity = caller.type === 'role' ? (book.roles.get(caller.arn)?.statements ?? []) : [];
    const decision = decide(caller, permission, identity, book.resourcePolicies.get(permission.resource) ?? []);
    if (decisions.size >= MOST_DECISIONS) decisions.clear();
    decisions.set(key, decision);
    if (decision.allowed) usedBy(principalArn(caller)).add(permission.action);
    else options.report(`denied: ${message(caller, permission, decision)}`);
    return decision;
  };

  return {
    resources: iamResources(book, () => decisions.clear()),
    authorize(caller, permission) {
      const key = decisionKey(caller, permission);
      const decision = decisions.get(key) ?? remember(key, caller, permission);
      if (!decision.allowed) throw accessDenied(permission.action, message(caller, permission, decision));
    },
    credentialsFor(roleArn) {
      const role = book.roles.get(roleArn);
      if (role === undefined) throw new Error(`no template declares the role ${roleArn}`);
      if (!mayAssume(role.trust, 'lambda.amazonaws.com'))
        throw new Error(`the role ${role.name} cannot be assumed by Lambda`);
      let found = credentials.get(roleArn);
      if (found === undefined) {
        found = newCredentials();
        credentials.set(roleArn, found);
        principals.set(found.accessKeyId, { type: 'role', arn: roleArn });
      }
      return found;
    },
    principalOf: (accessKeyId) => principals.get(accessKeyId) ?? administrator,
    unusedActions: () =>
      [...book.roles].flatMap(([role, { statements }]) => {
        const needed = [...(used.get(role) ?? [])];
        const granted = new Set(statements.flatMap(({ effect, actions }) => (effect === 'Allow' ? actions : [])));
        return [...granted]
          .filter((action) => !needed.some((one) => actionLike(action, one)))
          .map((action) => ({ role, action }));
      }),
  };
}

function decisionKey(caller: Principal, permission: Permission): string {
  const source = caller.type === 'service' ? caller.sourceArn : '';
  const context = permission.context === undefined ? '' : JSON.stringify(permission.context);
  return `${caller.type} ${principalArn(caller)} ${source} ${permission.action} ${permission.resource} ${context}`;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function message(caller: Principal, { action, resource }: Permission, decision: Decision & { allowed: false }): string {
  const reasons = {
    'no-identity-policy': `because no identity-based policy allows the ${action} action`,
    'no-resource-policy': `because no resource-based policy allows the ${action} action`,
    'identity-deny': 'with an explicit deny in an identity-based policy',
    'resource-deny': 'with an explicit deny in a resource-based policy',
  };
  return `User: ${callerArn(caller)} is not authorized to perform: ${action} on resource: ${resource} ${reasons[decision.why]}`;
}

/** A role appears in messages as its session; Lambda's is called after the function, which is not known here. */
function callerArn(caller: Principal): string {
  if (caller.type !== 'role') return principalArn(caller);
  const role = caller.arn.slice(caller.arn.lastIndexOf('/') + 1);
  return `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${role}`;
}

/** SQS and the query protocol say AccessDenied; services with REST or query protocols answer 403. */
function accessDenied(action: string, text: string): AwsError {
  const service = action.slice(0, action.indexOf(':'));
  const code = service === 'sqs' || service === 'sts' ? 'AccessDenied' : 'AccessDeniedException';
  const status = ['sqs', 'sts', 'lambda', 'ses'].includes(service) ? 403 : 400;
  return new AwsError(code, text, { status });
}

function newCredentials(): Credentials {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const key = [...randomBytes(16)].map((byte) => letters[byte % 32]).join('');
  return {
    accessKeyId: `ASIA${key}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(48).toString('base64'),
  };
}
