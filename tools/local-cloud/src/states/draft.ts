/** A transition in the making: where an execution is going, and the events that say how it got there. */
import { dataLimitExceeded, StateFailure } from './failure.ts';
import type { Closing, Execution, Position } from './execution.ts';
import { LONGEST_HISTORY, WHOLE, type HistoryEvent } from './history.ts';
import { exceedsPayload, LARGEST_PAYLOAD, type Json } from './json.ts';

/**
 * The most that all variables of an execution may hold, in bytes; those of one Assign may hold as much as a payload
 * (https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html).
 */
const LARGEST_VARIABLES = 10 * 1024 * 1024;

/** Nothing of it is true until it has been committed; a draft that another one overtook is thrown away. */
export class Draft {
  readonly execution: Execution;
  /** The moment of the transition, in milliseconds since the epoch. */
  readonly at: number;
  readonly events: HistoryEvent[] = [];
  position: Position;
  variables: Readonly<Record<string, Json>>;
  closing: Closing | undefined;
  #attempts: number;
  #lastEvent: number;

  constructor(execution: Execution, at: number) {
    this.execution = execution;
    this.at = at;
    this.position = execution.progress.position;
    this.variables = execution.progress.variables;
    this.#attempts = execution.progress.attempts;
    this.#lastEvent = execution.progress.lastEvent;
  }

  /** The execution as it will be. */
  get result(): Execution {
    const { position, variables } = this;
    return {
      ...this.execution,
      progress: { position, variables: { ...variables }, lastEvent: this.#lastEvent, attempts: this.#attempts },
    };
  }

  /** The number of a new attempt at a task. */
  nextAttempt(): number {
    return ++this.#attempts;
  }

  /**
   * Adds an event and returns its id. The first state is entered, and an execution aborted or timed out, after event 0.
   * @throws StateFailure States.Runtime where only the closing event fits any more
   */
  record(type: string, details: Pick<HistoryEvent, `${string}EventDetails`> = {}, previousEventId?: number): number {
    if (this.#lastEvent >= LONGEST_HISTORY - 1 && this.closing === undefined) {
      throw new StateFailure(
        'States.Runtime',
        `The execution reached the maximum number of history events (${LONGEST_HISTORY}).`,
      );
    }
    this.events.push({ type, previousEventId: previousEventId ?? this.#lastEvent, ...details });
    return ++this.#lastEvent;
  }

  /**
   * Leaves a state: its new variables hold from here on, and its output is the next one's input.
   * @throws StateFailure States.DataLimitExceeded
   */
  leave(
    type: string,
    name: string,
    next: string | undefined,
    output: Json,
    assigned: Readonly<Record<string, Json>> | undefined,
  ): void {
    const text = JSON.stringify(output);
    if (exceedsPayload(text)) throw dataLimitExceeded(name);
    const variables = assigned === undefined ? undefined : this.#assign(name, assigned);
    this.record(`${type}StateExited`, {
      stateExitedEventDetails: {
        name,
        output: text,
        outputDetails: WHOLE,
        ...(variables === undefined ? {} : { assignedVariables: variables, assignedVariablesDetails: WHOLE }),
      },
    });
    if (next === undefined) this.succeed(text);
    else this.position = { phase: 'entering', state: next, input: output };
  }

  #assign(state: string, assigned: Readonly<Record<string, Json>>): Readonly<Record<string, string>> {
    const texts = Object.fromEntries(Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)]));
    const all = { ...this.variables, ...assigned };
    if (sizeOf(Object.values(texts)) > LARGEST_PAYLOAD) throw dataLimitExceeded(state);
    if (exceedsTotal(Object.values(all))) throw dataLimitExceeded(state);
    this.variables = all;
    return texts;
  }

  succeed(output: string): void {
    this.closing = { status: 'SUCCEEDED', output };
    this.record('ExecutionSucceeded', { executionSucceededEventDetails: { output, outputDetails: WHOLE } });
  }

  fail(error: string | undefined, cause: string | undefined): void {
    this.closing = { status: 'FAILED', error, cause };
    this.record('ExecutionFailed', { executionFailedEventDetails: { error, cause } });
  }

  abort(error: string | undefined, cause: string | undefined): void {
    this.closing = { status: 'ABORTED', error, cause };
    this.record('ExecutionAborted', { executionAbortedEventDetails: { error, cause } }, 0);
  }

  /** Only the history names the error: the execution is described without one. */
  timeOut(): void {
    this.closing = { status: 'TIMED_OUT', error: undefined, cause: undefined };
    this.record('ExecutionTimedOut', { executionTimedOutEventDetails: { error: 'States.Timeout' } }, 0);
  }
}

function exceedsTotal(values: readonly Json[]): boolean {
  // None is larger than a payload, so a few need no counting.
  if (values.length * LARGEST_PAYLOAD <= LARGEST_VARIABLES) return false;
  return sizeOf(values.map((value) => JSON.stringify(value))) > LARGEST_VARIABLES;
}

function sizeOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
