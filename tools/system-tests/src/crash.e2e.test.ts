import { planFrom } from './crash-plan.ts';
import { crashAgainAndAgain } from './crash-rounds.ts';

/** What `npm run test:full` does fifty times with two hundred orders. */
const few = { crashes: 3, orders: 20, longestPause: 1_000 };

/** In real time, unlike other tests, so that a busy machine is given more of it than they are. */
const PATIENCE = 240_000;

describe('kill -9, a few times under load', () => {
  it(
    'loses nothing that was acknowledged: orders end, stock, money and mails add up',
    async () => {
      const story: string[] = [];
      const { problems } = await crashAgainAndAgain(planFrom(process.env, few), (line) => story.push(line));
      // The story is in the message of a failure, with the seed.
      expect({ story, problems }).toEqual({ story, problems: [] });
    },
    PATIENCE,
  );
});
