/** Faults that tests inject: a message lost, held or doubled, an operation that fails or whose answer gets lost. */

/**
 * What goes wrong. `hold` keeps a message until its fault is removed; `lose-answer` does the work, then breaks the
 * connection; `hold-answer` does the work, then keeps the answer until its fault is removed, so that the caller waits in
 * vain; `kill` ends the caller instead of working, `kill-after` once the work is done.
 */
export const FAULT_EFFECTS = [
  'error',
  'lose',
  'hold',
  'duplicate',
  'lose-answer',
  'hold-answer',
  'kill',
  'kill-after',
] as const;

/** One of {@link FAULT_EFFECTS}. */
export type FaultEffect = (typeof FAULT_EFFECTS)[number];

/** Those that last until the fault is removed. */
const HOLDING: ReadonlySet<FaultEffect> = new Set(['hold', 'hold-answer']);

/**
 * A fault at a named point: `<service>.<Operation>` (`dynamodb.TransactWriteItems`), `events.deliver` (facts: detailType,
 * source, rule), `lambda.run` (function), `lambda.call` (function, operation, number), `dynamodb.conflict` (table) or
 * `stripe.<operation>` (the intent's metadata).
 */
export interface Fault {
  readonly at: string;
  readonly where?: Readonly<Record<string, string>>;
  readonly effect: FaultEffect;
  readonly error?: { readonly code: string; readonly message: string; readonly status?: number };
  /** How often it strikes before it is used up. */
  readonly times: number;
}

/** Says that a fault asks for something that cannot go wrong: its point, its effect there, or a fact, is not known. */
export class UnknownFault extends Error {
  override readonly name = 'UnknownFault';
}

/** What can go wrong at a point, and the facts that `where` may compare there. */
export interface FaultPoint {
  readonly effects: readonly FaultEffect[];
  readonly facts: readonly string[] | 'any';
}

/** An operation of a service: it fails, or its answer gets lost. */
const OPERATION: FaultPoint = { effects: ['error', 'lose-answer'], facts: [] };

/** The points that are no operation. */
const INNER_POINTS: Readonly<Record<string, FaultPoint>> = {
  'events.deliver': {
    effects: ['error', 'lose', 'hold', 'duplicate', 'lose-answer'],
    facts: ['detailType', 'source', 'rule'],
  },
  'lambda.run': { effects: ['error', 'lose-answer'], facts: ['function'] },
  'lambda.call': { effects: ['kill', 'kill-after'], facts: ['function', 'operation', 'number'] },
  'dynamodb.conflict': { effects: ['error'], facts: ['table'] },
};

interface Armed {
  readonly id: string;
  readonly fault: Fault;
  left: number;
  readonly held: (() => void)[];
}

/** The faults that are armed now. */
export class Faults {
  readonly #points = new Map(Object.entries(INNER_POINTS));
  readonly #armed = new Map<string, Armed>();
  #count = 0;

  /** Adds a point at which whoever declares it will ask {@link strike}. */
  declare(name: string, point: FaultPoint = OPERATION): void {
    this.#points.set(name, point);
  }

  /**
   * Arms a fault and returns its id.
   * @throws UnknownFault where its point is not known, or could only ignore it
   */
  inject(fault: Fault): string {
    this.#refuseUnknown(fault);
    const id = `fault-${++this.#count}`;
    this.#armed.set(id, { id, fault, left: fault.times, held: [] });
    return id;
  }

  /** Removes one fault, or all of them; what it held goes on its way. */
  remove(id?: string): void {
    for (const armed of [...this.#armed.values()]) {
      if (id !== undefined && armed.id !== id) continue;
      this.#armed.delete(armed.id);
      for (const goOn of armed.held) goOn();
    }
  }

  /**
   * The fault that strikes at this point, counted down. With the effects `hold` and `hold-answer`,
   * `goOn` is kept and called when the fault is removed.
   */
  strike(
    at: string,
    facts: Readonly<Record<string, string>> = {},
    goOn: () => void = () => undefined,
  ): Fault | undefined {
    if (this.#armed.size === 0) return undefined;
    for (const armed of this.#armed.values()) {
      if (armed.fault.at !== at || armed.left === 0 || !matches(armed.fault.where, facts)) continue;
      armed.left--;
      if (HOLDING.has(armed.fault.effect)) armed.held.push(goOn);
      return armed.fault;
    }
    return undefined;
  }

  /** The armed faults with their ids and how often each has struck. */
  list(): readonly { readonly id: string; readonly fault: Fault; readonly struck: number }[] {
    return [...this.#armed.values()].map(({ id, fault, left }) => ({ id, fault, struck: fault.times - left }));
  }

  #refuseUnknown({ at, effect, where = {} }: Fault): void {
    const point = this.#points.get(at);
    if (point === undefined) throw new UnknownFault(`at: there is no point ${at}; ${this.#known(at)}`);
    const { effects, facts } = point;
    if (!effects.includes(effect)) throw new UnknownFault(`effect: at ${at} there is only ${effects.join(', ')}`);
    if (facts === 'any') return;
    const unknown = Object.keys(where).find((name) => !facts.includes(name));
    if (unknown === undefined) return;
    const others = facts.length === 0 ? 'nothing can be compared' : `there is only ${facts.join(', ')}`;
    throw new UnknownFault(`where.${unknown}: at ${at} ${others}`);
  }

  /** The points of the service that was meant, else all of them. */
  #known(at: string): string {
    const all = [...this.#points.keys()].sort();
    const service = at.slice(0, at.indexOf('.') + 1);
    const near = service === '' ? [] : all.filter((name) => name.startsWith(service));
    return `known are ${(near.length > 0 ? near : all).join(', ')}`;
  }
}

function matches(where: Fault['where'], facts: Readonly<Record<string, string>>): boolean {
  return Object.entries(where ?? {}).every(([name, value]) => facts[name] === value);
}
