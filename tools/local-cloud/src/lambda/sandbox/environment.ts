/** One execution environment: a worker thread that loads a handler once, then runs it for one event after the other. */
import { flushCompileCache } from 'node:module';
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { Backlog } from './backlog.ts';
import { handlerContext } from './context.ts';
import { asFunctionError, asLogText, runtimeError } from './errors.ts';
import { loadHandler, type Handler } from './handler.ts';
import type { EnvironmentSetup, FunctionError, Invocation, WorkerMessage } from './messages.ts';
import { captureOutput } from './output.ts';
import { replaceDate, setAhead } from './time.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB for a synchronous answer. */
const LARGEST_ANSWER = 6_291_556;

const { setup, backlog: shared } = workerData as {
  readonly setup: EnvironmentSetup;
  readonly backlog: SharedArrayBuffer;
};
const backlog = new Backlog(shared);
const port = parentPort;
let initialized = false;
let current: { readonly requestId: string; readonly began: number } | undefined;

function tell(message: WorkerMessage): void {
  port?.postMessage(message);
}

function memory(): number {
  const heap = getHeapStatistics();
  return heap.used_heap_size + heap.external_memory;
}

/** Answers the invocation that runs; what comes after its answer, or without one, is only logged. */
function answer(outcome: { readonly payload: string } | { readonly error: FunctionError }, last = false): void {
  if (current === undefined) return;
  const { requestId, began } = current;
  current = undefined;
  tell({ type: 'result', requestId, ...outcome, milliseconds: performance.now() - began, memory: memory(), last });
}

async function invoke(handler: Handler, invocation: Invocation): Promise<void> {
  setAhead(invocation.clockAhead);
  current = { requestId: invocation.requestId, began: performance.now() };
  process.env['_X_AMZN_TRACE_ID'] = invocation.traceId;
  try {
    const result = await handler(JSON.parse(invocation.payload), handlerContext(invocation));
    const payload = stringify(result);
    // A rejection that nobody handles is told at the end of this turn, and fails the invocation before it is answered.
    await new Promise(setImmediate);
    answer({ payload });
  } catch (error) {
    console.error('Invoke Error', `\t${asLogText(error)}`);
    answer({ error: asFunctionError(error) });
  }
}

function stringify(result: unknown): string {
  let payload: string | undefined;
  try {
    payload = JSON.stringify(result ?? null);
  } catch {
    payload = undefined;
  }
  if (payload === undefined) throw runtimeError('Runtime.JSONStringifyError', 'Unable to stringify response body');
  if (Buffer.byteLength(payload) <= LARGEST_ANSWER) return payload;
  throw runtimeError(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${LARGEST_ANSWER} bytes).`,
  );
}

/** What no handler caught ends the environment, with the exit codes of Lambda's own runtime. */
function onUncaught(title: string, code: number, error: Error): void {
  console.error(title, `\t${asLogText(error)}`);
  if (initialized) answer({ error: asFunctionError(error) }, true);
  else tell({ type: 'init-error', error: asFunctionError(error) });
  process.exit(code);
}

function unhandledRejection(reason: unknown): Error {
  const error = runtimeError('Runtime.UnhandledPromiseRejection', String(reason));
  return reason instanceof Error ? Object.assign(error, { stack: reason.stack }) : error;
}

async function initialize(): Promise<void> {
  try {
    const handler = await loadHandler(setup.taskRoot, setup.handler);
    port?.on('message', (invocation: Invocation) => void invoke(handler, invocation));
    initialized = true;
    tell({ type: 'ready', memory: memory() });
    flushCompileCache();
  } catch (error) {
    console.error('Uncaught Exception', `\t${asLogText(error)}`);
    tell({ type: 'init-error', error: asFunctionError(error) });
    process.exit(1);
  }
}

delete process.env['NODE_COMPILE_CACHE'];
setAhead(setup.clockAhead);
replaceDate();
captureOutput({
  requestId: () => current?.requestId,
  write: (timestamp, message) => {
    tell({ type: 'line', line: { timestamp, message } });
    backlog.add(message);
  },
});
process.on('uncaughtException', (error) => onUncaught('Uncaught Exception', 129, error));
process.on('unhandledRejection', (reason) =>
  onUncaught('Unhandled Promise Rejection', 128, unhandledRejection(reason)),
);
await initialize();
