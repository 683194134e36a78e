/** What is denied: how AWS words it, what the person at the terminal should add, and what has been denied so far. */
import { ACCOUNT } from '../arn.ts';
import { AwsError } from '../aws-error.ts';
import type { Permission, Principal } from '../service.ts';
import type { Refusal } from './evaluate.ts';
import { principalArn } from './policy.ts';

/** A kind of call that was denied, and how often. */
export interface Denial {
  /** The ARN of the role, or the name of the service, that called. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly message: string;
  readonly times: number;
}

/** A system has far fewer kinds of calls; what a test denies over and over must not grow without end. */
const MOST_KINDS = 1_000;

/** The denials since the start, or since they were forgotten. */
export class Denials {
  readonly #kinds = new Map<string, Denial>();

  add(caller: Principal, { action, resource }: Permission, message: string): void {
    const principal = principalArn(caller);
    const key = `${principal} ${action} ${resource}`;
    const times = (this.#kinds.get(key)?.times ?? 0) + 1;
    if (times === 1 && this.#kinds.size >= MOST_KINDS) return;
    this.#kinds.set(key, { principal, action, resource, message, times });
  }

  list(): readonly Denial[] {
    return [...this.#kinds.values()];
  }

  forget(): void {
    this.#kinds.clear();
  }
}

/**
 * The message of a denial (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).
 * SQS writes its actions in small letters, and SES has kept a form of its own, as both do on AWS.
 */
export function denialMessage(caller: Principal, { action, resource }: Permission, { why }: Refusal): string {
  const service = serviceOf(action);
  if (service === 'ses') {
    return `User \`${callerArn(caller)}' is not authorized to perform \`${action}' on resource \`${resource}'`;
  }
  const shown = service === 'sqs' ? action.toLowerCase() : action;
  const reasons = {
    'no-identity-policy': `because no identity-based policy allows the ${shown} action`,
    'no-resource-policy': `because no resource-based policy allows the ${shown} action`,
    'identity-deny': 'with an explicit deny in an identity-based policy',
    'resource-deny': 'with an explicit deny in a resource-based policy',
  };
  return `User: ${callerArn(caller)} is not authorized to perform: ${shown} on resource: ${resource} ${reasons[why]}`;
}

/** The error of a denial: SQS and STS say AccessDenied; services with REST or query protocols answer 403. */
export function accessDenied(action: string, message: string): AwsError {
  const service = serviceOf(action);
  const code = service === 'sqs' || service === 'sts' ? 'AccessDenied' : 'AccessDeniedException';
  const status = ['sqs', 'sts', 'lambda', 'ses'].includes(service) ? 403 : 400;
  return new AwsError(code, message, { status });
}

/** What would let the call pass, for the person at the terminal; empty for an explicit deny, which needs no addition. */
export function remedy(caller: Principal, permission: Permission, { why, conditional }: Refusal): string {
  if (why === 'identity-deny' || why === 'resource-deny') return '';
  const { action: Action, resource: Resource } = permission;
  const whose = caller.type === 'service' ? `the policy of ${Resource}` : `the role ${principalArn(caller)}`;
  if (conditional) {
    return `; a statement of ${whose} allows ${Action} on ${Resource} under a Condition that does not hold for ${keysOf(caller, permission)}`;
  }
  const forService =
    caller.type === 'service'
      ? {
          Principal: { Service: caller.name },
          Condition: { ArnEquals: { 'aws:SourceArn': caller.sourceArn } },
        }
      : {};
  return `; ${whose} lacks ${JSON.stringify({ Effect: 'Allow', Action, Resource, ...forService })}`;
}

function keysOf(caller: Principal, { context = {} }: Permission): string {
  return JSON.stringify(caller.type === 'service' ? { 'aws:SourceArn': caller.sourceArn, ...context } : context);
}

/** A role appears in messages as its session; Lambda's is called after the function, which is not known here. */
function callerArn(caller: Principal): string {
  if (caller.type !== 'role') return principalArn(caller);
  const role = caller.arn.slice(caller.arn.lastIndexOf('/') + 1);
  return `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${role}`;
}

function serviceOf(action: string): string {
  return action.slice(0, action.indexOf(':'));
}
