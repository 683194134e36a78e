/** Complete sagas a second over a minute: as many as the system can (closed loop), and at the rate asked for (open loop). */
import type { Saga } from './executions.ts';
import type { Figure } from './figure.ts';
import { type Limits, openLoop } from './load.ts';
import { measured } from './measured.ts';
import { lossFigures, outcomesOf } from './outcomes.ts';
import { keepInFlight, warmUp } from './saga-loop.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';
import { percentile, rateWithin, ratesBySecond, spreadOf } from './statistics.ts';
import { withSystem } from './system.ts';
import { usageFigures } from './usage.ts';

const WARM_UP_SECONDS = 20;
const SECONDS = 60;
const RATE = 60;

type Loop = 'closed' | 'open';

/** Sagas a second. A runtime of its own for each loop: neither finds what the other has left. */
export const sagas: Scenario = {
  name: 'sagas',
  about: 'complete sagas a second, sustained',
  async run(context) {
    for (const loop of context.loop === 'both' ? (['closed', 'open'] as const) : [context.loop]) {
      context.found(await measure(context, loop));
    }
  },
};

function measure(context: ScenarioContext, loop: Loop): Promise<Figure[]> {
  const {
    signal,
    progress,
    seconds = SECONDS,
    warmUp: warmUpSeconds = WARM_UP_SECONDS,
    rate = RATE,
    inFlight,
    profile,
  } = context;
  const scenario = loop === 'open' ? `sagas, ${rate} orders a second` : `sagas, ${inFlight} in flight`;
  return withSystem({ inspected: profile !== undefined }, async ({ runtime, aws, orders }) => {
    const drive = (limits: Limits) =>
      loop === 'open'
        ? openLoop(rate, limits, (due) => void orders.place(due))
        : keepInFlight(aws, orders, inFlight, limits);
    progress(`${scenario}: warming up for ${warmUpSeconds} s`);
    await warmUp(aws, orders, warmUpSeconds, signal, drive);

    progress(`${scenario}: measuring for ${seconds} s`);
    const { from, to, begun, ended } = await measured(context, runtime, `sagas-${loop}`, seconds, drive);
    signal.throwIfAborted();

    progress(`${scenario}: waiting for the last ones`);
    const outcomes = await outcomesOf(aws, signal);
    const { sagas, completed } = outcomes;
    const done = sagas.filter(
      ({ orderId, stoppedAt = 0 }) => stoppedAt >= from.at && stoppedAt < to.at && completed.has(orderId),
    );
    return [
      ...rateFigures(scenario, loop, rate, done, from.at, to.at),
      ...durationFigures(scenario, sagas, done, from.at, to.at),
      ...lossFigures(scenario, outcomes, orders),
      ...latencyFigures(scenario, orders.latencies(begun, ended)),
      ...usageFigures(scenario, 'saga', from, to, done.length),
    ];
  });
}

/** An open loop that was asked for less than the target cannot reach it, and is not asked to. */
function rateFigures(
  scenario: string,
  loop: Loop,
  rate: number,
  done: readonly Saga[],
  from: number,
  to: number,
): Figure[] {
  const ends = done.map(({ stoppedAt = 0 }) => stoppedAt);
  const bySecond = ratesBySecond(ends, from, to).sort((one, other) => one - other);
  // The sagas that end in a minute are those of a minute that lay a little earlier: a few more or fewer.
  const target = { at: 'least', value: loop === 'open' ? 0.99 * RATE : RATE } as const;
  return [
    {
      scenario,
      name: 'sagas completed a second',
      value: rateWithin(ends, from, to),
      unit: '/s',
      ...(loop === 'open' && rate < RATE ? {} : { target }),
    },
    { scenario, name: 'in the slowest tenth of the seconds', value: percentile(bySecond, 0.1), unit: '/s' },
  ];
}

function durationFigures(
  scenario: string,
  all: readonly Saga[],
  done: readonly Saga[],
  from: number,
  to: number,
): Figure[] {
  const underWayAt = (moment: number) =>
    all.filter(({ startedAt, stoppedAt = Infinity }) => startedAt < moment && stoppedAt >= moment).length;
  const { p50, p95, p99 } = spreadOf(done.map(({ startedAt, stoppedAt = 0 }) => stoppedAt - startedAt));
  const figure = (name: string, value: number, unit: string) => ({ scenario, name, value, unit });
  return [
    figure('sagas under way at the beginning', underWayAt(from), ''),
    figure('sagas under way at the end', underWayAt(to), ''),
    figure('a saga takes, p50', p50, 'ms'),
    figure('a saga takes, p95', p95, 'ms'),
    figure('a saga takes, p99', p99, 'ms'),
  ];
}

function latencyFigures(scenario: string, latencies: readonly number[]): Figure[] {
  const { p50, p99 } = spreadOf(latencies);
  return [
    { scenario, name: 'POST /orders, p50', value: p50, unit: 'ms' },
    { scenario, name: 'POST /orders, p99', value: p99, unit: 'ms' },
  ];
}
