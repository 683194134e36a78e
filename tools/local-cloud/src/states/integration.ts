/** Which service a Task state calls, and how it awaits the answer. */
import { notImplemented } from '../aws-error.ts';

/** What the text of a Task's `Resource` stands for. */
export interface Integration {
  readonly kind: 'events:putEvents' | 'lambda:invoke';
  /** As the history names it: `events`. */
  readonly resourceType: string;
  /** As the history names it: `putEvents.waitForTaskToken`. */
  readonly resource: string;
  /** Whether the task ends by its token and not by the service's answer. */
  readonly awaitsToken: boolean;
}

const RESOURCE = /^arn:aws:states:::(events:putEvents|lambda:invoke)(\.waitForTaskToken)?$/;

/**
 * Reads a Task's `Resource` (https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html).
 * @throws AwsError NotImplemented for a service or a pattern that is not emulated
 */
export function readIntegration(resource: string): Integration {
  const [, kind, pattern] = RESOURCE.exec(resource) ?? [];
  if (kind !== 'events:putEvents' && kind !== 'lambda:invoke') throw notImplemented(`the task resource ${resource}`);
  const [resourceType = '', action = ''] = kind.split(':');
  return { kind, resourceType, resource: `${action}${pattern ?? ''}`, awaitsToken: pattern !== undefined };
}
