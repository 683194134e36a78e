/** Query and Scan. */
import { AwsError } from '../aws-error.ts';
import { type BoundOperation, operation } from '../service.ts';
import { type Item, itemSize } from './attribute-value.ts';
import { CapacityReport } from './capacity.ts';
import { meets } from './condition.ts';
import { project } from './document-path.ts';
import { checkExpressionUse, type ExpressionName, type Expressions, parseExpressions } from './dynalite-grammar.ts';
import { checkRequest } from './dynalite-rules.ts';
import { checkNestedKeys } from './key-checks.ts';
import { inSegment, readingOf } from './key-range.ts';
import type { ItemRoom } from './operations-items.ts';
import { type ReadRequest, rules, valuesOf } from './requests.ts';
import {
  type GlobalIndex,
  type KeyShape,
  namesOf,
  pick,
  projectedBy,
  type Table,
  tableArn,
} from './table-definition.ts';
import { problemOf } from './value-checks.ts';

/** A page ends with the item that reaches one megabyte (API reference, Query). */
const PAGE_BYTES = 1024 * 1024;

interface Read {
  readonly request: ReadRequest;
  readonly expressions: Expressions;
}

const QUERY: readonly ExpressionName[] = ['ProjectionExpression', 'FilterExpression', 'KeyConditionExpression'];
const SCAN: readonly ExpressionName[] = ['ProjectionExpression', 'FilterExpression'];

/** The operations that read many items of one table or index. */
export function queryOperations(room: ItemRoom): Readonly<Record<string, BoundOperation>> {
  return {
    Query: operation<Read, object>({
      parse: parseQuery,
      needs: (read) => needs('dynamodb:Query', read),
      run: (read) => readMany(room, read),
    }),
    Scan: operation<Read, object>({
      parse: parseScan,
      needs: (read) => needs('dynamodb:Scan', read),
      run: (read) => readMany(room, read),
    }),
  };
}

function parseQuery(raw: unknown): Read {
  const request = checkRequest<ReadRequest>('Query', raw, rules.Query);
  checkExpressionUse(request, QUERY);
  checkStartKey(request);
  if (request.KeyConditionExpression === undefined) {
    throw invalid('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
  }
  return { request, expressions: parseExpressions(request, QUERY) };
}

function parseScan(raw: unknown): Read {
  const request = checkRequest<ReadRequest>('Scan', raw, rules.Scan);
  checkExpressionUse(request, SCAN);
  checkStartKey(request);
  checkSegment(request);
  return { request, expressions: parseExpressions(request, SCAN) };
}

function needs(action: string, { request }: Read): { action: string; resource: string }[] {
  const table = tableArn(request.TableName);
  return [{ action, resource: request.IndexName === undefined ? table : `${table}/index/${request.IndexName}` }];
}

/** What is wrong with a value has words in front here, but for sets and numbers, where AWS has none. */
function checkStartKey({ ExclusiveStartKey: key = {} }: ReadRequest): void {
  for (const value of Object.values(key)) {
    const problem = problemOf(value);
    if (problem === undefined) continue;
    const bare = /contains duplicates|number set|numeric value|significant digits|number with magnitude/i.test(problem);
    throw invalid(bare ? problem : `The provided starting key is invalid: ${problem}`);
  }
}

/** Parallel scan (API reference, Scan, Segment and TotalSegments). */
function checkSegment({ Segment: segment, TotalSegments: total }: ReadRequest): void {
  const required = (name: string, other: string): AwsError =>
    invalid(`The ${name} parameter is required but was not present in the request when ${other} is present`);
  if (segment !== undefined && total === undefined) throw required('TotalSegments', 'Segment parameter');
  if (segment === undefined && total !== undefined) throw required('Segment', 'parameter TotalSegments');
  if (segment === undefined || total === undefined || segment < total) return;
  throw invalid(
    'The Segment parameter is zero-based and must be less than parameter TotalSegments: ' +
      `Segment: ${segment} is not less than TotalSegments: ${total}`,
  );
}

function readMany(room: ItemRoom, { request, expressions }: Read): object {
  const table = room.tables.get(request.TableName);
  const index = indexOf(table, request);
  const shape = index?.key ?? table.key;
  checkSelection(table, index, request, expressions);
  const reading = readingOf(table, index, shape, request, expressions);
  const rows = index === undefined ? room.items.scan(table, reading) : room.items.scanIndex(table, index, reading);
  const { found, scanned, bytes, last } = takePage(rows, index, shape, request, expressions);
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

interface Page {
  readonly found: Item[];
  readonly scanned: number;
  /** What was read, before the filter. */
  readonly bytes: number;
  /** The item that the page ended with, unless everything was read. */
  readonly last?: Item;
}

function takePage(
  rows: Iterable<Item>,
  index: GlobalIndex | undefined,
  shape: KeyShape,
  request: ReadRequest,
  { filter }: Expressions,
): Page {
  const values = valuesOf(request);
  const found: Item[] = [];
  let scanned = 0;
  let bytes = 0;
  for (const row of rows) {
    if (!inSegment(shape, request, row)) continue;
    const item = index === undefined ? row : projectedBy(index, row);
    scanned++;
    bytes += itemSize(item);
    if (filter === undefined || meets(item, filter, values)) found.push(item);
    if (scanned === request.Limit || bytes >= PAGE_BYTES) return { found, scanned, bytes, last: row };
  }
  return { found, scanned, bytes };
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

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
