/** Numeric comparison: one equality, or a lower bound, an upper bound, or both in this order. */
import { invalidPattern } from './pattern-error.ts';

/** Numeric comparison is limited to values between these, the docs say; equality without it is not. */
const GREATEST_NUMBER = 5e9;

type NumberTest = (value: number) => boolean;

const OPERATORS: ReadonlyMap<string, (bound: number) => NumberTest> = new Map([
  ['=', (bound) => (value) => value === bound],
  ['<', (bound) => (value) => value < bound],
  ['<=', (bound) => (value) => value <= bound],
  ['>', (bound) => (value) => value > bound],
  ['>=', (bound) => (value) => value >= bound],
]);

/**
 * Compiles `[">", 0, "<=", 5]`
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-numeric-matching),
 * refused in the words of the matcher that AWS has published (github.com/aws/event-ruler).
 * A value beyond the limits of comparison is in no range, not even in one that is open on that side.
 * @throws AwsError InvalidEventPatternException
 */
export function compileNumericRange(operand: unknown): NumberTest {
  if (!isList(operand)) throw invalidPattern('Value of numeric must be an array.');
  const [operator, bound, second] = operand;
  if (typeof operator !== 'string') throw invalidPattern(`Invalid member in numeric match: ${tokenOf(operator, ']')}`);
  const first = OPERATORS.get(operator);
  if (first === undefined) throw invalidPattern(`Unrecognized numeric range operator: ${operator}`);
  const bottom = boundOf(operator, bound);
  const test = first(bottom);
  if (operand.length === 2) return (value) => isComparable(value) && test(value);
  if (operator !== '>' && operator !== '>=') throw invalidPattern('Too many elements in numeric expression');
  if (typeof second !== 'string') throw invalidPattern(`Bad value in numeric range: ${tokenOf(second, ']')}`);
  return rangeFrom(bottom, test, second, operand.slice(3));
}

/** @throws AwsError InvalidEventPatternException where a number is beyond the limits of comparison */
export function checkComparable(value: number): void {
  if (!isComparable(value)) throw invalidPattern('Value must be between -5.0E9 and 5.0E9, inclusive');
}

function rangeFrom(bottom: number, above: NumberTest, operator: string, rest: readonly unknown[]): NumberTest {
  const upper = OPERATORS.get(operator);
  if (upper === undefined || !operator.startsWith('<')) throw invalidPattern(`Bad numeric range operator: ${operator}`);
  const top = boundOf(operator, rest[0]);
  if (rest.length > 1) throw invalidPattern('Too many terms in numeric range expression');
  if (bottom >= top) throw invalidPattern('Bottom must be less than top');
  const below = upper(top);
  return (value) => above(value) && below(value);
}

function boundOf(operator: string, bound: unknown): number {
  if (typeof bound !== 'number')
    throw invalidPattern(`Value of ${operator === '=' ? 'equals' : operator} must be numeric`);
  checkComparable(bound);
  return bound;
}

function isComparable(value: number): boolean {
  return Math.abs(value) <= GREATEST_NUMBER;
}

/** What the reader of a stream has before it: a bracket only, of an array or an object. */
function tokenOf(value: unknown, end: string): string {
  if (value === undefined) return end;
  if (isList(value)) return '[';
  return typeof value === 'object' && value !== null ? '{' : String(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
