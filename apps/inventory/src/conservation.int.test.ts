/**
 * Stock is kept and every command is answered, whatever is told in whichever order, and whatever goes wrong meanwhile.
 * What happens follows from a seed, which a failure prints; `CONSERVATION_SEED` tells the same stories again,
 * `CONSERVATION_RUNS` sets how many.
 */
import { randomInt } from 'node:crypto';
import { startDynamoDb, type TestDynamoDb } from '@distributed-patterns/testing';
import * as fc from 'fast-check';
import { complaintsAbout } from './given-conservation-audit.ts';
import { stories } from './given-conservation-story.ts';
import { type Books, World } from './given-conservation-world.ts';

const seed = Number(process.env['CONSERVATION_SEED'] ?? randomInt(2 ** 31));
const RUNS = Number(process.env['CONSERVATION_RUNS'] ?? 1_000);
/** In milliseconds of real time: many runs, and many more to find the smallest that fails. */
const LONGEST = 240_000;

let dynamodb: TestDynamoDb;
let world: World;
beforeAll(async () => {
  // Whoever waits a random time before trying again waits for none: what else happens in between is the story's to say.
  jest.spyOn(Math, 'random').mockReturnValue(0);
  dynamodb = await startDynamoDb();
  world = await World.create(dynamodb);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await dynamodb.stop();
});

describe(`orders of which anything is told, repeatedly, in any order, amid crashes (CONSERVATION_SEED=${seed})`, () => {
  const tally = new Map<string, number>();
  const count = (what: string, times: number) => tally.set(what, (tally.get(what) ?? 0) + times);
  const remember = ({ orders, killed }: Books) => {
    for (const { reservation } of orders) count(reservation?.status ?? 'missing', 1);
    count('killed', killed);
  };

  it(
    'keep all stock, and answer every command',
    async () => {
      const property = fc.asyncProperty(stories, async (story) => {
        const books = await world.play(story);
        remember(books);
        expect(complaintsAbout(books)).toEqual([]);
      });
      await fc.assert(property, { seed, numRuns: RUNS });
    },
    LONGEST,
  );

  it.each(['RESERVED', 'COMMITTED', 'REJECTED', 'RELEASED', 'killed'])('come to be %s often enough', (what) => {
    expect(tally.get(what) ?? 0).toBeGreaterThanOrEqual(Math.floor(RUNS / 20));
  });
});
