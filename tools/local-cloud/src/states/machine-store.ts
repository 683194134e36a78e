/** State machines, and every definition that an execution may still be running on. */
import { createHash } from 'node:crypto';
import type { Database } from '../database.ts';
import { compileDefinition } from './compile.ts';
import { InvalidDefinition } from './definition-language.ts';
import type { Definition } from './definition.ts';
import type { Expressions } from './jsonata.ts';

/** A state machine. Times are milliseconds since the epoch. */
export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly definition: string;
  readonly digest: string;
  readonly createdAt: number;
}

/**
 * The state machines that templates declare are known while the templates say so; those that CreateStateMachine made
 * are kept. Definitions are kept by digest, since an execution ends on the one it was started with.
 */
export class MachineStore {
  readonly #database: Database;
  readonly #expressions: Expressions;
  readonly #machines = new Map<string, StateMachine>();
  readonly #definitions = new Map<string, Definition>();

  constructor(database: Database, expressions: Expressions) {
    this.#database = database;
    this.#expressions = expressions;
    database.define(`
      CREATE TABLE IF NOT EXISTS states_definitions (digest TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS states_revisions (
        arn TEXT NOT NULL,
        digest TEXT NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (arn, digest)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS states_machines (
        arn TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        digest TEXT NOT NULL,
        created INTEGER NOT NULL,
        declared INTEGER NOT NULL
      ) WITHOUT ROWID;
    `);
    for (const machine of this.#created()) this.#machines.set(machine.arn, machine);
  }

  /**
   * Adds or replaces a state machine.
   * @throws AwsError InvalidDefinition, NotImplemented
   */
  put(machine: Omit<StateMachine, 'digest'>, options: { readonly declared: boolean }): StateMachine {
    const compiled = compileDefinition(machine.definition, this.#expressions);
    const digest = createHash('sha256').update(machine.definition).digest('hex');
    this.#definitions.set(digest, compiled);
    const row = this.#database.transaction(() => {
      this.#database
        .prepare('INSERT OR IGNORE INTO states_definitions (digest, text) VALUES (?, ?)')
        .run(digest, machine.definition);
      this.#database
        .prepare('INSERT OR IGNORE INTO states_revisions (arn, digest, since) VALUES (?, ?, ?)')
        .run(machine.arn, digest, machine.createdAt);
      return this.#database
        .prepare(
          `INSERT INTO states_machines (arn, name, role, digest, created, declared) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (arn) DO UPDATE SET role = excluded.role, digest = excluded.digest, declared = excluded.declared
           RETURNING created`,
        )
        .get(machine.arn, machine.name, machine.roleArn, digest, machine.createdAt, options.declared ? 1 : 0);
    });
    const stored = { ...machine, digest, createdAt: Number(row?.['created']) };
    this.#machines.set(machine.arn, stored);
    return stored;
  }

  /**
   * The first mistake in a definition, if there is one.
   * @throws AwsError NotImplemented
   */
  mistakeIn(definition: string): InvalidDefinition | undefined {
    try {
      compileDefinition(definition, this.#expressions);
      return undefined;
    } catch (error) {
      if (error instanceof InvalidDefinition) return error;
      throw error;
    }
  }

  find(arn: string): StateMachine | undefined {
    return this.#machines.get(arn);
  }

  /** All state machines, by name. */
  all(): StateMachine[] {
    return [...this.#machines.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** The definition of this digest, compiled once. */
  definition(digest: string): Definition {
    let definition = this.#definitions.get(digest);
    if (definition === undefined) {
      definition = compileDefinition(this.text(digest), this.#expressions);
      this.#definitions.set(digest, definition);
    }
    return definition;
  }

  /** When a state machine was first given the definition of this digest. */
  revisedAt(arn: string, digest: string): number | undefined {
    const row = this.#database
      .prepare('SELECT since FROM states_revisions WHERE arn = ? AND digest = ?')
      .get(arn, digest);
    return row === undefined ? undefined : Number(row['since']);
  }

  /** The text of the definition of this digest. */
  text(digest: string): string {
    const row = this.#database.prepare('SELECT text FROM states_definitions WHERE digest = ?').get(digest);
    if (row === undefined) throw new Error(`states_definitions has no ${digest}`);
    return String(row['text']);
  }

  #created(): StateMachine[] {
    const rows = this.#database.prepare('SELECT * FROM states_machines WHERE declared = 0').all();
    return rows.map((row) => {
      const digest = String(row['digest']);
      return {
        arn: String(row['arn']),
        name: String(row['name']),
        roleArn: String(row['role']),
        definition: this.text(digest),
        digest,
        createdAt: Number(row['created']),
      };
    });
  }
}
