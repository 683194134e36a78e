/** CreateTable, DescribeTable, ListTables, UpdateTable, DeleteTable, and the settings of time to live. */
import { AwsError } from '../aws-error.ts';
import type { Database } from '../database.ts';
import { type BoundOperation, operation } from '../service.ts';
import { checkRequest } from './dynalite-rules.ts';
import type { ItemStore } from './item-store.ts';
import type { StreamLog } from './stream-log.ts';
import { describe, tableArn } from './table-definition.ts';
import { parseCreate, tableRules } from './table-requests.ts';
import type { NewTable, TableStore } from './table-store.ts';
import { type TimeToLive, expiryOf } from './time-to-live.ts';
import { parseUpdateTable, updateTable, type UpdateTable } from './update-table.ts';

/** What the operations on tables work with. */
export interface TableRoom {
  readonly database: Database;
  readonly tables: TableStore;
  readonly items: ItemStore;
  readonly streams: StreamLog;
  readonly timeToLive: TimeToLive;
}

interface UpdateTimeToLive {
  readonly TableName: string;
  readonly TimeToLiveSpecification: { readonly AttributeName: string; readonly Enabled: boolean };
}

/** The operations on tables. */
export function tableOperations(room: TableRoom): Readonly<Record<string, BoundOperation>> {
  return {
    CreateTable: operation<NewTable, object>({
      parse: parseCreate,
      needs: ({ name }) => [{ action: 'dynamodb:CreateTable', resource: tableArn(name) }],
      run: (definition) => ({
        TableDescription: describe(room.tables.create(definition), { table: 'CREATING' }),
      }),
    }),
    DescribeTable: onTable('DescribeTable', (name) => {
      const table = room.tables.named(name);
      const { items } = room;
      return { Table: describe(table, { table: 'ACTIVE' }, items.contents(table), items.indexContents(table)) };
    }),
    ListTables: operation<{ Limit?: number; ExclusiveStartTableName?: string }, object>({
      parse: (raw) => checkRequest('ListTables', raw ?? {}, tableRules.ListTables),
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
    UpdateTimeToLive: operation<UpdateTimeToLive, object>({
      parse: (raw) => checkRequest('UpdateTimeToLive', raw, tableRules.UpdateTimeToLive),
      needs: ({ TableName: name }) => [{ action: 'dynamodb:UpdateTimeToLive', resource: tableArn(name) }],
      run: (request) => switchTimeToLive(room, request),
    }),
    UpdateTable: operation<UpdateTable, object>({
      parse: parseUpdateTable,
      needs: ({ TableName: name }) => [{ action: 'dynamodb:UpdateTable', resource: tableArn(name) }],
      run: (request) => room.database.transaction(() => updateTable(room, request)),
    }),
  };
}

function switchTimeToLive(room: TableRoom, { TableName: name, TimeToLiveSpecification: wanted }: UpdateTimeToLive) {
  const current = room.tables.named(name).timeToLive;
  if (current === undefined && !wanted.Enabled) throw invalid('TimeToLive is already disabled');
  if (current !== undefined && current !== wanted.AttributeName) {
    throw invalid(`TimeToLive is active on a different AttributeName: current AttributeName is ${current}`);
  }
  if (current !== undefined && wanted.Enabled) throw invalid('TimeToLive is already enabled');
  setTimeToLive(room, name, wanted.Enabled ? wanted.AttributeName : undefined);
  return { TimeToLiveSpecification: wanted };
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
  return operation<{ readonly TableName: string }, object>({
    parse: (raw) => checkRequest(name, raw, tableRules.onTable),
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
  return { TableDescription: describe(table, { table: 'DELETING' }) };
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
