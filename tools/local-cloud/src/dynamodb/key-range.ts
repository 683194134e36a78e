/** Where Query and Scan read: partition, range of sort keys, segment, and the key after which a page begins. */
import { crc32 } from 'node:zlib';
import { AwsError } from '../aws-error.ts';
import { attributeOf, type AttributeValue, compareValues, equalValues, type Item, typeOf } from './attribute-value.ts';
import type { Expressions, KeyCondition } from './dynalite-grammar.ts';
import { type Bound, encode, type Reading } from './item-store.ts';
import { afterPrefix, encodeKey } from './key-encoding.ts';
import { type ReadRequest, valuesOf } from './requests.ts';
import { type GlobalIndex, type KeyAttribute, type KeyShape, namesOf, type Table } from './table-definition.ts';

/** Whether an item lies in the segment that is read: which one it is in follows from its partition, as on AWS. */
export function inSegment(
  { partition }: KeyShape,
  { Segment: segment, TotalSegments: total = 1 }: ReadRequest,
  item: Item,
): boolean {
  return segment === undefined || crc32(encodeKey(item[partition.name] ?? {})) % total === segment;
}

/** What a request reads of a table or an index. @throws AwsError ValidationException where conditions or start do not fit the key */
export function readingOf(
  table: Table,
  index: GlobalIndex | undefined,
  shape: KeyShape,
  request: ReadRequest,
  expressions: Expressions,
): Reading {
  const after = startOf(table, index, request);
  if (request.ExclusiveStartKey !== undefined && !inSegment(shape, request, request.ExclusiveStartKey)) {
    throw invalid(
      'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. ' +
        `TotalSegments: ${request.TotalSegments} Segment: ${request.Segment}`,
    );
  }
  const from = after === undefined ? {} : { after };
  if (expressions.keyConditions === undefined) return { backward: false, ...from };
  const filtered = namesOf(shape).find((name) => expressions.filterHeads.includes(name));
  if (filtered !== undefined) {
    throw invalid(`Filter Expression can only contain non-primary key attributes: Primary key attribute: ${filtered}`);
  }
  const bounds = boundsOf(shape, expressions.keyConditions, valuesOf(request));
  checkStartWithin(shape, request, expressions.keyConditions);
  return { ...bounds, backward: request.ScanIndexForward === false, ...from };
}

function startOf(
  table: Table,
  index: GlobalIndex | undefined,
  { ExclusiveStartKey: key, KeyConditionExpression: condition }: ReadRequest,
): Reading['after'] {
  if (key === undefined) return undefined;
  const attributes = [table.key, ...(index === undefined ? [] : [index.key])].flatMap(({ partition, sort }) =>
    sort === undefined ? [partition] : [partition, sort],
  );
  const names = new Set(attributes.map(({ name }) => name));
  const fits =
    Object.keys(key).length === names.size &&
    attributes.every(({ name, type }) => attributeOf(key, name)?.[type] !== undefined);
  if (!fits) {
    // Only a scan of a table says what is wrong with the key.
    const why = index === undefined && condition === undefined;
    throw invalid(
      `The provided starting key is invalid${why ? ': The provided key element does not match the schema' : ''}`,
    );
  }
  const own = encode(table.key, key);
  return index === undefined ? { own } : { own, index: encode(index.key, key) };
}

/** The partition and the range of sort keys that the key conditions describe. */
function boundsOf(
  shape: KeyShape,
  conditions: readonly KeyCondition[],
  values: Item,
): Pick<Reading, 'partition' | 'lower' | 'upper'> {
  if (conditions.length > (shape.sort === undefined ? 1 : 2)) throw invalid('Query key condition not supported');
  const partition = conditions.find(({ attribute }) => attribute === shape.partition.name);
  if (partition === undefined) throw missed(shape.partition.name);
  if (partition.operator !== 'EQ') throw invalid('Query key condition not supported');
  const [hash] = operands(shape.partition, partition, values);
  const key = { partition: encodeKey(hash ?? {}) };
  if (conditions.length === 1 || shape.sort === undefined) return key;
  const sort = conditions.find(({ attribute }) => attribute === shape.sort?.name);
  if (sort === undefined) throw missed(shape.sort.name);
  const [low, high] = operands(shape.sort, sort, values).map(encodeKey);
  return low === undefined ? key : { ...key, ...range(sort.operator, low, high ?? low) };
}

function range(operator: string, low: Uint8Array, high: Uint8Array): { lower?: Bound; upper?: Bound } {
  switch (operator) {
    case 'EQ':
    case 'BETWEEN':
      return { lower: { value: low, inclusive: true }, upper: { value: high, inclusive: true } };
    case 'LT':
    case 'LE':
      return { upper: { value: low, inclusive: operator === 'LE' } };
    case 'GT':
    case 'GE':
      return { lower: { value: low, inclusive: operator === 'GE' } };
    default: {
      const end = afterPrefix(low);
      return {
        lower: { value: low, inclusive: true },
        ...(end !== undefined && { upper: { value: end, inclusive: false } }),
      };
    }
  }
}

function operands({ type }: KeyAttribute, { names }: KeyCondition, values: Item): AttributeValue[] {
  return names.map((name) => {
    const value = attributeOf(values, name);
    if (value === undefined || typeOf(value) !== type) {
      throw invalid('One or more parameter values were invalid: Condition parameter type does not match schema type');
    }
    return value;
  });
}

/** A query goes on only from within what it asks for; the range is looked at first, as on AWS. */
function checkStartWithin(
  shape: KeyShape,
  { ExclusiveStartKey: start, ExpressionAttributeValues: values = {} }: ReadRequest,
  conditions: readonly KeyCondition[],
): void {
  if (start === undefined) return;
  const fits = ({ attribute, operator, names }: KeyCondition): boolean => {
    const from = attributeOf(start, attribute);
    const [first, second] = names.map((name) => attributeOf(values, name));
    return from === undefined || first === undefined || within(operator, from, first, second);
  };
  const range = conditions.find(({ attribute }) => attribute !== shape.partition.name);
  if (range !== undefined && !fits(range))
    throw invalid('The provided starting key does not match the range key predicate');
  if (conditions.every(fits)) return;
  throw invalid(
    range === undefined
      ? 'The provided starting key is outside query boundaries based on provided conditions'
      : 'The query can return at most one row and cannot be restarted',
  );
}

function within(
  operator: string,
  value: AttributeValue,
  first: AttributeValue,
  second: AttributeValue | undefined,
): boolean {
  const order = compareValues(value, first) ?? 0;
  switch (operator) {
    case 'EQ':
      return equalValues(value, first);
    case 'LT':
      return order < 0;
    case 'LE':
      return order <= 0;
    case 'GT':
      return order > 0;
    case 'GE':
      return order >= 0;
    case 'BETWEEN':
      return order >= 0 && second !== undefined && (compareValues(value, second) ?? 0) <= 0;
    default:
      return Buffer.from(encodeKey(value)).subarray(0, encodeKey(first).length).equals(encodeKey(first));
  }
}

function missed(attribute: string): AwsError {
  return invalid(`Query condition missed key schema element: ${attribute}`);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
