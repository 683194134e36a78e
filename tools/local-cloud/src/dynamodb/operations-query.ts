/** Query and Scan. */
import { AwsError } from '../aws-error.ts';
import { type BoundOperation, operation } from '../service.ts';
import {
  attributeOf,
  type AttributeValue,
  compareValues,
  equalValues,
  type Item,
  itemSize,
  typeOf,
} from './attribute-value.ts';
import { CapacityReport } from './capacity.ts';
import { meets } from './condition.ts';
import { project } from './document-path.ts';
import { type Expressions, type KeyCondition, parseExpressions } from './dynalite-grammar.ts';
import { checkRequest, checkValues } from './dynalite-rules.ts';
import { type Bound, encode, type Reading } from './item-store.ts';
import { afterPrefix, encodeKey } from './key-encoding.ts';
import { checkNestedKeys } from './key-checks.ts';
import type { ItemRoom } from './operations-items.ts';
import { type ReadRequest, rules, valuesOf } from './requests.ts';
import {
  type GlobalIndex,
  type KeyAttribute,
  type KeyShape,
  namesOf,
  pick,
  projectedBy,
  type Table,
  tableArn,
} from './table-definition.ts';

/** A page ends with the item that reaches one megabyte (API reference, Query). */
const PAGE_BYTES = 1024 * 1024;

interface Read {
  readonly request: ReadRequest;
  readonly expressions: Expressions;
}

/** The operations that read many items of one table or index. */
export function queryOperations(room: ItemRoom): Readonly<Record<string, BoundOperation>> {
  return {
    Query: operation<Read, object>({
      parse: (raw) => {
        const request = checkRequest<ReadRequest>('Query', raw, rules.Query);
        checkStartKey(request);
        if (request.KeyConditionExpression === undefined) {
          throw invalid(
            'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
          );
        }
        return {
          request,
          expressions: parseExpressions(request, [
            'ProjectionExpression',
            'FilterExpression',
            'KeyConditionExpression',
          ]),
        };
      },
      needs: (read) => needs('dynamodb:Query', read),
      run: (read) => readMany(room, read),
    }),
    Scan: operation<Read, object>({
      parse: (raw) => {
        const request = checkRequest<ReadRequest>('Scan', raw, rules.Scan);
        checkStartKey(request);
        return { request, expressions: parseExpressions(request, ['ProjectionExpression', 'FilterExpression']) };
      },
      needs: (read) => needs('dynamodb:Scan', read),
      run: (read) => readMany(room, read),
    }),
  };
}

function needs(action: string, { request }: Read): { action: string; resource: string }[] {
  const table = tableArn(request.TableName);
  return [{ action, resource: request.IndexName === undefined ? table : `${table}/index/${request.IndexName}` }];
}

function checkStartKey({ ExclusiveStartKey: key }: ReadRequest): void {
  if (key !== undefined) checkValues(key);
}

function readMany(room: ItemRoom, { request, expressions }: Read): object {
  const table = room.tables.get(request.TableName);
  const index = indexOf(table, request);
  const shape = index?.key ?? table.key;
  checkSelection(table, index, request, expressions);
  const reading = readingOf(table, index, shape, request, expressions);
  const rows = index === undefined ? room.items.scan(table, reading) : room.items.scanIndex(table, index, reading);
  const values = valuesOf(request);
  const found: Item[] = [];
  let scanned = 0;
  let bytes = 0;
  let last: Item | undefined;
  for (const row of rows) {
    const item = index === undefined ? row : projectedBy(index, row);
    scanned++;
    bytes += itemSize(item);
    if (expressions.filter === undefined || meets(item, expressions.filter, values)) found.push(item);
    if (scanned !== request.Limit && bytes < PAGE_BYTES) continue;
    last = row;
    break;
  }
  const capacity = new CapacityReport(request.ReturnConsumedCapacity);
  capacity.read(table, bytes, request.ConsistentRead === true, index);
  return {
    Count: found.length,
    ScannedCount: scanned,
    ...(request.Select !== 'COUNT' && { Items: selected(found, expressions) }),
    ...(last !== undefined && { LastEvaluatedKey: pick(last, [...new Set([...namesOf(shape), ...table.keyNames])]) }),
    ...capacity.only,
  };
}

function selected(items: Item[], { projection }: Expressions): Item[] {
  return projection === undefined ? items : items.map((item) => project(item, projection));
}

function indexOf(table: Table, { IndexName: name, ConsistentRead: consistent }: ReadRequest): GlobalIndex | undefined {
  if (name === undefined) return undefined;
  const index = table.indexes.find((candidate) => candidate.name === name);
  if (index === undefined) throw invalid(`The table does not have the specified index: ${name}`);
  if (consistent === true) throw invalid('Consistent reads are not supported on global secondary indexes');
  return index;
}

function checkSelection(
  table: Table,
  index: GlobalIndex | undefined,
  { Select: select }: ReadRequest,
  expressions: Expressions,
): void {
  checkNestedKeys(table, expressions.nested);
  if (select === 'ALL_PROJECTED_ATTRIBUTES' && index === undefined) {
    throw invalid('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  if (select === 'SPECIFIC_ATTRIBUTES' && expressions.projection === undefined) {
    throw invalid('Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES');
  }
  if (select !== undefined && select !== 'SPECIFIC_ATTRIBUTES' && expressions.projection !== undefined) {
    throw invalid(`Cannot specify the ProjectionExpression when choosing to get ${select}`);
  }
  if (select === 'ALL_ATTRIBUTES' && index?.projected !== undefined) {
    throw invalid(
      'One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index ' +
        `${index.name} because its projection type is not ALL`,
    );
  }
}

function readingOf(
  table: Table,
  index: GlobalIndex | undefined,
  shape: KeyShape,
  request: ReadRequest,
  expressions: Expressions,
): Reading {
  const after = startOf(table, index, request.ExclusiveStartKey);
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

function startOf(table: Table, index: GlobalIndex | undefined, key: Item | undefined): Reading['after'] {
  if (key === undefined) return undefined;
  const attributes = [table.key, ...(index === undefined ? [] : [index.key])].flatMap(({ partition, sort }) =>
    sort === undefined ? [partition] : [partition, sort],
  );
  const names = new Set(attributes.map(({ name }) => name));
  const fits =
    Object.keys(key).length === names.size &&
    attributes.every(({ name, type }) => attributeOf(key, name)?.[type] !== undefined);
  if (!fits) throw invalid('The provided starting key is invalid');
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

/** A query goes on only from within what it asks for. */
function checkStartWithin(
  shape: KeyShape,
  { ExclusiveStartKey: start, ExpressionAttributeValues: values = {} }: ReadRequest,
  conditions: readonly KeyCondition[],
): void {
  if (start === undefined) return;
  for (const { attribute, operator, names } of conditions) {
    const from = attributeOf(start, attribute);
    const [first, second] = names.map((name) => attributeOf(values, name));
    if (from === undefined || first === undefined || within(operator, from, first, second)) continue;
    throw invalid(
      attribute === shape.partition.name
        ? 'The provided starting key is outside query boundaries based on provided conditions'
        : 'The provided starting key does not match the range key predicate',
    );
  }
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
