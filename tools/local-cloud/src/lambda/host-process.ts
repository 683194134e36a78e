/** The child process that hosts all execution environments: started when first needed, and anew after it broke. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import * as z from 'zod';
import type { HostCommand, HostEvent } from './sandbox/messages.ts';

const functionError = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.array(z.string()).optional(),
});
const facts = {
  environment: z.string(),
  lines: z.array(z.object({ timestamp: z.number(), message: z.string() })),
};
const hostEvent: z.ZodType<HostEvent> = z.discriminatedUnion('type', [
  z.object({ ...facts, type: z.literal('lines') }),
  z.object({ ...facts, type: z.literal('ready'), milliseconds: z.number(), memory: z.number() }),
  z.object({ ...facts, type: z.literal('init-error'), error: functionError }),
  z.object({
    ...facts,
    type: z.literal('result'),
    requestId: z.string(),
    payload: z.string().optional(),
    error: functionError.optional(),
    milliseconds: z.number(),
    memory: z.number(),
    last: z.boolean(),
  }),
  z.object({
    ...facts,
    type: z.literal('exited'),
    code: z.number(),
    outOfMemory: z.boolean(),
    fault: z.string().optional(),
  }),
]);

/** Who listens to the host: its events, and its unexpected end, with which every environment is gone. */
export interface HostListener {
  onEvent(event: HostEvent): void;
  onLost(signal: string): void;
}

/** The one child process; commands to it are never answered but by events. */
export class HostProcess {
  readonly #listener: HostListener;
  #child: ChildProcess | undefined;
  #stopped = false;

  constructor(listener: HostListener) {
    this.#listener = listener;
  }

  /** The child's process id, where there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  send(command: HostCommand): void {
    if (this.#stopped) return;
    this.#child ??= this.#fork();
    if (this.#child.connected) this.#child.send(command);
  }

  /** Ends the child, and with it whatever runs there; resolves once it is gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGKILL');
    });
  }

  /** Nothing of the runtime's own environment reaches a function: not its variables, its time zone or its ~/.aws. */
  #fork(): ChildProcess {
    const sandbox = join(import.meta.dirname, 'sandbox');
    const child = fork(join(sandbox, 'host.ts'), [], {
      execArgv: [],
      env: { PATH: process.env['PATH'], HOME: sandbox, LANG: 'en_US.UTF-8', TZ: 'UTC' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', (message) => this.#onMessage(child, message));
    child.on('error', (error) => {
      // A channel that broke does not come back, though the process may live on.
      child.kill('SIGKILL');
      this.#lost(child, error.message);
    });
    child.on('exit', (code, signal) => this.#lost(child, signal ?? `exit status ${code}`));
    return child;
  }

  /** A handler can reach the channel of its thread, so that anything may come. */
  #onMessage(child: ChildProcess, message: unknown): void {
    const event = hostEvent.safeParse(message);
    if (event.success && this.#child === child && !this.#stopped) this.#listener.onEvent(event.data);
  }

  #lost(child: ChildProcess, reason: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    if (!this.#stopped) this.#listener.onLost(reason);
  }
}
