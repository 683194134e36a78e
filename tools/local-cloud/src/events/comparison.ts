/** The comparisons of a pattern's leaf: one value of the event against one element of the pattern's array. */
import { compileAddressBlock } from './address-block.ts';
import { checkComparable, compileNumericRange } from './numeric-range.ts';
import { invalidPattern } from './pattern-error.ts';
import { compileWildcard } from './wildcard.ts';

/** What the leaf of an event can hold. */
export type Leaf = string | number | boolean | null;

/** Tests a value that is there. `exists: false` is the one comparison that no value passes. */
export type Comparison = (value: Leaf) => boolean;

type TextTest = (text: string) => boolean;

/** True for `{"exists": false}`, which holds where there is no value. */
export function isAbsence(element: unknown): boolean {
  return isObject(element) && Object.keys(element).length === 1 && element['exists'] === false;
}

/** The wildcard expressions that an element compares with, also those that it excludes. */
export function wildcardsOf(element: unknown): readonly string[] {
  if (!isObject(element)) return [];
  const excluded = element['anything-but'];
  const operand = isObject(excluded) ? excluded['wildcard'] : element['wildcard'];
  const texts: readonly unknown[] = isList(operand) ? operand : [operand];
  return texts.filter((text) => typeof text === 'string');
}

/**
 * Compiles one element of a pattern's array
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html).
 * Numbers are equal by value: 300 is 3.0e2, as for the matcher that AWS has published (github.com/aws/event-ruler);
 * the words of what is refused are that matcher's too.
 * @throws AwsError InvalidEventPatternException
 */
export function compileComparison(element: unknown): Comparison {
  if (isLeaf(element)) return (value) => value === element;
  if (!isObject(element)) throw invalidPattern('Match value must be String, number, true, false, or null');
  const [name, operand] = firstEntry(element, 'Match expression name not found');
  const comparison = compileOperator(name, operand);
  // AWS's reader comes upon a second name after it has read the first one's operand.
  const isOfNumbers = name === 'numeric' || name === 'anything-but';
  onlyOne(element, isOfNumbers ? 'Too many elements in numeric expression' : undefined);
  return comparison;
}

function compileOperator(name: string, operand: unknown): Comparison {
  switch (name) {
    case 'exactly': {
      const wanted = asText('exact', operand);
      return (value) => value === wanted;
    }
    case 'prefix':
    case 'suffix':
      return onText(affixTest(name, operand));
    case 'equals-ignore-case':
      return onText(ignoringCase(asText(name, operand), (text, wanted) => text === wanted));
    case 'wildcard':
      return onText(compileWildcard(asText(name, operand)));
    case 'anything-but':
      return isObject(operand) ? anythingButTexts(operand) : anythingBut(operand);
    case 'numeric': {
      const test = compileNumericRange(operand);
      return (value) => typeof value === 'number' && test(value);
    }
    case 'cidr':
      return onText(compileAddressBlock(operand));
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

function firstEntry(element: Record<string, unknown>, reason: string): [string, unknown] {
  const [entry] = Object.entries(element);
  if (entry === undefined) throw invalidPattern(reason);
  return entry;
}

function onlyOne(element: Record<string, unknown>, reason = 'Only one key allowed in match expression'): void {
  if (Object.keys(element).length > 1) throw invalidPattern(reason);
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
  const title = name === 'prefix' ? 'Prefix' : 'Suffix';
  const [inner, innerOperand] = firstEntry(operand, `${title} expression name not found`);
  if (inner !== 'equals-ignore-case') throw invalidPattern(`Unsupported ${name} pattern: ${inner}`);
  const wanted = asText(inner, innerOperand);
  onlyOne(operand);
  return ignoringCase(wanted, test);
}

/** A value or a list of values of one type. A value of another type passes. */
function anythingBut(operand: unknown): Comparison {
  const values = listOf(operand);
  if (!values.every((value) => typeof value === 'string' || typeof value === 'number'))
    throw invalidPattern('Inside anything but list, start|null|boolean is not supported.');
  const numbers = values.filter((value) => typeof value === 'number');
  if (values.length === 0 || (numbers.length > 0 && numbers.length < values.length)) {
    const reason = 'either all values are number or string, mixed type is not supported';
    throw invalidPattern(`Inside anything but list, ${reason}`);
  }
  for (const value of numbers) checkComparable(value);
  const excluded = new Set<unknown>(values);
  return (value) => !excluded.has(value);
}

/** What a comparison of texts accepts, or any of a list of them. What is no text passes. */
function anythingButTexts(operand: Record<string, unknown>): Comparison {
  const [name, inner] = firstEntry(operand, 'Anything-But expression name not found');
  const test = EXCLUSIONS.get(name);
  if (test === undefined) throw invalidPattern(`Unsupported anything-but pattern: ${name}`);
  const texts = listOf(inner);
  // AWS takes an empty list here and says nowhere what it then excludes.
  if (texts.length === 0) throw invalidPattern('Empty arrays are not allowed');
  const excluded = texts.map(test);
  onlyOne(operand, 'Too many elements in numeric expression');
  return (value) => typeof value !== 'string' || !excluded.some((one) => one(value));
}

function listOf(operand: unknown): readonly unknown[] {
  if (isList(operand)) return operand;
  if (typeof operand === 'string' || typeof operand === 'number') return [operand];
  throw invalidPattern('Value of anything-but must be an array or single string/number value.');
}

const EXCLUSIONS: ReadonlyMap<string, (operand: unknown) => TextTest> = new Map([
  ['prefix', (operand) => affixTest('prefix', nonEmpty(operand))],
  ['suffix', (operand) => affixTest('suffix', nonEmpty(operand))],
  ['wildcard', (operand) => compileWildcard(asText('wildcard', operand))],
  ['equals-ignore-case', otherThanIgnoringCase],
]);

function otherThanIgnoringCase(operand: unknown): TextTest {
  if (typeof operand === 'string') return ignoringCase(operand, (text, wanted) => text === wanted);
  const reason = 'number|start|null|boolean is not supported.';
  throw invalidPattern(`Inside anything-but/equals-ignore-case list, ${reason}`);
}

function nonEmpty(operand: unknown): string {
  const text = asText('prefix/suffix', operand);
  if (text === '') throw invalidPattern('Null prefix/suffix not allowed');
  return text;
}
