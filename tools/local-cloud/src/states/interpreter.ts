/** The interpreter: what a state does when it is entered, answered, or out of time. */
import { dataLimitExceeded, StateFailure } from './failure.ts';
import type { ChoiceState, Definition, Exit, FailState, State, TaskState, WaitState } from './definition.ts';
import type { Draft } from './draft.ts';
import { momentOf, secondsOf, textOf } from './fields.ts';
import { beaten, type Position, type TaskAttempt, type TaskPosition, type Visit } from './execution.ts';
import { taskNames, WHOLE } from './history.ts';
import { REGION } from '../arn.ts';
import { exceedsPayload, isObject, type Json } from './json.ts';
import { bindingsOf, type Seen } from './context.ts';
import type { Bindings } from './jsonata.ts';
import { nextRetry } from './retry.ts';
import { evaluateTemplate, evaluationError } from './template.ts';
import type { Tokens } from './tokens.ts';

/** How many states are passed through before what they did is committed. */
const LONGEST_RUN = 20;

/** Moves drafts along one definition; it keeps nothing and calls nobody. */
export class Interpreter {
  readonly #definition: Definition;
  readonly #tokens: Tokens;
  readonly #random: () => number;

  constructor(definition: Definition, tokens: Tokens, random: () => number) {
    this.#definition = definition;
    this.#tokens = tokens;
    this.#random = random;
  }

  /** Enters states until one has to wait, the execution ends, or so many were passed that it is time to commit. */
  async run(draft: Draft): Promise<void> {
    await this.#guard(draft, async () => {
      for (let passed = 0; passed < LONGEST_RUN && draft.closing === undefined; passed++) {
        if (draft.position.phase !== 'entering') return;
        await this.#enter(draft, draft.position);
      }
    });
  }

  /** The request has gone out; the token is awaited. */
  async submitTask(draft: Draft, output: string): Promise<void> {
    await this.#guard(draft, async () => {
      const { state, position } = this.#startedTask(draft);
      draft.record('TaskSubmitted', {
        taskSubmittedEventDetails: { ...taskNames(state.integration), output, outputDetails: WHOLE },
      });
      const task = state.integration.beatsFromAnswer ? beaten(position.task, draft.at) : position.task;
      draft.position = { phase: 'awaiting', visit: position.visit, task };
    });
  }

  /** The worker is alive: its heartbeat is due again a whole interval from now. */
  beat(draft: Draft): void {
    const { position } = draft;
    if (position.phase !== 'requesting' && position.phase !== 'awaiting') return;
    draft.position = { ...position, task: beaten(position.task, draft.at) };
  }

  /** The task's request has been answered, or its token has come back. */
  async succeedTask(draft: Draft, output: string, result: Json): Promise<void> {
    await this.#guard(draft, async () => {
      const { state, position } = this.#startedTask(draft);
      draft.record('TaskSucceeded', {
        taskSucceededEventDetails: { ...taskNames(state.integration), output, outputDetails: WHOLE },
      });
      try {
        await this.#leave(draft, state, position.visit, result, { result });
      } catch (error) {
        await this.#fail(draft, state, position.visit, error);
      }
    });
    await this.run(draft);
  }

  /**
   * The task has failed.
   * @param by what made it fail; a request that is refused before its token could be awaited has an event of its own
   */
  async failTask(draft: Draft, failure: StateFailure, by: 'worker' | 'request'): Promise<void> {
    await this.#guard(draft, async () => {
      const { state, position } = this.#startedTask(draft);
      const { error, explanation: cause } = failure;
      const details = { ...taskNames(state.integration), error, cause };
      if (by === 'request' && state.integration.awaitsToken) {
        draft.record('TaskSubmitFailed', { taskSubmitFailedEventDetails: details });
      } else draft.record('TaskFailed', { taskFailedEventDetails: details });
      await this.#fail(draft, state, position.visit, failure);
    });
    await this.run(draft);
  }

  /** A moment has come that the execution was waiting for. */
  async wake(draft: Draft): Promise<void> {
    await this.#guard(draft, async () => {
      if (draft.execution.endsAt <= draft.at) draft.timeOut();
      else await this.#wakePosition(draft, draft.position);
    });
    await this.run(draft);
  }

  async #wakePosition(draft: Draft, position: Position): Promise<void> {
    switch (position.phase) {
      case 'entering':
        return;
      case 'requesting':
      case 'awaiting':
        return this.#timeOutTask(draft);
      case 'retrying':
        return this.#schedule(draft, this.#task(position.visit), position.visit);
      case 'pausing': {
        const state = this.#state(position.visit.state);
        if (state.type !== 'Wait') return;
        const { visit } = position;
        return this.#orFail(draft, visit, () => this.#leave(draft, state, visit, visit.input, {}));
      }
      default:
        return position satisfies never;
    }
  }

  async #timeOutTask(draft: Draft): Promise<void> {
    const { state, position } = this.#startedTask(draft);
    const { timeoutAt } = position.task;
    const heartbeat = timeoutAt === undefined || timeoutAt > draft.at;
    draft.record('TaskTimedOut', {
      taskTimedOutEventDetails: { ...taskNames(state.integration), error: 'States.Timeout' },
    });
    await this.#fail(draft, state, position.visit, new StateFailure('States.Timeout', undefined, { heartbeat }));
  }

  /** The task that is under way; whatever happens to it, it has been started. */
  #startedTask(draft: Draft): { readonly state: TaskState; readonly position: TaskPosition } {
    const { position } = draft;
    if (position.phase !== 'requesting' && position.phase !== 'awaiting') throw new Error('no task is under way');
    const state = this.#task(position.visit);
    if (position.phase === 'requesting') {
      draft.record('TaskStarted', { taskStartedEventDetails: taskNames(state.integration) });
    }
    return { state, position };
  }

  async #enter(draft: Draft, { state: name, input }: { readonly state: string; readonly input: Json }): Promise<void> {
    const state = this.#state(name);
    const first = draft.execution.progress.lastEvent + draft.events.length === 1;
    const enteredEvent = draft.record(
      `${state.type}StateEntered`,
      { stateEnteredEventDetails: { name, input: JSON.stringify(input), inputDetails: WHOLE } },
      first ? 0 : undefined,
    );
    const visit: Visit = { state: name, input, enteredAt: draft.at, enteredEvent, retryCount: 0, retriersUsed: [] };
    switch (state.type) {
      case 'Task':
        return this.#schedule(draft, state, visit);
      case 'Pass':
      case 'Succeed':
        return this.#orFail(draft, visit, () => this.#leave(draft, state, visit, input, {}));
      case 'Wait':
        return this.#orFail(draft, visit, () => this.#pause(draft, state, visit));
      case 'Choice':
        return this.#orFail(draft, visit, () => this.#choose(draft, state, visit));
      case 'Fail':
        return this.#orFail(draft, visit, () => this.#failOnPurpose(draft, state, visit));
      default:
        return state satisfies never;
    }
  }

  async #schedule(draft: Draft, state: TaskState, visit: Visit): Promise<void> {
    const attempt = draft.nextAttempt();
    try {
      const seen = this.#bindings(draft, visit, {}, state.integration.awaitsToken ? attempt : undefined);
      const request = state.arguments === undefined ? visit.input : await evaluateTemplate(state.arguments, seen);
      const timeout = await secondsOf(state.timeoutSeconds, 'TimeoutSeconds', 1, seen);
      const heartbeat = await secondsOf(state.heartbeatSeconds, 'HeartbeatSeconds', 1, seen);
      const parameters = JSON.stringify(request);
      if (exceedsPayload(parameters)) throw dataLimitExceeded(state.name);
      draft.record('TaskScheduled', {
        taskScheduledEventDetails: {
          ...taskNames(state.integration),
          region: REGION,
          parameters,
          timeoutInSeconds: timeout,
          heartbeatInSeconds: heartbeat,
        },
      });
      const task: TaskAttempt = {
        attempt,
        timeoutAt: timeout === undefined ? undefined : draft.at + timeout * 1000,
        heartbeatSeconds: heartbeat,
      };
      const awaited = state.integration.beatsFromAnswer ? task : beaten(task, draft.at);
      draft.position = { phase: 'requesting', visit, task: awaited, request };
    } catch (error) {
      await this.#fail(draft, state, visit, error);
    }
  }

  async #pause(draft: Draft, state: WaitState, visit: Visit): Promise<void> {
    const until = await momentOf(state, this.#bindings(draft, visit, {}), draft.at);
    if (until > draft.at) draft.position = { phase: 'pausing', visit, until };
    else await this.#leave(draft, state, visit, visit.input, {});
  }

  async #choose(draft: Draft, state: ChoiceState, visit: Visit): Promise<void> {
    const seen = this.#bindings(draft, visit, {});
    for (const [index, rule] of state.rules.entries()) {
      const met = await evaluateTemplate(rule.condition, seen);
      if (typeof met !== 'boolean')
        throw evaluationError('The condition of a choice rule is a boolean.', `Choices[${index}]/Condition`);
      if (met) return this.#leave(draft, { ...rule, type: 'Choice', name: state.name }, visit, visit.input, {});
    }
    if (state.default === undefined) {
      throw new StateFailure(
        'States.NoChoiceMatched',
        `No choice rule of the state '${state.name}' matched, and it has no Default.`,
      );
    }
    await this.#leave(draft, { ...state, next: state.default }, visit, visit.input, {});
  }

  async #failOnPurpose(draft: Draft, state: FailState, visit: Visit): Promise<void> {
    const seen = this.#bindings(draft, visit, {});
    const error = state.error === undefined ? undefined : await textOf(state.error, 'Error', seen);
    const cause = state.cause === undefined ? undefined : await textOf(state.cause, 'Cause', seen);
    draft.fail(error, cause);
  }

  /** Evaluates Output and Assign side by side, on the variables as they were, then leaves the state. */
  async #leave(draft: Draft, state: Exit, visit: Visit, unchanged: Json, seen: Seen): Promise<void> {
    const bindings = this.#bindings(draft, visit, seen);
    const output = state.output === undefined ? unchanged : await evaluateTemplate(state.output, bindings);
    const assigned = state.assign === undefined ? undefined : await evaluateTemplate(state.assign, bindings);
    draft.leave(state.type, state.name, state.next, output, isObject(assigned) ? assigned : undefined);
  }

  /** Retry, then Catch, then the end of the execution. */
  async #fail(draft: Draft, state: TaskState, visit: Visit, thrown: unknown): Promise<void> {
    const failure = this.#recorded(draft, visit, thrown);
    const retry = nextRetry(state.retry, failure, visit.retriersUsed, this.#random);
    if (retry !== undefined) {
      const again = { ...visit, retryCount: visit.retryCount + 1, retriersUsed: retry.used };
      draft.position = { phase: 'retrying', visit: again, until: draft.at + retry.delay };
      return;
    }
    // Should the execution end here, it is the task that a redrive schedules again.
    draft.position = { phase: 'retrying', visit, until: draft.at };
    const catcher = state.catch.find(({ errorEquals }) => failure.matches(errorEquals));
    if (catcher === undefined) return draft.fail(failure.error, failure.explanation);
    const errorOutput = failure.output;
    await this.#orFail(draft, visit, () =>
      this.#leave(draft, { ...catcher, type: 'Task', name: state.name }, visit, errorOutput, { errorOutput }),
    );
  }

  /** Whatever fails in here ends the execution. */
  async #orFail(draft: Draft, visit: Visit, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const failure = this.#recorded(draft, visit, error);
      draft.fail(failure.error, failure.explanation);
    }
  }

  /** A failure of evaluation has an event of its own, and a cause that says where it happened. */
  #recorded(draft: Draft, visit: Visit, thrown: unknown): StateFailure {
    if (!(thrown instanceof StateFailure)) throw thrown;
    const { error, explanation: cause, location } = thrown;
    if (location === undefined) return thrown;
    draft.record('EvaluationFailed', { evaluationFailedEventDetails: { error, cause, location, state: visit.state } });
    const where = `An error occurred while executing the state '${visit.state}' (entered at the event id #${visit.enteredEvent}).`;
    return new StateFailure(error, `${where} ${cause ?? ''}`);
  }

  /** A history that is full ends the execution wherever that is noticed. */
  async #guard(draft: Draft, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error;
      draft.fail(error.error, error.explanation);
    }
  }

  #bindings(draft: Draft, visit: Visit, seen: Seen, attempt?: number): Bindings {
    const { execution, variables } = draft;
    const token = attempt === undefined ? undefined : this.#tokens.issue({ execution: execution.id, attempt });
    const task = this.#state(visit.state).type === 'Task' ? { token } : undefined;
    return bindingsOf(execution, variables, visit, seen, task);
  }

  #state(name: string): State {
    const state = this.#definition.states.get(name);
    if (state === undefined) throw new Error(`the definition has no state '${name}'`);
    return state;
  }

  #task({ state: name }: Visit): TaskState {
    const state = this.#state(name);
    if (state.type !== 'Task') throw new Error(`the state '${name}' is no task`);
    return state;
  }
}
