/** The command, as a process: what it prints, how it ends. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let directory: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'main-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

/** Starts the command in an empty directory, with an app that has one stack without resources. */
function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const assembly = join(directory, 'apps', 'shop', 'cdk.out');
  mkdirSync(assembly, { recursive: true });
  const stack = { type: 'aws:cloudformation:stack', properties: { templateFile: 'shop.json' } };
  writeFileSync(join(assembly, 'manifest.json'), JSON.stringify({ artifacts: { 'shop-dev': stack } }));
  writeFileSync(join(assembly, 'shop.json'), JSON.stringify({ Resources: {} }));
  const options = {
    cwd: directory,
    silent: true,
    env: { API_PORT: '0', AWS_PORT: '0', ...env },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  };
  child = fork(join(__dirname, 'main.ts'), args, options);
  return child;
}

async function outcome(process: ChildProcess): Promise<{ code: unknown; output: string; errors: string }> {
  let output = '';
  let errors = '';
  process.stdout?.on('data', (chunk) => (output += String(chunk)));
  process.stderr?.on('data', (chunk) => (errors += String(chunk)));
  const [code]: unknown[] = await once(process, 'close');
  return { code, output, errors };
}

it('says how it is used', async () => {
  const { code, output } = await outcome(run(['--help']));
  expect([code, output]).toEqual([0, expect.stringContaining('--aws-port <port>')]);
});

it.each<[string, readonly string[], NodeJS.ProcessEnv, string]>([
  ['a port that is none', [], { AWS_PORT: 'x' }, 'local-cloud: AWS_PORT must be a port number, not "x"\n'],
  ['a directory that is not there', ['--apps', 'none'], {}, 'local-cloud: there is no directory none\n'],
  [
    'an API document that is none',
    ['--openapi', 'apps/shop/cdk.out'],
    {},
    'local-cloud: the OpenAPI document apps/shop/cdk.out cannot be read: EISDIR: illegal operation on a directory, read\n',
  ],
])('ends with one sentence for %s', async (_, args, env, sentence) => {
  const { code, errors } = await outcome(run(args, env));
  expect([code, errors]).toEqual([1, sentence]);
});

it('tells its parent where it serves, keeps its state where it is told, and ends cleanly on a signal', async () => {
  const process = run(['--data', 'state']);
  const ended = outcome(process);
  const [message]: unknown[] = await once(process, 'message');
  expect(message).toEqual({
    type: 'ready',
    apiUrl: expect.stringMatching(/^http:/),
    awsUrl: expect.stringMatching(/^http:/),
  });
  process.kill('SIGTERM');
  const { code, output, errors } = await ended;
  expect([code, errors]).toEqual([0, '']);
  expect(output).toContain('local-cloud runs shop-dev and keeps its state in state');
  expect(output).not.toContain('/docs');
});

it('says where the page about the HTTP APIs is, given their document', async () => {
  const process = run(['--ephemeral', '--openapi', 'apps/shop/cdk.out/shop.json']);
  const ended = outcome(process);
  await once(process, 'message');
  process.kill('SIGTERM');
  expect((await ended).output).toMatch(/^ {2}try them {6}http:\/\/127\.0\.0\.1:\d+\/docs$/m);
});

it('ends with its parent', async () => {
  const process = run(['--ephemeral']);
  // A child whose channel was closed reports its exit, but no longer that its streams have closed.
  const ended = once(process, 'exit');
  await once(process, 'message');
  process.disconnect();
  expect(await ended).toEqual([0, null]);
});

it('goes on where nobody reads its output any more', async () => {
  const process = run(['--ephemeral']);
  const ended = once(process, 'exit');
  process.stdout?.destroy();
  process.stderr?.destroy();
  await once(process, 'message');
  process.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
