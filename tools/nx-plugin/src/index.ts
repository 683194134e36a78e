/** The Nx plugin: one set of targets for every package under apps, libs and tools, so that no project repeats them. */
import type { CreateNodes, CreateNodesResult, PostTasksExecution } from '@nx/devkit';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inferNamedInputs, inferTargets, type PluginOptions } from './targets.ts';

const notSources = new Set(['node_modules', 'dist', 'cdk.out', 'coverage']);

export const createNodes: CreateNodes<PluginOptions> = [
  '{apps,libs,tools}/*/package.json',
  (manifests, options, context) =>
    manifests.map((manifest): [string, CreateNodesResult] => {
      const root = dirname(manifest);
      const files = listFiles(join(context.workspaceRoot, root));
      const project = { root, files };
      const inferred = { targets: inferTargets(project, options ?? {}), namedInputs: inferNamedInputs(project) };
      return [manifest, { projects: { [root]: inferred } }];
    }),
];

/** One line of the report that is written when TASK_REPORT names a file. */
export interface ReportedTask {
  readonly project: string;
  readonly target: string;
  readonly status: string;
  /** Milliseconds; 0 when the result came out of the cache. */
  readonly milliseconds: number;
}

/** Tells what became of each task, for a summary that a person can read. */
export const postTasksExecution: PostTasksExecution = (_options, { taskResults }) => {
  const file = process.env['TASK_REPORT'];
  if (file === undefined) return;
  const report = Object.values(taskResults).map(({ task, status }): ReportedTask => {
    const { startTime = 0, endTime = 0 } = task;
    const { project, target } = task.target;
    return { project, target, status, milliseconds: status.includes('cache') ? 0 : endTime - startTime };
  });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(report));
};

function listFiles(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return notSources.has(entry.name) ? [] : listFiles(folder, path);
  });
}
