/** Tables that templates declare: `AWS::DynamoDB::Table`. */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { propertiesOf, type DeclaredResource, type ResourceIdentity } from '../resource.ts';
import { setTimeToLive, type TableRoom } from './operations-tables.ts';
import { type Table, type TableDefinition, tableParts } from './table-definition.ts';
import type { NewTable } from './table-store.ts';

/** The properties that are supported; capacity, replicas, imports and the like are not. */
const properties = z.strictObject({
  TableName: z.string().optional(),
  KeySchema: tableParts.keySchema,
  AttributeDefinitions: tableParts.attributeDefinitions,
  BillingMode: z.literal('PAY_PER_REQUEST', 'only PAY_PER_REQUEST is supported'),
  GlobalSecondaryIndexes: z.array(tableParts.globalIndex).default([]),
  StreamSpecification: z.strictObject({ StreamViewType: tableParts.viewType }).optional(),
  TimeToLiveSpecification: z.strictObject({ AttributeName: z.string().optional(), Enabled: z.boolean() }).optional(),
  PointInTimeRecoverySpecification: z
    .strictObject({ PointInTimeRecoveryEnabled: z.boolean(), RecoveryPeriodInDays: z.int().optional() })
    .optional(),
  SSESpecification: z
    .strictObject({ SSEEnabled: z.boolean(), SSEType: z.string().optional(), KMSMasterKeyId: z.string().optional() })
    .optional(),
  DeletionProtectionEnabled: z.boolean().default(false),
  Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })).default([]),
});

/**
 * Creates the table if there is none, else brings its settings to what is declared. Its items stay.
 * @throws Error naming a property that is not supported, or for another key schema than the table has
 */
export function declareTable(room: TableRoom, resource: DeclaredResource): ResourceIdentity {
  const declared = propertiesOf(resource, properties);
  const name = declared.TableName ?? `${resource.stack}-${resource.logicalId}`;
  const wanted: NewTable = {
    name,
    keySchema: declared.KeySchema,
    attributeDefinitions: declared.AttributeDefinitions,
    globalIndexes: declared.GlobalSecondaryIndexes,
    streamViewType: declared.StreamSpecification?.StreamViewType,
    deletionProtection: declared.DeletionProtectionEnabled,
    encrypted: declared.SSESpecification?.SSEEnabled === true,
  };
  const present = room.tables.find(name);
  if (present === undefined) room.tables.create(wanted);
  else room.database.transaction(() => adapt(room, present, wanted));
  const expiry = declared.TimeToLiveSpecification;
  setTimeToLive(room, name, expiry?.Enabled === true ? expiry.AttributeName : undefined);
  const table = room.tables.get(name);
  return {
    ref: name,
    attributes: { Arn: table.arn, ...(table.stream !== undefined && { StreamArn: table.stream.arn }) },
  };
}

/** What CloudFormation would do by an update; what it would do by a replacement would lose the items, and is refused. */
function adapt({ tables, items, streams }: TableRoom, table: Table, wanted: NewTable): void {
  const { streamViewType, ...parts } = wanted;
  const before = table.definition;
  if (!isDeepStrictEqual(keysOf(before), keysOf({ ...before, ...parts }))) {
    throw new Error(
      `${wanted.name} exists with the key ${JSON.stringify(keysOf(before))}, and ${JSON.stringify(keysOf({ ...before, ...parts }))} ` +
        'is declared: a key cannot be changed. Delete the table or the data directory, or give the table another name',
    );
  }
  const streamed = before.stream?.viewType === streamViewType ? before : streams.changed(tables, table, streamViewType);
  const changed = tables.change(table, {
    ...before,
    ...parts,
    stream: streamed.stream,
    formerStreams: streamed.formerStreams,
  });
  if (!isDeepStrictEqual(before.globalIndexes, parts.globalIndexes)) items.rebuildIndexes(changed);
}

function keysOf({ keySchema, attributeDefinitions }: TableDefinition): object[] {
  return keySchema.map((key) => ({
    ...key,
    AttributeType: attributeDefinitions.find(({ AttributeName: name }) => name === key.AttributeName)?.AttributeType,
  }));
}
