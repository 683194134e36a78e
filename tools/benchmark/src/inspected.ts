/**
 * Loaded into the runtime's processes before their own code (`--import`): opens an inspector on a free port of the loopback
 * interface and tells the benchmark where. The process that hosts the functions gets nothing of the runtime's own options,
 * so that it is started with this file here.
 */
import childProcess, { type ChildProcess, type ForkOptions } from 'node:child_process';
import inspector from 'node:inspector';
import { syncBuiltinESMExports } from 'node:module';

const { fork } = childProcess;
const self = import.meta.url;

function forkInspected(file: string | URL, args: readonly string[], options: ForkOptions): ChildProcess {
  const child = fork(file, args, { ...options, execArgv: ['--import', self, ...(options.execArgv ?? [])] });
  child.on('message', (message: unknown) => {
    if (typeof message === 'object' && message !== null && 'inspector' in message) process.send?.(message);
  });
  return child;
}

Object.assign(childProcess, { fork: forkInspected });
syncBuiltinESMExports();
inspector.open(0, '127.0.0.1');
process.send?.({ type: 'inspector', inspector: inspector.url(), pid: process.pid });
