/** Conditions and filters: their tree, and whether an item meets them. */
import {
  attributeOf,
  type AttributeValue,
  compareValues,
  equalValues,
  type Item,
  setMembers,
  typeOf,
} from './attribute-value.ts';
import { type Path, valueAt } from './document-path.ts';

/** What a condition compares; `value` names a placeholder such as `:total`. */
export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'size'; readonly of: Operand };

/** The comparators of expressions. */
export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** The functions that give a truth value; `size` gives a number and is an operand. */
export type ConditionFunction =
  'attribute_exists' | 'attribute_not_exists' | 'attribute_type' | 'begins_with' | 'contains';

/** A condition whose names are resolved and whose values are still placeholders (Developer Guide, "Condition expressions"). */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly inner: Condition }
  | { readonly kind: 'compare'; readonly comparator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly options: readonly Operand[] }
  | { readonly kind: 'function'; readonly name: ConditionFunction; readonly operands: readonly Operand[] };

/** Whether `item` (empty where there is none) meets `condition` with these placeholder values. */
export function meets(item: Item, condition: Condition, values: Item): boolean {
  switch (condition.kind) {
    case 'and':
      return meets(item, condition.left, values) && meets(item, condition.right, values);
    case 'or':
      return meets(item, condition.left, values) || meets(item, condition.right, values);
    case 'not':
      return !meets(item, condition.inner, values);
    case 'compare':
      return compares(
        condition.comparator,
        resolve(item, condition.left, values),
        resolve(item, condition.right, values),
      );
    case 'between': {
      const value = resolve(item, condition.operand, values);
      return (
        compares('>=', value, resolve(item, condition.low, values)) &&
        compares('<=', value, resolve(item, condition.high, values))
      );
    }
    case 'in': {
      const value = resolve(item, condition.operand, values);
      return condition.options.some((option) => compares('=', value, resolve(item, option, values)));
    }
    case 'function':
      return holds(
        condition.name,
        condition.operands.map((operand) => resolve(item, operand, values)),
      );
  }
}

function resolve(item: Item, operand: Operand, values: Item): AttributeValue | undefined {
  switch (operand.kind) {
    case 'path':
      return valueAt(item, operand.path);
    case 'value':
      return attributeOf(values, operand.name);
    case 'size': {
      const value = resolve(item, operand.of, values);
      const size = value === undefined ? undefined : sizeOf(value);
      return size === undefined ? undefined : { N: String(size) };
    }
  }
}

/** A value that is missing, or of another type, is unequal to everything and in no order with anything. */
function compares(comparator: Comparator, a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  if (comparator === '=') return a !== undefined && b !== undefined && equalValues(a, b);
  if (comparator === '<>') return !(a !== undefined && b !== undefined && equalValues(a, b));
  const order = a === undefined || b === undefined ? undefined : compareValues(a, b);
  if (order === undefined) return false;
  switch (comparator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function holds(name: ConditionFunction, [first, second]: readonly (AttributeValue | undefined)[]): boolean {
  switch (name) {
    case 'attribute_exists':
      return first !== undefined;
    case 'attribute_not_exists':
      return first === undefined;
    case 'attribute_type':
      return first !== undefined && typeOf(first) === second?.S;
    case 'begins_with':
      return first !== undefined && second !== undefined && beginsWith(first, second);
    case 'contains':
      return first !== undefined && second !== undefined && contains(first, second);
  }
}

function beginsWith(value: AttributeValue, prefix: AttributeValue): boolean {
  if (value.S !== undefined && prefix.S !== undefined) return value.S.startsWith(prefix.S);
  if (value.B === undefined || prefix.B === undefined) return false;
  const start = Buffer.from(prefix.B, 'base64');
  return Buffer.from(value.B, 'base64').subarray(0, start.length).equals(start);
}

/** A substring, a member of a set, or an element of a list. */
function contains(value: AttributeValue, part: AttributeValue): boolean {
  if (value.S !== undefined) return part.S !== undefined && value.S.includes(part.S);
  if (value.B !== undefined) {
    return part.B !== undefined && Buffer.from(value.B, 'base64').includes(Buffer.from(part.B, 'base64'));
  }
  if (value.L !== undefined) return value.L.some((element) => equalValues(element, part));
  if (value.SS !== undefined) return part.S !== undefined && value.SS.includes(part.S);
  if (value.NS !== undefined) return part.N !== undefined && value.NS.includes(part.N);
  if (value.BS !== undefined) return part.B !== undefined && value.BS.includes(part.B);
  return false;
}

/** The function `size`: characters, bytes, or how many members or elements there are. */
function sizeOf(value: AttributeValue): number | undefined {
  if (value.S !== undefined) return value.S.length;
  if (value.B !== undefined) return Buffer.byteLength(value.B, 'base64');
  if (value.M !== undefined) return Object.keys(value.M).length;
  return (value.L ?? setMembers(value))?.length;
}
