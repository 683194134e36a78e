/** The requests of the operations on tables: their rules in dynalite's notation, and what a definition must fulfil. */
import * as z from 'zod';
import { AwsError, notImplemented } from '../aws-error.ts';
import { parser } from '../service.ts';
import { checkNewTable, checkRequest, itemRules as known, type Rule, type Rules } from './dynalite-rules.ts';
import { type GlobalIndexDefinition, type TableDefinition, tableParts, type ViewType } from './table-definition.ts';
import type { NewTable } from './table-store.ts';

/** Attributes that the indexes of a table may name in their projections together (Developer Guide, "Constraints"). */
const MOST_PROJECTED = 100;

const NAME = { type: 'String', notNull: true, lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 255 };
const INDEX_NAME: Rule = {
  type: 'String',
  notNull: true,
  regex: '[a-zA-Z0-9_.-]+',
  lengthGreaterThanOrEqual: 3,
  lengthLessThanOrEqual: 255,
};
const KEY_SCHEMA: Rule = {
  type: 'List',
  notNull: true,
  lengthGreaterThanOrEqual: 1,
  lengthLessThanOrEqual: 2,
  children: {
    type: 'ValueStruct<KeySchemaElement>',
    children: { AttributeName: NAME, KeyType: { type: 'String', notNull: true, enum: ['HASH', 'RANGE'] } },
  },
};
const ATTRIBUTE_DEFINITIONS: Rule = {
  type: 'List',
  children: {
    type: 'ValueStruct<AttributeDefinition>',
    children: { AttributeName: NAME, AttributeType: { type: 'String', notNull: true, enum: ['B', 'N', 'S'] } },
  },
};
/** What a global secondary index is made of; on demand it has no throughput of its own. */
const INDEX: Rules = {
  IndexName: INDEX_NAME,
  KeySchema: KEY_SCHEMA,
  Projection: {
    type: 'FieldStruct<Projection>',
    notNull: true,
    children: {
      ProjectionType: { type: 'String', enum: ['ALL', 'INCLUDE', 'KEYS_ONLY'] },
      NonKeyAttributes: { type: 'List', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 20, children: NAME },
    },
  },
};
const STREAM: Rule = {
  type: 'FieldStruct<StreamSpecification>',
  children: {
    StreamEnabled: { type: 'Boolean', notNull: true },
    StreamViewType: { type: 'String', enum: tableParts.viewType.options },
  },
};
const { LocalSecondaryIndexes: _, ProvisionedThroughput: __, ...knownOfCreate } = known.CreateTable;

/** The rules of each operation; a member that is not here is answered with NotImplemented. */
export const tableRules = {
  onTable: known.DescribeTable,
  ListTables: known.ListTables,
  CreateTable: {
    ...knownOfCreate,
    AttributeDefinitions: { ...ATTRIBUTE_DEFINITIONS, notNull: true },
    KeySchema: KEY_SCHEMA,
    GlobalSecondaryIndexes: { type: 'List', children: { type: 'ValueStruct<GlobalSecondaryIndex>', children: INDEX } },
    StreamSpecification: STREAM,
    SSESpecification: { type: 'FieldStruct<SSESpecification>', children: { Enabled: 'Boolean' } },
    DeletionProtectionEnabled: 'Boolean',
    Tags: { type: 'List', children: { type: 'ValueStruct<Tag>', children: { Key: 'String', Value: 'String' } } },
  },
  UpdateTable: {
    ...known.DescribeTable,
    BillingMode: { type: 'String', enum: ['PROVISIONED', 'PAY_PER_REQUEST'] },
    AttributeDefinitions: ATTRIBUTE_DEFINITIONS,
    GlobalSecondaryIndexUpdates: {
      type: 'List',
      children: {
        type: 'ValueStruct<GlobalSecondaryIndexUpdate>',
        children: {
          Create: { type: 'FieldStruct<CreateGlobalSecondaryIndexAction>', children: INDEX },
          Delete: { type: 'FieldStruct<DeleteGlobalSecondaryIndexAction>', children: { IndexName: INDEX_NAME } },
        },
      },
    },
    StreamSpecification: STREAM,
    DeletionProtectionEnabled: 'Boolean',
  },
  UpdateTimeToLive: {
    ...known.DescribeTable,
    TimeToLiveSpecification: {
      type: 'FieldStruct<TimeToLiveSpecification>',
      notNull: true,
      children: { AttributeName: NAME, Enabled: { type: 'Boolean', notNull: true } },
    },
  },
} satisfies Record<string, Rules>;

/** A new table, once dynalite has checked its parameters one by one and against each other. */
const createTable = z.strictObject({
  TableName: z.string(),
  KeySchema: tableParts.keySchema,
  AttributeDefinitions: tableParts.attributeDefinitions,
  BillingMode: z.literal('PAY_PER_REQUEST'),
  GlobalSecondaryIndexes: z.array(tableParts.globalIndex).default([]),
  StreamSpecification: z
    .strictObject({ StreamEnabled: z.boolean(), StreamViewType: tableParts.viewType.optional() })
    .optional(),
  SSESpecification: z.strictObject({ Enabled: z.boolean() }).optional(),
  DeletionProtectionEnabled: z.boolean().default(false),
  Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional(),
});

/** Checks a CreateTable. @throws AwsError ValidationException, or NotImplemented for what is provisioned */
export function parseCreate(raw: unknown): NewTable {
  const wanted = z.looseObject({ BillingMode: z.string().optional() }).safeParse(raw);
  if (wanted.data?.BillingMode !== 'PAY_PER_REQUEST')
    throw notImplemented('CreateTable with a BillingMode other than PAY_PER_REQUEST');
  const checked = checkRequest<object>('CreateTable', raw, tableRules.CreateTable);
  checkNewTable(checked);
  const table = parser(createTable)(checked);
  const definition = {
    name: table.TableName,
    keySchema: table.KeySchema,
    attributeDefinitions: table.AttributeDefinitions,
    globalIndexes: table.GlobalSecondaryIndexes,
  };
  checkProjections(definition.globalIndexes);
  checkAllDefinitionsUsed(definition);
  return {
    ...definition,
    streamViewType: viewTypeOf(table.StreamSpecification),
    deletionProtection: table.DeletionProtectionEnabled,
    encrypted: table.SSESpecification?.Enabled === true,
  };
}

/** Checks what indexes project, beyond what dynalite does. @throws AwsError ValidationException */
export function checkProjections(indexes: readonly GlobalIndexDefinition[]): void {
  for (const { Projection: projection } of indexes) {
    const { ProjectionType: type, NonKeyAttributes: names } = projection;
    if (type === 'INCLUDE' && names === undefined)
      throw invalidValue('ProjectionType is INCLUDE, but NonKeyAttributes is not specified');
    const twice = names?.find((name, at) => names.indexOf(name) < at);
    if (twice !== undefined) throw invalidValue(`Duplicate element in NonKeyAttributes: ${twice}`);
  }
  const projected = indexes.reduce((sum, { Projection: { NonKeyAttributes: names = [] } }) => sum + names.length, 0);
  // AWS's own words are about another kind of index.
  if (projected > MOST_PROJECTED) throw invalidValue(`The indexes project more than ${MOST_PROJECTED} attributes`);
}

/** The attributes that the keys of a table and of its indexes are made of. */
export function keyAttributes({
  keySchema,
  globalIndexes,
}: Pick<TableDefinition, 'keySchema' | 'globalIndexes'>): ReadonlySet<string> {
  const schemas = [keySchema, ...globalIndexes.map(({ KeySchema: schema }) => schema)];
  return new Set(schemas.flat().map(({ AttributeName: name }) => name));
}

/** The error for parameters that do not go with each other. */
export function invalidValue(message: string): AwsError {
  return new AwsError('ValidationException', `One or more parameter values were invalid: ${message}`);
}

function checkAllDefinitionsUsed(
  table: Pick<TableDefinition, 'keySchema' | 'globalIndexes' | 'attributeDefinitions'>,
): void {
  const used = keyAttributes(table);
  const defined = table.attributeDefinitions.map(({ AttributeName: name }) => name);
  if (defined.every((name) => used.has(name))) return;
  throw invalidValue(
    `Some AttributeDefinitions are not used. AttributeDefinitions: [${defined.join(', ')}], keys used: [${[...used].join(', ')}]`,
  );
}

function viewTypeOf(stream: z.infer<typeof createTable>['StreamSpecification']): ViewType | undefined {
  if (stream?.StreamEnabled === true && stream.StreamViewType === undefined)
    throw invalidValue('Table is being created with a stream enabled, UpdateViewType is required');
  if (stream?.StreamEnabled === false && stream.StreamViewType !== undefined)
    throw invalidValue('Table is being created with a stream disabled, UpdateViewType should not be specified');
  return stream?.StreamViewType;
}
