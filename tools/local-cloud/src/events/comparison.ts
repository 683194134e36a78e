/** The comparisons of a pattern's leaf: one value of the event against one element of the pattern's array. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { invalidPattern } from './pattern-error.ts';
import { compileWildcard } from './wildcard.ts';

/** What the leaf of an event can hold. */
export type Leaf = string | number | boolean | null;

/** Tests a value that is there. `exists: false` is the one comparison that no value passes. */
export type Comparison = (value: Leaf) => boolean;

type TextTest = (text: string) => boolean;

/** Numeric comparison is limited to values between these, the docs say; equality is not. */
const GREATEST_NUMBER = 5e9;

/** True for `{"exists": false}`, which holds where there is no value. */
export function isAbsence(element: unknown): boolean {
  return isObject(element) && Object.keys(element).length === 1 && element['exists'] === false;
}

/**
 * Compiles one element of a pattern's array
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html).
 * Numbers are equal by value: 300 is 3.0e2, as for the matcher that AWS has published (github.com/aws/event-ruler).
 * @throws AwsError InvalidEventPatternException
 */
export function compileComparison(element: unknown): Comparison {
  if (isLeaf(element)) return (value) => value === element;
  if (!isObject(element)) throw invalidPattern('Match value must be String, number, true, false, or null');
  const [name, operand] = onlyEntry(element);
  switch (name) {
    case 'prefix':
    case 'suffix':
      return onText(affixTest(name, operand));
    case 'equals-ignore-case':
      return onText(ignoringCase(asText(name, operand), (text, wanted) => text === wanted));
    case 'wildcard':
      return onText(compileWildcard(asText(name, operand)));
    case 'anything-but':
      return anythingBut(operand);
    case 'numeric':
      return numeric(operand);
    case 'cidr':
      return cidr(operand);
    case 'exists':
      if (typeof operand !== 'boolean') throw invalidPattern('exists match pattern must be either true or false.');
      return () => operand;
    default:
      throw invalidPattern(`Unrecognized match type ${name}`);
  }
}

function isLeaf(value: unknown): value is Leaf {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function onlyEntry(element: Record<string, unknown>): [string, unknown] {
  const [entry, second] = Object.entries(element);
  if (entry === undefined) throw invalidPattern('Match expression name not found');
  if (second !== undefined) throw invalidPattern('Only one key allowed in match expression');
  return entry;
}

function onText(test: TextTest): Comparison {
  return (value) => typeof value === 'string' && test(value);
}

function asText(name: string, operand: unknown): string {
  if (typeof operand !== 'string') throw invalidPattern(`${name} match pattern must be a string`);
  return operand;
}

function ignoringCase(wanted: string, test: (text: string, wanted: string) => boolean): TextTest {
  const lower = wanted.toLowerCase();
  return (text) => test(text.toLowerCase(), lower);
}

/** A prefix or suffix, itself a text or `{"equals-ignore-case": text}`. */
function affixTest(name: 'prefix' | 'suffix', operand: unknown): TextTest {
  const test = (text: string, wanted: string): boolean =>
    name === 'prefix' ? text.startsWith(wanted) : text.endsWith(wanted);
  if (!isObject(operand)) {
    const wanted = asText(name, operand);
    return (text) => test(text, wanted);
  }
  const [inner, innerOperand] = onlyEntry(operand);
  if (inner !== 'equals-ignore-case') throw invalidPattern(`Unsupported ${name} pattern: ${inner}`);
  return ignoringCase(asText(inner, innerOperand), test);
}

/** A value, a list of values of one type, or what some comparisons of texts accept. A value of another type passes. */
function anythingBut(operand: unknown): Comparison {
  if (isObject(operand)) {
    const [name, inner] = onlyEntry(operand);
    const excluded = (Array.isArray(inner) ? nonEmpty(inner) : [inner]).map((one) => excludedTexts(name, one));
    return (value) => typeof value !== 'string' || !excluded.some((test) => test(value));
  }
  const values: unknown[] = Array.isArray(operand) ? nonEmpty(operand) : [operand];
  const isTexts = values.every((value) => typeof value === 'string');
  if (!isTexts && !values.every((value) => typeof value === 'number')) {
    const reason = Array.isArray(operand)
      ? 'Inside anything but list, either all values are number or string, mixed type is not supported'
      : 'Value of anything-but must be an array or single string/number value.';
    throw invalidPattern(reason);
  }
  const excluded = new Set<unknown>(values);
  return (value) => !excluded.has(value);
}

function nonEmpty(list: unknown[]): unknown[] {
  if (list.length === 0) throw invalidPattern('Empty arrays are not allowed');
  return list;
}

function excludedTexts(name: string, operand: unknown): TextTest {
  switch (name) {
    case 'prefix':
    case 'suffix':
      if (operand === '') throw invalidPattern('Null prefix/suffix not allowed');
      return affixTest(name, operand);
    case 'equals-ignore-case':
      return ignoringCase(asText(name, operand), (text, wanted) => text === wanted);
    case 'wildcard':
      return compileWildcard(asText(name, operand));
    default:
      throw invalidPattern(`Unsupported anything-but pattern: ${name}`);
  }
}

/** `[">", 0, "<=", 5]`: one equality, or a lower bound, an upper bound, or both in this order. */
function numeric(operand: unknown): Comparison {
  if (!isList(operand)) throw invalidPattern('Value of numeric must be an array.');
  const [operator, bound, upperOperator, upperBound] = operand;
  const first = numericTest(operator, bound);
  if (operand.length === 2) return (value) => typeof value === 'number' && first(value);
  if (operand.length !== 4 || !isOneOf(operator, ['>', '>=']) || !isOneOf(upperOperator, ['<', '<='])) {
    throw invalidPattern('Bad numeric range operator: a lower bound may be followed by an upper bound');
  }
  const second = numericTest(upperOperator, upperBound);
  if (typeof bound !== 'number' || typeof upperBound !== 'number' || bound >= upperBound) {
    throw invalidPattern('Bottom must be less than top');
  }
  return (value) => typeof value === 'number' && first(value) && second(value);
}

function isOneOf(value: unknown, allowed: readonly unknown[]): boolean {
  return allowed.includes(value);
}

function numericTest(operator: unknown, bound: unknown): (value: number) => boolean {
  if (typeof bound !== 'number') throw invalidPattern('Value of numeric expression must be a number');
  if (Math.abs(bound) > GREATEST_NUMBER) throw invalidPattern('Value must be between -5.0E9 and 5.0E9, inclusive');
  switch (operator) {
    case '=':
      return (value) => value === bound;
    case '<':
      return (value) => value < bound;
    case '<=':
      return (value) => value <= bound;
    case '>':
      return (value) => value > bound;
    case '>=':
      return (value) => value >= bound;
    default:
      throw invalidPattern(`Unrecognized numeric range operator: ${String(operator)}`);
  }
}

/** An address block of IPv4 or IPv6, as in `10.0.0.0/24`. */
function cidr(operand: unknown): Comparison {
  const [address = '', bits = '', ...more] = asText('cidr', operand).split('/');
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const isBlock = more.length === 0 && /^\d{1,3}$/.test(bits) && (isIPv4(address) || isIPv6(address));
  if (!isBlock || Number(bits) > (family === 'ipv4' ? 32 : 128)) {
    throw invalidPattern(`Malformed CIDR, one '/' required: ${String(operand)}`);
  }
  const block = new BlockList();
  block.addSubnet(address, Number(bits), family);
  return onText((text) => (isIPv4(text) || isIPv6(text)) && block.check(text, isIPv4(text) ? 'ipv4' : 'ipv6'));
}
