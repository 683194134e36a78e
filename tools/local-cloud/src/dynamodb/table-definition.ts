/** What a table is: its keys, indexes, stream and time to live, as stored and as described to callers. */
import * as z from 'zod';
import { arn } from '../arn.ts';
import { attributeOf, type Item } from './attribute-value.ts';

const keySchema = z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const attributeDefinitions = z.array(
  z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
);
const projection = z.strictObject({
  ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']).default('ALL'),
  NonKeyAttributes: z.array(z.string()).optional(),
});
const globalIndex = z.strictObject({ IndexName: z.string(), KeySchema: keySchema, Projection: projection });
const viewType = z.enum(['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']);
/** Its records are those after the row `after`: a table may have had another stream before. */
const stream = z.strictObject({ viewType, label: z.string(), after: z.int().default(0) });
/** A stream that was disabled at `endedAt`, with its last record's row. */
const formerStream = stream.extend({ last: z.int(), endedAt: z.number() });

/** The schemas that a table's definition is made of, under CloudFormation's and the API's common names. */
export const tableParts = {
  keySchema,
  attributeDefinitions,
  globalIndex,
  indexName: z.looseObject({ IndexName: z.string() }),
  viewType,
};

/** A table's definition as it is stored; `createdAt` is in milliseconds. */
export const tableDefinition = z.strictObject({
  name: z.string(),
  tableId: z.string(),
  createdAt: z.number(),
  keySchema,
  attributeDefinitions,
  globalIndexes: z.array(globalIndex),
  stream: stream.optional(),
  formerStreams: z.array(formerStream).default([]),
  timeToLive: z.string().optional(),
  deletionProtection: z.boolean(),
  encrypted: z.boolean(),
});
/** A table as it is stored; times are milliseconds since the epoch. */
export type TableDefinition = z.infer<typeof tableDefinition>;
/** What a stream's records show of an item. */
export type ViewType = z.infer<typeof viewType>;
/** A stream as it is stored with its table. */
export type StreamDefinition = z.infer<typeof stream>;
type KeySchema = z.infer<typeof keySchema>;
/** A global secondary index as it is stored with its table. */
export type GlobalIndexDefinition = z.infer<typeof globalIndex>;

/** A key attribute and its type. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

/** Bytes that a partition key and a sort key may have (Developer Guide, "Constraints in DynamoDB"). */
export const LONGEST_KEY = { partition: 2_048, sort: 1_024 };

/** The one or two attributes of a primary key or an index key. */
export interface KeyShape {
  readonly partition: KeyAttribute;
  readonly sort: KeyAttribute | undefined;
}

/** A global secondary index; `projected` are the attributes that it carries, undefined for all. */
export interface GlobalIndex {
  readonly name: string;
  readonly arn: string;
  readonly key: KeyShape;
  readonly projected: readonly string[] | undefined;
}

/** A table with everything about it that the hot path asks for worked out. */
export interface Table {
  readonly id: number;
  readonly name: string;
  readonly arn: string;
  readonly definition: TableDefinition;
  readonly key: KeyShape;
  /** Names of the key attributes, partition key first. */
  readonly keyNames: readonly string[];
  readonly indexes: readonly GlobalIndex[];
  readonly timeToLive: string | undefined;
  readonly stream: TableStream | undefined;
  /** Streams that were disabled, the latest last. */
  readonly formerStreams: readonly TableStream[];
}

/** A stream of a table: its records have rows after `after`, and none after `end`, where it was disabled. */
export interface TableStream {
  readonly arn: string;
  readonly label: string;
  readonly viewType: ViewType;
  readonly after: number;
  readonly end: { readonly last: number; readonly at: number } | undefined;
}

/** The ARN of a table of this account. */
export function tableArn(name: string): string {
  return arn('dynamodb', `table/${name}`);
}

/** Works out a table from its definition and the id of its rows. */
export function tableOf(id: number, definition: TableDefinition): Table {
  const key = keyShape(definition.keySchema, definition.attributeDefinitions);
  const keyNames = namesOf(key);
  const ownArn = tableArn(definition.name);
  const streamOf = (stream: StreamDefinition, end?: TableStream['end']): TableStream => ({
    arn: `${ownArn}/stream/${stream.label}`,
    label: stream.label,
    viewType: stream.viewType,
    after: stream.after,
    end,
  });
  return {
    id,
    name: definition.name,
    arn: ownArn,
    definition,
    key,
    keyNames,
    indexes: definition.globalIndexes.map((index) => indexOf(index, definition, keyNames)),
    timeToLive: definition.timeToLive,
    stream: definition.stream && streamOf(definition.stream),
    formerStreams: definition.formerStreams.map((former) =>
      streamOf(former, { last: former.last, at: former.endedAt }),
    ),
  };
}

/** Names of a key's attributes. */
export function namesOf(key: KeyShape): string[] {
  return key.sort === undefined ? [key.partition.name] : [key.partition.name, key.sort.name];
}

/** The named attributes of an item. */
export function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = attributeOf(item, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** What an index carries of an item. */
export function projectedBy(index: GlobalIndex, item: Item): Item {
  return index.projected === undefined ? item : pick(item, index.projected);
}

/** How much a table or an index holds. */
export interface Contents {
  readonly items: number;
  readonly bytes: number;
}

/** What a table is found to be doing; an index that is not named here is as active as any. */
export interface TableStatus {
  readonly table: 'ACTIVE' | 'CREATING' | 'UPDATING' | 'DELETING';
  readonly index?: { readonly name: string; readonly status: 'CREATING' | 'DELETING' };
}

/** Nothing, as in a table that was just made. */
export const EMPTY: Contents = { items: 0, bytes: 0 };

/** On demand there is no provisioned capacity; AWS says so in zeros. */
const ON_DEMAND = { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 };

/**
 * TableDescription (API reference), but for what nobody on one machine can have: WarmThroughput and OnDemandThroughput.
 * Counts and sizes are the caller's to give, those of indexes by name.
 */
export function describe(
  table: Table,
  status: TableStatus,
  contents: Contents = EMPTY,
  indexes: ReadonlyMap<string, Contents> = new Map(),
): object {
  const { definition } = table;
  const latest = table.stream ?? table.formerStreams.at(-1);
  return {
    TableName: table.name,
    TableArn: table.arn,
    TableId: definition.tableId,
    TableStatus: status.table,
    CreationDateTime: definition.createdAt / 1000,
    KeySchema: definition.keySchema,
    AttributeDefinitions: definition.attributeDefinitions,
    BillingModeSummary: {
      BillingMode: 'PAY_PER_REQUEST',
      LastUpdateToPayPerRequestDateTime: definition.createdAt / 1000,
    },
    ProvisionedThroughput: ON_DEMAND,
    TableSizeBytes: contents.bytes,
    ItemCount: contents.items,
    DeletionProtectionEnabled: definition.deletionProtection,
    ...(definition.encrypted && { SSEDescription: { Status: 'ENABLED', SSEType: 'KMS' } }),
    ...(table.stream !== undefined && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: table.stream.viewType },
    }),
    ...(latest !== undefined && { LatestStreamLabel: latest.label, LatestStreamArn: latest.arn }),
    ...(table.indexes.length > 0 && {
      GlobalSecondaryIndexes: definition.globalIndexes.map((index) =>
        describeIndex(table, index, status.index, indexes.get(index.IndexName) ?? EMPTY),
      ),
    }),
  };
}

/** GlobalSecondaryIndexDescription (API reference). */
function describeIndex(
  table: Table,
  index: GlobalIndexDefinition,
  changing: TableStatus['index'],
  contents: Contents,
): object {
  const status = changing?.name === index.IndexName ? changing.status : 'ACTIVE';
  return {
    ...index,
    IndexStatus: status,
    ...(status === 'CREATING' && { Backfilling: false }),
    IndexArn: `${table.arn}/index/${index.IndexName}`,
    ProvisionedThroughput: ON_DEMAND,
    IndexSizeBytes: contents.bytes,
    ItemCount: contents.items,
  };
}

function keyShape(schema: KeySchema, attributes: TableDefinition['attributeDefinitions']): KeyShape {
  const attribute = (type: 'HASH' | 'RANGE'): KeyAttribute | undefined => {
    const name = schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
    const definition = attributes.find(({ AttributeName }) => AttributeName === name);
    return definition && { name: definition.AttributeName, type: definition.AttributeType };
  };
  const partition = attribute('HASH');
  if (partition === undefined) throw new Error('a key schema without a defined HASH attribute');
  return { partition, sort: attribute('RANGE') };
}

function indexOf(index: GlobalIndexDefinition, definition: TableDefinition, tableKeys: readonly string[]): GlobalIndex {
  const key = keyShape(index.KeySchema, definition.attributeDefinitions);
  const { ProjectionType: kind, NonKeyAttributes: further = [] } = index.Projection;
  const carried = new Set([...tableKeys, ...namesOf(key), ...(kind === 'INCLUDE' ? further : [])]);
  return {
    name: index.IndexName,
    arn: `${tableArn(definition.name)}/index/${index.IndexName}`,
    key,
    projected: kind === 'ALL' ? undefined : [...carried],
  };
}
