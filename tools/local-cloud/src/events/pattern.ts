/** Event patterns: which events a rule, an archive or an event source mapping is interested in. */
import { compileComparison, isAbsence, wildcardsOf, type Comparison, type Leaf } from './comparison.ts';
import { invalidPattern } from './pattern-error.ts';
import { checkComplexity } from './wildcard.ts';

/** Nesting of one pattern level: what the field itself must hold, what the fields in it must hold, and alternatives. */
interface Level {
  leaf: LeafTest | undefined;
  readonly fields: Map<string, Level>;
  readonly alternatives: Level[][];
}

/** The wildcard expressions of a pattern, by the field that they are compared with. */
type Wildcards = Map<string, string[]>;

/** What a pattern may have at most, in characters: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html. */
export const LONGEST_PATTERN = 4096;

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-complex-example-or */
const MOST_COMBINATIONS = 1000;

/** The array of a pattern's leaf: one of the comparisons must pass, or there must be no value. */
interface LeafTest {
  readonly comparisons: readonly Comparison[];
  readonly mayBeAbsent: boolean;
}

/** Names that make `$or` an ordinary field where they are keys of its objects, by github.com/aws/event-ruler. */
const RESERVED = new Set([
  ...['exactly', 'prefix', 'suffix', 'equals-ignore-case', 'wildcard', 'numeric', 'anything-but', 'exists', 'cidr'],
  ...['=', '<', '<=', '>', '>=', 'regex', 'not-wildcard', 'not-equals-ignore-case'],
  ...['date-after', 'date-on-or-after', 'date-before', 'date-on-or-before', 'in-date-range'],
  ...['ip-address-in-range', 'ip-address-not-in-range'],
]);

/**
 * Compiles a pattern, given as JSON text or as the value it stands for, to a test of events
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html).
 * Fields within one array element belong together; dotted names stand for nested ones, as in AWS's own matcher.
 * @throws AwsError InvalidEventPatternException, also for a pattern of too many combinations or too many wildcards
 */
export function compilePattern(pattern: unknown): (event: unknown) => boolean {
  const wildcards: Wildcards = new Map();
  const level = compileLevel(typeof pattern === 'string' ? parse(pattern) : pattern, '', wildcards);
  // AWS documents the limit and that the pattern is refused, but not in which words.
  if (combinationsOf(level) > MOST_COMBINATIONS)
    throw invalidPattern(`$or yields more than ${MOST_COMBINATIONS} combinations`);
  for (const expressions of wildcards.values()) checkComplexity(expressions);
  return (event) => holds(level, event);
}

/**
 * The texts that a top-level field must be one of, where the pattern says so and nothing else:
 * what rules can be looked up by.
 */
export function exactTexts(pattern: unknown, field: string): readonly string[] | undefined {
  const value = typeof pattern === 'string' ? parse(pattern) : pattern;
  const wanted = isObject(value) ? value[field] : undefined;
  return Array.isArray(wanted) && wanted.every((one) => typeof one === 'string') ? wanted : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidPattern('Filter is not valid JSON');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function emptyLevel(): Level {
  return { leaf: undefined, fields: new Map(), alternatives: [] };
}

function compileLevel(pattern: unknown, path: string, wildcards: Wildcards): Level {
  if (!isObject(pattern)) throw invalidPattern('Filter is not an object');
  const level = emptyLevel();
  compileInto(level, pattern, path, wildcards);
  return level;
}

function compileInto(level: Level, pattern: Record<string, unknown>, path: string, wildcards: Wildcards): void {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalidPattern('Empty objects are not allowed');
  for (const [name, value] of entries) {
    const field = `${path}.${name}`;
    if (name === '$or' && isAlternatives(value)) {
      level.alternatives.push(value.map((alternative) => compileLevel(alternative, path, wildcards)));
    } else if (isObject(value)) {
      compileInto(levelAt(level, name), value, field, wildcards);
    } else if (Array.isArray(value)) {
      // Of two that name the same field, nested and dotted, the last one counts, on AWS too.
      levelAt(level, name).leaf = compileLeaf(value);
      const expressions = value.flatMap(wildcardsOf);
      if (expressions.length > 0) wildcards.set(field, [...(wildcards.get(field) ?? []), ...expressions]);
    } else {
      throw invalidPattern(`"${name}" must be an object or an array`);
    }
  }
}

/** What the pattern comes to once each `$or` is written out: the product of their numbers of alternatives. */
function combinationsOf(level: Level): number {
  const ofFields = [...level.fields.values()].map(combinationsOf);
  const ofAlternatives = level.alternatives.map((group) =>
    group.reduce((sum, alternative) => sum + combinationsOf(alternative), 0),
  );
  return [...ofFields, ...ofAlternatives].reduce((product, count) => product * count, 1);
}

/** `$or` is a field like any other unless it holds two objects or more, none with the name of a comparison. */
function isAlternatives(value: unknown): value is Record<string, unknown>[] {
  if (!Array.isArray(value) || value.length < 2) return false;
  return value.every((one) => isObject(one) && !Object.keys(one).some((name) => RESERVED.has(name)));
}

function levelAt(level: Level, dottedName: string): Level {
  let inner = level;
  for (const name of dottedName.split('.')) {
    const found = inner.fields.get(name) ?? emptyLevel();
    inner.fields.set(name, found);
    inner = found;
  }
  return inner;
}

function compileLeaf(elements: readonly unknown[]): LeafTest {
  if (elements.length === 0) throw invalidPattern('Empty arrays are not allowed');
  return {
    comparisons: elements.filter((element) => !isAbsence(element)).map(compileComparison),
    mayBeAbsent: elements.some(isAbsence),
  };
}

/** Whether all that a level says is true of what the event has there; of an array, of one of its objects. */
function holds(level: Level, value: unknown): boolean {
  if (!Array.isArray(value)) return holdsOf(level, isObject(value) ? value : {});
  const objects = value.flat(Infinity).filter(isObject);
  return objects.length === 0 ? holdsOf(level, {}) : objects.some((object) => holdsOf(level, object));
}

function holdsOf(level: Level, object: Record<string, unknown>): boolean {
  for (const [name, field] of level.fields) {
    if (!fieldHolds(field, valueAt(object, name))) return false;
  }
  return level.alternatives.every((alternatives) => alternatives.some((alternative) => holdsOf(alternative, object)));
}

function fieldHolds(field: Level, value: unknown): boolean {
  if (field.leaf !== undefined && !leafHolds(field.leaf, value)) return false;
  return field.fields.size === 0 && field.alternatives.length === 0 ? true : holds(field, value);
}

function leafHolds(test: LeafTest, value: unknown): boolean {
  if (isLeaf(value)) return test.comparisons.some((comparison) => comparison(value));
  const leaves = Array.isArray(value) ? value.flat(Infinity).filter(isLeaf) : [];
  if (leaves.length === 0) return test.mayBeAbsent;
  return leaves.some((leaf) => test.comparisons.some((comparison) => comparison(leaf)));
}

function isLeaf(value: unknown): value is Leaf {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The value of a field; where there is none, what fields with dotted names hold under it. */
function valueAt(object: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name];
  const start = `${name}.`;
  const dotted = Object.keys(object).filter((key) => key.startsWith(start));
  return dotted.length === 0
    ? undefined
    : Object.fromEntries(dotted.map((key) => [key.slice(start.length), object[key]]));
}
