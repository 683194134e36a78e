/** `npm test`: everything that CI runs, and a summary at the end. */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { main, readCommandLine } from './command-line.ts';
import { runNx, workspaceRoot } from './nx.ts';
import { countTests, reportedTask, resultOf, tell, type CheckResult } from './test-report.ts';

const help = `Checks everything that CI checks: format, project references, lint, types, tests (unit and
integration), build, synth and the tests of the running system. Unchanged projects come out of the cache.

  npm test [-- --skip-cache]`;

const targets = ['lint', 'typecheck', 'build', 'synth', 'test', 'e2e'];
const testTargets = ['test', 'e2e'];

await main(async () => {
  const { values } = readCommandLine({ help, options: { 'skip-cache': { type: 'boolean', default: false } } });
  const roots = globSync('{apps,libs,tools}/*', { cwd: workspaceRoot }).map((folder) => join(workspaceRoot, folder));
  // What an earlier run left must not be counted; Nx puts back what it has in its cache.
  for (const root of roots) await rm(join(root, 'dist/test-results'), { recursive: true, force: true });

  const results = await Promise.all([checkFormat(), checkReferences()]);
  results.push(...(await runTargets(roots, values['skip-cache'])));
  console.log(tell(results, process.uptime()));
  process.exitCode = results.some(({ failures }) => failures.length > 0) ? 1 : 0;
});

async function checkFormat(): Promise<CheckResult> {
  const prettier = createRequire(import.meta.url).resolve('prettier/bin/prettier.cjs');
  return check('format', 'run npm run format', () => runNode([prettier, '--check', '--log-level', 'warn', '.']));
}

/** The references between tsconfig files follow from the imports; `nx sync` writes them. */
async function checkReferences(): Promise<CheckResult> {
  return check('references', 'run npx nx sync', () => runNx({ args: ['sync:check'] }));
}

async function check(name: string, remedy: string, run: () => Promise<number>): Promise<CheckResult> {
  const started = Date.now();
  const code = await run();
  const failures = code === 0 ? [] : [`${name}: ${remedy}`];
  return { check: name, projects: 0, cached: 0, milliseconds: Date.now() - started, tests: undefined, failures };
}

async function runTargets(roots: readonly string[], skipCache: boolean): Promise<CheckResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'npm-test-'));
  const TASK_REPORT = join(folder, 'tasks.json');
  const args = ['run-many', '--targets', targets.join(), '--nxBail=false', '--outputStyle', 'static-failures-only'];
  const code = await runNx({ args: [...args, ...(skipCache ? ['--skipNxCache'] : [])], env: { TASK_REPORT } });
  const tasks = z.array(reportedTask).parse(JSON.parse(await readFile(TASK_REPORT, 'utf8').catch(() => '[]')));
  await rm(folder, { recursive: true });

  const results: CheckResult[] = [];
  for (const target of targets) {
    const counts = testTargets.includes(target)
      ? await countTests(roots, `dist/test-results/${target}.json`)
      : undefined;
    results.push(resultOf(target, tasks, counts));
  }
  const told = results.some(({ failures }) => failures.length > 0);
  return code === 0 || told ? results : [...results, { ...resultOf('nx', [], undefined), failures: ['nx: see above'] }];
}

function runNode(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: workspaceRoot, stdio: 'inherit' });
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}
