/**
 * Runs a command of this repository (`node tools/commands/bootstrap.mjs <command> …`) from any state of the clone: with
 * nothing but Node 20 and npm it installs first, then goes on under the Node that is deployed. Plain JavaScript without
 * packages, because neither type stripping nor node_modules can be relied on here.
 */
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../..');
const [command, ...rest] = process.argv.slice(2);

process.chdir(root);
// How long a command took is counted from here, installation included.
process.env.COMMAND_STARTED ??= String(Date.now());
if (!isInstalled()) await install();
await goOn();

/** npm writes node_modules/.package-lock.json last; a newer lock file means that other packages are wanted. */
function isInstalled() {
  const installed = modifiedAt('node_modules/.package-lock.json');
  return installed !== undefined && installed >= modifiedAt('package-lock.json');
}

function modifiedAt(file) {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs;
}

async function install() {
  const started = Date.now();
  console.error('Installing packages (npm ci): under a minute on most machines …');
  const options = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
  const { code } = await run('npm', ['ci', ...options], { shell: process.platform === 'win32' });
  if (code !== 0) {
    console.error('npm ci failed, so there is nothing to run with: see its message above.');
    process.exit(code);
  }
  console.error(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

async function goOn() {
  const script = join(import.meta.dirname, 'src', `${command}.ts`);
  const node = join(root, 'node_modules/node/bin/node');
  if (Number(process.versions.node.split('.')[0]) >= 24) {
    process.argv.splice(1, 2, script);
    await import(pathToFileURL(script).href);
    return;
  }
  const { code } = await run(node, [script, ...rest], {});
  process.exit(code);
}

/** A child in our place: it gets our signals, and its end is ours. */
function run(file, args, options) {
  const child = spawn(file, args, { stdio: 'inherit', ...options });
  const forward = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  // npm's shell dies of a SIGTERM without passing it on.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid === parent || forward('SIGTERM'), 1_000);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearInterval(watch);
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, forward);
      resolve({ code: code ?? 128 + constants.signals[signal] });
    });
  });
}
