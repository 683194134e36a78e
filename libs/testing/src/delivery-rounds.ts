/** How messages are delivered: at least once, in a drawn order, in batches, to several environments at once, amid trouble. */
import * as fc from 'fast-check';
import type { Fate } from './perilous-environment.ts';
import type { Trouble } from './dynamodb-troubles.ts';

/** What goes on at the same time. */
export interface Round {
  /** Each in an environment of its own, with at most so many messages. */
  readonly invocations: readonly { readonly size: number; readonly fate: Fate }[];
  /** What goes wrong meanwhile, once. */
  readonly trouble?: Trouble | undefined;
}

/** As many environments as are ever needed at once. */
export const ENVIRONMENTS = 3;

/** More rounds than the trouble of a story can cost; without any, each message is handled when it comes first. */
const MOST_ROUNDS = 60;

/** Once there is no more trouble. */
const CALM: Round = { invocations: [{ size: 5, fate: { pauses: [] } }] };

const fates: fc.Arbitrary<Fate> = fc.record({
  pauses: fc.array(fc.constantFrom(0, 0, 1, 3, 8, 20), { maxLength: 6 }),
  killed: fc.option(fc.record({ when: fc.constantFrom('before', 'after'), call: fc.integer({ min: 1, max: 8 }) }), {
    nil: undefined,
    freq: 2,
  }),
});

/** Some rounds, in about every third of which there is trouble. */
export function roundsWith(troubles: fc.Arbitrary<Trouble>): fc.Arbitrary<readonly Round[]> {
  const invocation = fc.record({ size: fc.integer({ min: 1, max: 5 }), fate: fates });
  const round = fc.record({
    invocations: fc.array(invocation, { minLength: 1, maxLength: ENVIRONMENTS }),
    trouble: fc.option(troubles, { nil: undefined, freq: 1 }),
  });
  return fc.array(round, { maxLength: 6 });
}

/** A message came again and again. */
export class NeverHandled extends Error {
  override readonly name = 'NeverHandled';
}

/** Who takes messages, and who makes trouble. */
export interface Receiver<Message> {
  /** Hands a batch over; those that it returns come again. */
  receive(environment: number, batch: readonly Message[], fate: Fate): Promise<readonly Message[]>;
  suffer(trouble: Trouble): void;
  recover(): void;
}

/**
 * Delivers all messages, in this order; those that were not handled come again behind the others.
 * @param rounds are used up; then all is calm
 * @throws NeverHandled where calm does not help either
 */
export async function deliver<Message>(
  messages: readonly Message[],
  rounds: Iterator<Round>,
  { receive, suffer, recover }: Receiver<Message>,
): Promise<void> {
  const queue = [...messages];
  for (let number = 0; queue.length > 0; number++) {
    if (number === MOST_ROUNDS) throw new NeverHandled(JSON.stringify(queue));
    const next = rounds.next();
    const { invocations, trouble }: Round = next.done === true ? CALM : next.value;
    if (trouble !== undefined) suffer(trouble);
    const batches = invocations
      .map(({ size, fate }) => ({ batch: queue.splice(0, size), fate }))
      .filter(({ batch }) => batch.length > 0);
    try {
      const left = await Promise.all(batches.map(({ batch, fate }, environment) => receive(environment, batch, fate)));
      queue.push(...left.flat());
    } finally {
      if (trouble !== undefined) recover();
    }
  }
}
