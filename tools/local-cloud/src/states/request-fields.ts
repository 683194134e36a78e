/** Fields that several operations take or answer: names, ARNs, times and pages. */
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import { exceedsPayload, LARGEST_PAYLOAD } from './json.ts';

/** A text that may carry a payload (SensitiveData in the API reference), which is measured in bytes. */
export const payload = z
  .string()
  .refine((text) => !exceedsPayload(text), `Member must have length less than or equal to ${LARGEST_PAYLOAD}`);
/** An error's name (SensitiveError). */
export const errorName = z.string().max(256);
/** An error's explanation (SensitiveCause). */
export const errorCause = z.string().max(32_768);

/** `maxResults`: 100 unless told, 0 means 100, at most 1,000. */
export const pageSize = z
  .int()
  .min(0)
  .max(1000)
  .default(0)
  .transform((size) => (size === 0 ? 100 : size));

const FORBIDDEN_IN_NAMES = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\uFFFE\uFFFF]/u;

/**
 * Checks the name of a state machine or an execution
 * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html).
 * @throws AwsError InvalidName
 */
export function checkName(name: string): void {
  if (name.length < 1 || name.length > 80 || FORBIDDEN_IN_NAMES.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  }
}

/**
 * Checks that this is an ARN at all.
 * @throws AwsError InvalidArn
 */
export function checkArn(given: string): string {
  if (!given.startsWith('arn:')) throw new AwsError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${given}'`);
  return given;
}

/** Milliseconds since the epoch as the JSON protocol writes a timestamp: seconds, with a fraction. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

/** The first `size` items, and the token for the rest where there is one. */
export function page<Item>(
  items: readonly Item[],
  size: number,
  cursor: number,
): { readonly items: readonly Item[]; readonly nextToken: string | undefined } {
  const more = items.length > size;
  return {
    items: items.slice(0, size),
    nextToken: more ? Buffer.from(String(cursor)).toString('base64url') : undefined,
  };
}

/**
 * Where a page begins, or undefined for the first.
 * @throws AwsError InvalidToken
 */
export function readCursor(nextToken: string | undefined): number | undefined {
  if (nextToken === undefined) return undefined;
  const text = Buffer.from(nextToken, 'base64url').toString();
  if (!/^\d{1,15}$/.test(text)) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
  return Number(text);
}
