/** JSONata as Step Functions speaks it: version 2.0.6 without `$eval`, with six functions of its own. */
import { createHash, randomUUID } from 'node:crypto';
import jsonata from 'jsonata';
import type { Clock } from '../clock.ts';
import { fromText, type Json } from './json.ts';

/** The variables that an expression sees, without their dollar signs. */
export type Bindings = Readonly<Record<string, Json>>;

/** A compiled expression. */
export interface Expression {
  readonly text: string;
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

/** The longest array that `$range` makes. */
const LONGEST_RANGE = 1000;

/**
 * Compiles expressions, each text once
 * (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html).
 */
export class Expressions {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #compiled = new Map<string, Expression>();
  readonly #fromMillis = jsonata('$fromMillis($millis, $picture, $timezone)');

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
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
      expression = {
        text: text.trim(),
        evaluate: async (bindings) => {
          const result: unknown = await parsed.evaluate(undefined, bindings);
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
    expression.registerFunction('range', range, '<nnn:a>');
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

function partition(array: readonly unknown[], size: number): unknown[][] {
  if (!Number.isInteger(size) || size < 1) throw new RangeError('the size of a partition is a positive integer');
  const parts: unknown[][] = [];
  for (let start = 0; start < array.length; start += size) parts.push(array.slice(start, start + size));
  return parts;
}

function range(first: number, last: number, step: number): number[] {
  const length = Math.floor((last - first) / step) + 1;
  if (step === 0 || length > LONGEST_RANGE) throw new RangeError(`a range has at most ${LONGEST_RANGE} elements`);
  return Array.from({ length: Math.max(0, length) }, (_, index) => first + index * step);
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
