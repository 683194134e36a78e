/** Whether keys fit a table's schema, with the messages of DynamoDB. */
import { AwsError } from '../aws-error.ts';
import { attributeOf, type AttributeValue, type Item, typeOf } from './attribute-value.ts';
import { type KeyAttribute, type KeyShape, namesOf, type Table } from './table-definition.ts';
import type { UpdateClause } from './update.ts';

/** Bytes that a partition key and a sort key may have (Developer Guide, "Constraints in DynamoDB"). */
const LONGEST_PARTITION_KEY = 2_048;
const LONGEST_SORT_KEY = 1_024;

/** Checks the key of a request: exactly the key attributes, of their types. @throws AwsError ValidationException */
export function checkKey(table: Table, key: Item): void {
  const attributes = attributesOf(table.key);
  const fits =
    Object.keys(key).length === attributes.length &&
    attributes.every(({ name, type }) => attributeOf(key, name)?.[type] !== undefined);
  if (!fits) throw invalid('The provided key element does not match the schema');
  checkLengths(table.key, key);
}

/**
 * Checks the key attributes of a whole item, those of indexes included.
 * @throws AwsError ValidationException; with `indexMessage` where only an index's key does not fit
 */
export function checkItemKeys(table: Table, item: Item, indexMessage?: string): void {
  for (const { name, type } of attributesOf(table.key)) {
    const value = attributeOf(item, name);
    if (value === undefined)
      throw invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`);
    if (value[type] === undefined) {
      throw invalid(
        `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`,
      );
    }
  }
  checkLengths(table.key, item);
  for (const index of table.indexes) {
    for (const attribute of attributesOf(index.key))
      checkIndexKey(index.name, attribute, attributeOf(item, attribute.name), indexMessage);
  }
}

/** Checks that an update leaves the key alone and fits the index keys. @throws AwsError ValidationException */
export function checkUpdatedKeys(table: Table, clauses: readonly UpdateClause[]): void {
  for (const { path } of clauses) {
    const [head] = path;
    if (typeof head === 'string' && table.keyNames.includes(head)) {
      throw invalid(
        `One or more parameter values were invalid: Cannot update attribute ${head}. This attribute is part of the key`,
      );
    }
  }
  for (const index of table.indexes) {
    for (const { name, type } of attributesOf(index.key)) {
      const clause = clauses.find(({ path }) => path.length === 1 && path[0] === name);
      const actual = clause === undefined || clause.action === 'REMOVE' ? undefined : clause.type;
      if (actual !== undefined && actual !== type) throw indexMismatch(index.name, name, type, actual);
    }
  }
}

/** Checks that no nested path begins at a key attribute. @throws AwsError ValidationException */
export function checkNestedKeys(table: Table, heads: readonly string[]): void {
  if (heads.length === 0) return;
  const refuse = (kind: string, name: string): AwsError =>
    invalid(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${kind}: ${name}`,
    );
  for (const head of heads) {
    if (table.keyNames.includes(head)) throw refuse('Key', head);
    if (table.indexes.some((index) => namesOf(index.key).includes(head))) throw refuse('IndexKey', head);
  }
}

function checkIndexKey(
  index: string,
  { name, type }: KeyAttribute,
  value: AttributeValue | undefined,
  message: string | undefined,
): void {
  if (value === undefined) return;
  const text = value[type];
  if (text === undefined)
    throw message === undefined ? indexMismatch(index, name, type, typeOf(value)) : invalid(message);
  if (text !== '') return;
  throw invalid(
    'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
      `The AttributeValue for a key attribute cannot contain an empty ${type === 'S' ? 'string' : 'binary'} value. ` +
      `IndexName: ${index}, IndexKey: ${name}`,
  );
}

function checkLengths(shape: KeyShape, item: Item): void {
  checkLength(
    shape.partition,
    item,
    LONGEST_PARTITION_KEY,
    'Size of hashkey has exceeded the maximum size limit of2048 bytes',
  );
  if (shape.sort === undefined) return;
  checkLength(
    shape.sort,
    item,
    LONGEST_SORT_KEY,
    'Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
  );
}

function checkLength({ name, type }: KeyAttribute, item: Item, longest: number, message: string): void {
  const value = item[name]?.[type] ?? '';
  if (type === 'N') return;
  if (value === '') {
    throw invalid(
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ' +
        `${type === 'S' ? 'string' : 'binary'} value. Key: ${name}`,
    );
  }
  const bytes = Buffer.byteLength(value, type === 'S' ? 'utf8' : 'base64');
  if (bytes > longest) throw invalid(`One or more parameter values were invalid: ${message}`);
}

function attributesOf({ partition, sort }: KeyShape): KeyAttribute[] {
  return sort === undefined ? [partition] : [partition, sort];
}

function indexMismatch(index: string, name: string, expected: string, actual: string): AwsError {
  return invalid(
    `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${expected} Actual: ${actual} IndexName: ${index}`,
  );
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
