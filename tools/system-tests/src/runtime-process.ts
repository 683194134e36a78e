/** The runtime as a process: started like `npm start` does, ended like a person or a crash does. */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const root = join(__dirname, '../../..');
const readySchema = z.object({ type: z.literal('ready'), apiUrl: z.url(), awsUrl: z.url() });
const printedUrls = /HTTP APIs +(\S+)\n *AWS endpoint +(\S+)\s/;

/** Whom a crash takes: every process in one moment, or one of the two, the runtime or the host of its functions. */
export type Victims = 'all' | 'runtime' | 'functions';

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
      // A process group of its own, so that a crash can take all of it in one moment.
      detached: true,
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
    return Promise.race([message, this.#diedEarly()]);
  }

  /** Where it serves, as soon as it does: sooner than it is ready, since functions are still being prepared. */
  async serving(): Promise<{ readonly apiUrl: string; readonly awsUrl: string }> {
    for (;;) {
      const [, apiUrl, awsUrl] = printedUrls.exec(this.#output) ?? [];
      if (apiUrl !== undefined && awsUrl !== undefined) return { apiUrl, awsUrl };
      await Promise.race([once(this.#child.stdout ?? this.#child, 'data'), this.#diedEarly()]);
    }
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output;
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
    this.#refuseTheDead();
    this.#child.kill(signal);
    await this.#exited;
    return this.#child.exitCode;
  }

  /**
   * Kills at once, as `kill -9` does. Where the runtime is among the victims, resolves once no process is left.
   * @throws Error with its output where it had died before
   */
  async crash(victims: Victims): Promise<void> {
    if (victims === 'runtime') return void (await this.end('SIGKILL'));
    const pid = this.#refuseTheDead();
    if (victims === 'functions') return childrenOf(pid).forEach((child) => process.kill(child, 'SIGKILL'));
    process.kill(-pid, 'SIGKILL');
    await this.#exited;
  }

  /** The id of the living process. */
  #refuseTheDead(): number {
    const { pid, exitCode, signalCode } = this.#child;
    const died = exitCode ?? signalCode;
    if (pid === undefined || died !== null) throw new Error(`it had died (${died}):\n${this.#output}`);
    return pid;
  }

  async #diedEarly(): Promise<never> {
    await this.#exited;
    throw new Error(`it did not start:\n${this.#output}`);
  }
}

/** Linux tells it in /proc, where `pgrep` need not be installed; macOS has no /proc. */
function childrenOf(pid: number): number[] {
  const children =
    process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      : spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).stdout;
  return children.split(/\s+/).filter(Boolean).map(Number);
}
