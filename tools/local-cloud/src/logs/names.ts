/** How groups and streams are named, found, and named in permissions. */
import * as z from 'zod';
import { arn } from '../arn.ts';
import { AwsError } from '../aws-error.ts';
import type { Permission } from '../service.ts';
import type { EventStore, LogGroup } from './event-store.ts';

/** A group's name (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html). */
export const groupName = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[\w.\-/#]+$/);
/** How a group is named where it is read. */
export const logGroup = { logGroupName: groupName.optional(), logGroupIdentifier: z.string().optional() };
/** A stream's name (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html). */
export const stream = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^:*]*$/);

/**
 * A group is named by its name, or by its ARN where an identifier is taken.
 * @throws AwsError InvalidParameterException for none or both
 */
export function nameOf(input: {
  readonly logGroupName?: string | undefined;
  readonly logGroupIdentifier?: string | undefined;
}): string {
  const identifier = input.logGroupIdentifier?.replace(/^arn:aws:logs:[^:]+:\d+:log-group:/, '').replace(/:\*$/, '');
  const name = input.logGroupName ?? identifier;
  if (name === undefined) throw invalid('Either logGroupName or logGroupIdentifier is required');
  if (identifier !== undefined && input.logGroupName !== undefined) {
    throw invalid('Only one of logGroupName and logGroupIdentifier can be used.');
  }
  return name;
}

/**
 * The group of this name.
 * @throws AwsError ResourceNotFoundException
 */
export function existing(store: EventStore, name: string): LogGroup {
  const group = store.group(name);
  if (group === undefined) throw missing('group');
  return group;
}

/** What a parameter is refused with. */
export function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

/** What a group or stream that there is not is answered with. */
export function missing(what: 'group' | 'stream'): AwsError {
  return new AwsError('ResourceNotFoundException', `The specified log ${what} does not exist.`);
}

/** An action on a group. */
export function onGroup(action: string, group: string): readonly Permission[] {
  return [{ action: `logs:${action}`, resource: arn('logs', `log-group:${group}`) }];
}

/** An action on a stream. */
export function onStream(action: string, group: string, name: string): readonly Permission[] {
  return [{ action: `logs:${action}`, resource: arn('logs', `log-group:${group}:log-stream:${name}`) }];
}
