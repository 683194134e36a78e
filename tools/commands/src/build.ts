/** Builds and synthesizes every app, as far as anything has changed. */
import { CommandError } from './command-line.ts';
import { runNx } from './nx.ts';

/**
 * Says on one line what is being built, and shows Nx's output only where that fails.
 * @throws CommandError where the build fails
 */
export async function buildAll(signal: AbortSignal): Promise<void> {
  const started = Date.now();
  const output: string[] = [];
  process.stdout.write('Building …');
  const args = ['run-many', '--target', 'synth', '--projects', 'tag:type:app', '--outputStyle', 'static'];
  const onLine = (line: string) => {
    output.push(line);
    const project = /nx run (?:@distributed-patterns\/)?([^:\s]+):synth/.exec(line)?.[1];
    if (project !== undefined) process.stdout.write(` ${project}`);
  };
  const code = await runNx({ args, onLine, signal });
  process.stdout.write(`, ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  if (code !== 0 && !signal.aborted) throw new CommandError(`${output.join('\n')}\n\nThe build failed: see above.`);
}
