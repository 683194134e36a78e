/** Which rules are switched on. */
import * as z from 'zod';
import type { Database } from '../database.ts';
import type { Rule } from './rule.ts';

const row = z.object({ is_enabled: z.number() });

/**
 * A rule is as its template says, unless EnableRule or DisableRule have said otherwise since: as on AWS, where a
 * deployment leaves alone what its template did not change, they hold until the template says something else.
 */
export class RuleStates {
  readonly #database: Database;
  readonly #known = new Map<string, boolean>();

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS events_rule_states (
        rule_arn TEXT PRIMARY KEY, declared_enabled INTEGER NOT NULL, is_enabled INTEGER NOT NULL
      )`);
  }

  /** Forgets what was said of a rule when its template was another. */
  declare(rule: Rule): void {
    this.#database
      .prepare('DELETE FROM events_rule_states WHERE rule_arn = ? AND declared_enabled <> ?')
      .run(rule.arn, Number(rule.isEnabled));
  }

  isEnabled(rule: Rule): boolean {
    const known = this.#known.get(rule.arn);
    if (known !== undefined) return known;
    const found = this.#database.prepare('SELECT is_enabled FROM events_rule_states WHERE rule_arn = ?').get(rule.arn);
    const isEnabled = found === undefined ? rule.isEnabled : row.parse(found).is_enabled === 1;
    this.#known.set(rule.arn, isEnabled);
    return isEnabled;
  }

  set(rule: Rule, isEnabled: boolean): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO events_rule_states VALUES (?, ?, ?)')
      .run(rule.arn, Number(rule.isEnabled), Number(isEnabled));
    this.#known.set(rule.arn, isEnabled);
  }
}
