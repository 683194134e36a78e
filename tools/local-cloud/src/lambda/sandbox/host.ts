/**
 * The process that hosts the execution environments: a worker thread each, so that an exit, an endless loop or a full
 * heap ends one environment, and a native abort ends this process and not the runtime.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Backlog } from './backlog.ts';
import type { EnvironmentSetup, HostCommand, HostEvent, LogLine, WorkerMessage } from './messages.ts';

/** How long lines wait for something else to travel with, in milliseconds. */
const LINE_DELAY = 50;
/** So many go at once where a lot waits. */
const MOST_LINES = 256;

/**
 * MB: when a heap is full Node leaves the collector 16 MB to finish with; a larger young generation, promoted at once,
 * would not fit there and abort the whole process, as one allocation of more than that still does.
 */
const YOUNG_GENERATION = 16;

/** Node's own choice of folder; the workers take the variable out of their environment before any handler is loaded. */
const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') };

interface Environment {
  readonly worker: Worker;
  readonly began: number;
  readonly backlog: Backlog;
  lines: LogLine[];
  flush: NodeJS.Timeout | undefined;
  outOfMemory: boolean;
  fault: string | undefined;
}

const environments = new Map<string, Environment>();

function start(id: string, setup: EnvironmentSetup): void {
  const began = performance.now();
  const backlog = new Backlog();
  const env: NodeJS.Dict<string> = { ...setup.variables, ...COMPILE_CACHE };
  const worker = new Worker(new URL('./environment.ts', import.meta.url), {
    workerData: { setup, backlog: backlog.shared },
    env,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: setup.heapSize, maxYoungGenerationSizeMb: YOUNG_GENERATION },
  });
  const environment: Environment = {
    worker,
    began,
    backlog,
    lines: [],
    flush: undefined,
    outOfMemory: false,
    fault: undefined,
  };
  environments.set(id, environment);
  worker.on('message', (message: WorkerMessage) => onMessage(id, environment, message));
  worker.on('error', (error: Error) => {
    environment.outOfMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    environment.fault = error.message;
  });
  worker.on('exit', (code) => {
    environments.delete(id);
    tell(environment, {
      type: 'exited',
      environment: id,
      lines: takeLines(environment),
      code,
      outOfMemory: environment.outOfMemory,
      fault: environment.fault,
    });
  });
}

function onMessage(id: string, environment: Environment, message: WorkerMessage): void {
  if (message.type === 'line') return keepLine(id, environment, message.line);
  const lines = takeLines(environment);
  if (message.type !== 'ready') tell(environment, { ...message, environment: id, lines });
  else tell(environment, { ...message, environment: id, lines, milliseconds: performance.now() - environment.began });
}

function keepLine(id: string, environment: Environment, line: LogLine): void {
  environment.lines.push(line);
  const flush = (): void => tell(environment, { type: 'lines', environment: id, lines: takeLines(environment) });
  if (environment.backlog.isLarge && environment.lines.length >= MOST_LINES) flush();
  else environment.flush ??= setTimeout(flush, LINE_DELAY);
}

function takeLines(environment: Environment): readonly LogLine[] {
  clearTimeout(environment.flush);
  environment.flush = undefined;
  const lines = environment.lines;
  environment.lines = [];
  return lines;
}

/** Lines are off the backlog when the runtime has taken them off the channel. */
function tell(environment: Environment | undefined, event: HostEvent): void {
  process.send?.(event, undefined, undefined, () => environment?.backlog.remove(event.lines));
}

/** A worker whose NODE_OPTIONS Node refuses never comes to be; its end is told all the same. */
function tryStart(id: string, setup: EnvironmentSetup): void {
  try {
    start(id, setup);
  } catch (error) {
    tell(undefined, { type: 'exited', environment: id, lines: [], code: 1, outOfMemory: false, fault: String(error) });
  }
}

process.on('message', (command: HostCommand) => {
  if (command.type === 'start') tryStart(command.environment, command.setup);
  else if (command.type === 'invoke') environments.get(command.environment)?.worker.postMessage(command.invocation);
  else void environments.get(command.environment)?.worker.terminate();
});

// The runtime is gone, perhaps killed: nothing here is worth keeping, and no loop in a handler may hold the process up.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A Ctrl-C reaches the whole process group; the runtime decides when this process ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
