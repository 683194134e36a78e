/** Wildcard comparison: `*` stands for any characters, `\*` for an asterisk, `\\` for a backslash. */
import { invalidPattern } from './pattern-error.ts';

/** Stands for `*` among the characters of an expression. */
const ANY = Symbol('any characters');

type Token = string | typeof ANY;

/** More prefixes than this must not match one value at once. AWS does not name the number; what it takes and refuses does. */
const MOST_PREFIXES = 10;

/**
 * Compiles a wildcard expression to a test that takes linear time
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching).
 * @throws AwsError InvalidEventPatternException for `**` and for a backslash before any other character
 */
export function compileWildcard(expression: string): (text: string) => boolean {
  const [first = '', ...others] = piecesOf(tokensOf(expression));
  const last = others.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let from = first.length;
    for (const piece of others) {
      const found = text.indexOf(piece, from);
      if (found === -1 || found + piece.length > end) return false;
      from = found + piece.length;
    }
    return true;
  };
}

/**
 * Refuses the wildcard expressions of one field where together they are too complex
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching-complexity):
 * where a value can match many of their prefixes at once, which is how github.com/aws/event-ruler measures complexity.
 * @throws AwsError InvalidEventPatternException
 */
export function checkComplexity(expressions: readonly string[]): void {
  // The matcher reads a text with its quotes.
  const all = [...new Set(expressions)].map((expression): Token[] => ['"', ...tokensOf(expression), '"']);
  const characters = new Set<Token>([...all.flat(), 'none of them']);
  characters.delete(ANY);
  let pending: Prefixes[] = [all.map(() => [0])];
  const seen = new Set<string>();
  while (pending.length > 0) {
    const next: Prefixes[] = [];
    for (const prefixes of pending) {
      for (const character of characters) {
        const longer = all.map((tokens, index) => extend(tokens, prefixes[index] ?? [], character));
        const key = longer.join('|');
        if (seen.has(key)) continue;
        seen.add(key);
        if (longer.reduce((sum, { length }) => sum + length, 0) > MOST_PREFIXES) throw tooComplex();
        next.push(longer);
      }
    }
    pending = next;
  }
}

/** For each expression, the lengths of those of its prefixes that match what has been read. */
type Prefixes = readonly (readonly number[])[];

function extend(tokens: readonly Token[], lengths: readonly number[], character: Token): number[] {
  const found = new Set<number>();
  const add = (length: number): void => {
    found.add(length);
    if (tokens[length] === ANY) found.add(length + 1);
  };
  for (const length of lengths) {
    if (tokens[length] === character) add(length + 1);
    if (tokens[length - 1] === ANY) add(length);
  }
  return [...found].sort((left, right) => left - right);
}

function tooComplex(): Error {
  const advice =
    'try using fewer wildcard characters or fewer repeating character sequences after a wildcard character';
  return invalidPattern(`Rule is too complex - ${advice}`);
}

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < expression.length; index++) {
    const character = expression.charAt(index);
    const next = expression.charAt(index + 1);
    // AWS counts positions in bytes, from the quote in front of the expression.
    const position = (): number => Buffer.byteLength(expression.slice(0, index)) + 1;
    if (character === '*') {
      if (next === '*') throw invalidPattern(`Consecutive wildcard characters at pos ${position()}`);
      tokens.push(ANY);
    } else if (character !== '\\') {
      tokens.push(character);
    } else if (next === '*' || next === '\\') {
      tokens.push(next);
      index++;
    } else {
      throw invalidPattern(`Invalid escape character at pos ${position()}`);
    }
  }
  return tokens;
}

/** The literal texts between the wildcards. */
function piecesOf(tokens: readonly Token[]): string[] {
  const pieces = [''];
  for (const token of tokens) {
    if (token === ANY) pieces.push('');
    else pieces.push((pieces.pop() ?? '') + token);
  }
  return pieces;
}
