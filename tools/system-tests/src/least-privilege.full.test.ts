import { startBench } from './least-privilege-bench.ts';
import {
  ASKED_AT_START,
  ASKED_BEFORE_START,
  ASKED_ONCE,
  neverAsked,
  roleAndAction,
} from './least-privilege-expectations.ts';
import { isFor, nameOf } from './least-privilege-iam.ts';

const HOUR = 3_600_000;

describe('each permission that is asked for again and again, taken away by itself', () => {
  it(
    'is missed: the run meets AccessDenied',
    async () => {
      const { iam, story, stop } = await startBench();
      const elsewhere = new Set([...ASKED_AT_START.flat(), ASKED_BEFORE_START, ...ASKED_ONCE]);
      const grants = (await iam.grants()).filter((one) => !elsewhere.has(one.action));
      const notMissed: string[] = [];
      for (const grant of grants.filter((one) => !neverAsked.includes(roleAndAction(one)))) {
        // What is done for an order of the chapter before is done by a system that could do everything.
        await story.everyday();
        await iam.revoke(grant);
        await story.everyday();
        await story.mishaps();
        await iam.restore(grant);
        if (!(await iam.denials()).some((denial) => isFor(grant, denial))) notMissed.push(nameOf(grant));
      }
      await stop();
      expect(notMissed).toEqual([]);
    },
    HOUR,
  );
});
