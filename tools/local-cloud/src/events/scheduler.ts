/** Fires scheduled rules when the clock says so. */
import * as z from 'zod';
import type { Timer } from '../clock.ts';
import type { Ground } from '../part.ts';
import type { Deliveries } from './deliveries.ts';
import { makeEvent } from './event.ts';
import type { Declarations, Rule } from './rule.ts';
import type { RuleStates } from './rule-states.ts';

const row = z.object({ created_at: z.number() });

/**
 * One timer per scheduled rule. A time that went by while the process was down is not made up for: the rule fires
 * at its next regular time. What a rate counts from, the creation of the rule, is durable.
 */
export class Scheduler {
  readonly #ground: Ground;
  readonly #declarations: Declarations;
  readonly #states: RuleStates;
  readonly #deliveries: Deliveries;
  readonly #timers = new Map<string, Timer>();

  constructor(ground: Ground, declarations: Declarations, states: RuleStates, deliveries: Deliveries) {
    this.#ground = ground;
    this.#declarations = declarations;
    this.#states = states;
    this.#deliveries = deliveries;
    ground.database.define(`
      CREATE TABLE IF NOT EXISTS events_schedules (
        rule_arn TEXT NOT NULL, expression TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (rule_arn, expression)
      )`);
  }

  start(): void {
    for (const rule of this.#declarations.rules.values()) this.refresh(rule);
  }

  /** Sets or cancels the timer of a rule, as the rule is switched on or off. */
  refresh(rule: Rule): void {
    this.#timers.get(rule.arn)?.cancel();
    this.#timers.delete(rule.arn);
    if (rule.schedule !== undefined && this.#states.isEnabled(rule)) this.#arm(rule);
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  #arm(rule: Rule): void {
    const { clock } = this.#ground;
    const next = rule.schedule?.next(clock.now(), this.#createdAt(rule));
    if (next === undefined) return;
    const timer = clock.at(next, () => {
      this.#arm(rule);
      this.#fire(rule, next);
    });
    this.#timers.set(rule.arn, timer);
  }

  #fire(rule: Rule, time: number): void {
    const content = { detailType: 'Scheduled Event', source: 'aws.events', time, resources: [rule.arn], detail: '{}' };
    this.#ground.database.transaction(() =>
      this.#deliveries.owe(makeEvent(content, {}), rule, this.#ground.clock.now()),
    );
  }

  #createdAt(rule: Rule): number {
    const { database, clock } = this.#ground;
    const expression = rule.schedule?.expression ?? '';
    database.prepare('INSERT OR IGNORE INTO events_schedules VALUES (?, ?, ?)').run(rule.arn, expression, clock.now());
    const found = database
      .prepare('SELECT created_at FROM events_schedules WHERE rule_arn = ? AND expression = ?')
      .get(rule.arn, expression);
    return row.parse(found).created_at;
  }
}
