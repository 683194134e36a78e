/** The tables that there are: definitions in SQLite, and in memory for the hot path. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import {
  type StreamDefinition,
  type Table,
  type TableDefinition,
  tableDefinition,
  tableOf,
  type ViewType,
} from './table-definition.ts';

/** What a new table is made of. */
export type NewTable = Omit<TableDefinition, 'tableId' | 'createdAt' | 'stream' | 'formerStreams'> & {
  readonly streamViewType: ViewType | undefined;
};

/** Keeps each table's definition; rows that belong to tables are the other stores'. */
export class TableStore {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #tables = new Map<string, Table>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    database.define(`
      CREATE TABLE IF NOT EXISTS dynamodb_tables (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        definition TEXT NOT NULL
      ) STRICT;
    `);
    for (const row of database.prepare('SELECT id, definition FROM dynamodb_tables').all()) {
      const definition = tableDefinition.parse(JSON.parse(String(row.definition)));
      this.#tables.set(definition.name, tableOf(Number(row.id), definition));
    }
  }

  /** All tables, by name. */
  all(): Table[] {
    return [...this.#tables.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): Table | undefined {
    return this.#tables.get(name);
  }

  /** The table that an operation on items names. @throws AwsError ResourceNotFoundException */
  get(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw new AwsError('ResourceNotFoundException', 'Requested resource not found');
    return table;
  }

  /** The table that an operation on tables names. @throws AwsError ResourceNotFoundException with the name */
  named(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined)
      throw new AwsError('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
    return table;
  }

  /** Adds a table. @throws AwsError ResourceInUseException where the name is taken */
  create({ streamViewType, ...parts }: NewTable): Table {
    if (this.#tables.has(parts.name))
      throw new AwsError('ResourceInUseException', `Table already exists: ${parts.name}`);
    const definition: TableDefinition = {
      ...parts,
      tableId: randomUUID(),
      createdAt: this.#clock.now(),
      formerStreams: [],
      ...(streamViewType !== undefined && { stream: this.newStream(streamViewType) }),
    };
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO dynamodb_tables (name, definition) VALUES (?, ?)')
      .run(definition.name, JSON.stringify(definition));
    return this.#keep(tableOf(Number(lastInsertRowid), definition));
  }

  /** Replaces a table's definition. */
  change(table: Table, definition: TableDefinition): Table {
    this.#database
      .prepare('UPDATE dynamodb_tables SET definition = ? WHERE id = ?')
      .run(JSON.stringify(definition), table.id);
    return this.#keep(tableOf(table.id, definition));
  }

  remove(table: Table): void {
    this.#database.prepare('DELETE FROM dynamodb_tables WHERE id = ?').run(table.id);
    this.#tables.delete(table.name);
  }

  /** A stream begun now, after the row `after`; its label is the time, as on AWS, and told apart from `former` ones. */
  newStream(viewType: ViewType, after = 0, former: readonly StreamDefinition[] = []): StreamDefinition {
    let time = this.#clock.now();
    while (former.some(({ label }) => label === labelOf(time))) time++;
    return { viewType, label: labelOf(time), after };
  }

  #keep(table: Table): Table {
    this.#tables.set(table.name, table);
    return table;
  }
}

function labelOf(time: number): string {
  return new Date(time).toISOString().replace('Z', '');
}
