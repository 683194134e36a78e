/** IAM: who a caller is, and what the roles and resource policies of the templates allow. */
import { randomBytes } from 'node:crypto';
import type { Authorizer } from '../dispatcher.ts';
import type { ResourceProviders } from '../resource.ts';
import type { Permission, Principal } from '../service.ts';
import { accessDenied, denialMessage, Denials, remedy } from './denials.ts';
import { decide, mayAssume, type Decision } from './evaluate.ts';
import { type Grant, principalArn } from './policy.ts';
import { iamResources, type PolicyBook } from './resources.ts';
import { means, NothingToRevoke, type Revocation, Revocations } from './revocations.ts';

export { NothingToRevoke, type Revocation } from './revocations.ts';

/** A key that acts as a role. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A grant of a role; `used` once a call has been allowed that rested on it alone. */
export interface RoleGrant extends Grant {
  readonly role: string;
  readonly used: boolean;
}

/** What the rest of the runtime sees of IAM. */
export interface Iam extends Authorizer {
  readonly resources: ResourceProviders;
  /**
   * A key for a function's role, the same for every call.
   * @throws Error where no template declares the role, or Lambda may not assume it
   */
  accessKeyFor(roleArn: string): AccessKey;
  /** The role whose key this is, else the account's administrator. */
  principalOf(accessKeyId: string): Principal;
  /** Every grant of every role as the templates have them. One that another covers as well is never used. */
  grants(): readonly RoleGrant[];
  /** What has been denied since the start, or since it was last forgotten. */
  readonly denials: Pick<Denials, 'list' | 'forget'>;
  /** What is revoked at the moment. */
  revocations(): ReturnType<Revocations['list']>;
  /**
   * Takes a grant out of its role, as if the template had never had it, and returns an id.
   * @throws NothingToRevoke where the role has no such grant
   */
  revoke(revocation: Revocation): string;
  /** Gives what was revoked under this id back, or everything. */
  restore(id?: string): void;
}

/** A key's worth of decisions is far below this; contexts that vary with data must not grow without end. */
const MOST_DECISIONS = 20_000;

/** Makes IAM. `report` takes a line for each call that is denied, once for each role, action and resource. */
export function createIam(options: { readonly report: (line: string) => void }): Iam {
  const book: PolicyBook = { roles: new Map(), managed: new Map(), resourcePolicies: new Map() };
  const accessKeys = new Map<string, AccessKey>();
  const principals = new Map<string, Principal>();
  const decisions = new Map<string, Decision>();
  const used = new Set<string>();
  const denials = new Denials();
  const revocations = new Revocations();
  const administrator: Principal = { type: 'administrator' };

  const decideAnew = (key: string, caller: Principal, permission: Permission): Decision => {
    const statements = caller.type === 'role' ? (book.roles.get(caller.arn)?.statements ?? []) : [];
    const identity = revocations.leave(principalArn(caller), statements);
    const decision = decide(caller, permission, identity, book.resourcePolicies.get(permission.resource) ?? []);
    if (decisions.size >= MOST_DECISIONS) decisions.clear();
    decisions.set(key, decision);
    if (!decision.allowed) {
      options.report(`denied: ${denialMessage(caller, permission, decision)}${remedy(caller, permission, decision)}`);
    } else if (decision.by.length === 1) {
      for (const grant of decision.by) used.add(grantKey(principalArn(caller), grant));
    }
    return decision;
  };

  return {
    resources: iamResources(book, () => decisions.clear()),
    authorize(caller, permission) {
      const key = decisionKey(caller, permission);
      const decision = decisions.get(key) ?? decideAnew(key, caller, permission);
      if (decision.allowed) return;
      const message = denialMessage(caller, permission, decision);
      denials.add(caller, permission, message);
      throw accessDenied(permission.action, message);
    },
    accessKeyFor(roleArn) {
      const role = book.roles.get(roleArn);
      if (role === undefined) throw new Error(`no template declares the role ${roleArn}`);
      if (!mayAssume(role.trust, 'lambda.amazonaws.com'))
        throw new Error(`the role ${role.name} cannot be assumed by Lambda`);
      let found = accessKeys.get(roleArn);
      if (found === undefined) {
        found = newAccessKey();
        accessKeys.set(roleArn, found);
        principals.set(found.accessKeyId, { type: 'role', arn: roleArn });
      }
      return found;
    },
    principalOf: (accessKeyId) => principals.get(accessKeyId) ?? administrator,
    grants: () =>
      [...book.roles].flatMap(([role, { statements }]) =>
        statements
          .flatMap(({ grants }) => grants)
          .map((grant) => ({ role, ...grant, used: used.has(grantKey(role, grant)) })),
      ),
    denials,
    revocations: () => revocations.list(),
    revoke(revocation) {
      const statements = book.roles.get(revocation.role)?.statements ?? [];
      if (!statements.some(({ grants }) => grants.some((grant) => means(revocation, grant)))) {
        const { role, action, resource } = revocation;
        const on = resource === undefined ? '' : ` on ${resource}`;
        throw new NothingToRevoke(`the role ${role} has no statement that allows ${action}${on}`);
      }
      decisions.clear();
      return revocations.add(revocation);
    },
    restore(id) {
      decisions.clear();
      revocations.remove(id);
    },
  };
}

function grantKey(role: string, { action, resource }: Grant): string {
  return `${role} ${action} ${resource}`;
}

function decisionKey(caller: Principal, permission: Permission): string {
  const source = caller.type === 'service' ? caller.sourceArn : '';
  const context = permission.context === undefined ? '' : JSON.stringify(permission.context);
  return `${caller.type} ${principalArn(caller)} ${source} ${permission.action} ${permission.resource} ${context}`;
}

function newAccessKey(): AccessKey {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const key = [...randomBytes(16)].map((byte) => letters[byte % 32]).join('');
  return {
    accessKeyId: `ASIA${key}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };
}
