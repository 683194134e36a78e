/** Which event patterns are refused, and in which words: where AWS answers with a place in the text, too, that is left out. */
import { compilePattern } from './pattern.ts';

const refused = (pattern: unknown): unknown => {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return error;
  }
};
const withReason = (reason: string): unknown =>
  expect.objectContaining({
    code: 'InvalidEventPatternException',
    message: `Event pattern is not valid. Reason: ${reason}`,
  });

const PAGE = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html';

describe(`a pattern is refused (${PAGE})`, () => {
  it.each<[string, unknown, string]>([
    ['that is no object', ['x'], 'Filter is not an object'],
    ['that is no JSON', '{', 'Filter is not valid JSON'],
    ['that is empty', {}, 'Empty objects are not allowed'],
    ['with an empty object', { detail: {} }, 'Empty objects are not allowed'],
    ['with an empty array', { source: [] }, 'Empty arrays are not allowed'],
    ['with a text outside an array', { source: 'order' }, '"source" must be an object or an array'],
    ['with a number outside an array', { detail: { int: 42 } }, '"int" must be an object or an array'],
    ['with an array in an array', { source: [['x']] }, 'Match value must be String, number, true, false, or null'],
    ['with an unknown comparison', { source: [{ contains: 'x' }] }, 'Unrecognized match type contains'],
    ['with a comparison in capitals', { source: [{ EXISTS: true }] }, 'Unrecognized match type EXISTS'],
    ['with the name of an inherited member', { source: [{ constructor: 'x' }] }, 'Unrecognized match type constructor'],
    ['with no comparison in an object', { source: [{}] }, 'Match expression name not found'],
  ])('%s', (_, pattern, reason) => {
    expect(refused(pattern)).toEqual(withReason(reason));
  });

  it.each<[string, unknown, string]>([
    ['two names', { prefix: 'a', suffix: 'b' }, 'Only one key allowed in match expression'],
    ['two names, the first one wrong', { prefix: 1, suffix: 'b' }, 'prefix match pattern must be a string'],
    ['two names, the first for numbers', { numeric: ['=', 1], prefix: 'b' }, 'Too many elements in numeric expression'],
    ['exactly a number', { exactly: 5 }, 'exact match pattern must be a string'],
    ['a prefix that is a number', { prefix: 123 }, 'prefix match pattern must be a string'],
    ['a prefix that is a list', { prefix: ['2022-07-13'] }, 'prefix match pattern must be a string'],
    ['a suffix that is a number', { suffix: 123 }, 'suffix match pattern must be a string'],
    ['a suffix that is a list', { suffix: ['.png'] }, 'suffix match pattern must be a string'],
    ['a prefix of nothing', { prefix: {} }, 'Prefix expression name not found'],
    ['a suffix of nothing', { suffix: {} }, 'Suffix expression name not found'],
    ['a prefix of a wildcard', { prefix: { wildcard: '*' } }, 'Unsupported prefix pattern: wildcard'],
    ['a suffix of a prefix', { suffix: { prefix: 'x' } }, 'Unsupported suffix pattern: prefix'],
    [
      'a prefix in any case that is a number',
      { prefix: { 'equals-ignore-case': 1 } },
      'equals-ignore-case match pattern must be a string',
    ],
    ['a list in any case', { 'equals-ignore-case': ['x'] }, 'equals-ignore-case match pattern must be a string'],
    ['an exists that is no boolean', { exists: 'true' }, 'exists match pattern must be either true or false.'],
  ])('for %s', (_, element, reason) => {
    expect(refused({ x: [element] })).toEqual(withReason(reason));
  });

  it.each<[string, unknown, string]>([
    ['a number', 123, 'wildcard match pattern must be a string'],
    ['a list', ['a*'], 'wildcard match pattern must be a string'],
    // AWS counts from the quote in front, and in bytes.
    ['consecutive wildcards', 'arn:aws:events:us-east-1:**:x', 'Consecutive wildcard characters at pos 26'],
    ['consecutive wildcards after ä', 'ä**', 'Consecutive wildcard characters at pos 3'],
    ['an escape of an ordinary character', 'a\\b', 'Invalid escape character at pos 2'],
    ['an escape of the end', 'a\\', 'Invalid escape character at pos 2'],
  ])('for a wildcard that is or has %s', (_, wildcard, reason) => {
    expect(refused({ x: [{ wildcard }] })).toEqual(withReason(reason));
  });

  const notAnyType = 'Value of anything-but must be an array or single string/number value.';
  const mixed = 'Inside anything but list, either all values are number or string, mixed type is not supported';
  const inList = 'Inside anything but list, start|null|boolean is not supported.';
  const inAnyCase = 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.';

  it.each<[unknown, string]>([
    [true, notAnyType],
    [null, notAnyType],
    [['a', 1], mixed],
    [[], mixed],
    [[null], inList],
    [[{ wildcard: '*' }], inList],
    [6e9, 'Value must be between -5.0E9 and 5.0E9, inclusive'],
    [{}, 'Anything-But expression name not found'],
    [{ numeric: ['>', 1] }, 'Unsupported anything-but pattern: numeric'],
    [{ constructor: 'x' }, 'Unsupported anything-but pattern: constructor'],
    [{ prefix: 'a', suffix: 'b' }, 'Too many elements in numeric expression'],
    [{ prefix: '' }, 'Null prefix/suffix not allowed'],
    [{ suffix: ['a', ''] }, 'Null prefix/suffix not allowed'],
    [{ prefix: 123 }, 'prefix/suffix match pattern must be a string'],
    [{ suffix: [123, '.txt'] }, 'prefix/suffix match pattern must be a string'],
    [{ prefix: { 'equals-ignore-case': 'file' } }, notAnyType],
    [{ suffix: { 'equals-ignore-case': '.png' } }, notAnyType],
    [{ prefix: [] }, 'Empty arrays are not allowed'],
    [{ 'equals-ignore-case': 123 }, inAnyCase],
    [{ 'equals-ignore-case': [123, 456] }, inAnyCase],
    [{ wildcard: 123 }, 'wildcard match pattern must be a string'],
    [{ wildcard: [123, '*/dir/*'] }, 'wildcard match pattern must be a string'],
  ])('for anything but %j', (operand, reason) => {
    expect(refused({ x: [{ 'anything-but': operand }] })).toEqual(withReason(reason));
  });

  it.each<[unknown, string]>([
    ['>', 'Value of numeric must be an array.'],
    [[], 'Invalid member in numeric match: ]'],
    [[5], 'Invalid member in numeric match: 5'],
    [['!=', 5], 'Unrecognized numeric range operator: !='],
    [['='], 'Value of equals must be numeric'],
    [['<=', '5'], 'Value of <= must be numeric'],
    [['=', 5, '<', 6], 'Too many elements in numeric expression'],
    [['<', 5, '>', 1], 'Too many elements in numeric expression'],
    [['>', 0, 5], 'Bad value in numeric range: 5'],
    [['>', 0, '>', 0], 'Bad numeric range operator: >'],
    [['>', 0, '<'], 'Value of < must be numeric'],
    [['>', 0, '<', 5, 6], 'Too many terms in numeric range expression'],
    [['>', 5, '<', 1], 'Bottom must be less than top'],
    [['>=', 5, '<=', 5], 'Bottom must be less than top'],
    [['<', 5.1e9], 'Value must be between -5.0E9 and 5.0E9, inclusive'],
    [['>', -5.1e9], 'Value must be between -5.0E9 and 5.0E9, inclusive'],
  ])('for the numeric comparison %j', (operand, reason) => {
    expect(refused({ x: [{ numeric: operand }] })).toEqual(withReason(reason));
  });

  it.each<[unknown, string]>([
    [['10.0.0.0/8'], 'prefix match pattern must be a string'],
    ['10.0.0.0', "Malformed CIDR, one '/' required"],
    ['10.0.0.0/8/8', "Malformed CIDR, one '/' required"],
    ['10.0.0.0/xx', 'Malformed CIDR, mask bits must be an integer'],
    ['10.0.0.0/-1', 'Malformed CIDR, mask bits must not be negative'],
    ['xx.11.xx/8', 'Nonstandard IP address: xx.11.xx'],
    ['xxxx:db8:1234:1a00::/64', 'Nonstandard IP address: xxxx:db8:1234:1a00::'],
    ['700.0.0.0/8', 'Invalid IP address: 700.0.0.0'],
    ['10.0.0.0/32', 'IPv4 mask bits must be < 32'],
    ['2001:db8::/128', 'IPv6 mask bits must be < 128'],
  ])('for the block %j', (operand, reason) => {
    expect(refused({ x: [{ cidr: operand }] })).toEqual(withReason(reason));
  });
});

describe(`wildcards of one field (${PAGE}#eb-filtering-wildcard-matching-complexity)`, () => {
  const tooComplex = withReason(
    'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
  );
  const files = (names: string[]): unknown[] => names.map((name) => ({ wildcard: `*:stack/${name}/*` }));

  it.each<[string, unknown[]]>([
    ['the examples of the documentation', [{ wildcard: 'arn:aws:events:us-east-1:*:event-bus/*' }]],
    ['repeating sequences, once', [{ wildcard: '/Users/*/dir/dir/dir/dir/dir/doc.txt' }]],
    ['three expressions with two wildcards', files(['Auth', 'Core', 'Data'])],
    ['four that begin with one', ['*.bif', '*.tiff', '*.tif', '*.svs'].map((wildcard) => ({ wildcard }))],
    ['one expression many times', Array.from({ length: 20 }, () => ({ wildcard: '*.png' }))],
    ['ten expressions', Array.from({ length: 10 }, (_, n) => ({ wildcard: `${n}*` }))],
  ])('may be %s', (_, elements) => {
    expect(refused({ x: elements })).toBeUndefined();
  });

  it.each<[string, unknown[]]>([
    ['many, with the same character between them', [{ wildcard: '*:*:*:*:*:event-bus/*' }]],
    ['four expressions with two wildcards', files(['Auth', 'Core', 'Data', 'Monitoring'])],
    ['a long run of one character', [{ wildcard: '*aaaaaaaaaaaa' }]],
    ['eleven expressions', Array.from({ length: 11 }, (_, n) => ({ wildcard: `${n}*` }))],
    ['too complex where they exclude', [{ 'anything-but': { wildcard: '*:*:*:*:*:event-bus/*' } }]],
  ])('must not be %s', (_, elements) => {
    expect(refused({ x: elements })).toEqual(tooComplex);
  });

  it('do not count where they are those of another field', () => {
    expect(refused({ x: files(['Auth', 'Core', 'Data']), y: files(['Auth', 'Core', 'Data']) })).toBeUndefined();
  });
});

describe(`alternatives (${PAGE}#eb-filtering-complex-example-or)`, () => {
  const choice = (count: number): unknown => Array.from({ length: count }, (_, n) => ({ [`f${n}`]: [n] }));

  it('may yield a thousand combinations, and not one more', () => {
    expect(refused({ a: { $or: choice(10) }, b: { $or: choice(10) }, c: { $or: choice(10) } })).toBeUndefined();
    expect(refused({ $or: choice(1000) })).toBeUndefined();
    const tooMany = withReason('$or yields more than 1000 combinations');
    expect(refused({ $or: choice(1001) })).toEqual(tooMany);
    expect(refused({ a: { $or: choice(10) }, b: { $or: choice(101) } })).toEqual(tooMany);
  });

  it('are a field like any other where there is only one, or one has the name of a comparison', () => {
    expect(compilePattern({ $or: [{ prefix: 'a' }, { prefix: 'b' }] })({ $or: 'bcd' })).toBe(true);
    expect(refused({ $or: [{ x: [1] }] })).toEqual(withReason('Unrecognized match type x'));
    expect(refused({ $or: ['a'] })).toBeUndefined();
  });
});
