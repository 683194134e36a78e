/** The requests of the operations on items: dynalite's rules, less what is not supported, plus what is newer. */
import type { AttributeValue, Item } from './attribute-value.ts';
import type { CapacityDetail } from './capacity.ts';
import type { ExpressionTexts } from './dynalite-grammar.ts';
import { itemRules as known, type Rules } from './dynalite-rules.ts';

interface TableRequest extends ExpressionTexts {
  readonly TableName: string;
  readonly ReturnConsumedCapacity?: CapacityDetail;
}

/** Members that write requests have in common. */
interface WriteRequest extends TableRequest {
  readonly ReturnValues?: 'NONE' | 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW';
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' | 'NONE';
}

/** GetItem. */
export interface GetItemRequest extends TableRequest {
  readonly Key: Item;
  readonly ConsistentRead?: boolean;
}
/** PutItem, and Put in a transaction. */
export interface PutItemRequest extends WriteRequest {
  readonly Item: Item;
}
/** UpdateItem and DeleteItem, and what names its item by key in a transaction. */
export interface KeyedWriteRequest extends WriteRequest {
  readonly Key: Item;
}

/** Query and Scan. */
export interface ReadRequest extends TableRequest {
  readonly IndexName?: string;
  readonly ConsistentRead?: boolean;
  readonly Limit?: number;
  readonly Select?: 'ALL_ATTRIBUTES' | 'ALL_PROJECTED_ATTRIBUTES' | 'SPECIFIC_ATTRIBUTES' | 'COUNT';
  readonly ScanIndexForward?: boolean;
  readonly Segment?: number;
  readonly TotalSegments?: number;
  readonly ExclusiveStartKey?: Item;
}

/** The items of one table in BatchGetItem. */
export interface KeysRequest extends ExpressionTexts {
  readonly Keys: readonly Item[];
  readonly ConsistentRead?: boolean;
}
/** BatchGetItem. */
export interface BatchGetItemRequest {
  readonly RequestItems: Readonly<Record<string, KeysRequest>>;
  readonly ReturnConsumedCapacity?: CapacityDetail;
}
/** The writes to one table in BatchWriteItem. */
export type BatchWriteRequests = readonly {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}[];
/** BatchWriteItem. */
export interface BatchWriteItemRequest {
  readonly RequestItems: Readonly<Record<string, BatchWriteRequests>>;
  readonly ReturnConsumedCapacity?: CapacityDetail;
}

/** TransactWriteItems. */
export interface TransactWriteItemsRequest {
  readonly TransactItems: readonly {
    readonly Put?: PutItemRequest;
    readonly Update?: KeyedWriteRequest;
    readonly Delete?: KeyedWriteRequest;
    readonly ConditionCheck?: KeyedWriteRequest;
  }[];
  readonly ClientRequestToken?: string;
  readonly ReturnConsumedCapacity?: CapacityDetail;
}
/** TransactGetItems. */
export interface TransactGetItemsRequest {
  readonly TransactItems: readonly { readonly Get?: GetItemRequest }[];
  readonly ReturnConsumedCapacity?: CapacityDetail;
}

/** dynalite's spelling of a map from names to values. */
const attributes = { type: 'Map<AttributeValue>', children: 'AttrStruct<ValueStruct>' };
const neededAttributes = { ...attributes, notNull: true };
const returnValuesOnFailure = { type: 'String', enum: ['ALL_OLD', 'NONE'] };
const condition = select(known.PutItem, [
  'ConditionExpression',
  'ExpressionAttributeValues',
  'ExpressionAttributeNames',
]);
const tableAndFailure = {
  ...select(known.PutItem, ['TableName']),
  ReturnValuesOnConditionCheckFailure: returnValuesOnFailure,
};
const returned = select(known.PutItem, ['ReturnConsumedCapacity', 'ReturnItemCollectionMetrics']);
const keyed = { ...tableAndFailure, Key: neededAttributes, ...condition };
const updated = { ...keyed, UpdateExpression: { type: 'String' } };

/** The rules of each operation; a member that is not here is answered with NotImplemented. */
export const rules = {
  GetItem: omit(known.GetItem, ['AttributesToGet']),
  PutItem: { ...omit(known.PutItem, ['Expected', 'ConditionalOperator']), ...tableAndFailure },
  UpdateItem: {
    ...omit(known.UpdateItem, ['Expected', 'ConditionalOperator', 'AttributeUpdates']),
    ...tableAndFailure,
  },
  DeleteItem: { ...omit(known.DeleteItem, ['Expected', 'ConditionalOperator']), ...tableAndFailure },
  Query: omit(known.Query, ['AttributesToGet', 'QueryFilter', 'ConditionalOperator', 'KeyConditions']),
  Scan: {
    ...omit(known.Scan, ['AttributesToGet', 'ScanFilter', 'ConditionalOperator']),
    Segment: { type: 'Integer', greaterThanOrEqual: 0, lessThanOrEqual: 999_999 },
    TotalSegments: { type: 'Integer', greaterThanOrEqual: 1, lessThanOrEqual: 1_000_000 },
    ConsistentRead: 'Boolean',
  },
  BatchGetItem: {
    ...known.BatchGetItem,
    RequestItems: {
      type: 'Map<KeysAndAttributes>',
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      keys: { lengthLessThanOrEqual: 255, lengthGreaterThanOrEqual: 3, regex: '[a-zA-Z0-9_.-]+' },
      children: {
        type: 'ValueStruct<KeysAndAttributes>',
        children: {
          Keys: {
            type: 'List',
            notNull: true,
            lengthGreaterThanOrEqual: 1,
            lengthLessThanOrEqual: 100,
            children: { type: 'ParameterizedMap', children: 'AttrStruct<ValueStruct>' },
          },
          ConsistentRead: 'Boolean',
          ...select(known.GetItem, ['ProjectionExpression', 'ExpressionAttributeNames']),
        },
      },
    },
  },
  BatchWriteItem: known.BatchWriteItem,
  TransactWriteItems: {
    ...returned,
    ClientRequestToken: { type: 'String', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 36 },
    TransactItems: {
      type: 'List',
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      lengthLessThanOrEqual: 100,
      children: {
        type: 'ValueStruct<TransactWriteItem>',
        children: {
          ConditionCheck: structure('ConditionCheck', {
            ...keyed,
            ConditionExpression: { type: 'String', notNull: true },
          }),
          Put: structure('Put', { ...tableAndFailure, Item: neededAttributes, ...condition }),
          Delete: structure('Delete', keyed),
          Update: structure('Update', { ...updated, UpdateExpression: { type: 'String', notNull: true } }),
        },
      },
    },
  },
  TransactGetItems: {
    ...select(known.PutItem, ['ReturnConsumedCapacity']),
    TransactItems: {
      type: 'List',
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      lengthLessThanOrEqual: 100,
      children: {
        type: 'ValueStruct<TransactGetItem>',
        children: {
          Get: structure('Get', {
            ...select(known.GetItem, ['TableName', 'ProjectionExpression', 'ExpressionAttributeNames']),
            Key: neededAttributes,
          }),
        },
      },
    },
  },
} satisfies Record<string, Rules>;

/** The placeholders of a request, or none. */
export function valuesOf(request: ExpressionTexts): Readonly<Record<string, AttributeValue>> {
  return request.ExpressionAttributeValues ?? {};
}

function structure(name: string, children: Rules): { type: string; children: Rules } {
  return { type: `FieldStruct<${name}>`, children };
}

function select(from: Rules, names: readonly string[]): Rules {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

function omit(from: Rules, names: readonly string[]): Rules {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)));
}
