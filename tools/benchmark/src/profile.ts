/** V8 CPU profiles: in which functions the time was spent. */
import * as z from 'zod';
import { alignedTable } from './table.ts';

const callFrame = z.object({
  functionName: z.string(),
  url: z.string(),
  lineNumber: z.int(),
  columnNumber: z.int(),
});

/** https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-Profile; times in microseconds. */
export const cpuProfile = z.looseObject({
  nodes: z.array(z.looseObject({ id: z.int(), callFrame, children: z.array(z.int()).default([]) })),
  samples: z.array(z.int()).default([]),
  timeDeltas: z.array(z.number()).default([]),
});

export type CpuProfile = z.infer<typeof cpuProfile>;
export type CallFrame = z.infer<typeof callFrame>;

/** What a function is called, and where it lives: a file, a package, or V8 itself. */
export interface FunctionName {
  readonly name: string;
  readonly place: string;
}

/** Self time in milliseconds, by function. */
export interface SelfTime extends FunctionName {
  readonly milliseconds: number;
}

/**
 * The self time of each function; time in which a thread only waited is left out. Native code, such as a statement of
 * SQLite, counts for the place that calls it.
 */
export function selfTimes(profile: CpuProfile, nameOf: (frame: CallFrame) => FunctionName): SelfTime[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(profile.nodes.flatMap(({ id, children }) => children.map((child) => [child, id])));
  const callerOf = (id: number): CallFrame | undefined => {
    const parent = nodes.get(parents.get(id) ?? NaN);
    if (parent === undefined) return undefined;
    return isNative(parent.callFrame) ? callerOf(parent.id) : parent.callFrame;
  };
  const named = ({ id, frame }: { readonly id: number; readonly frame: CallFrame }): FunctionName => {
    const caller = isNative(frame) ? callerOf(id) : undefined;
    if (caller === undefined) return nameOf(frame);
    const { name, place } = nameOf(caller);
    return { name: `${frame.functionName || 'native code'} in ${name}`, place };
  };
  const times = [...microsecondsByNode(profile)].flatMap(([id, microseconds]) => {
    const frame = nodes.get(id)?.callFrame;
    if (frame === undefined || frame.functionName === '(idle)') return [];
    return [{ ...named({ id, frame }), milliseconds: microseconds / 1000 }];
  });
  return mergeSelfTimes([times]);
}

/** Native functions have a name and no file; what V8 does for itself is in brackets. */
function isNative({ url, functionName }: CallFrame): boolean {
  return url === '' && !functionName.startsWith('(');
}

function microsecondsByNode({ samples, timeDeltas }: CpuProfile): Map<number, number> {
  const times = new Map<number, number>();
  for (const [index, id] of samples.entries()) {
    // A delta is the time since the sample before, so that the next one tells how long this sample's function went on.
    const microseconds = Math.max(0, timeDeltas[index + 1] ?? 0);
    times.set(id, (times.get(id) ?? 0) + microseconds);
  }
  return times;
}

/** The same functions of several threads as one, the longest first. */
export function mergeSelfTimes(threads: readonly (readonly SelfTime[])[]): SelfTime[] {
  const merged = new Map<string, SelfTime>();
  for (const time of threads.flat()) {
    const key = `${time.name}\n${time.place}`;
    const before = merged.get(key)?.milliseconds ?? 0;
    merged.set(key, { ...time, milliseconds: before + time.milliseconds });
  }
  return [...merged.values()].sort((one, other) => other.milliseconds - one.milliseconds);
}

/** Where the time went by place, and the functions that took most of it. */
export function selfTimeTable(times: readonly SelfTime[], top: number): string {
  const total = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const cells = ({ name, place, milliseconds }: SelfTime) => [
    name === '' ? place : `${name}  ${place}`,
    `${Math.round(milliseconds)} ms`,
    `${((100 * milliseconds) / total).toFixed(1)} %`,
  ];
  const places = mergeSelfTimes([times.map(({ place, milliseconds }) => ({ name: '', place, milliseconds }))]);
  return [
    `${Math.round(total)} ms not idle`,
    alignedTable(['by place', 'self', ''], places.slice(0, top).map(cells)),
    alignedTable(['by function', 'self', ''], times.slice(0, top).map(cells)),
  ].join('\n\n');
}
