/** What a schema found wrong with a request, in the words of RFC 9457: field by field, each with its limit's own type. */
import { brokenLimitSchema, type FieldError, type ProblemKind, problemType } from '@distributed-patterns/contracts';
import type * as z from 'zod';
import { HttpProblem } from './problem.ts';

/** How the place of a mistake is told: by JSON Pointer in a body, by name in a query or a path. */
export type Place = (path: readonly PropertyKey[]) => Pick<FieldError, 'pointer' | 'parameter'>;

/** A place in a body, by JSON Pointer (RFC 6901). */
export const inBody: Place = (path) => ({
  pointer: path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
});

/** A parameter of the query or of the path. */
export const inParameters: Place = ([name]) => ({ parameter: String(name) });

/** More would help nobody, and a large body of small mistakes would make an answer that is larger than Lambda's. */
const MOST_ERRORS = 100;

/** The problem of a request that does not fit its schema: of the one limit that it breaks, or of several mistakes. */
export function misfit({ issues }: z.ZodError, request: unknown, place: Place): HttpProblem {
  const [kind = 'invalid-request', ...others] = new Set(issues.map(kindOf));
  // There may be hundreds of thousands, so that only those that are told are looked at any closer.
  const errors = issues.slice(0, MOST_ERRORS).flatMap((issue) => errorsOf(issue, request, place));
  const more = { errors: errors.slice(0, MOST_ERRORS) };
  if (kind === 'invalid-request' || others.length > 0) {
    return new HttpProblem('invalid-request', 'Some fields are not valid.', more);
  }
  return new HttpProblem(kind, 'Some fields break a limit.', more);
}

/** The problem of the limit that is broken, where the mistake is that. */
function kindOf(issue: z.core.$ZodIssue): ProblemKind {
  if (issue.code !== 'custom' || issue.params === undefined) return 'invalid-request';
  return brokenLimitSchema.safeParse(issue.params).data?.problem ?? 'invalid-request';
}

function errorsOf(issue: z.core.$ZodIssue, request: unknown, place: Place): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ ...place([...issue.path, key]), detail: 'is not known' }));
  }
  const kind = kindOf(issue);
  const detail = isMissing(request, issue.path) ? 'is missing' : issue.message;
  return [{ ...place(issue.path), detail, ...(kind === 'invalid-request' ? {} : { type: problemType(kind) }) }];
}

function isMissing(request: unknown, path: readonly PropertyKey[]): boolean {
  let value = request;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return false;
    value = Reflect.get(value, part);
  }
  return value === undefined;
}
