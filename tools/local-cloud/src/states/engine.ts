/** The engine: takes executions from one commit to the next, and sends what has to be sent in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AwsError } from '../aws-error.ts';
import type { Timer } from '../clock.ts';
import type { Ground } from '../part.ts';
import { Draft } from './draft.ts';
import { attemptUnderWay, dueAt, type Execution, type NewExecution } from './execution.ts';
import { RETENTION, type ExecutionStore } from './execution-store.ts';
import { dataLimitExceeded, StateFailure } from './failure.ts';
import { Interpreter } from './interpreter.ts';
import { exceedsPayload, type Json } from './json.ts';
import type { MachineStore } from './machine-store.ts';
import { sendRequest } from './request.ts';
import type { TokenSubject, Tokens } from './tokens.ts';
import { stackOf } from '../error-text.ts';

/** What comes back with a task token. */
export type TaskAnswer =
  | { readonly kind: 'success'; readonly output: string; readonly result: Json }
  | { readonly kind: 'failure'; readonly failure: StateFailure }
  | { readonly kind: 'heartbeat' };

/**
 * Drives all running executions. A transition is worked out on a draft and committed only if the execution is still
 * where the draft began, so an answer, a time limit and a stop that meet never both take effect.
 */
export class Engine {
  readonly #ground: Ground;
  readonly #machines: MachineStore;
  readonly #store: ExecutionStore;
  readonly #tokens: Tokens;
  readonly #running = new Map<number, Execution>();
  readonly #interpreters = new Map<string, Interpreter>();
  readonly #mostRunning: number;
  #alarm: { readonly at: number; readonly timer: Timer } | undefined;
  #stopped = false;

  /** @param mostRunning how many executions an account may have running at a time */
  constructor(
    ground: Ground,
    machines: MachineStore,
    store: ExecutionStore,
    tokens: Tokens,
    mostRunning: number = 1_000_000,
  ) {
    this.#ground = ground;
    this.#machines = machines;
    this.#store = store;
    this.#tokens = tokens;
    this.#mostRunning = mostRunning;
  }

  /** Goes on with every execution that the database says is running. */
  start(): void {
    this.#store.removeStoppedBefore(this.#ground.clock.now() - RETENTION);
    for (const execution of this.#store.running()) this.#running.set(execution.id, execution);
    for (const execution of this.#running.values()) this.#goOn(execution);
    this.#wakeOverdue();
  }

  /** Commits nothing from here on. */
  stop(): void {
    this.#stopped = true;
    this.#alarm?.timer.cancel();
  }

  /**
   * Starts an execution; its first state is entered once this call is over.
   * @throws AwsError ExecutionLimitExceeded
   */
  begin(identity: NewExecution, startAt: string, input: string): void {
    this.#checkRoom();
    this.#open(this.#store.insert(identity, startAt, input));
  }

  /**
   * Goes on with an unsuccessful execution where it ended, once this call is over.
   * @throws AwsError ExecutionLimitExceeded
   */
  redrive(id: number, at: number, endsAt: number, token: string | undefined): void {
    this.#checkRoom();
    this.#open(this.#store.redrive(id, at, endsAt, token));
    this.#wakeOverdue();
  }

  #open(execution: Execution): void {
    this.#running.set(execution.id, execution);
    this.#expect(dueAt(execution));
    this.#goOn(execution);
  }

  /** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-accounts */
  #checkRoom(): void {
    if (this.#running.size < this.#mostRunning) return;
    throw new AwsError('ExecutionLimitExceeded', 'The maximum number of running executions has been reached.');
  }

  /** Ends an execution at once; false where it has ended already. */
  abort(id: number, error: string | undefined, cause: string | undefined): boolean {
    const execution = this.#running.get(id);
    if (execution === undefined) return false;
    const draft = new Draft(execution, this.#ground.clock.now());
    draft.abort(error, cause);
    return this.#commit(draft);
  }

  /** Takes the answer to an attempt at a task; false where that attempt is over. */
  async answer({ execution: id, attempt }: TokenSubject, answer: TaskAnswer): Promise<boolean> {
    const underWay = (execution: Execution): boolean => attemptUnderWay(execution, attempt) !== undefined;
    return this.#ground.activity.track(() =>
      this.#transition(id, underWay, async (draft, interpreter) => {
        if (answer.kind === 'heartbeat') interpreter.beat(draft);
        else if (answer.kind === 'success') await interpreter.succeedTask(draft, answer.output, answer.result);
        else await interpreter.failTask(draft, answer.failure, 'worker');
      }),
    );
  }

  /** Does what an execution is about to do. Entering goes on in a turn of its own, so that a loop starves nobody. */
  #goOn(execution: Execution): void {
    const { phase } = execution.progress.position;
    if (phase === 'entering') this.#inBackground(() => this.#enter(execution));
    if (phase === 'requesting') this.#inBackground(() => this.#send(execution));
  }

  async #enter(execution: Execution): Promise<void> {
    await nextTurn();
    await this.#transition(
      execution.id,
      (current) => current === execution,
      (draft, interpreter) => interpreter.run(draft),
    );
  }

  /** Sends a task's request. What was sent before a kill, but not yet marked as sent, is sent again. */
  async #send(execution: Execution): Promise<void> {
    const { position } = execution.progress;
    if (position.phase !== 'requesting') return;
    const { visit, task, request } = position;
    const state = this.#machines.definition(execution.definition).states.get(visit.state);
    if (state?.type !== 'Task') return;
    const { integration } = state;
    const answer = await sendRequest(this.#ground.dispatcher, execution, integration, request).catch(asFailure);
    const unmarked = (current: Execution): boolean => attemptUnderWay(current, task.attempt)?.phase === 'requesting';
    await this.#transition(execution.id, unmarked, async (draft, interpreter) => {
      if (answer instanceof StateFailure) return interpreter.failTask(draft, answer, 'request');
      const output = JSON.stringify(answer);
      if (exceedsPayload(output)) {
        return interpreter.failTask(draft, dataLimitExceeded(integration.resourceType), 'request');
      }
      if (integration.awaitsToken) return interpreter.submitTask(draft, output);
      return interpreter.succeedTask(draft, output, answer);
    });
  }

  /** Works out and commits a transition while `applies`; begins anew where another transition was faster. */
  async #transition(
    id: number,
    applies: (execution: Execution) => boolean,
    work: (draft: Draft, interpreter: Interpreter) => Promise<void>,
  ): Promise<boolean> {
    for (let execution = this.#running.get(id); execution !== undefined; execution = this.#running.get(id)) {
      if (this.#stopped || !applies(execution)) return false;
      const draft = new Draft(execution, this.#ground.clock.now());
      await work(draft, this.#interpreter(execution));
      if (this.#commit(draft)) return true;
    }
    return false;
  }

  /** Makes a draft true, unless the execution has moved on since it was begun. */
  #commit(draft: Draft): boolean {
    const { execution, closing } = draft;
    if (this.#stopped || this.#running.get(execution.id) !== execution) return false;
    this.#store.save(draft);
    if (closing !== undefined) {
      this.#running.delete(execution.id);
      if (closing.status === 'FAILED' || closing.status === 'TIMED_OUT') {
        this.#ground.report(`${execution.arn} ${closing.status}: ${closing.error ?? ''} ${closing.cause ?? ''}`);
      }
      return true;
    }
    const { result } = draft;
    this.#running.set(execution.id, result);
    this.#expect(dueAt(result));
    const { position: before } = execution.progress;
    const same = before.phase === 'requesting' && attemptUnderWay(result, before.task.attempt) !== undefined;
    if (!same) this.#goOn(result);
    return true;
  }

  #interpreter({ definition: digest }: Execution): Interpreter {
    let interpreter = this.#interpreters.get(digest);
    if (interpreter === undefined) {
      interpreter = new Interpreter(this.#machines.definition(digest), this.#tokens, this.#ground.random);
      this.#interpreters.set(digest, interpreter);
    }
    return interpreter;
  }

  /** One timer stands for all executions: it is set for the earliest moment that any of them waits for. */
  #expect(moment: number | undefined): void {
    if (this.#stopped || moment === undefined || (this.#alarm !== undefined && this.#alarm.at <= moment)) return;
    this.#alarm?.timer.cancel();
    const timer = this.#ground.clock.at(moment, () => this.#wakeOverdue());
    this.#alarm = { at: moment, timer };
  }

  #wakeOverdue(): void {
    if (this.#stopped) return;
    const now = this.#ground.clock.now();
    this.#alarm?.timer.cancel();
    this.#alarm = undefined;
    for (const id of this.#store.dueBy(now)) this.#inBackground(() => this.#wake(id));
    this.#expect(this.#store.nextDue(now));
  }

  async #wake(id: number): Promise<void> {
    await this.#transition(
      id,
      (execution) => dueAt(execution) <= this.#ground.clock.now(),
      (draft, interpreter) => interpreter.wake(draft),
    );
  }

  #inBackground(work: () => Promise<void>): void {
    this.#ground.activity.track(work).catch((error: unknown) => {
      if (!this.#stopped) this.#ground.report(`states: ${stackOf(error)}`);
    });
  }
}

function asFailure(error: unknown): StateFailure {
  if (error instanceof StateFailure) return error;
  throw error;
}
