/** The stretch of time that is measured: its bounds, the CPU time of every process, and profiles where they are wanted. */
import type { Limits } from './load.ts';
import { profiled } from './profiling.ts';
import type { Runtime } from './runtime.ts';
import type { ScenarioContext } from './scenario.ts';
import { markUsage, type UsageMark } from './usage.ts';

/** Bounds in milliseconds since the epoch, with usage, and in those of `performance.now()`. */
export interface Window {
  readonly from: UsageMark;
  readonly to: UsageMark;
  readonly begun: number;
  readonly ended: number;
}

/** Drives the load for so many seconds and tells what that took. */
export function measured(
  context: Pick<ScenarioContext, 'profile' | 'print' | 'signal'>,
  runtime: Runtime,
  label: string,
  seconds: number,
  drive: (limits: Limits) => Promise<void>,
): Promise<Window> {
  return profiled(context, runtime, label, async () => {
    const from = markUsage(runtime);
    const begun = performance.now();
    await drive({ until: begun + seconds * 1000, signal: context.signal });
    return { from, to: markUsage(runtime), begun, ended: performance.now() };
  });
}
