/**
 * No money is lost or made up, and every command is answered, whatever is told in whichever order, and whatever goes wrong meanwhile.
 * What happens follows from a seed, which a failure prints; `CONSERVATION_SEED` tells the same stories again,
 * `CONSERVATION_RUNS` sets how many.
 */
import { randomInt } from 'node:crypto';
import { startDynamoDb, startStripe, type TestDynamoDb, type TestStripe } from '@distributed-patterns/testing';
import * as fc from 'fast-check';
import Stripe from 'stripe';
import { complaintsAbout } from './given-conservation-audit.ts';
import { stories } from './given-conservation-story.ts';
import { type Books, World } from './given-conservation-world.ts';

const seed = Number(process.env['CONSERVATION_SEED'] ?? randomInt(2 ** 31));
const RUNS = Number(process.env['CONSERVATION_RUNS'] ?? 1_000);
/** In milliseconds of real time: many runs, and many more to find the smallest that fails. */
const LONGEST = 240_000;

let dynamodb: TestDynamoDb;
let stripe: TestStripe;
let world: World;
beforeAll(async () => {
  // Whoever waits a random time before trying again waits for none: what else happens in between is the story's to say.
  jest.spyOn(Math, 'random').mockReturnValue(0);
  jest.spyOn(Stripe.prototype, 'getInitialNetworkRetryDelay').mockReturnValue(0);
  // Stripe's SDK writes down the whole stack of every request, which is a tenth of all the work.
  jest.replaceProperty(Error, 'stackTraceLimit', 1);
  dynamodb = await startDynamoDb();
  stripe = await startStripe();
  world = await World.create(dynamodb, stripe);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await stripe.stop();
  await dynamodb.stop();
});

describe(`orders of whose payment anything is told, repeatedly, in any order, amid crashes (CONSERVATION_SEED=${seed})`, () => {
  const tally = new Map<string, number>();
  const count = (what: string, times: number) => tally.set(what, (tally.get(what) ?? 0) + times);
  const remember = ({ orders, killed }: Books) => {
    for (const { payment } of orders) count(payment?.status ?? 'missing', 1);
    count('killed', killed);
  };

  it(
    'are charged once or not at all, and have every command answered',
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

  it.each(['PROCESSED', 'DECLINED', 'REFUNDED', 'killed'])('come to be %s often enough', (what) => {
    expect(tally.get(what) ?? 0).toBeGreaterThanOrEqual(Math.floor(RUNS / 20));
  });
});
