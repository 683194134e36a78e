/** CreateTable, DescribeTable, ListTables, DeleteTable, and the settings of time to live. */
import * as z from 'zod';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { Database } from '../database.ts';
import { type BoundOperation, operation, parser } from '../service.ts';
import { checkNewTable, checkRequest, itemRules, type Rules } from './dynalite-rules.ts';
import type { ItemStore } from './item-store.ts';
import type { StreamLog } from './stream-log.ts';
import { describe, tableArn, tableParts } from './table-definition.ts';
import type { NewTable, TableStore } from './table-store.ts';
import { type TimeToLive, expiryOf } from './time-to-live.ts';

/** What the operations on tables work with. */
export interface TableRoom {
  readonly database: Database;
  readonly tables: TableStore;
  readonly items: ItemStore;
  readonly streams: StreamLog;
  readonly timeToLive: TimeToLive;
}

const tableName = z
  .string()
  .regex(/^[a-zA-Z0-9_.-]{3,255}$/, 'must be 3 to 255 letters, digits, underscores, dots and hyphens');
const ofTable = z.strictObject({ TableName: tableName });
const updateTimeToLive = z.strictObject({
  TableName: tableName,
  TimeToLiveSpecification: z.strictObject({ AttributeName: z.string().min(1).max(255), Enabled: z.boolean() }),
});
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

const { LocalSecondaryIndexes: _, ProvisionedThroughput: __, ...knownRules } = itemRules.CreateTable;
const createRules: Rules = {
  ...knownRules,
  StreamSpecification: {
    type: 'FieldStruct<StreamSpecification>',
    children: {
      StreamEnabled: { type: 'Boolean', notNull: true },
      StreamViewType: { type: 'String', enum: tableParts.viewType.options },
    },
  },
  SSESpecification: { type: 'FieldStruct<SSESpecification>', children: { Enabled: 'Boolean' } },
  DeletionProtectionEnabled: 'Boolean',
  Tags: { type: 'List', children: { type: 'ValueStruct<Tag>', children: { Key: 'String', Value: 'String' } } },
};

/** The operations on tables. */
export function tableOperations(room: TableRoom): Readonly<Record<string, BoundOperation>> {
  return {
    CreateTable: operation<NewTable, object>({
      parse: parseCreate,
      needs: ({ name }) => [{ action: 'dynamodb:CreateTable', resource: tableArn(name) }],
      run: (definition) => ({
        TableDescription: describe(room.tables.create(definition), 'CREATING', { items: 0, bytes: 0 }),
      }),
    }),
    DescribeTable: onTable('DescribeTable', (name) => {
      const table = room.tables.named(name);
      return { Table: describe(table, 'ACTIVE', room.items.contents(table)) };
    }),
    ListTables: operation<{ Limit?: number; ExclusiveStartTableName?: string }, object>({
      parse: (raw) => checkRequest('ListTables', raw ?? {}, itemRules.ListTables),
      needs: () => [{ action: 'dynamodb:ListTables', resource: '*' }],
      run: ({ Limit: limit = 100, ExclusiveStartTableName: after = '' }) => {
        const names = room.tables
          .all()
          .map(({ name }) => name)
          .filter((name) => name > after);
        return {
          TableNames: names.slice(0, limit),
          ...(names.length > limit && { LastEvaluatedTableName: names[limit - 1] }),
        };
      },
    }),
    DeleteTable: onTable('DeleteTable', (name) => deleteTable(room, name)),
    DescribeTimeToLive: onTable('DescribeTimeToLive', (name) => {
      const { timeToLive } = room.tables.named(name);
      return {
        TimeToLiveDescription:
          timeToLive === undefined
            ? { TimeToLiveStatus: 'DISABLED' }
            : { TimeToLiveStatus: 'ENABLED', AttributeName: timeToLive },
      };
    }),
    UpdateTimeToLive: operation<z.infer<typeof updateTimeToLive>, object>({
      parse: parser(updateTimeToLive),
      needs: ({ TableName: name }) => [{ action: 'dynamodb:UpdateTimeToLive', resource: tableArn(name) }],
      run: ({ TableName: name, TimeToLiveSpecification: wanted }) => {
        const current = room.tables.named(name).timeToLive;
        if (wanted.Enabled && current !== undefined) throw invalid('TimeToLive is already enabled');
        if (!wanted.Enabled && current === undefined) throw invalid('TimeToLive is already disabled');
        setTimeToLive(room, name, wanted.Enabled ? wanted.AttributeName : undefined);
        return { TimeToLiveSpecification: wanted };
      },
    }),
  };
}

/** Sets the attribute that holds the expiry, or none, and sees to the items that there are. */
export function setTimeToLive(
  { database, tables, items, timeToLive }: TableRoom,
  name: string,
  attribute: string | undefined,
): void {
  const table = tables.named(name);
  if (table.timeToLive === attribute) return;
  const { timeToLive: _, ...definition } = table.definition;
  database.transaction(() => {
    const changed = tables.change(table, { ...definition, ...(attribute !== undefined && { timeToLive: attribute }) });
    items.rewriteExpiry(changed, (item) => expiryOf(attribute, item));
  });
  timeToLive.changed();
}

function onTable(name: string, run: (tableName: string) => object): BoundOperation {
  return operation<z.infer<typeof ofTable>, object>({
    parse: parser(ofTable),
    needs: (request) => [{ action: `dynamodb:${name}`, resource: tableArn(request.TableName) }],
    run: (request) => run(request.TableName),
  });
}

function deleteTable({ database, tables, items, streams }: TableRoom, name: string): object {
  const table = tables.named(name);
  if (table.definition.deletionProtection) {
    throw invalid(
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    );
  }
  database.transaction(() => {
    items.clear(table);
    streams.clear(table);
    tables.remove(table);
  });
  return { TableDescription: describe(table, 'DELETING', { items: 0, bytes: 0 }) };
}

function parseCreate(raw: unknown): NewTable {
  const wanted = z.looseObject({ BillingMode: z.string().optional() }).safeParse(raw);
  if (wanted.data?.BillingMode !== 'PAY_PER_REQUEST')
    throw notImplemented('CreateTable with a BillingMode other than PAY_PER_REQUEST');
  const checked = checkRequest<object>('CreateTable', raw, createRules);
  checkNewTable(checked);
  const table = parser(createTable)(checked);
  const stream = table.StreamSpecification;
  if (stream?.StreamEnabled === true && stream.StreamViewType === undefined) {
    throw invalid(
      'One or more parameter values were invalid: StreamViewType must be specified when StreamEnabled is true',
    );
  }
  return {
    name: table.TableName,
    keySchema: table.KeySchema,
    attributeDefinitions: table.AttributeDefinitions,
    globalIndexes: table.GlobalSecondaryIndexes,
    streamViewType: stream?.StreamEnabled === true ? stream.StreamViewType : undefined,
    deletionProtection: table.DeletionProtectionEnabled,
    encrypted: table.SSESpecification?.Enabled === true,
  };
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
