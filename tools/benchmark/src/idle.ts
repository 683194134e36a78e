/** What an idle system costs: some orders have been through it, and nobody asks for anything. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openLoop } from './load.ts';
import { lossFigures, outcomesOf } from './outcomes.ts';
import type { Scenario } from './scenario.ts';
import { withSystem } from './system.ts';
import { markUsage, usageBetween } from './usage.ts';

const ORDERS = 50;
/** Collections of garbage and timers that the orders have left. */
const SETTLE_SECONDS = 10;
const SECONDS = 20;
const PERCENT_OF_A_CORE = 2;

/** CPU time while nothing happens. */
export const idle: Scenario = {
  name: 'idle',
  about: 'CPU of a system that nobody uses',
  run({ signal, progress, found, seconds = SECONDS }) {
    return withSystem({ inspected: false }, async ({ runtime, aws, orders }) => {
      progress(`placing ${ORDERS} orders`);
      await openLoop(20, { count: ORDERS, signal }, (due) => void orders.place(due));
      const outcomes = await outcomesOf(aws, signal);
      await sleep(SETTLE_SECONDS * 1000, undefined, { signal });
      progress(`measuring for ${seconds} s`);
      const from = markUsage(runtime);
      await sleep(seconds * 1000, undefined, { signal });
      const used = usageBetween(from, markUsage(runtime));
      const percent = (name: string) => (100 * (used.get(name) ?? NaN)) / seconds;
      const figure = (name: string, value: number) => ({ scenario: 'idle', name, value, unit: '% of a core' });
      found([
        {
          ...figure('main and Lambda host', percent('main') + percent('Lambda host')),
          target: { at: 'most', value: PERCENT_OF_A_CORE },
        },
        figure('main', percent('main')),
        figure('Lambda host', percent('Lambda host')),
        ...lossFigures('idle', outcomes, orders),
      ]);
    });
  },
};
