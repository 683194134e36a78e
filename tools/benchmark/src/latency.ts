/** How long `POST /orders` takes at a steady rate, counted from when each order was due. */
import { type Limits, openLoop } from './load.ts';
import { measured } from './measured.ts';
import { lossFigures, outcomesOf } from './outcomes.ts';
import type { Scenario } from './scenario.ts';
import { warmUp } from './saga-loop.ts';
import { spreadOf } from './statistics.ts';
import { withSystem } from './system.ts';
import { usageFigures } from './usage.ts';

const WARM_UP_SECONDS = 20;
const SECONDS = 60;
const RATE = 30;
const P99_MILLISECONDS = 50;

/** Percentiles of the time to an answer, sagas running behind it as in real life. */
export const latency: Scenario = {
  name: 'latency',
  about: 'time to the answer of POST /orders at a steady rate',
  run(context) {
    const {
      signal,
      progress,
      found,
      seconds = SECONDS,
      warmUp: warmUpSeconds = WARM_UP_SECONDS,
      rate = RATE,
      profile,
    } = context;
    const scenario = `POST /orders, ${rate} a second`;
    return withSystem({ inspected: profile !== undefined }, async ({ runtime, aws, orders }) => {
      const drive = (limits: Limits) => openLoop(rate, limits, (due) => void orders.place(due));
      progress(`warming up for ${warmUpSeconds} s`);
      await warmUp(aws, orders, warmUpSeconds, signal, drive);

      progress(`measuring for ${seconds} s`);
      const { from, to, begun, ended } = await measured(context, runtime, 'latency', seconds, drive);
      signal.throwIfAborted();
      const outcomes = await outcomesOf(aws, signal);

      const { count, p50, p95, p99, max } = spreadOf(orders.latencies(begun, ended));
      const figure = (name: string, value: number, unit = 'ms') => ({ scenario, name, value, unit });
      found([
        figure('orders', count, ''),
        figure('p50', p50),
        figure('p95', p95),
        { ...figure('p99', p99), target: { at: 'most', value: P99_MILLISECONDS } as const },
        figure('max', max),
        ...lossFigures(scenario, outcomes, orders),
        ...usageFigures(scenario, 'order', from, to, count),
      ]);
    });
  },
};
