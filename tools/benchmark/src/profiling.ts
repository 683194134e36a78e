/** Takes V8 CPU profiles of every thread of the runtime, writes them to a folder, and prints where the time went. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { InspectedThread, Inspector } from './inspector.ts';
import { cpuProfile, type CpuProfile, mergeSelfTimes, selfTimes, selfTimeTable } from './profile.ts';
import type { Runtime } from './runtime.ts';
import type { ScenarioContext } from './scenario.ts';
import { SourceNames } from './source-names.ts';

/** Microseconds between two samples: fine enough for a minute, and cheap. */
const SAMPLING_INTERVAL = 1000;
const TOP = 40;

const stopped = z.object({ profile: cpuProfile });

interface ThreadProfile {
  readonly process: string;
  readonly thread: string;
  readonly profile: CpuProfile;
}

/** Does the work, and profiles the runtime meanwhile where the command line asks for that. */
export async function profiled<T>(
  { profile: folder, print }: Pick<ScenarioContext, 'profile' | 'print'>,
  runtime: Runtime,
  label: string,
  work: () => Promise<T>,
): Promise<T> {
  if (folder === undefined) return work();
  const { result, profiles } = await runtime.inspect(async (inspectors) => {
    await Promise.all(inspectors.flatMap(({ threads }) => threads.map(begin)));
    return { result: await work(), profiles: (await Promise.all(inspectors.map(end))).flat() };
  });
  const directory = join(folder, label);
  await write(directory, profiles);
  print(`\nProfiles of ${profiles.length} threads, for Chrome's developer tools or VS Code: ${directory}`);
  summarize(profiles, print);
  return result;
}

async function begin(thread: InspectedThread): Promise<void> {
  try {
    await thread.call('Profiler.enable');
    await thread.call('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL });
    await thread.call('Profiler.start');
  } catch {
    // A thread that ends meanwhile has no profile.
  }
}

async function end({ threads }: Inspector): Promise<ThreadProfile[]> {
  const [main] = threads;
  const found = threads.map(async (thread) => {
    try {
      const { profile } = stopped.parse(await thread.call('Profiler.stop'));
      return [{ process: main?.name ?? '', thread: thread === main ? 'main' : await nameOf(thread), profile }];
    } catch {
      return []; // It began after the profile did, or has ended.
    }
  });
  return (await Promise.all(found)).flat();
}

/** An execution environment is called after its function. */
async function nameOf(thread: InspectedThread): Promise<string> {
  const name = await thread.evaluate('process.env.AWS_LAMBDA_FUNCTION_NAME');
  return typeof name === 'string' ? name : thread.name;
}

async function write(directory: string, profiles: readonly ThreadProfile[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [index, { process, thread, profile }] of profiles.entries()) {
    const file = `${process}-${index}-${thread}.cpuprofile`.replaceAll(' ', '-');
    await writeFile(join(directory, file), JSON.stringify(profile));
  }
}

function summarize(profiles: readonly ThreadProfile[], print: (text: string) => void): void {
  const names = new SourceNames();
  for (const name of new Set(profiles.map(({ process }) => process))) {
    const own = profiles.filter(({ process }) => process === name);
    const times = own.map(({ profile }) => selfTimes(profile, (frame) => names.of(frame)));
    print(`\n${name}, ${own.length} threads: ${selfTimeTable(mergeSelfTimes(times), TOP)}`);
  }
}
