/** Capacity units that operations consume (Developer Guide, "DynamoDB read and write operations"). */
import { equalItems, type Item, itemSize } from './attribute-value.ts';
import { isIndexed, encode } from './item-store.ts';
import { type GlobalIndex, projectedBy, type Table } from './table-definition.ts';
import type { Change } from './writer.ts';

/** How much of it a request wants to know (`ReturnConsumedCapacity`). */
export type CapacityDetail = 'INDEXES' | 'TOTAL' | 'NONE' | undefined;

const WRITE_UNIT = 1024;
const READ_UNIT = 4096;

interface TableUnits {
  table: number;
  readonly indexes: Map<string, number>;
}

/** Adds up what one request consumes, by table. In a transaction every unit counts twice. */
export class CapacityReport {
  readonly #detail: CapacityDetail;
  readonly #transactional: 'ReadCapacityUnits' | 'WriteCapacityUnits' | undefined;
  readonly #tables = new Map<string, TableUnits>();

  constructor(detail: CapacityDetail, transactional?: 'ReadCapacityUnits' | 'WriteCapacityUnits') {
    this.#detail = detail;
    this.#transactional = transactional;
  }

  /** Adds a write of the larger of the item's two sizes, and of every index entry that it touches. */
  wrote(change: Change): void {
    if (!this.wanted) return;
    const units = this.#units(change.table.name);
    units.table += this.#factor * writeUnits(Math.max(sizeOf(change.old), sizeOf(change.next)));
    for (const index of change.table.indexes) {
      const count = this.#factor * indexWrite(index, change);
      if (count > 0) units.indexes.set(index.name, (units.indexes.get(index.name) ?? 0) + count);
    }
  }

  /** Adds a read of `bytes` from a table or one of its indexes; half as much where it may be stale. */
  read(table: Table, bytes: number, consistent: boolean, index?: GlobalIndex): void {
    if (!this.wanted) return;
    const count = this.#factor * Math.max(1, Math.ceil(bytes / READ_UNIT)) * (consistent ? 1 : 0.5);
    const units = this.#units(table.name);
    if (index === undefined) units.table += count;
    else units.indexes.set(index.name, (units.indexes.get(index.name) ?? 0) + count);
  }

  /** ConsumedCapacity of each table, for operations on several; nothing where it was not asked for. */
  get all(): { ConsumedCapacity?: object[] } {
    if (!this.wanted) return {};
    return { ConsumedCapacity: [...this.#tables].map(([name, units]) => this.#describe(name, units)) };
  }

  /** ConsumedCapacity of the only table. */
  get only(): { ConsumedCapacity?: object } {
    const [first] = this.all.ConsumedCapacity ?? [];
    return first === undefined ? {} : { ConsumedCapacity: first };
  }

  /** Whether anybody wants to know: where not, nothing need be measured. */
  get wanted(): boolean {
    return this.#detail === 'TOTAL' || this.#detail === 'INDEXES';
  }

  get #factor(): number {
    return this.#transactional === undefined ? 1 : 2;
  }

  #units(table: string): TableUnits {
    const units = this.#tables.get(table) ?? { table: 0, indexes: new Map<string, number>() };
    this.#tables.set(table, units);
    return units;
  }

  #describe(name: string, units: TableUnits): object {
    const capacity = (count: number): object => ({
      CapacityUnits: count,
      ...(this.#transactional !== undefined && { [this.#transactional]: count }),
    });
    const total = [...units.indexes.values()].reduce((sum, count) => sum + count, units.table);
    return {
      TableName: name,
      ...capacity(total),
      ...(this.#detail === 'INDEXES' && {
        Table: capacity(units.table),
        ...(units.indexes.size > 0 && {
          GlobalSecondaryIndexes: Object.fromEntries(
            [...units.indexes].map(([index, count]) => [index, capacity(count)]),
          ),
        }),
      }),
    };
  }
}

function sizeOf(item: Item | undefined): number {
  return item === undefined ? 0 : itemSize(item);
}

function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT));
}

/** An entry put, changed or removed costs one write; an entry whose key changes is removed and put. */
function indexWrite(index: GlobalIndex, { old, next }: Change): number {
  const before = old !== undefined && isIndexed(index, old) ? old : undefined;
  const after = next !== undefined && isIndexed(index, next) ? next : undefined;
  const cost = (item: Item): number => writeUnits(itemSize(projectedBy(index, item)));
  if (before === undefined) return after === undefined ? 0 : cost(after);
  if (after === undefined) return cost(before);
  const [from, to] = [encode(index.key, before), encode(index.key, after)];
  const moved = Buffer.compare(from.partition, to.partition) !== 0 || Buffer.compare(from.sort, to.sort) !== 0;
  if (moved) return cost(before) + cost(after);
  return equalItems(projectedBy(index, before), projectedBy(index, after)) ? 0 : Math.max(cost(before), cost(after));
}
