/** What a schema found wrong with a request, in the words of RFC 9457: field by field, each with its limit's own type. */
import { brokenLimitSchema, type FieldError, type ProblemKind, problemType } from '@distributed-patterns/contracts';
import type * as z from 'zod';
import { HttpProblem } from './problem.ts';

/** How the place of a mistake is told: by JSON Pointer in a body, by name in a query. */
export type Place = (path: readonly PropertyKey[]) => Pick<FieldError, 'pointer' | 'parameter'>;

/** A place in a body, by JSON Pointer (RFC 6901). */
export const inBody: Place = (path) => ({
  pointer: path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
});

/** A query parameter. */
export const inQuery: Place = ([name]) => ({ parameter: String(name) });

/** More would help nobody, and a large body of small mistakes would make an answer that is larger than Lambda's. */
const MOST_ERRORS = 100;

/** The problem of a request that does not fit its schema: of the one limit that it breaks, or of several mistakes. */
export function misfit(error: z.ZodError, request: unknown, place: Place): HttpProblem {
  const mistakes = error.issues.flatMap((issue) => mistakesOf(issue, request, place));
  const [kind, ...others] = new Set(mistakes.map((mistake) => mistake.kind));
  const errors = mistakes.slice(0, MOST_ERRORS).map((mistake) => mistake.error);
  if (kind === undefined || kind === 'invalid-request' || others.length > 0) {
    return new HttpProblem('invalid-request', 'Some fields are not valid.', { errors });
  }
  return new HttpProblem(kind, 'Some fields break a limit.', { errors });
}

interface Mistake {
  readonly kind: ProblemKind;
  readonly error: FieldError;
}

function mistakesOf(issue: z.core.$ZodIssue, request: unknown, place: Place): Mistake[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      kind: 'invalid-request',
      error: { ...place([...issue.path, key]), detail: 'is not known' },
    }));
  }
  const detail = isMissing(request, issue.path) ? 'is missing' : issue.message;
  const limit = brokenLimitSchema.safeParse(issue.code === 'custom' ? issue.params : undefined);
  if (!limit.success) return [{ kind: 'invalid-request', error: { ...place(issue.path), detail } }];
  const kind = limit.data.problem;
  return [{ kind, error: { ...place(issue.path), detail, type: problemType(kind) } }];
}

function isMissing(request: unknown, path: readonly PropertyKey[]): boolean {
  let value = request;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return false;
    value = Reflect.get(value, part);
  }
  return value === undefined;
}
