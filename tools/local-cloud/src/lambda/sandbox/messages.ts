/** What the runtime, the process that hosts execution environments, and the environments say to one another. */

/** An error as Lambda answers it (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html). */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** One log event: when it was written, in milliseconds since the epoch, and what. */
export interface LogLine {
  readonly timestamp: number;
  readonly message: string;
}

/** How an execution environment is set up. */
export interface EnvironmentSetup {
  readonly taskRoot: string;
  readonly handler: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Heap limit in MB. */
  readonly heapSize: number;
  /** How far the runtime's clock is ahead of the machine's, in milliseconds. */
  readonly clockAhead: number;
}

/** One event for a handler; `deadline` is in milliseconds since the epoch, on the runtime's clock. */
export interface Invocation {
  readonly requestId: string;
  readonly payload: string;
  readonly functionArn: string;
  readonly deadline: number;
  readonly traceId: string;
  readonly clockAhead: number;
}

/** What the runtime asks of the host. */
export type HostCommand =
  | { readonly type: 'start'; readonly environment: string; readonly setup: EnvironmentSetup }
  | { readonly type: 'invoke'; readonly environment: string; readonly invocation: Invocation }
  | { readonly type: 'kill'; readonly environment: string };

/** What an environment says to the host; `memory` is its heap in bytes. */
export type WorkerMessage =
  | { readonly type: 'line'; readonly line: LogLine }
  | { readonly type: 'ready'; readonly memory: number }
  | { readonly type: 'init-error'; readonly error: FunctionError }
  | {
      readonly type: 'result';
      readonly requestId: string;
      readonly payload?: string;
      readonly error?: FunctionError;
      readonly milliseconds: number;
      readonly memory: number;
      /** The environment ends with this result. */
      readonly last: boolean;
    };

/** What the host tells the runtime: what an environment said, with the log lines that it wrote before, or how it ended. */
export type HostEvent = { readonly environment: string; readonly lines: readonly LogLine[] } & (
  | { readonly type: 'lines' }
  | { readonly type: 'ready'; readonly milliseconds: number; readonly memory: number }
  | Exclude<WorkerMessage, { readonly type: 'line' | 'ready' }>
  | { readonly type: 'exited'; readonly code: number; readonly outOfMemory: boolean; readonly fault?: string }
);
