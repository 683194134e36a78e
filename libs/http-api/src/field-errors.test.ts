/** What a caller is told of the fields of its body and of the parameters of its query. */
import { type BrokenLimit, limited } from '@distributed-patterns/contracts';
import * as z from 'zod';
import { misfit } from './field-errors.ts';
import { request } from './given-request.ts';
import { HttpProblem } from './problem.ts';
import { readJson, readQuery } from './request.ts';

const short = (problem: BrokenLimit['problem']) =>
  limited(z.string(), { holds: (text) => text.length <= 3, problem, message: 'must be short' });

const bodySchema = z.strictObject({
  name: short('invalid-identifier'),
  lines: z.array(z.strictObject({ 'a/b~c': short('quantity-out-of-range').optional(), count: z.int().min(1) })),
});
const querySchema = z.strictObject({
  customer: short('invalid-identifier'),
  status: z.enum(['OPEN', 'DONE']).optional(),
  limit: z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).default(20),
});

/** The problem that reading throws, as its caller sees it. */
function problemOf(read: () => unknown) {
  try {
    read();
  } catch (error) {
    if (error instanceof HttpProblem) return { kind: error.kind, status: error.status, errors: error.errors };
    throw error;
  }
  return undefined;
}
const ofBody = (body: unknown) => problemOf(() => readJson(request({ body: JSON.stringify(body) }), bodySchema));
const ofQuery = (query: Record<string, string>) =>
  problemOf(() => readQuery(request({ queryStringParameters: query }), querySchema));

const type = (kind: string) => `urn:distributed-patterns-demo:problem:${kind}`;
const invalidName = { pointer: '/name', detail: 'must be short', type: type('invalid-identifier') };

describe('a body', () => {
  it('that fits has no problem', () => {
    expect(ofBody({ name: 'abc', lines: [{ count: 1 }] })).toBeUndefined();
  });

  it('that breaks one limit has that limit’s problem', () => {
    expect(ofBody({ name: 'long', lines: [] })).toEqual({
      kind: 'invalid-identifier',
      status: 400,
      errors: [invalidName],
    });
  });

  it('that breaks the same limit twice has its problem, with both fields', () => {
    expect(
      ofBody({
        name: 'abc',
        lines: [
          { 'a/b~c': 'long', count: 1 },
          { 'a/b~c': 'longer', count: 1 },
        ],
      }),
    ).toEqual({
      kind: 'quantity-out-of-range',
      status: 400,
      errors: ['/lines/0/a~1b~0c', '/lines/1/a~1b~0c'].map((pointer) => ({
        pointer,
        detail: 'must be short',
        type: type('quantity-out-of-range'),
      })),
    });
  });

  it('that breaks two limits is not valid, and each field says which it breaks', () => {
    const problem = ofBody({ name: 'long', lines: [{ 'a/b~c': 'long', count: 1 }] });
    expect(problem).toMatchObject({
      kind: 'invalid-request',
      errors: [invalidName, { pointer: '/lines/0/a~1b~0c', type: type('quantity-out-of-range') }],
    });
  });

  it('that breaks a limit and is wrong elsewhere is not valid', () => {
    const problem = ofBody({ name: 'long', lines: [{ count: 0 }] });
    expect(problem).toMatchObject({ kind: 'invalid-request', errors: [invalidName, { pointer: '/lines/0/count' }] });
    expect(problem?.errors[1]).not.toHaveProperty('type');
  });

  it('is told what is missing and what is not known', () => {
    expect(ofBody({ lines: [{ count: 1, more: true }], extra: 1 })).toEqual({
      kind: 'invalid-request',
      status: 400,
      errors: [
        { pointer: '/name', detail: 'is missing' },
        { pointer: '/lines/0/more', detail: 'is not known' },
        { pointer: '/extra', detail: 'is not known' },
      ],
    });
  });

  it('is told a hundred of its mistakes, and no more are looked for, however many there are', () => {
    const wrong = { name: 'long', lines: Array.from({ length: 50_000 }, () => ({})) };
    const parsed = bodySchema.safeParse(wrong);
    let looked = 0;
    const counting = (path: readonly PropertyKey[]) => ({ pointer: `${path.join('/')} ${(looked += 1)}` });
    const problem = parsed.error && misfit(parsed.error, wrong, counting);
    expect(problem).toMatchObject({ kind: 'invalid-request' });
    expect(problem?.errors).toHaveLength(100);
    expect(looked).toBe(100);
    expect(ofBody(Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [at, 1])))?.errors).toHaveLength(100);
  });

  it('whose field is null has it, though wrong', () => {
    expect(ofBody({ name: null, lines: [] })?.errors).toEqual([
      { pointer: '/name', detail: expect.not.stringContaining('missing') },
    ]);
  });
});

describe('a query', () => {
  it('is read by its schema, defaults and all', () => {
    const event = request({ queryStringParameters: { customer: 'ann', limit: '5' } });
    expect(readQuery(event, querySchema)).toEqual({ customer: 'ann', limit: 5 });
    const least = request({ queryStringParameters: { customer: 'ann' } });
    expect(readQuery(least, querySchema)).toEqual({ customer: 'ann', limit: 20 });
  });

  it('that is absent lacks what is needed', () => {
    expect(problemOf(() => readQuery(request(), querySchema))).toEqual({
      kind: 'invalid-request',
      status: 400,
      errors: [{ parameter: 'customer', detail: 'is missing' }],
    });
  });

  it('names its parameters where a body has pointers', () => {
    expect(ofQuery({ customer: 'ann', status: 'LOST', limit: 'all', page: '2' })).toEqual({
      kind: 'invalid-request',
      status: 400,
      errors: [
        { parameter: 'status', detail: expect.any(String) },
        { parameter: 'limit', detail: 'must be a whole number' },
        { parameter: 'page', detail: 'is not known' },
      ],
    });
  });

  it('that breaks one limit has that limit’s problem', () => {
    expect(ofQuery({ customer: 'someone' })).toEqual({
      kind: 'invalid-identifier',
      status: 400,
      errors: [{ parameter: 'customer', detail: 'must be short', type: type('invalid-identifier') }],
    });
  });

  it('with a parameter that comes twice is not valid where one value is expected', () => {
    expect(ofQuery({ customer: 'ann', status: 'OPEN,DONE' })?.errors).toMatchObject([{ parameter: 'status' }]);
  });
});
