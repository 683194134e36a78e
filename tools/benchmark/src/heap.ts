/** What the runtime's heaps hold when all garbage has been collected. */
import * as z from 'zod';
import type { InspectedThread } from './inspector.ts';
import type { Runtime } from './runtime.ts';

const usage = z.looseObject({ usedSize: z.number() });
const MEBIBYTE = 1024 * 1024;

/** Mebibytes, of the main process and of all threads of the process that hosts the functions. */
export interface HeapSizes {
  readonly main: number;
  readonly host: number;
  readonly hostThreads: number;
}

/** Collects the garbage in every thread and looks what is left. */
export function heapSizes(runtime: Runtime): Promise<HeapSizes> {
  return runtime.inspect(async (inspectors) => {
    const sizes = { main: 0, host: 0, hostThreads: 0 };
    for (const { threads } of inspectors) {
      const used = (await Promise.all(threads.map(usedAfterCollection))).reduce((sum, size) => sum + size, 0);
      if (threads[0]?.name === 'main') sizes.main += used;
      else {
        sizes.host += used;
        sizes.hostThreads += threads.length;
      }
    }
    return sizes;
  });
}

async function usedAfterCollection(thread: InspectedThread): Promise<number> {
  try {
    await thread.call('HeapProfiler.enable');
    await thread.call('HeapProfiler.collectGarbage');
    const { usedSize } = usage.parse(await thread.call('Runtime.getHeapUsage'));
    await thread.call('HeapProfiler.disable');
    return usedSize / MEBIBYTE;
  } catch {
    return 0; // The thread has ended meanwhile.
  }
}
