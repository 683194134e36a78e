/** The runtime as a process: started like `npm start` does, ended like a person or a crash does. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';

const root = join(__dirname, '../../..');
const readySchema = z.object({ type: z.literal('ready'), apiUrl: z.url(), awsUrl: z.url() });

/** One run of local-cloud over the synthesized apps. */
export class RuntimeProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #output = '';

  constructor(options: readonly string[]) {
    const main = join(root, 'tools/local-cloud/src/main.ts');
    this.#child = fork(main, ['--apps', join(root, 'apps'), ...options], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child.stdout?.on('data', (chunk) => (this.#output += String(chunk)));
    this.#child.stderr?.on('data', (chunk) => (this.#output += String(chunk)));
    this.#exited = once(this.#child, 'close');
    // A test that fails must not keep the run from ending; the runtime ends with it, since it hears the channel close.
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** Where the runtime serves, once it does. */
  async ready(): Promise<z.infer<typeof readySchema>> {
    const message = once(this.#child, 'message').then(([first]: unknown[]) => readySchema.parse(first));
    const died = this.#exited.then(() => Promise.reject<never>(new Error(`it did not start:\n${this.#output}`)));
    return Promise.race([message, died]);
  }

  /** All that it prints until it ends by itself, and its exit code. */
  async ended(): Promise<{ readonly output: string; readonly code: number | null }> {
    await this.#exited;
    return { output: this.#output, code: this.#child.exitCode };
  }

  /**
   * Ends it with a signal and returns the exit code, which is null after a kill.
   * @throws Error with its output where it had died before
   */
  async end(signal: 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    const died = this.#child.exitCode ?? this.#child.signalCode;
    if (died !== null) throw new Error(`it had died (${died}):\n${this.#output}`);
    this.#child.kill(signal);
    await this.#exited;
    return this.#child.exitCode;
  }
}
