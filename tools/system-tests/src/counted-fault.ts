/** A fault that tells how often it has struck: how many messages it holds, or whether a function has died. */
import type { Fault } from '@distributed-patterns/local-cloud';
import * as z from 'zod';
import type { System } from './system.ts';

const armedSchema = z.object({ id: z.string(), struck: z.int() });

/** What a fault needs to be told; it strikes once unless told. */
export type PartialFault = Partial<Fault> & Pick<Fault, 'at' | 'effect'>;

/** Armed until it is taken back. Unlike a fault that the system injects, it may find that it never struck. */
export class CountedFault {
  readonly #faults: string;
  readonly #id: string;

  private constructor(faults: string, id: string) {
    this.#faults = faults;
    this.#id = id;
  }

  static async arm(system: System, fault: PartialFault): Promise<CountedFault> {
    const faults = urlOf(system);
    const response = await fetch(faults, { method: 'POST', body: JSON.stringify({ times: 1, ...fault }) });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`no such fault: ${JSON.stringify(answer)}`);
    const { id } = armedSchema.pick({ id: true }).parse(answer);
    return new CountedFault(faults, id);
  }

  /** Takes back every fault of the system, so that a test that failed leaves none to the next. */
  static async removeAll(system: System): Promise<void> {
    await fetch(urlOf(system), { method: 'DELETE' });
    await system.idle();
  }

  async struck(): Promise<number> {
    const armed = z.array(armedSchema).parse(await (await fetch(this.#faults)).json());
    const own = armed.find(({ id }) => id === this.#id);
    if (own === undefined) throw new Error(`${this.#id} was taken back`);
    return own.struck;
  }

  /** Takes it back; what it held goes on its way. */
  async remove(): Promise<void> {
    await fetch(`${this.#faults}/${this.#id}`, { method: 'DELETE' });
  }
}

function urlOf({ awsUrl }: System): string {
  return `${awsUrl}/_local-cloud/faults`;
}
