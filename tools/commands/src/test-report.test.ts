import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countTests, resultOf, tell, type ReportedTask } from './test-report.ts';

const lint = { project: '@distributed-patterns/order', target: 'lint', status: 'success', milliseconds: 1500 };

describe('the summary of npm test', () => {
  it('closes with the numbers of tests, alone on the last line', () => {
    const unit = resultOf('test', [{ ...lint, target: 'test' }], { passed: 40, failed: 1 });
    const e2e = resultOf('e2e', [{ ...lint, target: 'e2e' }], { passed: 2, failed: 0 });
    expect(
      tell([resultOf('lint', [lint], undefined), unit, e2e], 12)
        .split('\n')
        .at(-1),
    ).toBe('42 passed, 1 failed');
  });

  it('names what failed, and what was not run because of it', () => {
    const tasks: ReportedTask[] = [
      { ...lint, target: 'synth', status: 'failure' },
      { ...lint, project: '@distributed-patterns/payment', target: 'synth', status: 'skipped' },
    ];
    const told = tell([resultOf('synth', tasks, undefined)], 1);
    expect(told).toContain('synth of order\n');
    expect(told).toContain('synth of payment (not run)');
    expect(told).toContain('Not everything is in order');
  });

  it('tells how much came out of the cache', () => {
    const tasks = [lint, { ...lint, project: 'payment', status: 'local-cache', milliseconds: 0 }];
    expect(tell([resultOf('lint', tasks, undefined)], 1)).toMatch(/✓ lint +2 projects +1 cached +1\.5 s/);
  });
});

describe('counting tests', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'report-'));
  });

  afterEach(() => rm(root, { recursive: true }));

  async function project(name: string, results: object): Promise<string> {
    await mkdir(join(root, name));
    await writeFile(join(root, name, 'test.json'), JSON.stringify(results));
    return join(root, name);
  }

  it('adds up all projects; a test file that cannot be loaded counts as one failed test', async () => {
    const sound = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 0, numRuntimeErrorTestSuites: 0 };
    const folders = [
      await project('order', sound),
      await project('payment', { ...sound, numPassedTests: 3, numFailedTests: 1, numRuntimeErrorTestSuites: 1 }),
      join(root, 'without-tests'),
    ];
    expect(await countTests(folders, 'test.json')).toEqual({ passed: 8, failed: 2 });
  });
});
