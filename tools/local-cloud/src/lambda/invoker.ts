/** One invocation from its admission to its answer, its log and its report. */
import { randomBytes } from 'node:crypto';
import type { Ground } from '../part.ts';
import type { Concurrency } from './concurrency.ts';
import { Deadlines } from './deadlines.ts';
import { timeoutError, type EnvironmentPool } from './environment-pool.ts';
import { exitError, type ExecutionEnvironment, type Run } from './execution-environment.ts';
import type { LambdaFunction } from './function-declaration.ts';
import { reportLines, startLine } from './platform-log.ts';
import type { FunctionError } from './sandbox/messages.ts';

const MEGABYTE = 1_048_576;

/** What an invocation came to: the handler's answer as JSON, or the error's; the log's `tail` only where it was asked for. */
export interface Outcome {
  readonly payload: string;
  readonly error: FunctionError | undefined;
  readonly tail: string;
}

/** An event to run a function for; `payload` is JSON. */
export interface InvocationRequest {
  readonly requestId: string;
  readonly payload: string;
  readonly tail?: boolean;
}

/** Runs functions, within the limits on concurrency. */
export class Invoker {
  readonly #ground: Ground;
  readonly #pool: EnvironmentPool;
  readonly #concurrency: Concurrency;
  readonly #deadlines = new Map<string, Deadlines>();

  constructor(ground: Ground, pool: EnvironmentPool, concurrency: Concurrency) {
    this.#ground = ground;
    this.#pool = pool;
    this.#concurrency = concurrency;
  }

  /**
   * Runs a function once. The fault point `lambda.run` (facts: function) knows `error`, which spares the handler,
   * and `lose-answer`, which ends the environment after the handler's work was done.
   * @throws AwsError TooManyRequestsException
   */
  invoke(declared: LambdaFunction, request: InvocationRequest): Promise<Outcome> {
    const leave = this.#concurrency.enter(declared);
    return this.#ground.activity.track(async () => {
      try {
        return await this.#invoke(declared, request);
      } finally {
        leave();
      }
    });
  }

  async #invoke(declared: LambdaFunction, request: InvocationRequest): Promise<Outcome> {
    const fault = this.#ground.faults.strike('lambda.run', { function: declared.name });
    if (fault?.effect === 'error') {
      return this.#failed(
        declared,
        { errorType: fault.error?.code ?? 'Error', errorMessage: fault.error?.message ?? 'injected fault' },
        '',
      );
    }
    const environment = await this.#pool.acquire(declared);
    if (request.tail === true) environment.keepTail();
    environment.log(this.#lines(startLine(declared, this.#ground.clock.now(), request.requestId)));
    let run =
      environment.initError === undefined ? await this.#run(environment, request) : failedInit(environment.initError);
    if (fault?.effect === 'lose-answer') run = this.#loseAnswer(environment, run);
    this.#logEnd(environment, request.requestId, run);
    const tail = environment.takeTail();
    this.#pool.release(environment);
    if (run.error !== undefined) return this.#failed(declared, withRequestId(run, request.requestId), tail);
    return { payload: run.payload ?? 'null', error: undefined, tail };
  }

  async #run(environment: ExecutionEnvironment, request: InvocationRequest): Promise<Run> {
    const { declared } = environment;
    const { clock } = this.#ground;
    const milliseconds = declared.timeout * 1000;
    const deadline = clock.now() + milliseconds;
    const inTime = this.#deadlinesOf(declared).add(deadline, () => {
      this.#pool.kill(environment);
      environment.onEnd(timeoutError(declared), 'timeout', milliseconds);
    });
    const run = await environment.run({
      requestId: request.requestId,
      payload: request.payload,
      functionArn: declared.arn,
      deadline,
      traceId: traceId(clock.now(), declared.tracing === 'Active'),
      clockAhead: clock.now() - Date.now(),
    });
    inTime();
    return run.memory > declared.memorySize * MEGABYTE ? this.#outOfMemory(environment, run) : run;
  }

  /** What lies outside of the heap (buffers) has no limit in the thread itself. */
  #outOfMemory(environment: ExecutionEnvironment, { milliseconds, memory }: Run): Run {
    this.#pool.kill(environment);
    return { error: exitError({ code: 1, outOfMemory: true }), ended: 'exit', milliseconds, memory };
  }

  #loseAnswer(environment: ExecutionEnvironment, run: Run): Run {
    this.#pool.kill(environment);
    const error = { errorType: 'Runtime.ExitError', errorMessage: 'Error: Runtime exited with error: signal: killed' };
    return { error, ended: 'exit', milliseconds: run.milliseconds, memory: run.memory };
  }

  #logEnd(environment: ExecutionEnvironment, requestId: string, run: Run): void {
    const { declared } = environment;
    const now = this.#ground.clock.now();
    const broken = run.ended === undefined ? undefined : run.error;
    const report = reportLines(declared, now, {
      requestId,
      milliseconds: run.milliseconds,
      memory: run.memory,
      initMilliseconds: environment.takeInitMilliseconds(),
      status: broken === undefined ? 'success' : run.ended === 'timeout' ? 'timeout' : 'error',
      errorType: run.ended === 'exit' ? broken?.errorType : undefined,
    });
    const timedOut = `${new Date(now).toISOString()} ${requestId} Task timed out after ${declared.timeout.toFixed(2)} seconds`;
    const before = run.ended === 'timeout' ? [timedOut] : [];
    const after = run.ended === 'exit' ? [`RequestId: ${requestId} ${broken?.errorMessage}\n${broken?.errorType}`] : [];
    environment.log(this.#lines([...before, ...report, ...after]));
  }

  #failed(declared: LambdaFunction, error: FunctionError, tail: string): Outcome {
    const [firstLine] = error.errorMessage.split('\n');
    this.#ground.report(`lambda ${declared.name}: ${error.errorType}: ${firstLine}`);
    return { payload: JSON.stringify(error), error, tail };
  }

  #lines(messages: readonly string[]): { readonly timestamp: number; readonly message: string }[] {
    const timestamp = this.#ground.clock.now();
    return messages.map((message) => ({ timestamp, message }));
  }

  #deadlinesOf(declared: LambdaFunction): Deadlines {
    let deadlines = this.#deadlines.get(declared.name);
    if (deadlines === undefined) {
      deadlines = new Deadlines(this.#ground.clock);
      this.#deadlines.set(declared.name, deadlines);
    }
    return deadlines;
  }
}

function failedInit(error: FunctionError): Run {
  return { error, ended: error.errorType === 'Sandbox.Timedout' ? 'timeout' : 'exit', milliseconds: 0, memory: 0 };
}

/** What ended an environment is told with the request that it hit. */
function withRequestId(run: Run, requestId: string): FunctionError {
  const error = run.error ?? { errorType: 'Error', errorMessage: '' };
  const bySandbox = run.ended !== undefined && error.trace === undefined;
  return bySandbox ? { ...error, errorMessage: `RequestId: ${requestId} ${error.errorMessage}` } : error;
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
function traceId(now: number, sampled: boolean): string {
  const seconds = Math.floor(now / 1000)
    .toString(16)
    .padStart(8, '0');
  const random = randomBytes(20).toString('hex');
  return `Root=1-${seconds}-${random.slice(0, 24)};Parent=${random.slice(24)};Sampled=${sampled ? 1 : 0}`;
}
