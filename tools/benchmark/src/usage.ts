/** The CPU time that each process has used over a stretch of time. */
import { availableParallelism } from 'node:os';
import type { Figure } from './figure.ts';
import { childrenOf, cpuSecondsOf, machineCpuSeconds } from './process-usage.ts';
import type { Runtime } from './runtime.ts';

/** A moment (milliseconds since the epoch), and the CPU seconds of each process until then. */
export interface UsageMark {
  readonly at: number;
  readonly seconds: ReadonlyMap<string, number>;
  /** Of everything that runs on the machine. */
  readonly machine: number | undefined;
}

/** Marks the present moment; the client is this process and what it has started beside the runtime. */
export function markUsage(runtime: Runtime): UsageMark {
  const seconds = new Map<string, number>();
  const add = (name: string, value: number | undefined) => {
    if (value !== undefined) seconds.set(name, (seconds.get(name) ?? 0) + value);
  };
  const { processes } = runtime;
  for (const { name, pid } of processes) add(name, cpuSecondsOf(pid));
  const runtimes = new Set(processes.map(({ pid }) => pid));
  for (const pid of [process.pid, ...childrenOf(process.pid)]) if (!runtimes.has(pid)) add('client', cpuSecondsOf(pid));
  return { at: Date.now(), seconds, machine: machineCpuSeconds() };
}

/** CPU seconds between two marks, by process. */
export function usageBetween(from: UsageMark, to: UsageMark): Map<string, number> {
  return new Map([...to.seconds].map(([name, seconds]) => [name, seconds - (from.seconds.get(name) ?? 0)]));
}

/**
 * CPU milliseconds for each of `count` pieces of work, and the cores that were busy with them, by process. Other programs are
 * told too, since what they take is not there for the figures; and what all `cores` could do at that price.
 */
export function usageFigures(
  scenario: string,
  work: string,
  from: UsageMark,
  to: UsageMark,
  count: number,
  cores = availableParallelism(),
): Figure[] {
  const used = [...usageBetween(from, to)];
  const elapsed = (to.at - from.at) / 1000;
  const total = used.reduce((sum, [, seconds]) => sum + seconds, 0);
  if (used.length === 0) return [];
  const { machine: before = NaN } = from;
  const { machine: after = NaN } = to;
  const others = Math.max(0, after - before - total);
  return [
    ...[...used, ['all', total] as const].map(([name, seconds]) => ({
      scenario,
      name: `CPU a ${work}, ${name}`,
      value: (seconds * 1000) / count,
      unit: 'ms',
    })),
    { scenario, name: `${work}s that this CPU time allows`, value: (cores * count) / total, unit: '/s' },
    ...[...used, ['other programs', others] as const].map(([name, seconds]) => ({
      scenario,
      name: `busy, ${name}`,
      value: seconds / elapsed,
      unit: 'cores',
    })),
  ];
}
