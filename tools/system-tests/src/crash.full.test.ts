import { planFrom } from './crash-plan.ts';
import { crashAgainAndAgain } from './crash-rounds.ts';

const fifty = { crashes: 50, orders: 200, longestPause: 3_000 };
const HOUR = 3_600_000;

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

describe('kill -9, fifty times with two hundred orders each', () => {
  it(
    'loses nothing that was acknowledged: orders end, stock, money and mails add up',
    async () => {
      const { problems, figures } = await crashAgainAndAgain(planFrom(process.env, fifty), tell);
      for (const [name, figure] of Object.entries(figures)) tell(`${String(figure).padStart(12)}  ${name}`);
      expect(problems).toEqual([]);
    },
    HOUR,
  );
});
