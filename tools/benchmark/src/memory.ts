/** Whether the runtime's memory stays flat while orders go through it, as many as it can take. */
import type { Saga } from './executions.ts';
import type { Figure } from './figure.ts';
import { type HeapSizes, heapSizes } from './heap.ts';
import { lossFigures, outcomesOf } from './outcomes.ts';
import { residentMebibytesOf } from './process-usage.ts';
import type { Runtime, RuntimeProcess } from './runtime.ts';
import { keepInFlight } from './saga-loop.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';
import { rateWithin, slopeOf, spreadOf } from './statistics.ts';
import { type System, withSystem } from './system.ts';
import { markUsage, usageFigures } from './usage.ts';

const ORDERS = 20_000;
/** Until then code is compiled, heaps and caches grow to their size, and every environment starts that is ever needed. */
const WARM_UP_SHARE = 0.1;
const SAMPLE_MILLISECONDS = 1000;
const PROGRESS_MILLISECONDS = 15_000;
/** What counts as flat: what garbage and fragments make of the same live data from one look to the next. */
const FLAT = 1.1;

/** Resident memory of a process when so many orders had been placed. */
interface Sample {
  readonly process: RuntimeProcess['name'];
  readonly orders: number;
  readonly mebibytes: number;
}

/** Memory over 20,000 orders. */
export const memory: Scenario = {
  name: 'memory',
  about: 'resident memory and heaps over many orders, at the highest rate',
  run(context) {
    const { signal, progress, found, inFlight, orders: count = ORDERS } = context;
    return withSystem({ inspected: true }, async (system) => {
      const { runtime, aws, orders } = system;
      const warmUp = Math.ceil(count * WARM_UP_SHARE);
      progress(`warming up with ${warmUp} orders, ${inFlight} sagas in flight`);
      await keepInFlight(aws, orders, inFlight, { count: warmUp, signal });
      signal.throwIfAborted();
      await aws.idle();
      const before = await heapSizes(runtime);
      const from = markUsage(runtime);
      const samples = await sampled(context, system, count, () =>
        keepInFlight(aws, orders, inFlight, { count: count - warmUp, signal }),
      );
      signal.throwIfAborted();
      const to = markUsage(runtime);
      const outcomes = await outcomesOf(aws, signal);
      const after = await heapSizes(runtime);
      found([
        ...residentFigures(samples),
        ...heapFigures(before, after),
        ...paceFigures(outcomes.sagas, from.at, to.at),
        ...lossFigures('pace', outcomes, orders),
        ...usageFigures('pace', 'saga', from, to, count - warmUp),
      ]);
    });
  },
};

/** Looks at the processes once a second while the work goes on. */
async function sampled(
  { progress }: ScenarioContext,
  { runtime, orders }: System,
  count: number,
  work: () => Promise<void>,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const sampling = setInterval(() => {
    for (const { name, pid } of runtime.processes) {
      const mebibytes = residentMebibytesOf(pid);
      if (mebibytes !== undefined) samples.push({ process: name, orders: orders.placed.length, mebibytes });
    }
  }, SAMPLE_MILLISECONDS);
  const telling = setInterval(
    () => progress(`${orders.placed.length} of ${count} orders, ${residents(runtime)}`),
    PROGRESS_MILLISECONDS,
  );
  try {
    await work();
  } finally {
    clearInterval(sampling);
    clearInterval(telling);
  }
  return samples;
}

function residents(runtime: Runtime): string {
  const told = runtime.processes.map(({ name, pid }) => `${name} ${Math.round(residentMebibytesOf(pid) ?? NaN)} MiB`);
  return told.join(', ');
}

/** The beginning and the end are means of a tenth of the samples each: single ones depend on the last collection. */
function residentFigures(samples: readonly Sample[]): Figure[] {
  const scenario = 'resident memory';
  return [...new Set(samples.map(({ process }) => process))].flatMap((name) => {
    const own = samples.filter(({ process }) => process === name);
    const tenth = Math.max(1, Math.floor(own.length / 10));
    const start = mean(own.slice(0, tenth));
    const end = mean(own.slice(-tenth));
    const points = own.map(({ orders, mebibytes }) => [orders / 1000, mebibytes] as const);
    const figure = (text: string, value: number, unit: string) => ({ scenario, name: `${name}, ${text}`, value, unit });
    return [
      figure('after the warm-up', start, 'MiB'),
      figure('at the end', end, 'MiB'),
      { ...figure('at the end to after the warm-up', end / start, ''), target: { at: 'most', value: FLAT } as const },
      figure('for each 1,000 orders', slopeOf(points), 'MiB'),
    ];
  });
}

function mean(samples: readonly Sample[]): number {
  return samples.reduce((sum, { mebibytes }) => sum + mebibytes, 0) / samples.length;
}

function heapFigures(before: HeapSizes, after: HeapSizes): Figure[] {
  const figure = (name: string, value: number, unit = 'MiB') => ({
    scenario: 'heap after collection',
    name,
    value,
    unit,
  });
  const flat = { target: { at: 'most', value: FLAT } as const };
  return [
    figure('main, after the warm-up', before.main),
    figure('main, at the end', after.main),
    { ...figure('main, at the end to after the warm-up', after.main / before.main, ''), ...flat },
    figure('Lambda host, after the warm-up', before.host),
    figure('Lambda host, at the end', after.host),
    {
      ...figure('Lambda host, a thread, at the end to after the warm-up', perThread(after) / perThread(before), ''),
      ...flat,
    },
    figure('threads of the Lambda host after the warm-up', before.hostThreads, ''),
    figure('threads of the Lambda host at the end', after.hostThreads, ''),
  ];
}

function perThread({ host, hostThreads }: HeapSizes): number {
  return host / hostThreads;
}

/** Whether the last sagas went as fast as the first: what slows down has something that grows. */
function paceFigures(all: readonly Saga[], from: number, to: number): Figure[] {
  const measured = all
    .filter(({ startedAt }) => startedAt >= from)
    .sort((one, other) => one.startedAt - other.startedAt);
  const p50 = (sagas: readonly Saga[]) =>
    spreadOf(sagas.map(({ startedAt, stoppedAt = NaN }) => stoppedAt - startedAt)).p50;
  const tenth = Math.floor(measured.length / 10);
  const ends = measured.map(({ stoppedAt = 0 }) => stoppedAt);
  const figure = (name: string, value: number, unit: string) => ({ scenario: 'pace', name, value, unit });
  return [
    figure('sagas completed a second', rateWithin(ends, from, to), '/s'),
    figure('a saga takes, p50 of the first tenth', p50(measured.slice(0, tenth)), 'ms'),
    figure('a saga takes, p50 of the last tenth', p50(measured.slice(-tenth)), 'ms'),
  ];
}
