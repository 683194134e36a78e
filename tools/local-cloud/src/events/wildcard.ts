/** Wildcard comparison: `*` stands for any characters, `\*` for an asterisk, `\\` for a backslash. */
import { invalidPattern } from './pattern-error.ts';

/**
 * Compiles a wildcard expression to a test that takes linear time
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching).
 * @throws AwsError InvalidEventPatternException for `**` and for a backslash before any other character
 */
export function compileWildcard(expression: string): (text: string) => boolean {
  const pieces = splitAtWildcards(expression);
  const [first = '', ...others] = pieces;
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

/** The literal texts between the wildcards, freed of their backslashes. */
function splitAtWildcards(expression: string): string[] {
  const pieces = [''];
  const append = (text: string): void => {
    pieces.push((pieces.pop() ?? '') + text);
  };
  for (let index = 0; index < expression.length; index++) {
    const character = expression.charAt(index);
    const next = expression.charAt(index + 1);
    if (character === '*') {
      if (next === '*') throw invalidPattern(`Consecutive wildcard characters at pos ${index}`);
      pieces.push('');
    } else if (character !== '\\') {
      append(character);
    } else if (next === '*' || next === '\\') {
      append(next);
      index++;
    } else {
      throw invalidPattern(`Invalid escape character at pos ${index}`);
    }
  }
  return pieces;
}
