/** UpdateTable: indexes that come and go, the stream, the protection against deletion. */
import { AwsError, notImplemented } from '../aws-error.ts';
import { checkNewTable, checkRequest } from './dynalite-rules.ts';
import type { TableRoom } from './operations-tables.ts';
import type { StreamChange } from './stream-log.ts';
import {
  describe,
  type Table,
  type TableDefinition,
  type TableStatus,
  tableParts,
  type ViewType,
} from './table-definition.ts';
import { checkProjections, invalidValue, keyAttributes, tableRules } from './table-requests.ts';

/** Indexes that a table may have (Developer Guide, "Constraints in DynamoDB"). */
const MOST_INDEXES = 20;

type AttributeDefinitions = TableDefinition['attributeDefinitions'];

/** What is to become of one index: exactly one of its members is there. */
interface IndexUpdate {
  readonly Create?: unknown;
  readonly Delete?: { readonly IndexName: string };
}

/** A request whose members have been checked one by one and against each other. */
export interface UpdateTable {
  readonly TableName: string;
  readonly AttributeDefinitions?: AttributeDefinitions;
  readonly BillingMode?: 'PROVISIONED' | 'PAY_PER_REQUEST';
  readonly GlobalSecondaryIndexUpdates?: readonly IndexUpdate[];
  readonly StreamSpecification?: { readonly StreamEnabled: boolean; readonly StreamViewType?: ViewType };
  readonly DeletionProtectionEnabled?: boolean;
}

/**
 * Checks an UpdateTable.
 * @throws AwsError ValidationException, LimitExceededException, or NotImplemented for what is provisioned
 */
export function parseUpdateTable(raw: unknown): UpdateTable {
  const request = checkRequest<UpdateTable>('UpdateTable', raw, tableRules.UpdateTable);
  const { BillingMode: mode, StreamSpecification: stream, DeletionProtectionEnabled: protection } = request;
  if (mode === 'PROVISIONED') throw notImplemented('UpdateTable with a BillingMode other than PAY_PER_REQUEST');
  const updates = request.GlobalSecondaryIndexUpdates ?? [];
  if (updates.length === 0 && mode === undefined && stream === undefined && protection === undefined) {
    throw new AwsError(
      'ValidationException',
      'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, ' +
        'SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, ' +
        'DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required',
    );
  }
  checkIndexUpdates(updates);
  if (protection !== undefined && (updates.length > 0 || stream !== undefined || mode !== undefined))
    throw invalidValue('DeletionProtection modification must be the only operation in the request');
  if (updates.length > 0 && stream !== undefined)
    throw invalidValue('You cannot create or delete index while changing stream status');
  if (stream?.StreamEnabled === true && stream.StreamViewType === undefined)
    throw invalidValue('If stream is being enabled then UpdateViewType is required');
  if (stream?.StreamEnabled === false && stream.StreamViewType !== undefined)
    throw invalidValue('If stream is being disabled, then UpdateViewType must not be specified');
  return request;
}

/**
 * Changes a table at once; the answer says UPDATING all the same, as on AWS, where it takes a while. An index that a
 * template declares differently comes to be as declared at the next start.
 */
export function updateTable(room: TableRoom, request: UpdateTable): object {
  const table = room.tables.named(request.TableName);
  const [update] = request.GlobalSecondaryIndexUpdates ?? [];
  if (update?.Create !== undefined) return createIndex(room, table, request, update.Create);
  if (update?.Delete !== undefined) return deleteIndex(room, table, update.Delete.IndexName);
  const { StreamSpecification: stream, DeletionProtectionEnabled: protection } = request;
  const changed = room.tables.change(table, {
    ...table.definition,
    ...(stream !== undefined && switchStream(room, table, stream.StreamViewType)),
    ...(protection !== undefined && { deletionProtection: protection }),
  });
  return answer(room, changed, { table: 'UPDATING' });
}

function checkIndexUpdates(updates: readonly IndexUpdate[]): void {
  for (const update of updates) {
    const actions = Object.keys(update).length;
    if (actions === 0) {
      throw invalidValue(
        'One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null',
      );
    }
    if (actions > 1) {
      throw invalidValue('Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object');
    }
  }
  const names = updates.map(({ Create: created, Delete: deleted }) => nameOf(created ?? deleted));
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) {
    throw invalidValue(`Only one global secondary index update per index is allowed simultaneously. Index: ${twice}`);
  }
  if (updates.length > 1) throw limitExceeded('Only 1 online index can be created or deleted simultaneously per table');
}

function createIndex(room: TableRoom, table: Table, request: UpdateTable, raw: unknown): object {
  const { definition } = table;
  const name = nameOf(raw);
  if (definition.globalIndexes.some((index) => index.IndexName === name))
    throw new AwsError('ValidationException', 'Attempting to create an index which already exists');
  if (definition.globalIndexes.length >= MOST_INDEXES)
    throw limitExceeded(`GlobalSecondaryIndex count exceeds the per-table limit of ${MOST_INDEXES}`);
  if (request.AttributeDefinitions === undefined)
    throw invalidValue(`AttributeDefinitions is not specified for index: ${name}`);
  const attributeDefinitions = withDefinitions(definition.attributeDefinitions, request.AttributeDefinitions);
  checkNewTable({
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: definition.keySchema,
    AttributeDefinitions: attributeDefinitions,
    GlobalSecondaryIndexes: [raw],
  });
  const globalIndexes = [...definition.globalIndexes, tableParts.globalIndex.parse(raw)];
  checkProjections(globalIndexes);
  const changed = room.tables.change(table, withUsedAttributes({ ...definition, globalIndexes, attributeDefinitions }));
  room.items.rebuildIndexes(changed);
  return answer(room, changed, { table: 'UPDATING', index: { name, status: 'CREATING' } });
}

function deleteIndex(room: TableRoom, table: Table, name: string): object {
  const globalIndexes = table.definition.globalIndexes.filter(({ IndexName: present }) => present !== name);
  if (globalIndexes.length === table.definition.globalIndexes.length)
    throw new AwsError('ResourceNotFoundException', 'Requested resource not found');
  const before = answer(room, table, { table: 'UPDATING', index: { name, status: 'DELETING' } });
  const changed = room.tables.change(table, withUsedAttributes({ ...table.definition, globalIndexes }));
  room.items.rebuildIndexes(changed);
  return before;
}

/** A stream cannot be changed, only switched off and on, and is another one then. */
function switchStream({ tables, streams }: TableRoom, table: Table, viewType: ViewType | undefined): StreamChange {
  if (viewType !== undefined && table.stream !== undefined)
    throw new AwsError('ValidationException', `Table already has an enabled stream: TableName: ${table.name}`);
  if (viewType === undefined && table.stream === undefined)
    throw new AwsError('ValidationException', `Table has no stream to disable: TableName: ${table.name}`);
  return streams.changed(tables, table, viewType);
}

function answer({ items }: TableRoom, table: Table, status: TableStatus): object {
  return { TableDescription: describe(table, status, items.contents(table), items.indexContents(table)) };
}

function withDefinitions(present: AttributeDefinitions, further: AttributeDefinitions): AttributeDefinitions {
  const added = further.filter(({ AttributeName: name, AttributeType: type }) => {
    const before = present.find((definition) => definition.AttributeName === name);
    if (before === undefined || before.AttributeType === type) return before === undefined;
    throw invalidValue(
      'Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. ' +
        `Existing schema: Schema:[SchemaElement: key{${name}:${before.AttributeType}}] New schema: Schema:[SchemaElement: key{${name}:${type}}]`,
    );
  });
  return [...present, ...added];
}

function withUsedAttributes(definition: TableDefinition): TableDefinition {
  const used = keyAttributes(definition);
  const attributeDefinitions = definition.attributeDefinitions.filter(({ AttributeName: name }) => used.has(name));
  return { ...definition, attributeDefinitions };
}

function nameOf(index: unknown): string {
  return tableParts.indexName.parse(index).IndexName;
}

function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceededException', `Subscriber limit exceeded: ${message}`);
}
