/** Whether keys fit a table's schema, with the messages of DynamoDB. */
import { AwsError } from '../aws-error.ts';
import { attributeOf, type AttributeValue, type Item, typeOf } from './attribute-value.ts';
import { type KeyAttribute, type KeyShape, LONGEST_KEY, namesOf, type Table } from './table-definition.ts';
import type { UpdateClause } from './update.ts';

/** Checks the key of a request: exactly the key attributes, of their types. @throws AwsError ValidationException */
export function checkKey(table: Table, key: Item): void {
  const attributes = attributesOf(table.key);
  const fits =
    Object.keys(key).length === attributes.length &&
    attributes.every(({ name, type }) => attributeOf(key, name)?.[type] !== undefined);
  if (!fits) throw invalid('The provided key element does not match the schema');
  checkEmpty(table.key, key);
  checkLengths(table.key, key);
}

/** Checks the key attributes of a whole item, those of indexes included. @throws AwsError ValidationException */
export function checkItemKeys(table: Table, item: Item): void {
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
  checkEmpty(table.key, item);
  checkLengths(table.key, item);
  for (const index of table.indexes) {
    for (const { name, type } of attributesOf(index.key)) {
      const value = attributeOf(item, name);
      if (value === undefined) continue;
      if (value[type] === undefined) throw indexMismatch(index.name, name, type, typeOf(value));
      checkIndexKeyEmpty(index.name, name, type, value);
    }
    checkLengths(index.key, item);
  }
}

/**
 * Checks the index keys that an update has touched in `item`; what was there before an index was made may stay.
 * @throws AwsError ValidationException
 */
export function checkTouchedIndexKeys(table: Table, item: Item, clauses: readonly UpdateClause[]): void {
  for (const index of table.indexes) {
    for (const attribute of attributesOf(index.key)) {
      const { name, type } = attribute;
      const value = attributeOf(item, name);
      if (value === undefined || !clauses.some(({ path }) => path[0] === name)) continue;
      if (value[type] === undefined) throw badIndexKey('to unsupported type');
      checkIndexKeyEmpty(index.name, name, type, value);
      const longest = attribute === index.key.partition ? LONGEST_KEY.partition : LONGEST_KEY.sort;
      if (lengthOf(attribute, item) > longest) throw badIndexKey('beyond allowed size limits');
    }
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

function badIndexKey(how: string): AwsError {
  return invalid(`The update expression attempted to update the secondary index key ${how}`);
}

function checkIndexKeyEmpty(index: string, name: string, type: KeyAttribute['type'], value: AttributeValue): void {
  if (value[type] !== '') return;
  throw invalid(
    'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
      `The AttributeValue for a key attribute cannot contain an empty ${type === 'S' ? 'string' : 'binary'} value. ` +
      `IndexName: ${index}, IndexKey: ${name}`,
  );
}

function checkEmpty({ partition, sort }: KeyShape, item: Item): void {
  for (const { name, type } of sort === undefined ? [partition] : [partition, sort]) {
    if (item[name]?.[type] !== '') continue;
    throw invalid(
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ' +
        `${type === 'S' ? 'string' : 'binary'} value. Key: ${name}`,
    );
  }
}

/** AWS's words, a missing space included. */
function checkLengths({ partition, sort }: KeyShape, item: Item): void {
  if (lengthOf(partition, item) > LONGEST_KEY.partition)
    throw tooLong('Size of hashkey has exceeded the maximum size limit of2048 bytes');
  if (sort !== undefined && lengthOf(sort, item) > LONGEST_KEY.sort)
    throw tooLong('Aggregated size of all range keys has exceeded the size limit of 1024 bytes');
}

function lengthOf({ name, type }: KeyAttribute, item: Item): number {
  return Buffer.byteLength(item[name]?.[type] ?? '', type === 'B' ? 'base64' : 'utf8');
}

function tooLong(message: string): AwsError {
  return invalid(`One or more parameter values were invalid: ${message}`);
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
