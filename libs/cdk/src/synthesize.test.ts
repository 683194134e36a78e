import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * An `infra/main.ts` of a service that has nothing to bundle; its description shows what settings it got. It takes several
 * stages one after the other, since it is loading the CDK that takes long; `dev` is what it is without `STAGE`.
 */
const main = `
  import { AlarmedQueue, ServiceStack, synthesize } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
  for (const stage of process.argv.slice(1)) {
    if (stage !== 'dev') process.env.STAGE = stage;
    synthesize((app, props) => {
      const stack = new ServiceStack(app, 'payment', props);
      new AlarmedQueue(stack, 'parked', 'Somebody waits.');
      stack.templateOptions.description = 'Up to ' + stack.settings.throttle.rateLimit + ' requests a second';
      return stack;
    });
  }`;

const stages = { dev: { throttle: { rateLimit: 5 } }, prod: {}, test: { allowAnonymous: true } };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'synthesize-'));
  writeFileSync(join(folder, 'stages.json'), JSON.stringify(stages));
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(names: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', main, ...names], {
    cwd: folder,
    env: { PATH: process.env['PATH'], STAGES_FILE: join(folder, 'stages.json'), ...env },
    encoding: 'utf8',
  });
  return { status, stderr };
}

const template = (outdir: string, stage: string): unknown =>
  JSON.parse(readFileSync(join(folder, outdir, `distributed-patterns-demo-payment-${stage}.template.json`), 'utf8'));

describe('synthesizing', () => {
  it('writes the stage with its settings to cdk.out, and leaves nothing of the stage before', () => {
    expect(run(['dev'])).toEqual({ status: 0, stderr: '' });
    expect(template('cdk.out', 'dev')).toMatchObject({ Description: 'Up to 5 requests a second' });
    expect(run(['test'])).toEqual({ status: 0, stderr: '' });
    expect(template('cdk.out', 'test')).toMatchObject({ Description: 'Up to 1000 requests a second' });
    expect(readdirSync(join(folder, 'cdk.out')).filter((file) => file.includes('-dev'))).toEqual([]);
  });

  it('removes and fills the folder that CDK_OUTDIR names, and no other', () => {
    mkdirSync(join(folder, 'cdk.out'));
    writeFileSync(join(folder, 'cdk.out/kept.txt'), '');
    const CDK_OUTDIR = join(folder, 'payment/cdk.out');
    expect(run(['dev', 'test'], { CDK_OUTDIR })).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(join(folder, 'payment/cdk.out')).filter((file) => file.includes('-dev'))).toEqual([]);
    expect(template('payment/cdk.out', 'test')).toBeDefined();
    expect(readdirSync(join(folder, 'cdk.out'))).toEqual(['kept.txt']);
  });

  it('does not remove what is no synthesized app, wherever CDK_OUTDIR points', () => {
    const { status, stderr } = run(['dev'], { CDK_OUTDIR: '.' });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('CDK_OUTDIR names ., which holds what the CDK has not written: stages.json'),
    });
    expect(existsSync(join(folder, 'stages.json'))).toBe(true);
  });

  it('says in one sentence that production must not be open by oversight, and leaves no template behind', () => {
    expect(run(['dev', 'prod'])).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^\S+stages\.json leaves prod open to everybody: [^\n]+\n$/),
    });
    expect(readdirSync(join(folder, 'cdk.out'))).toEqual([]);
  });
});
