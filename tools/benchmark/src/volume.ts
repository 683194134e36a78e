/** Whether a full store is as fast as an empty one. Both are measured in turns, so that both meet the same machine. */
import { withDataDirectory } from './data-directory.ts';
import { sagasSince } from './executions.ts';
import type { Figure } from './figure.ts';
import { fillWithOrders } from './fill.ts';
import { openLoop } from './load.ts';
import { profiled } from './profiling.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';
import { warmUp } from './saga-loop.ts';
import { type Spread, spreadOf } from './statistics.ts';
import { type System, withSystem } from './system.ts';

const ORDERS = 100_000;
const SECONDS = 60;
const ROUND_SECONDS = 5;
const WARM_UP_SECONDS = 20;
/** Orders a second, and as many reads: far below what the system can take, so that queues play no part. */
const RATE = 10;
const RATIO = 1.2;

const measures = ['POST /orders', 'GET /orders/{orderId}', 'a saga'] as const;
type Measure = (typeof measures)[number];
type Durations = Readonly<Record<Measure, number[]>>;

/** A system, orders that can be read in it, and what was measured. */
interface Side {
  readonly system: System;
  readonly known: readonly string[];
  readonly durations: Durations;
}

/** Latency with 100,000 orders stored, compared with none. */
export const volume: Scenario = {
  name: 'volume',
  about: 'latency with many orders stored, compared with an empty store',
  run(context) {
    return withDataDirectory(async (dataDirectory) => {
      const { signal, progress, orders: count = ORDERS, profile } = context;
      const known = await withSystem({ inspected: false, dataDirectory }, (system) =>
        fillWithOrders(system, { count, signal, progress }),
      );
      // Started anew, so that neither side has run for longer than the other.
      await withSystem({ inspected: false }, (empty) =>
        withSystem({ inspected: profile !== undefined, dataDirectory }, (full) =>
          compare(context, sideOf(empty, []), sideOf(full, known), count),
        ),
      );
    });
  },
};

function sideOf(system: System, known: readonly string[]): Side {
  return { system, known, durations: { 'POST /orders': [], 'GET /orders/{orderId}': [], 'a saga': [] } };
}

async function compare(context: ScenarioContext, empty: Side, full: Side, count: number): Promise<void> {
  const { signal, progress, found, seconds = SECONDS } = context;
  progress(`warming up both for ${WARM_UP_SECONDS} s`);
  for (const { system, known } of [empty, full]) {
    const unmeasured = (seconds: number) => round(sideOf(system, known), seconds, signal);
    await warmUp(system.aws, system.orders, WARM_UP_SECONDS, signal, () => unmeasured(WARM_UP_SECONDS / 2));
  }
  const rounds = Math.max(1, Math.round(seconds / ROUND_SECONDS));
  progress(`measuring both in turns, ${rounds} times ${ROUND_SECONDS} s`);
  await profiled(context, full.system.runtime, 'volume', async () => {
    for (let index = 0; index < rounds; index++) {
      // Who is first changes, so that neither always follows the other.
      for (const side of index % 2 === 0 ? [empty, full] : [full, empty]) await round(side, ROUND_SECONDS, signal);
    }
  });
  const refused = [empty, full].flatMap(({ system }) => system.orders.refused).length;
  const none = { at: 'most', value: 0 } as const;
  found([
    ...measures.flatMap((measure) => comparison(measure, count, empty, full)),
    { scenario: 'both', name: 'requests refused', value: refused, unit: '', target: none },
  ]);
}

/** Orders and reads at a fixed rate; then what is under way comes to rest. */
async function round({ system, known, durations }: Side, seconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { aws, orders } = system;
  const since = Date.now();
  const from = performance.now();
  const reads: Promise<void>[] = [];
  const read = (due: number) => {
    const ids = known.length > 0 ? known : orders.placed.map(({ orderId }) => orderId);
    const orderId = ids[Math.floor(Math.random() * ids.length)];
    if (orderId === undefined) return;
    const keep = (took: number | undefined) =>
      void (took === undefined || durations['GET /orders/{orderId}'].push(took));
    reads.push(orders.read(orderId, due).then(keep));
  };
  let turn = 0;
  await openLoop(2 * RATE, { until: from + seconds * 1000, signal }, (due) => {
    if (turn++ % 2 === 0) void orders.place(due);
    else read(due);
  });
  await Promise.all(reads);
  await aws.idle();
  durations['POST /orders'].push(...orders.latencies(from, performance.now()));
  for (const { startedAt, stoppedAt } of await sagasSince(aws, since)) {
    if (stoppedAt !== undefined) durations['a saga'].push(stoppedAt - startedAt);
  }
}

function comparison(measure: Measure, count: number, empty: Side, full: Side): Figure[] {
  const before = spreadOf(empty.durations[measure]);
  const after = spreadOf(full.durations[measure]);
  const target = { at: 'most', value: RATIO } as const;
  const of = (share: keyof Spread): Figure[] => [
    { scenario: measure, name: `${share}, empty`, value: before[share], unit: 'ms' },
    { scenario: measure, name: `${share}, ${count} orders stored`, value: after[share], unit: 'ms' },
    { scenario: measure, name: `${share}, ratio`, value: after[share] / before[share], unit: '', target },
  ];
  return [...of('p50'), ...of('p95')];
}
