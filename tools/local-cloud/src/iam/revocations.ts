/** Grants taken out of roles while the runtime runs, so that a test sees what the system does without them. */
import type { Grant, Statement } from './policy.ts';

/** A grant of a role, both as the template has them; without a resource, the action on whatever it is allowed on. */
export interface Revocation {
  readonly role: string;
  readonly action: string;
  readonly resource?: string | undefined;
}

/** Says that a role has no statement that allows what is to be revoked. */
export class NothingToRevoke extends Error {
  override readonly name = 'NothingToRevoke';
}

/** What is revoked now. */
export class Revocations {
  readonly #revoked = new Map<string, Revocation>();
  #count = 0;

  /** Takes a grant away and returns the id to give it back by. */
  add(revocation: Revocation): string {
    const id = `revocation-${++this.#count}`;
    this.#revoked.set(id, revocation);
    return id;
  }

  /** Gives one back, or all. */
  remove(id?: string): void {
    if (id === undefined) this.#revoked.clear();
    else this.#revoked.delete(id);
  }

  list(): readonly (Revocation & { readonly id: string })[] {
    return [...this.#revoked].map(([id, revocation]) => ({ id, ...revocation }));
  }

  /** What a role's statements come to without what is revoked. */
  leave(role: string, statements: readonly Statement[]): readonly Statement[] {
    const ofRole = [...this.#revoked.values()].filter((revocation) => revocation.role === role);
    if (ofRole.length === 0) return statements;
    return statements.flatMap((statement) => statement.without((grant) => ofRole.some((one) => means(one, grant))));
  }
}

/** Whether a revocation is about this grant of its role. */
export function means({ action, resource }: Revocation, grant: Grant): boolean {
  return grant.action === action && (resource === undefined || grant.resource === resource);
}
