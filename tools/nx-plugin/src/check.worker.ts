/** The thread of one check. */
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import { lintProjects } from './lint-projects.ts';
import { typecheckProjects } from './typecheck-projects.ts';

const checks = { lint: lintProjects, types: typecheckProjects };
const { check, workspace, roots } = z
  .object({ check: z.enum(['lint', 'types']), workspace: z.string(), roots: z.array(z.string()) })
  .parse(workerData);
for await (const outcome of checks[check](workspace, roots)) parentPort?.postMessage(outcome);
