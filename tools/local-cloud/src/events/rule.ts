/** Rules, buses and archives as templates declare them, and the search for the rules that match an event. */
import { arn } from '../arn.ts';
import type { Transform } from './input.ts';
import type { BusEvent } from './event.ts';
import type { Schedule } from './schedule.ts';

/** The bus that every account has. */
export const DEFAULT_BUS = 'default';

/** How long delivery is tried; the age in seconds. */
export interface RetryPolicy {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeInSeconds: number;
}

/** Where a rule sends events. `declared` is the target as the template gave it. */
export interface Target {
  readonly id: string;
  readonly arn: string;
  readonly roleArn: string | undefined;
  readonly transform: Transform;
  readonly retryPolicy: RetryPolicy;
  readonly deadLetterArn: string | undefined;
  readonly declared: Readonly<Record<string, unknown>>;
}

/** A rule on a bus: a pattern, a schedule, or both. */
export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly description: string | undefined;
  /** What the template says; the state of now is {@link RuleStates}'. */
  readonly isEnabled: boolean;
  readonly pattern: RulePattern | undefined;
  readonly schedule: Schedule | undefined;
  readonly targets: ReadonlyMap<string, Target>;
}

/** A pattern, its text, and the texts it can be looked up by where it names them. */
export interface RulePattern {
  readonly text: string;
  readonly matches: (event: unknown) => boolean;
  readonly detailTypes: readonly string[] | undefined;
  readonly sources: readonly string[] | undefined;
}

/** An event bus. */
export interface Bus {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
}

/** An archive of the events of a bus. */
export interface Archive {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly description: string | undefined;
  readonly pattern: RulePattern | undefined;
  /** Nought keeps events for ever. */
  readonly retentionDays: number;
}

/** The ARN of a bus of this account. */
export function busArn(name: string): string {
  return arn('events', `event-bus/${name}`);
}

/** The name of a bus, from its name or its ARN. */
export function busNameOf(nameOrArn: string): string {
  const start = busArn('');
  return nameOrArn.startsWith(start) ? nameOrArn.slice(start.length) : nameOrArn;
}

/** Rules of the default bus are not qualified by it. */
export function ruleArn(busName: string, name: string): string {
  return arn('events', busName === DEFAULT_BUS ? `rule/${name}` : `rule/${busName}/${name}`);
}

/** The rules of one bus, looked up by detail type or source where their patterns name them. */
class RuleIndex {
  readonly #byDetailType = new Map<string, Rule[]>();
  readonly #bySource = new Map<string, Rule[]>();
  readonly #others: Rule[] = [];

  add(rule: Rule): void {
    if (rule.pattern === undefined) return;
    const { detailTypes, sources } = rule.pattern;
    if (detailTypes !== undefined) addUnder(this.#byDetailType, detailTypes, rule);
    else if (sources !== undefined) addUnder(this.#bySource, sources, rule);
    else this.#others.push(rule);
  }

  matching(event: BusEvent): Rule[] {
    const candidates = [
      ...(this.#byDetailType.get(event.detailType) ?? []),
      ...(this.#bySource.get(event.source) ?? []),
      ...this.#others,
    ];
    return candidates.filter((rule) => rule.pattern?.matches(event.value));
  }
}

function addUnder(index: Map<string, Rule[]>, keys: readonly string[], rule: Rule): void {
  for (const key of new Set(keys)) {
    const rules = index.get(key);
    if (rules === undefined) index.set(key, [rule]);
    else rules.push(rule);
  }
}

/** All that templates have declared; a rule may come before its bus, which another stack declares. */
export class Declarations {
  readonly buses = new Map<string, Bus>();
  readonly rules = new Map<string, Rule>();
  readonly archives = new Map<string, Archive>();
  readonly #indexes = new Map<string, RuleIndex>();
  readonly #archivesOf = new Map<string, Archive[]>();

  constructor() {
    this.addBus({ name: DEFAULT_BUS, arn: busArn(DEFAULT_BUS), description: undefined });
  }

  addBus(bus: Bus): void {
    this.buses.set(bus.name, bus);
  }

  addRule(rule: Rule): void {
    if (this.rules.has(rule.arn)) throw new Error(`Rule ${rule.name} is declared twice on bus ${rule.busName}`);
    this.rules.set(rule.arn, rule);
    const index = this.#indexes.get(rule.busName) ?? new RuleIndex();
    this.#indexes.set(rule.busName, index);
    index.add(rule);
  }

  addArchive(archive: Archive): void {
    this.archives.set(archive.name, archive);
    this.#archivesOf.set(archive.busName, [...(this.#archivesOf.get(archive.busName) ?? []), archive]);
  }

  /** The rules of a bus whose patterns match, those that are switched off among them. */
  matchingRules(busName: string, event: BusEvent): Rule[] {
    return this.#indexes.get(busName)?.matching(event) ?? [];
  }

  matchingArchives(busName: string, event: BusEvent): Archive[] {
    const archives = this.#archivesOf.get(busName) ?? [];
    return archives.filter(({ pattern }) => pattern === undefined || pattern.matches(event.value));
  }

  /** @throws Error where a rule or an archive names a bus that no stack declares */
  checkBuses(): void {
    for (const { name, busName } of [...this.rules.values(), ...this.archives.values()]) {
      if (!this.buses.has(busName)) throw new Error(`${name} names the event bus ${busName}, which no stack declares`);
    }
  }
}
