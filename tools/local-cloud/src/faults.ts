/** Faults that tests inject: a message lost, held or doubled, an operation that fails or whose answer gets lost. */

/** What goes wrong. `hold` keeps a message until its fault is removed; `lose-answer` does the work, then breaks the connection. */
export const FAULT_EFFECTS = ['error', 'lose', 'hold', 'duplicate', 'lose-answer'] as const;

/** One of {@link FAULT_EFFECTS}. */
export type FaultEffect = (typeof FAULT_EFFECTS)[number];

/**
 * A fault at a named point: `<service>.<Operation>` (`dynamodb.TransactWriteItems`), `events.deliver` (facts: detailType,
 * source, rule), `lambda.run` (function), `dynamodb.conflict` (table) or `stripe.<operation>` (the intent's metadata).
 */
export interface Fault {
  readonly at: string;
  readonly where?: Readonly<Record<string, string>>;
  readonly effect: FaultEffect;
  readonly error?: { readonly code: string; readonly message: string; readonly status?: number };
  /** How often it strikes before it is used up. */
  readonly times: number;
}

/** Says that a fault asks for something that cannot go wrong at its point. */
export class UnknownEffect extends Error {
  override readonly name = 'UnknownEffect';
}

interface Armed {
  readonly id: string;
  readonly fault: Fault;
  left: number;
  readonly held: (() => void)[];
}

/** The faults that are armed now. */
export class Faults {
  readonly #armed = new Map<string, Armed>();
  #count = 0;

  /**
   * Arms a fault and returns its id.
   * @throws UnknownEffect where its point could only ignore it
   */
  inject(fault: Fault): string {
    const effects = effectsAt(fault.at);
    if (!effects.includes(fault.effect))
      throw new UnknownEffect(`effect: at ${fault.at} there is only ${effects.join(', ')}`);
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
   * The fault that strikes at this point, counted down. With the effect `hold`,
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
      if (armed.fault.effect === 'hold') armed.held.push(goOn);
      return armed.fault;
    }
    return undefined;
  }

  /** The armed faults with their ids and how often each has struck. */
  list(): readonly { readonly id: string; readonly fault: Fault; readonly struck: number }[] {
    return [...this.#armed.values()].map(({ id, fault, left }) => ({ id, fault, struck: fault.times - left }));
  }
}

function effectsAt(point: string): readonly FaultEffect[] {
  if (point === 'events.deliver') return FAULT_EFFECTS;
  if (point === 'dynamodb.conflict') return ['error'];
  if (point.startsWith('stripe.')) return ['error', 'lose', 'hold', 'lose-answer'];
  return ['error', 'lose-answer'];
}

function matches(where: Fault['where'], facts: Readonly<Record<string, string>>): boolean {
  return Object.entries(where ?? {}).every(([name, value]) => facts[name] === value);
}
