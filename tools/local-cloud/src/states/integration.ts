/** Which service a Task state calls, and how it awaits the answer. */
import { notImplemented } from '../aws-error.ts';
import { InvalidDefinition } from './definition-language.ts';

/** What the text of a Task's `Resource` stands for. */
export interface Integration {
  readonly kind: 'events:putEvents' | 'lambda:invoke';
  /** As the history names it: `events`. */
  readonly resourceType: string;
  /** As the history names it: `putEvents.waitForTaskToken`. */
  readonly resource: string;
  /** Whether the task ends by its token and not by the service's answer. */
  readonly awaitsToken: boolean;
  /**
   * Whether the first heartbeat is counted from the service's answer and not from the request: while a function runs
   * nobody expects one (https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html).
   */
  readonly beatsFromAnswer: boolean;
}

const RESOURCE = /^arn:aws:states:::(events:putEvents|lambda:invoke)(\.waitForTaskToken)?$/;

/**
 * Reads a Task's `Resource` (https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html).
 * @param location of the field, for what is said of a mistake
 * @throws AwsError InvalidDefinition, NotImplemented for a service or a pattern that is not emulated
 */
export function readIntegration(resource: string, location: string): Integration {
  const [, kind, pattern] = RESOURCE.exec(resource) ?? [];
  if (!resource.startsWith('arn:')) {
    throw new InvalidDefinition(
      'SCHEMA_VALIDATION_FAILED',
      `The resource provided ${resource} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
      location,
    );
  }
  if (kind !== 'events:putEvents' && kind !== 'lambda:invoke') throw notImplemented(`the task resource ${resource}`);
  const [resourceType = '', action = ''] = kind.split(':');
  const awaitsToken = pattern !== undefined;
  const beatsFromAnswer = awaitsToken && kind === 'lambda:invoke';
  return { kind, resourceType, resource: `${action}${pattern ?? ''}`, awaitsToken, beatsFromAnswer };
}
