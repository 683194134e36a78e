/** dynalite's expression parsers: their trees become ours, and are kept for the next request of the same text. */
import validations, {
  type ExpressionData,
  type RawCondition,
  type RawNode,
  type RawOperand,
  type RawPath,
  type RawSection,
} from 'dynalite/validations/index.js';
import { AwsError } from '../aws-error.ts';
import { type AttributeValue, type Item, typeOf } from './attribute-value.ts';
import type { Comparator, Condition, ConditionFunction, Operand } from './condition.ts';
import type { Path } from './document-path.ts';
import { checkCondition, checkLength, checkPaths, checkPlaceholders, checkUpdate } from './expression-limits.ts';
import type { Assigned, UpdateClause } from './update.ts';
import { problemOf } from './value-checks.ts';

/** The expression parameters of a request. */
export interface ExpressionTexts {
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
}

/** How a query bounds one key attribute; `names` are placeholders. */
export interface KeyCondition {
  readonly attribute: string;
  readonly operator: string;
  readonly names: readonly string[];
}

/** A request's expressions, parsed; `nested` and `filterHeads` are the attributes that nested paths and the filter name. */
export interface Expressions {
  readonly update?: readonly UpdateClause[];
  readonly condition?: Condition;
  readonly keyConditions?: readonly KeyCondition[];
  readonly filter?: Condition;
  readonly filterHeads: readonly string[];
  readonly projection?: readonly Path[];
  readonly nested: readonly string[];
}

/** The expression parameters that operations have. */
export type ExpressionName =
  'UpdateExpression' | 'ConditionExpression' | 'KeyConditionExpression' | 'FilterExpression' | 'ProjectionExpression';

const NONE: Expressions = { filterHeads: [], nested: [] };
const MOST_CACHED = 2_000;
const cache = new Map<string, Expressions>();

/**
 * Refuses placeholders in a request without an expression that could use them: DynamoDB looks at this before it looks at
 * any value. @throws AwsError ValidationException
 */
export function checkExpressionUse(texts: ExpressionTexts, allowed: readonly ExpressionName[]): void {
  const used = allowed.some((name) => texts[name] !== undefined);
  const usesValues = allowed.some((name) => name !== 'ProjectionExpression' && texts[name] !== undefined);
  const namesAreIdle = texts.ExpressionAttributeNames !== undefined && !used;
  const valuesAreIdle = texts.ExpressionAttributeValues !== undefined && !usesValues;
  if (namesAreIdle || valuesAreIdle) refuse(validations.validateExpressionParams({ ...texts }, [...allowed], []));
}

/**
 * Parses the expressions of one request, and canonicalizes the numbers of its placeholders, in place.
 * What was parsed is kept by text, names and the values' types: everything that a parse depends on,
 * but for the bounds of BETWEEN and the type name of `attribute_type`, which are parsed anew each time.
 * @throws AwsError ValidationException with DynamoDB's message
 */
export function parseExpressions(texts: ExpressionTexts, allowed: readonly ExpressionName[]): Expressions {
  if (allowed.every((name) => texts[name] === undefined)) return NONE;
  const values = texts.ExpressionAttributeValues;
  const key = cacheKey(texts, values);
  const cached = cache.get(key);
  if (cached !== undefined && valuesAreValid(values)) return cached;
  const copies = Object.entries(values ?? {}).map(([name, value]) => [name, { ...value }] as const);
  const data: ExpressionData = { ...texts };
  if (values !== undefined) data.ExpressionAttributeValues = Object.fromEntries(copies);
  checkPlaceholders(texts.ExpressionAttributeNames, values);
  for (const name of allowed) checkLength(name, texts[name] ?? '');
  refuse(validations.validateExpressions(data));
  refuseInvalidValues(values);
  const parsed = new Conversion(new Map(copies.map(([name, copy]) => [copy, name]))).expressions(data);
  checkLimits(parsed);
  if (!dependsOnValues(parsed.condition) && !dependsOnValues(parsed.filter) && !boundsAreValues(parsed.keyConditions)) {
    if (cache.size >= MOST_CACHED) cache.clear();
    cache.set(key, parsed);
  }
  return parsed;
}

function checkLimits({ update, condition, filter, projection }: Expressions): void {
  if (update !== undefined) checkUpdate('UpdateExpression', update);
  if (condition !== undefined) checkCondition('ConditionExpression', condition);
  if (filter !== undefined) checkCondition('FilterExpression', filter);
  if (projection !== undefined) checkPaths('ProjectionExpression', projection);
}

function cacheKey(texts: ExpressionTexts, values: Item | undefined): string {
  const types: string[] = [];
  for (const name in values) types.push(name, typeOf(values[name] ?? {}));
  return JSON.stringify([
    texts.UpdateExpression,
    texts.ConditionExpression,
    texts.KeyConditionExpression,
    texts.FilterExpression,
    texts.ProjectionExpression,
    texts.ExpressionAttributeNames,
    values === undefined ? null : types,
  ]);
}

function valuesAreValid(values: Item | undefined): boolean {
  return Object.values(values ?? {}).every((value) => problemOf(value) === undefined);
}

/** Those that dynalite does not find; canonicalizes the numbers of the others. */
function refuseInvalidValues(values: Item | undefined): void {
  for (const [name, value] of Object.entries(values ?? {})) {
    const problem = problemOf(value);
    if (problem !== undefined)
      throw invalid(`ExpressionAttributeValues contains invalid value: ${problem} for key ${name}`);
  }
}

function dependsOnValues(condition: Condition | undefined): boolean {
  switch (condition?.kind) {
    case 'and':
    case 'or':
      return dependsOnValues(condition.left) || dependsOnValues(condition.right);
    case 'not':
      return dependsOnValues(condition.inner);
    case 'between':
      return true;
    case 'function':
      return condition.name === 'attribute_type';
    default:
      return false;
  }
}

function boundsAreValues(conditions: readonly KeyCondition[] | undefined): boolean {
  return conditions?.some(({ operator }) => operator === 'BETWEEN') ?? false;
}

/** Turns dynalite's trees into ours; placeholders are known again by the identity of their values. */
class Conversion {
  readonly #names: ReadonlyMap<AttributeValue, string>;

  constructor(names: ReadonlyMap<AttributeValue, string>) {
    this.#names = names;
  }

  expressions(data: ExpressionData): Expressions {
    const {
      _updates: update,
      _condition: condition,
      _keyCondition: key,
      _filter: filter,
      _projection: projection,
    } = data;
    const nested = [update, condition, filter, projection].flatMap((part) => Object.keys(part?.nestedPaths ?? {}));
    return {
      nested,
      filterHeads: Object.keys(filter?.pathHeads ?? {}),
      ...(update !== undefined && { update: update.sections.map((section) => this.#clause(section)) }),
      ...(condition !== undefined && { condition: this.#condition(condition.expression) }),
      ...(filter !== undefined && { filter: this.#condition(filter.expression) }),
      ...(projection !== undefined && { projection: projection.paths }),
      ...(key !== undefined && { keyConditions: this.#keyConditions(key) }),
    };
  }

  #keyConditions(raw: RawCondition): KeyCondition[] {
    const converted = validations.convertKeyCondition(raw.expression);
    if (typeof converted === 'string') throw invalid(converted);
    refuse(validations.validateConditions(converted));
    return Object.entries(converted).map(([attribute, { ComparisonOperator: operator, AttributeValueList: list }]) => ({
      attribute,
      operator,
      names: list.map((value) => this.#name(value)),
    }));
  }

  #condition(node: RawOperand | undefined): Condition {
    const { type, name, args } = asNode(node);
    switch (type) {
      case 'and':
      case 'or':
        return { kind: type, left: this.#condition(args[0]), right: this.#condition(args[1]) };
      case 'not':
        return { kind: 'not', inner: this.#condition(args[0]) };
      case 'between':
        return {
          kind: 'between',
          operand: this.#operand(args[0]),
          low: this.#operand(args[1]),
          high: this.#operand(args[2]),
        };
      case 'in':
        return { kind: 'in', operand: this.#operand(args[0]), options: args.slice(1).map((arg) => this.#operand(arg)) };
      case 'function':
        return { kind: 'function', name: functionName(name), operands: args.map((arg) => this.#operand(arg)) };
      default:
        return {
          kind: 'compare',
          comparator: comparator(type),
          left: this.#operand(args[0]),
          right: this.#operand(args[1]),
        };
    }
  }

  #operand(raw: RawOperand | undefined): Operand {
    if (Array.isArray(raw)) return { kind: 'path', path: raw };
    if (raw !== undefined && 'type' in raw) return { kind: 'size', of: this.#operand(raw.args[0]) };
    return { kind: 'value', name: this.#name(raw) };
  }

  #clause({ type, path, val, attrType }: RawSection): UpdateClause {
    switch (type) {
      case 'set':
        return { action: 'SET', path, assigned: this.#assigned(val), type: attrType };
      case 'remove':
        return { action: 'REMOVE', path };
      case 'add':
        return { action: 'ADD', path, name: this.#name(val), type: attrType };
      case 'delete':
        return { action: 'DELETE', path, name: this.#name(val), type: attrType };
      default:
        throw unreadable(type);
    }
  }

  #assigned(raw: RawOperand | undefined): Assigned {
    if (Array.isArray(raw)) return { kind: 'path', path: raw };
    if (raw === undefined || !('type' in raw)) return { kind: 'value', name: this.#name(raw) };
    const [first, second] = raw.args;
    if (raw.name === 'if_not_exists')
      return { kind: 'if_not_exists', path: asPath(first), otherwise: this.#assigned(second) };
    const kind = raw.type === 'add' ? 'plus' : raw.type === 'subtract' ? 'minus' : 'list_append';
    return { kind, left: this.#assigned(first), right: this.#assigned(second) };
  }

  #name(raw: RawOperand | undefined): string {
    const name = raw === undefined || Array.isArray(raw) || 'type' in raw ? undefined : this.#names.get(raw);
    if (name === undefined) throw unreadable(JSON.stringify(raw));
    return name;
  }
}

function asNode(raw: RawOperand | undefined): RawNode {
  if (raw === undefined || Array.isArray(raw) || !('type' in raw)) throw unreadable(JSON.stringify(raw));
  return raw;
}

function asPath(raw: RawOperand | undefined): RawPath {
  if (!Array.isArray(raw)) throw unreadable(JSON.stringify(raw));
  return raw;
}

function functionName(name: string | undefined): ConditionFunction {
  switch (name) {
    case 'attribute_exists':
    case 'attribute_not_exists':
    case 'attribute_type':
    case 'begins_with':
    case 'contains':
      return name;
    default:
      throw unreadable(name);
  }
}

function comparator(type: string): Comparator {
  switch (type) {
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return type;
    default:
      throw unreadable(type);
  }
}

function refuse(message: string | undefined): void {
  if (message !== undefined) throw invalid(message);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

function unreadable(what: string | undefined): Error {
  return new Error(`dynalite's parser returned what this version does not know: ${what ?? 'nothing'}`);
}
