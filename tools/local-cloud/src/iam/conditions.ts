/** The Condition block of a policy statement: compiled once, with everything that would be misread refused. */
import { arnLike, like, refuseVariables } from './wildcard.ts';

/** The values of the request's condition keys; a key that the request lacks is absent. Names are in lower case. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

/** Whether a compiled Condition block holds for a request. */
export type Condition = (context: RequestContext) => boolean;

type Match = (expected: string, actual: string) => boolean;

/** `negated`: true where the value fits none of those in the policy, and where the key is missing. */
const OPERATORS: Readonly<Record<string, { readonly match: Match; readonly negated: boolean }>> = {
  StringEquals: { match: (expected, actual) => expected === actual, negated: false },
  StringNotEquals: { match: (expected, actual) => expected === actual, negated: true },
  StringLike: { match: like, negated: false },
  StringNotLike: { match: like, negated: true },
  ArnEquals: { match: arnLike, negated: false },
  ArnLike: { match: arnLike, negated: false },
  ArnNotEquals: { match: arnLike, negated: true },
  ArnNotLike: { match: arnLike, negated: true },
  Bool: { match: (expected, actual) => expected.toLowerCase() === actual.toLowerCase(), negated: false },
};

const GLOBAL_KEYS = [
  'aws:PrincipalAccount',
  'aws:PrincipalArn',
  'aws:PrincipalIsAWSService',
  'aws:SecureTransport',
  'aws:SourceAccount',
  'aws:SourceArn',
];

/** Keys that services set, as the Service Authorization Reference lists them; these hold a list of values. */
const MULTIVALUED_KEYS = ['events:source', 'events:detail-type', 'dynamodb:LeadingKeys', 'dynamodb:Attributes'];

const KNOWN_KEYS = new Map([...GLOBAL_KEYS, ...MULTIVALUED_KEYS].map((key) => [key.toLowerCase(), key]));
const MULTIVALUED = new Set(MULTIVALUED_KEYS.map((key) => key.toLowerCase()));

/**
 * Compiles a Condition block; all of its operators and keys must hold
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html).
 * @throws Error naming an operator or key that is not known, or a value that holds a policy variable
 */
export function compileCondition(
  block: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>,
): Condition {
  const tests = Object.entries(block).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => compileTest(operator, key, values)),
  );
  return (context) => tests.every((test) => test(context));
}

function compileTest(written: string, key: string, values: readonly string[]): Condition {
  const name = key.toLowerCase();
  if (!KNOWN_KEYS.has(name)) throw new Error(`the condition key ${key} is not supported`);
  refuseVariables(values);
  const [, set, operator = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(written) ?? [];
  if (operator === 'Null') return nullTest(name, values);
  const known = OPERATORS[operator];
  if (known === undefined) throw new Error(`the condition operator ${written} is not supported`);
  if (set === undefined && MULTIVALUED.has(name)) {
    throw new Error(
      `the condition key ${key} has many values: ${written} needs ForAllValues: or ForAnyValue: before it`,
    );
  }
  const fits = (actual: string): boolean => values.some((expected) => known.match(expected, actual)) !== known.negated;
  return (context) => {
    const actual = context.get(name);
    if (actual === undefined || actual.length === 0) return missing(set, known.negated, ifExists !== undefined);
    return set === 'ForAnyValue' ? actual.some(fits) : actual.every(fits);
  };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html */
function missing(set: string | undefined, negated: boolean, ifExists: boolean): boolean {
  if (ifExists || set === 'ForAllValues') return true;
  return set === undefined && negated;
}

/** `Null: true` holds where the key is absent, `Null: false` where it is present. */
function nullTest(name: string, values: readonly string[]): Condition {
  return (context) => values.includes(String((context.get(name)?.length ?? 0) === 0));
}
