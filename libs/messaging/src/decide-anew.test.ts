import { decideAnew } from './decide-anew.ts';
import { VersionClash } from './transaction.ts';

/** A decision that clashes as often as told, and counts how often it was made and put off. */
const clashing = (times: number) => {
  const made = { decisions: 0, pauses: [] as number[] };
  const outcome = decideAnew(
    async () => {
      if (++made.decisions <= times) throw new VersionClash('order-7');
      return `decision ${made.decisions}`;
    },
    async (attempt) => void made.pauses.push(attempt),
  );
  return { made, outcome };
};

it('a decision that nobody was faster than is made once', async () => {
  const { made, outcome } = clashing(0);
  expect(await outcome).toBe('decision 1');
  expect(made.pauses).toEqual([]);
});

it('a decision that somebody was faster than is made anew, later each time', async () => {
  const { made, outcome } = clashing(9);
  expect(await outcome).toBe('decision 10');
  expect(made.pauses).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it('a decision that somebody was faster than ten times is given up', async () => {
  const { made, outcome } = clashing(10);
  await expect(outcome).rejects.toThrow(VersionClash);
  expect(made.decisions).toBe(10);
});

it('a decision that fails otherwise is not made anew', async () => {
  let decisions = 0;
  const broken = decideAnew(async () => {
    decisions++;
    throw new RangeError('broken');
  });
  await expect(broken).rejects.toThrow(RangeError);
  expect(decisions).toBe(1);
});
