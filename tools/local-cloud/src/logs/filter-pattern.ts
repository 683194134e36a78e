/** Filter patterns for plain text (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html). */
import { AwsError, notImplemented } from '../aws-error.ts';

/** A quoted phrase or a bare word, with `?` or `-` before it. */
const TERM = /([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/gy;

interface Term {
  readonly sign: string;
  readonly text: string;
}

/**
 * Compiles a pattern of terms: all of them must occur, one of those marked `?` must, none of those marked `-` may.
 * @throws AwsError InvalidParameterException; NotImplemented for the patterns that look into JSON or fields
 */
export function compileFilterPattern(pattern: string): (message: string) => boolean {
  const trimmed = pattern.trim();
  if (/^[{[%]/.test(trimmed)) throw notImplemented(`the filter pattern ${trimmed}`);
  const terms = parseTerms(trimmed);
  const all = terms.filter((term) => term.sign === '');
  const none = terms.filter((term) => term.sign === '-');
  const any = terms.filter((term) => term.sign === '?');
  // With a term that must occur, AWS takes no account of those that may.
  const oneOf = all.length > 0 ? [] : any;
  return (message) =>
    all.every((term) => message.includes(term.text)) &&
    !none.some((term) => message.includes(term.text)) &&
    (oneOf.length === 0 || oneOf.some((term) => message.includes(term.text)));
}

function parseTerms(pattern: string): readonly Term[] {
  const terms: Term[] = [];
  for (let rest = pattern; rest !== ''; rest = rest.trimStart()) {
    TERM.lastIndex = 0;
    const match = TERM.exec(rest);
    if (match === null) throw new AwsError('InvalidParameterException', 'Invalid filter pattern');
    const [whole, sign, phrase, word] = match;
    terms.push({ sign: sign ?? '', text: phrase?.replace(/\\(.)/g, '$1') ?? word ?? '' });
    rest = rest.slice(whole.length);
  }
  return terms;
}
