/** What a run of all checks came to: read from the task report and from Jest's results, told as a table. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** One task, as tools/nx-plugin reports it. */
export const reportedTask = z.object({
  project: z.string(),
  target: z.string(),
  status: z.string(),
  milliseconds: z.number(),
});
export type ReportedTask = z.infer<typeof reportedTask>;

/** One run of Jest, as its --json tells it. */
export const jestResults = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  /** Files that could not even be loaded: none of their tests is counted elsewhere. */
  numRuntimeErrorTestSuites: z.number(),
});

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** What one kind of check came to, over all projects. */
export interface CheckResult {
  readonly check: string;
  readonly projects: number;
  readonly cached: number;
  readonly milliseconds: number;
  /** Only where there are tests. */
  readonly tests: Counts | undefined;
  /** One line each: what failed, or was not run because of it. */
  readonly failures: readonly string[];
}

/** The tests of all projects that ran under one target. */
export async function countTests(folders: readonly string[], resultsFile: string): Promise<Counts> {
  const all = await Promise.all(folders.map((folder) => readCounts(join(folder, resultsFile))));
  return all.reduce((sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }));
}

/** What one target came to. */
export function resultOf(target: string, tasks: readonly ReportedTask[], tests: Counts | undefined): CheckResult {
  const own = tasks.filter((task) => task.target === target);
  return {
    check: target,
    projects: own.length,
    cached: own.filter(({ status }) => status.includes('cache')).length,
    milliseconds: own.reduce((sum, task) => sum + task.milliseconds, 0),
    tests,
    failures: own.filter(({ status }) => ['failure', 'skipped', 'stopped'].includes(status)).map(describe),
  };
}

/** The table that `npm test` ends with; its last line is for machines too. */
export function tell(results: readonly CheckResult[], seconds: number): string {
  const rows = results.map((result) => [
    result.failures.length > 0 ? '✗' : '✓',
    result.check.padEnd(10),
    (result.projects > 0 ? plural(result.projects, 'project') : '').padStart(11),
    (result.cached > 0 ? `${result.cached} cached` : '').padStart(9),
    `${(result.milliseconds / 1000).toFixed(1)} s`.padStart(8),
    result.tests ? `  ${result.tests.passed} passed, ${result.tests.failed} failed` : '',
  ]);
  const failures = results.flatMap(({ failures }) => failures).map((failure) => `  ${failure}`);
  const sum = (key: keyof Counts) => results.reduce((total, { tests }) => total + (tests?.[key] ?? 0), 0);
  return [
    '',
    ...rows.map((row) => row.join(' ').trimEnd()),
    ...(failures.length > 0 ? ['', 'Failed:', ...failures] : []),
    '',
    `${failures.length > 0 ? 'Not everything is in order' : 'Everything is in order'}, after ${Math.round(seconds)} s.`,
    `${sum('passed')} passed, ${sum('failed')} failed`,
  ].join('\n');
}

function describe({ project, target, status }: ReportedTask): string {
  const name = project.replace('@distributed-patterns/', '');
  return status === 'failure' ? `${target} of ${name}` : `${target} of ${name} (not run)`;
}

async function readCounts(file: string): Promise<Counts> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  // A run that ended before it could write its results says nothing of tests; its task has failed all the same.
  if (text === undefined) return { passed: 0, failed: 0 };
  const results = jestResults.parse(JSON.parse(text));
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
  };
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
