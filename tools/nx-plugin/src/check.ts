/**
 * The executor of `lint` and `typecheck`. Nx runs one batch at a time and nothing beside it, so both are of one executor:
 * what has to be checked anew is then one batch, in which one thread lints and another checks types.
 */
import type { ExecutorContext, PromiseExecutor, TaskGraph } from '@nx/devkit';
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { outcome, type Outcome } from './outcome.ts';

export interface CheckOptions {
  readonly check: 'lint' | 'types';
}

/** What became of one task of a batch, as Nx wants to know it. */
export interface CheckedTask {
  readonly task: string;
  readonly result: Omit<Outcome, 'root'>;
}

/** Checks all projects of a batch and tells of each task as soon as it is done. */
export async function* checkBatch(
  { tasks }: Pick<TaskGraph, 'tasks'>,
  inputs: Readonly<Record<string, CheckOptions>>,
  _overrides: unknown,
  { root: workspace, projectsConfigurations }: Pick<ExecutorContext, 'root' | 'projectsConfigurations'>,
): AsyncGenerator<CheckedTask> {
  const running = (['types', 'lint'] as const).map((check) => {
    const own = Object.values(tasks).filter(({ id }) => inputs[id]?.check === check);
    const ids = new Map(own.map(({ id, target }) => [rootOf(projectsConfigurations, target.project), id]));
    return run(check, workspace, ids);
  });
  yield* merge(running);
}

/** The same for one project, where Nx is told not to batch. */
export const checkOne: PromiseExecutor<CheckOptions> = async ({ check }, context) => {
  const project = context.projectName ?? '';
  const ids = new Map([[rootOf(context.projectsConfigurations, project), project]]);
  let success = true;
  for await (const { result } of run(check, context.root, ids)) {
    if (result.terminalOutput !== '') console.error(result.terminalOutput);
    success &&= result.success;
  }
  return { success };
};

async function* run(
  check: CheckOptions['check'],
  workspace: string,
  ids: Map<string, string>,
): AsyncGenerator<CheckedTask> {
  if (ids.size === 0) return;
  const startTime = Date.now();
  let terminalOutput = 'The check ended before it came to this project.';
  try {
    for await (const { root, ...result } of runInWorker({ check, workspace, roots: [...ids.keys()] })) {
      const task = ids.get(root);
      if (task === undefined) continue;
      ids.delete(root);
      yield { task, result };
    }
  } catch (error) {
    // A set-up that cannot be read fails what needs it, and not the other check.
    terminalOutput = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  // Nx would start a batch again and again that leaves a task out.
  for (const task of ids.values()) {
    yield { task, result: { success: false, terminalOutput, startTime, endTime: Date.now() } };
  }
}

/** Both programs keep a core busy, so each has a thread. */
async function* runInWorker(workerData: Readonly<Record<string, unknown>>): AsyncGenerator<Outcome> {
  const worker = new Worker(new URL('./check.worker.ts', import.meta.url), { workerData });
  for await (const [message] of on(worker, 'message', { close: ['exit'] })) yield outcome.parse(message);
}

/** All that these generators yield, as it comes. */
async function* merge<T>(generators: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const nextOf = async (from: AsyncGenerator<T>) => ({ from, result: await from.next() });
  const waiting = new Map(generators.map((from) => [from, nextOf(from)]));
  while (waiting.size > 0) {
    const { from, result } = await Promise.race(waiting.values());
    if (result.done === true) {
      waiting.delete(from);
    } else {
      waiting.set(from, nextOf(from));
      yield result.value;
    }
  }
}

function rootOf({ projects }: ExecutorContext['projectsConfigurations'], project: string): string {
  const configuration = projects[project];
  if (configuration === undefined) throw new Error(`There is no project ${project}`);
  return configuration.root;
}
