/** Runs Nx for a command. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The top folder of the repository. */
export const workspaceRoot = join(import.meta.dirname, '../../..');

export interface NxRun {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Given, it gets the output line by line, and nothing is printed. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** The exit code of an Nx run. */
export async function runNx({ args, env, onLine, signal }: NxRun): Promise<number> {
  const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');
  const quiet = { NX_TUI: 'false', NX_TERMINAL_OUTPUT_PATH: undefined };
  const child = spawn(process.execPath, [nx, ...args], {
    cwd: workspaceRoot,
    env: { ...process.env, ...quiet, ...env },
    stdio: ['ignore', onLine === undefined ? 'inherit' : 'pipe', onLine === undefined ? 'inherit' : 'pipe'],
    ...(signal && { signal, killSignal: 'SIGTERM' }),
  });
  if (onLine !== undefined) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      splitLines(stream, onLine);
    }
  }
  return new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function splitLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  });
  stream?.on('end', () => rest !== '' && onLine(rest));
}
