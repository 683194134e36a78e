/** Answers in pages. */
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';

const LONGEST_PAGE = 100;

/** The parameters of an operation that answers in pages. */
export const page = {
  NextToken: z.string().optional(),
  Limit: z.number().int().min(1).max(LONGEST_PAGE).optional(),
};

/** A page; the token of the next is where it starts. @throws AwsError ValidationException for a token that is none */
export function pageOf<Name extends string, Item>(
  name: Name,
  items: readonly Item[],
  paging: { readonly NextToken?: string | undefined; readonly Limit?: number | undefined },
): Record<string, unknown> {
  const token = paging.NextToken === undefined ? '0' : Buffer.from(paging.NextToken, 'base64').toString();
  if (!/^\d+$/.test(token)) throw new AwsError('ValidationException', 'The token is invalid.');
  const start = Number(token);
  const end = start + (paging.Limit ?? LONGEST_PAGE);
  const next = end < items.length ? Buffer.from(String(end)).toString('base64') : undefined;
  return { [name]: items.slice(start, end), NextToken: next };
}

/** @throws AwsError ValidationException where an operation is given more than one of its filters */
export function checkOneFilter(
  operationName: string,
  given: { readonly NamePrefix?: unknown; readonly EventSourceArn?: unknown; readonly State?: unknown },
): void {
  if ([given.NamePrefix, given.EventSourceArn, given.State].filter((one) => one !== undefined).length > 1) {
    const allowed = 'Use either : State, EventSourceArn, or NamePrefix.';
    throw new AwsError('ValidationException', `At most one filter is allowed for ${operationName}. ${allowed}`);
  }
}
