/** What the running system's roles may do, as the runtime's own API tells it and changes it. */
import * as z from 'zod';

const grantSchema = z.object({ role: z.string(), action: z.string(), resource: z.string(), used: z.boolean() });
const denialSchema = z.object({
  principal: z.string(),
  action: z.string(),
  resource: z.string(),
  message: z.string(),
  times: z.int(),
});
const revocationSchema = z.object({ id: z.string() });

/** One action on one resource, as a role's policy in a template allows it. */
export type Grant = z.infer<typeof grantSchema>;
/** A kind of call that was denied. */
export type Denial = z.infer<typeof denialSchema>;

/** The IAM of a running system. */
export class SystemIam {
  readonly #url: string;
  /** The ids of what is revoked, by the name of the grant. */
  readonly #revoked = new Map<string, { readonly id: string; readonly grant: Grant }>();

  constructor(awsUrl: string) {
    this.#url = `${awsUrl}/_local-cloud/iam`;
  }

  async grants(): Promise<Grant[]> {
    return z.array(grantSchema).parse(await this.#call('GET', '/grants'));
  }

  /** What has been denied since the start. */
  async denials(): Promise<Denial[]> {
    return z.array(denialSchema).parse(await this.#call('GET', '/denials'));
  }

  /** Takes a grant away, as if its template had never had it. */
  async revoke(grant: Grant): Promise<void> {
    const { role, action, resource } = grant;
    const answer = await this.#call('POST', '/revocations', { role, action, resource });
    this.#revoked.set(nameOf(grant), { id: revocationSchema.parse(answer).id, grant });
  }

  /** Gives a grant back. */
  async restore(grant: Grant): Promise<void> {
    const revoked = this.#revoked.get(nameOf(grant));
    if (revoked === undefined) throw new Error(`${nameOf(grant)} is not revoked`);
    await this.#call('DELETE', `/revocations/${revoked.id}`);
    this.#revoked.delete(nameOf(grant));
  }

  /** What is revoked now. */
  get revoked(): Grant[] {
    return [...this.#revoked.values()].map(({ grant }) => grant);
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
}

/** A grant in a line, with the last part of each ARN. */
export function nameOf({ role, action, resource }: Pick<Grant, 'role' | 'action' | 'resource'>): string {
  return `${shortened(role)} ${action} ${shortened(resource)}`;
}

/** Whether a call that was denied is one that the grant would have allowed. */
export function isFor({ role, action, resource }: Grant, denial: Denial): boolean {
  const pattern = resource.split('*').map((part) => part.replace(/[.+^${}()|[\]\\?]/g, '\\$&'));
  return (
    role === denial.principal && action === denial.action && new RegExp(`^${pattern.join('.*')}$`).test(denial.resource)
  );
}

/** The role's name, or what the service calls the resource. */
function shortened(arn: string): string {
  return arn === '*'
    ? arn
    : arn
        .split(':')
        .slice(5)
        .join(':')
        .replace(/^role\//, '');
}
