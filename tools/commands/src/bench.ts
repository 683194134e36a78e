/** `npm run bench`: builds what changed and measures the running system. */
import { spawn } from 'node:child_process';
import { buildAll } from './build.ts';
import { main } from './command-line.ts';
import { workspaceRoot } from './nx.ts';
import { whenParentIsGone } from './parent.ts';

await main(async () => {
  const args = process.argv.slice(2);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  whenParentIsGone(() => stop.abort());
  if (!args.includes('--help') && !args.includes('-h')) await buildAll(stop.signal);
  if (!stop.signal.aborted) process.exitCode = await measure(args, stop.signal);
});

/** The benchmark knows its own options; its exit code is ours. */
function measure(args: readonly string[], signal: AbortSignal): Promise<number> {
  const options = { cwd: workspaceRoot, stdio: 'inherit', signal, killSignal: 'SIGTERM' } as const;
  const child = spawn(process.execPath, ['tools/benchmark/src/main.ts', ...args], options);
  return new Promise((resolve) => {
    // Told to end, it first stops the system that it measures.
    child.on('error', (error) => signal.aborted || console.error(error.message));
    child.on('close', (code) => resolve(code ?? 1));
  });
}
