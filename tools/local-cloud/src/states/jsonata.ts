/** JSONata as Step Functions speaks it: version 2.0.6 without `$eval`, with six functions of its own. */
import { createHash, randomUUID } from 'node:crypto';
import jsonata from 'jsonata';
import type { Clock } from '../clock.ts';
import { spendBudget, withBudget } from './expression-budget.ts';
import { fromText, type Json } from './json.ts';

/** The variables that an expression sees, without their dollar signs. */
export type Bindings = Readonly<Record<string, Json>>;

/** The members of `$states` that only some fields have. */
export type StatesMember = 'result' | 'errorOutput';

/** A compiled expression. */
export interface Expression {
  readonly text: string;
  /** Which of the members that only some fields have it reads. */
  readonly reads: ReadonlySet<StatesMember>;
  /** The result, or undefined where the expression returns nothing; throws where it cannot be evaluated. */
  evaluate(bindings: Bindings): Promise<Json | undefined>;
}

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** The longest array that `$range` makes, as documented of `States.ArrayRange`, whose counterpart it is. */
const LONGEST_RANGE = 1000;

/**
 * Compiles expressions, each text once
 * (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html).
 */
export class Expressions {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #elapsed: () => number;
  readonly #compiled = new Map<string, Expression>();
  readonly #fromMillis = jsonata('$fromMillis($millis, $picture, $timezone)');

  /** @param elapsed milliseconds of the machine, for the time that an expression may take */
  constructor(clock: Clock, random: () => number, elapsed: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#random = random;
    this.#elapsed = elapsed;
  }

  /**
   * The expression for what stands between `{%` and `%}`.
   * @throws JSONata's own error where the text does not parse
   */
  compile(text: string): Expression {
    let expression = this.#compiled.get(text);
    if (expression === undefined) {
      const parsed = jsonata(text);
      this.#register(parsed);
      spendBudget(parsed);
      expression = {
        text: text.trim(),
        reads: readsOf(parsed.ast()),
        evaluate: async (bindings) => {
          const result: unknown = await parsed.evaluate(undefined, withBudget(bindings, this.#elapsed));
          return result === undefined ? undefined : plain(result);
        },
      };
      this.#compiled.set(text, expression);
    }
    return expression;
  }

  #register(expression: jsonata.Expression): void {
    expression.assign('eval', undefined);
    expression.registerFunction('parse', (text: string) => fromText(text), '<s:x>');
    expression.registerFunction('uuid', () => randomUUID(), '<:s>');
    expression.registerFunction(
      'random',
      (seed?: number) => (seed === undefined ? this.#random() : seeded(seed)),
      '<n?:n>',
    );
    expression.registerFunction('partition', partition, '<an:a>');
    expression.registerFunction('range', range, '<nnn:x>');
    expression.registerFunction('hash', hash, '<ss:s>');
    expression.registerFunction('millis', () => this.#clock.now(), '<:n>');
    expression.registerFunction(
      'now',
      (picture?: string, timezone?: string) => this.#now(picture, timezone),
      '<s?s?:s>',
    );
  }

  #now(picture: string | undefined, timezone: string | undefined): unknown {
    return this.#fromMillis.evaluate(undefined, { millis: this.#clock.now(), picture, timezone });
  }
}

/** A copy as plain JSON: JSONata marks its arrays with hidden members that would change how they are read again. */
function plain(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || '_jsonata_function' in value || '_jsonata_lambda' in value) {
    throw new TypeError('the result is not a JSON value');
  }
  const copy: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) if (member !== undefined) copy[name] = plain(member);
  return copy;
}

/** Looks for `$states.result` and `$states.errorOutput` anywhere in a syntax tree. */
function readsOf(tree: unknown): ReadonlySet<StatesMember> {
  const reads = new Set<StatesMember>();
  // A set's iteration goes on to what is added while it runs, and sees what stands in several places once.
  const nodes = new Set<unknown>([tree]);
  for (const node of nodes) {
    if (typeof node !== 'object' || node === null) continue;
    const { type, steps } = { type: undefined, steps: undefined, ...node };
    if (type === 'path' && Array.isArray(steps)) {
      const [first, second]: { readonly value?: unknown }[] = steps;
      if (first?.value === 'states' && (second?.value === 'result' || second?.value === 'errorOutput')) {
        reads.add(second.value);
      }
    }
    for (const member of Object.values(node)) nodes.add(member);
  }
  return reads;
}

/** Numbers that have to be whole are cut off, as AWS does it. */
function partition(array: readonly unknown[], length: number): unknown[][] {
  const size = Math.trunc(length);
  if (size < 1) throw new RangeError('the size of a partition is a positive integer');
  const parts: unknown[][] = [];
  for (let start = 0; start < array.length; start += size) parts.push(array.slice(start, start + size));
  return parts;
}

/** As any JSONata sequence, a range of one element is that element, and one of none is nothing. */
function range(from: number, to: number, by: number): number | number[] | undefined {
  const first = Math.trunc(from);
  const last = Math.trunc(to);
  const step = Math.trunc(by);
  const length = step === 0 ? 0 : Math.floor((last - first) / step) + 1;
  if (length > LONGEST_RANGE) throw new RangeError(`a range has at most ${LONGEST_RANGE} elements`);
  if (length < 1) return undefined;
  return length === 1 ? first : Array.from({ length }, (_, index) => first + index * step);
}

function hash(text: string, algorithm: string): string {
  const name = HASHES[algorithm];
  if (name === undefined) throw new RangeError(`the hash algorithm is one of ${Object.keys(HASHES).join(', ')}`);
  return createHash(name).update(text).digest('hex');
}

/** A number in [0, 1) that depends on the seed alone. */
function seeded(seed: number): number {
  return createHash('sha256').update(String(seed)).digest().readUInt32BE(0) / 2 ** 32;
}
