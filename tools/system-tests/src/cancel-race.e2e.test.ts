import { auditRace, type Outcome, type Outcomes, playFreeRound, playHeldRound } from './cancel-race.ts';
import { CountedFault } from './counted-fault.ts';
import { countUnfinished, fillShelves, readBooks, readProducts } from './crash-books.ts';
import { goods } from './crash-clients.ts';
import { Draw } from './crash-draw.ts';
import { System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterEach(() => CountedFault.removeAll(system));
afterAll(() => system.stop());

const SEED = 20_261_123;
const ROUND = 50;
const HELD_ROUNDS = 7;
const FREE_ROUNDS = 3;
const MINUTE = 60_000;
/** A busy machine takes longer than a test usually may, in milliseconds of real time. */
const LONG_TEST = 240_000;
/** More than any order here waits for its retries. */
const LONGEST = 30 * MINUTE;
/** More than a sweeper or a correction may still be waiting for. */
const AFTERMATH = 10 * MINUTE;
/** Either outcome is at least so frequent where cancel and completion start together. */
const LEAST_SHARE = 0.05;

const share = (rounds: readonly Outcomes[], wanted: Outcome): number => {
  const all = rounds.flatMap((round) => [...round.values()]);
  return all.filter((outcome) => outcome === wanted).length / all.length;
};

it(
  'of five hundred orders that race with their cancels, each has exactly one outcome, and everything adds up',
  async () => {
    const draw = new Draw(SEED);
    const popular = goods.map(({ productId }) => productId);
    await fillShelves(system, popular, 1_000_000);
    const before = await readProducts(system);
    const held: Outcomes[] = [];
    const free: Outcomes[] = [];
    for (let round = 0; round < HELD_ROUNDS; round++) held.push(await playHeldRound(system, draw, ROUND));
    for (let round = 0; round < FREE_ROUNDS; round++) free.push(await playFreeRound(system, draw, ROUND));
    for (let passed = 0; passed < LONGEST && (await countUnfinished(system)) > 0; passed += MINUTE) {
      await system.advance(MINUTE);
    }
    await system.advance(AFTERMATH);
    const outcomes = new Map([...held, ...free].flatMap((round) => [...round]));
    expect(auditRace(await readBooks(system), outcomes, before)).toEqual([]);
    for (const outcome of ['CANCELLED', 'COMPLETED'] as const) {
      expect(share(held, outcome)).toBeGreaterThanOrEqual(LEAST_SHARE);
      expect(share(free, outcome)).toBeGreaterThan(0);
    }
  },
  LONG_TEST,
);
