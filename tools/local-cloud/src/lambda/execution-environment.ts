/** The runtime's view of one execution environment: what it is doing, and how that ends. */
import type { LambdaFunction } from './function-declaration.ts';
import type { FunctionError, HostCommand, HostEvent, Invocation, LogLine } from './sandbox/messages.ts';

/** LogType Tail asks for 4 KB, which are so many characters at most. */
export const TAIL = 4096;

/** How one run of the handler ended; milliseconds as the environment measured them, memory in bytes. */
export interface Run {
  readonly payload?: string;
  readonly error?: FunctionError;
  readonly milliseconds: number;
  readonly memory: number;
  /** What ended the environment together with the run, where something did. */
  readonly ended?: 'timeout' | 'exit';
}

interface Running {
  readonly requestId: string;
  readonly began: number;
  readonly resolve: (run: Run) => void;
  readonly reject: (error: Error) => void;
}

/** One worker thread in the host: it starts, is idle or busy by turns, and ends. */
export class ExecutionEnvironment {
  readonly id: string;
  readonly declared: LambdaFunction;
  readonly #send: (command: HostCommand) => void;
  readonly #writeLog: (lines: readonly LogLine[]) => void;
  #running: Running | undefined;
  #tail: string | undefined;
  #memory = 0;
  #initMilliseconds: number | undefined;
  #calls = 0;
  /** Set where initialization failed: the answer to the invocation that it was for. */
  initError: FunctionError | undefined;
  idleSince = 0;

  constructor(
    id: string,
    declared: LambdaFunction,
    send: (command: HostCommand) => void,
    writeLog: (lines: readonly LogLine[]) => void,
  ) {
    this.id = id;
    this.declared = declared;
    this.#send = send;
    this.#writeLog = writeLog;
  }

  /** Writes to the function's log, and to the tail where the present invocation asked for one. */
  log(lines: readonly LogLine[]): void {
    if (lines.length === 0) return;
    this.#writeLog(lines);
    if (this.#tail === undefined) return;
    const text = lines.slice(-TAIL).map(({ message }) => `${message}\n`);
    this.#tail = `${this.#tail}${text.join('')}`.slice(-TAIL);
  }

  /** Begins to keep the log of the next invocation. */
  keepTail(): void {
    this.#tail = '';
  }

  /** The last of the log since {@link keepTail}, once. */
  takeTail(): string {
    const tail = this.#tail ?? '';
    this.#tail = undefined;
    return tail;
  }

  /** Milliseconds of initialization for the first invocation that asks, undefined for later ones. */
  takeInitMilliseconds(): number | undefined {
    const milliseconds = this.#initMilliseconds;
    this.#initMilliseconds = undefined;
    return milliseconds;
  }

  initialized(milliseconds: number, memory: number): void {
    this.#initMilliseconds = milliseconds;
    this.#memory = memory;
  }

  /** Counts a call to the AWS endpoint and returns the how-manyth of this invocation it is, or of the initialization. */
  countCall(): number {
    return ++this.#calls;
  }

  /** Runs the handler once; at most one run at a time. */
  run(invocation: Invocation): Promise<Run> {
    this.#calls = 0;
    return new Promise((resolve, reject) => {
      this.#running = { requestId: invocation.requestId, began: performance.now(), resolve, reject };
      this.#send({ type: 'invoke', environment: this.id, invocation });
    });
  }

  /** Takes a result in; one that comes after its run was given up is dropped. */
  onResult(event: HostEvent & { readonly type: 'result' }): void {
    if (this.#running?.requestId !== event.requestId) return;
    this.#memory = Math.max(this.#memory, event.memory);
    const answer = event.error === undefined ? { payload: event.payload ?? 'null' } : { error: event.error };
    this.#settle({ ...answer, milliseconds: event.milliseconds, memory: this.#memory });
  }

  /** The environment is gone: a run that was under way ends with it. */
  onEnd(error: FunctionError, ended: 'timeout' | 'exit', milliseconds?: number): void {
    if (this.#running === undefined) return;
    const measured = performance.now() - this.#running.began;
    this.#settle({ error, ended, milliseconds: milliseconds ?? measured, memory: this.#memory });
  }

  /** The runtime stops: a run that was under way has no outcome. */
  abandon(error: Error): void {
    const running = this.#running;
    this.#running = undefined;
    running?.reject(error);
  }

  kill(): void {
    this.#send({ type: 'kill', environment: this.id });
  }

  #settle(run: Run): void {
    const running = this.#running;
    this.#running = undefined;
    running?.resolve(run);
  }
}

/** The error of an environment that ended by itself; a full heap counts as killed, as a full memory does in Lambda. */
export function exitError(
  event: { readonly code: number; readonly outOfMemory: boolean },
  signal?: string,
): FunctionError {
  if (event.outOfMemory)
    return { errorType: 'Runtime.OutOfMemory', errorMessage: 'Error: Runtime exited with error: signal: killed' };
  const how = signal === undefined ? `exit status ${event.code}` : `signal: ${signal}`;
  const reason =
    signal === undefined && event.code === 0
      ? 'Runtime exited without providing a reason'
      : `Runtime exited with error: ${how}`;
  return { errorType: 'Runtime.ExitError', errorMessage: `Error: ${reason}` };
}
