/** All execution environments: warm ones are used again, new ones start where somebody waits, idle ones are reaped. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import type { Ground } from '../part.ts';
import { Deadlines } from './deadlines.ts';
import { ExecutionEnvironment, exitError } from './execution-environment.ts';
import type { LambdaFunction } from './function-declaration.ts';
import { HostProcess } from './host-process.ts';
import type { EnvironmentSetup, FunctionError, HostEvent, LogLine } from './sandbox/messages.ts';

/** What this machine can bear; AWS has the same kinds of limits, but higher. */
export interface PoolLimits {
  /** Environments of one function at once. */
  readonly perFunction: number;
  /** Environments of all functions together; idle ones make room. */
  readonly inAll: number;
  /** Environments that initialize at the same time. */
  readonly starting: number;
  /** How long an invocation waits for a busy environment before another is started, in milliseconds. */
  readonly patience: number;
  /** How long an environment may be idle, on the clock, in milliseconds; each function keeps its last one. */
  readonly idle: number;
}

/** Lambda gives initialization ten seconds; what takes longer runs on within the invocation's own timeout. */
const INIT_PHASE = 10_000;

/** What an environment is made with: its set-up, and where its log goes. */
export interface Blueprint {
  readonly setup: EnvironmentSetup;
  readonly writeLog: (lines: readonly LogLine[]) => void;
}

interface Waiter {
  readonly resolve: (environment: ExecutionEnvironment) => void;
  readonly reject: (error: Error) => void;
}

interface FunctionPool {
  readonly declared: LambdaFunction;
  readonly all: Set<ExecutionEnvironment>;
  /** Environments that initialize, each with what is to be done when it no longer does. */
  readonly starting: Map<ExecutionEnvironment, () => void>;
  readonly idle: ExecutionEnvironment[];
  readonly waiting: Waiter[];
  readonly initDeadlines: Deadlines;
  impatience: NodeJS.Timeout | undefined;
}

/** Hands out environments, one invocation at a time each. */
export class EnvironmentPool {
  readonly #ground: Ground;
  readonly #limits: PoolLimits;
  readonly #blueprint: (declared: LambdaFunction, environment: string) => Blueprint;
  readonly #host: HostProcess;
  readonly #pools = new Map<string, FunctionPool>();
  readonly #environments = new Map<string, ExecutionEnvironment>();
  /** Kept for good: what such an environment had said may arrive when its thread is gone, and nobody is to hear it. */
  readonly #crashed = new Set<string>();
  #reaperArmed = false;
  #stopped = false;

  constructor(
    ground: Ground,
    limits: PoolLimits,
    blueprint: (declared: LambdaFunction, environment: string) => Blueprint,
  ) {
    this.#ground = ground;
    this.#limits = limits;
    this.#blueprint = blueprint;
    this.#host = new HostProcess({
      onEvent: (event) => this.#onEvent(event),
      onLost: (signal) => this.#onLost(signal),
    });
  }

  /** The host's process id, where it runs. */
  get hostPid(): number | undefined {
    return this.#host.pid;
  }

  /** An environment for one invocation; its `initError` is set where it failed to initialize. */
  acquire(declared: LambdaFunction): Promise<ExecutionEnvironment> {
    const pool = this.#pool(declared);
    const warm = pool.idle.pop();
    if (warm !== undefined) return Promise.resolve(warm);
    return new Promise((resolve, reject) => {
      if (this.#stopped) return reject(stopping());
      pool.waiting.push({ resolve, reject });
      if (pool.all.size === 0) this.#start(pool);
      this.#growAfterAWhile(pool);
    });
  }

  /** The living environment of this id. */
  find(id: string): ExecutionEnvironment | undefined {
    return this.#environments.get(id);
  }

  /** Gives an environment back after its invocation, for the next one. */
  release(environment: ExecutionEnvironment): void {
    if (!this.#environments.has(environment.id) || environment.initError !== undefined) return;
    if (this.hasCrashed(environment.id)) return;
    this.#offer(this.#pool(environment.declared), environment);
  }

  /** Ends an environment whatever it does. */
  kill(environment: ExecutionEnvironment): void {
    this.#forget(environment);
    environment.kill();
  }

  /** Ends an environment as a crash does: what it runs ends with it, once its thread is gone. */
  crash(environment: ExecutionEnvironment): void {
    this.#crashed.add(environment.id);
    this.#withdraw(environment);
    environment.kill();
  }

  /** Whether the environment of this id was ended by {@link crash}. */
  hasCrashed(id: string): boolean {
    return this.#crashed.has(id);
  }

  /** Makes sure that a function has an environment; resolves to it, or to what went wrong. */
  async warm(declared: LambdaFunction): Promise<FunctionError | undefined> {
    if (this.#pool(declared).all.size > 0) return undefined;
    const environment = await this.acquire(declared);
    this.release(environment);
    return environment.initError;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const pool of this.#pools.values()) {
      clearTimeout(pool.impatience);
      for (const waiter of pool.waiting.splice(0)) waiter.reject(stopping());
    }
    for (const environment of this.#environments.values()) environment.abandon(stopping());
    await this.#host.stop();
  }

  #pool(declared: LambdaFunction): FunctionPool {
    let pool = this.#pools.get(declared.name);
    if (pool === undefined) {
      const initDeadlines = new Deadlines(this.#ground.clock);
      pool = {
        declared,
        all: new Set(),
        starting: new Map(),
        idle: [],
        waiting: [],
        initDeadlines,
        impatience: undefined,
      };
      this.#pools.set(declared.name, pool);
    }
    return pool;
  }

  /** A new environment costs more than most waits for a busy one, so it is started only for who waits on. */
  #growAfterAWhile(pool: FunctionPool): void {
    if (this.#stopped || pool.impatience !== undefined) return;
    pool.impatience = setTimeout(() => {
      pool.impatience = undefined;
      if (pool.waiting.length === 0) return;
      if (pool.waiting.length > pool.starting.size) this.#start(pool);
      this.#growAfterAWhile(pool);
    }, this.#limits.patience).unref();
  }

  #start(pool: FunctionPool): void {
    if (pool.all.size >= this.#limits.perFunction) return;
    if (this.#environments.size >= this.#limits.inAll && !this.#evictIdle()) return;
    const starting = [...this.#pools.values()].reduce((sum, other) => sum + other.starting.size, 0);
    if (starting >= this.#limits.starting) return;
    const id = randomUUID().replaceAll('-', '');
    const { setup, writeLog } = this.#blueprint(pool.declared, id);
    const environment = new ExecutionEnvironment(id, pool.declared, (command) => this.#host.send(command), writeLog);
    this.#environments.set(id, environment);
    pool.all.add(environment);
    this.#watchStart(pool, environment);
    this.#host.send({ type: 'start', environment: id, setup });
  }

  /** Whoever moves the clock waits for what is being initialized: it takes its time on the machine, not on the clock. */
  #watchStart(pool: FunctionPool, environment: ExecutionEnvironment): void {
    const { activity, clock } = this.#ground;
    const limit = INIT_PHASE + pool.declared.timeout * 1000;
    const inTime = pool.initDeadlines.add(clock.now() + limit, () => this.#onInitTimeout(pool, environment));
    activity.begin(
      () =>
        new Promise((resolve) => {
          pool.starting.set(environment, () => {
            inTime();
            resolve();
          });
        }),
    );
  }

  #endStart(pool: FunctionPool, environment: ExecutionEnvironment): void {
    const end = pool.starting.get(environment);
    pool.starting.delete(environment);
    end?.();
  }

  #onInitTimeout(pool: FunctionPool, environment: ExecutionEnvironment): void {
    environment.kill();
    this.#onInitFailure(environment, timeoutError(pool.declared));
  }

  #offer(pool: FunctionPool, environment: ExecutionEnvironment): void {
    const waiter = pool.waiting.shift();
    if (waiter !== undefined) return waiter.resolve(environment);
    environment.idleSince = this.#ground.clock.now();
    pool.idle.push(environment);
    if (pool.idle.length > 1) this.#armReaper();
  }

  #onEvent(event: HostEvent): void {
    const environment = this.#environments.get(event.environment);
    if (environment === undefined) return;
    environment.log(event.lines);
    const crashed = this.hasCrashed(event.environment);
    if (event.type === 'exited') this.#onExit(environment, exitError(event, crashed ? 'killed' : undefined));
    else if (crashed) return;
    else if (event.type === 'result') this.#onResult(environment, event);
    else if (event.type === 'ready') this.#onReady(environment, event.milliseconds, event.memory);
    else if (event.type === 'init-error') this.#onInitFailure(environment, event.error);
  }

  #onResult(environment: ExecutionEnvironment, event: HostEvent & { readonly type: 'result' }): void {
    if (event.last) this.#forget(environment);
    environment.onResult(event);
  }

  #onReady(environment: ExecutionEnvironment, milliseconds: number, memory: number): void {
    const pool = this.#pool(environment.declared);
    this.#endStart(pool, environment);
    environment.initialized(milliseconds, memory);
    this.#offer(pool, environment);
  }

  /** Fails the invocation that has waited longest, as the one that the environment was started for. */
  #onInitFailure(environment: ExecutionEnvironment, error: FunctionError): void {
    const pool = this.#pool(environment.declared);
    environment.initError = error;
    this.#forget(environment);
    pool.waiting.shift()?.resolve(environment);
    if (pool.waiting.length > 0 && pool.all.size === 0) this.#start(pool);
  }

  #onExit(environment: ExecutionEnvironment, error: FunctionError): void {
    if (this.#pool(environment.declared).starting.has(environment)) this.#onInitFailure(environment, error);
    else this.#forget(environment);
    environment.onEnd(error, 'exit');
  }

  #onLost(signal: string): void {
    const how = { SIGKILL: 'killed', SIGABRT: 'aborted', SIGSEGV: 'segmentation fault' }[signal] ?? signal;
    this.#ground.report(`lambda: the process of the execution environments ended (${signal}); a new one is started`);
    const error = exitError({ code: 1, outOfMemory: false }, how);
    for (const environment of [...this.#environments.values()]) this.#onExit(environment, error);
  }

  #forget(environment: ExecutionEnvironment): void {
    const pool = this.#pool(environment.declared);
    this.#environments.delete(environment.id);
    pool.all.delete(environment);
    this.#endStart(pool, environment);
    this.#withdraw(environment);
    if (pool.waiting.length > 0 && pool.all.size === 0) this.#start(pool);
  }

  /** Nobody gets it any more where it was idle. */
  #withdraw(environment: ExecutionEnvironment): void {
    const { idle } = this.#pool(environment.declared);
    const at = idle.indexOf(environment);
    if (at >= 0) idle.splice(at, 1);
  }

  #evictIdle(): boolean {
    const idle = [...this.#pools.values()].flatMap((pool) => pool.idle);
    const [oldest] = idle.sort((one, other) => one.idleSince - other.idleSince);
    if (oldest !== undefined) this.kill(oldest);
    return oldest !== undefined;
  }

  #armReaper(): void {
    if (this.#reaperArmed) return;
    this.#reaperArmed = true;
    this.#ground.clock.after(this.#limits.idle, () => {
      this.#reaperArmed = false;
      for (const pool of this.#pools.values()) this.#reap(pool);
    });
  }

  /** Idle environments lie with the most recently used last. */
  #reap(pool: FunctionPool): void {
    const before = this.#ground.clock.now() - this.#limits.idle;
    while (pool.idle.length > 1 && (pool.idle[0]?.idleSince ?? Infinity) <= before) {
      const oldest = pool.idle[0];
      if (oldest !== undefined) this.kill(oldest);
    }
    if (pool.idle.length > 1) this.#armReaper();
  }
}

/** The answer to an invocation that overran its function's timeout. */
export function timeoutError(declared: LambdaFunction): FunctionError {
  return {
    errorType: 'Sandbox.Timedout',
    errorMessage: `Error: Task timed out after ${declared.timeout.toFixed(2)} seconds`,
  };
}

function stopping(): AwsError {
  return new AwsError('ServiceException', 'the runtime is stopping', { status: 500 });
}
