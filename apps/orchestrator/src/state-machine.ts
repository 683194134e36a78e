/** From a saga to its state machine in the Amazon States Language (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html). */
import { type MessageContract, sagaNeedsAttention } from '@distributed-patterns/contracts';
import { forward, type Patience, steadfast } from '@distributed-patterns/durations';
import { type Exchange, OPERATOR_RETRY, type RefusableExchange, type Saga, type Step } from './saga.ts';

/** A state machine as `CreateStateMachine` takes it. */
export interface StateMachineDefinition {
  readonly Comment: string;
  readonly QueryLanguage: 'JSONata';
  readonly StartAt: string;
  readonly States: Readonly<Record<string, TaskState>>;
}

interface TaskState {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Arguments: unknown;
  readonly TimeoutSeconds?: number;
  readonly Retry: readonly Retrier[];
  readonly Catch: readonly Catcher[];
  readonly Output?: unknown;
  readonly Next?: string;
  readonly End?: true;
}

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly MaxAttempts: number;
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL';
}

interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Assign?: unknown;
  readonly Next: string;
}

/** Where a state goes when its command was answered; a final state says what it has settled. */
type Onward = { readonly Next: string } | { readonly End: true; readonly Output: unknown };

const ANY_ERROR = 'States.ALL';
/** The error that a step was given up for: for operators, who are shown it; customers are not. */
const obstacle = { obstacle: '{% $states.errorOutput.Error %}' };
const parsedReason = '{% $parse($states.errorOutput.Cause) %}';

/**
 * One awaited task for each command, so that the happy path is one transition a step.
 * Refusals and failures lead through Catch into the undo chain; what must not be given up leads to an operator.
 */
export function toStateMachine(saga: Saga, busName: string): StateMachineDefinition {
  const machine = new StateMachineWriter(saga, busName);
  return {
    Comment: saga.comment,
    QueryLanguage: 'JSONata',
    StartAt: nameOf(saga.steps[0] ?? saga.pivot),
    States: machine.states(),
  };
}

class StateMachineWriter {
  readonly #saga: Saga;
  readonly #busName: string;

  constructor(saga: Saga, busName: string) {
    this.#saga = saga;
    this.#busName = busName;
  }

  states(): Record<string, TaskState> {
    const { steps, pivot, end } = this.#saga;
    return Object.fromEntries([
      ...steps.map((step, index) => [nameOf(step), this.#step(step, index)] as const),
      [nameOf(pivot), this.#pivot()],
      ...[...steps.keys()].reverse().flatMap((index) => this.#undo(index)),
      ...this.#untilSettled(end, settled(end)),
      [attentionTo(pivot), this.#attention(pivot, settled(pivot))],
    ]);
  }

  #step(step: Step, index: number): TaskState {
    const next = nameOf(this.#saga.steps[index + 1] ?? this.#saga.pivot);
    const refused =
      step.optional === true ? { Next: next } : { Assign: { failure: parsedReason }, Next: this.#undoBefore(index) };
    return {
      ...this.#awaited(step, forward),
      Catch: [
        { ErrorEquals: [step.refusedBy.type], ...refused },
        { ErrorEquals: [ANY_ERROR], Assign: { failure: unanswered }, Next: nameOf(step.undo) },
      ],
      Next: next,
    };
  }

  /** Only a refusal undoes; a failure may hide a completed order and is for an operator to settle. */
  #pivot(): TaskState {
    const { pivot, steps } = this.#saga;
    return {
      ...this.#awaited(pivot, steadfast),
      Catch: [
        {
          ErrorEquals: [pivot.refusedBy.type],
          Assign: { failure: parsedReason },
          Next: this.#undoBefore(steps.length),
        },
        { ErrorEquals: [ANY_ERROR], Assign: obstacle, Next: attentionTo(pivot) },
      ],
      ...settled(pivot),
    };
  }

  #undo(index: number): [string, TaskState][] {
    const undo = this.#saga.steps[index]?.undo;
    return undo === undefined ? [] : this.#untilSettled(undo, { Next: this.#undoBefore(index) });
  }

  /** A command that is owed, and beside it the wait for an operator where it cannot be carried out. */
  #untilSettled(exchange: Exchange, onward: Onward): [string, TaskState][] {
    const command: TaskState = {
      ...this.#awaited(exchange, steadfast),
      Catch: [{ ErrorEquals: [ANY_ERROR], Assign: obstacle, Next: attentionTo(exchange) }],
      ...onward,
    };
    return [
      [nameOf(exchange), command],
      [attentionTo(exchange), this.#attention(exchange, onward)],
    ];
  }

  /** Waits without limit, and calls again where the call itself fails. The operator's retry goes back to what is owed; resolve takes it as settled by hand. */
  #attention(exchange: Exchange, onward: Onward): TaskState {
    const message = `{% '${nameOf(exchange)} was given up after its last attempt: ' & $obstacle %}`;
    return {
      ...this.#publish(sagaNeedsAttention, attentionTo(exchange), {
        orderId: '{% $states.context.Execution.Input.orderId %}',
        step: nameOf(exchange),
        failure: { code: 'EXHAUSTED', message },
      }),
      Retry: [{ ErrorEquals: [OPERATOR_RETRY], MaxAttempts: 0 }, retrier(steadfast)],
      Catch: [
        { ErrorEquals: [OPERATOR_RETRY], Next: nameOf(exchange) },
        { ErrorEquals: [ANY_ERROR], Next: attentionTo(exchange) },
      ],
      ...onward,
    };
  }

  #awaited(exchange: Exchange | RefusableExchange, patience: Patience): Omit<TaskState, 'Catch'> {
    const refusal = 'refusedBy' in exchange ? [{ ErrorEquals: [exchange.refusedBy.type], MaxAttempts: 0 }] : [];
    return {
      ...this.#publish(exchange.command, nameOf(exchange), exchange.data),
      TimeoutSeconds: patience.timeout,
      Retry: [...refusal, retrier(patience)],
    };
  }

  #publish(
    contract: MessageContract,
    state: string,
    data: unknown,
  ): Pick<TaskState, 'Type' | 'Resource' | 'Arguments'> {
    const metadata = {
      id: `{% $join([$states.context.Execution.Name, '${state}', $states.context.State.EnteredTime, $string($states.context.Execution.RedriveCount), $string($states.context.State.RetryCount)], '/') %}`,
      version: contract.version,
      occurredAt: '{% $now() %}',
      correlationId: '{% $states.context.Execution.Input.correlationId %}',
      causationId: '{% $states.context.Execution.Input.causationId %}',
      replyToken: '{% $states.context.Task.Token %}',
    };
    const entry = {
      EventBusName: this.#busName,
      Source: contract.source,
      DetailType: contract.type,
      Detail: { metadata, data },
    };
    return {
      Type: 'Task',
      Resource: 'arn:aws:states:::events:putEvents.waitForTaskToken',
      Arguments: { Entries: [entry] },
    };
  }

  /** The undo that is owed when everything before step `index` may have taken effect. */
  #undoBefore(index: number): string {
    return nameOf(this.#saga.steps[index - 1]?.undo ?? this.#saga.end);
  }
}

function nameOf(exchange: Exchange): string {
  return exchange.command.type;
}

function attentionTo(exchange: Exchange): string {
  return `${nameOf(exchange)}NeedsAttention`;
}

/** The output of a finished saga is its last command, so that it can be sent again. */
function settled(exchange: Exchange): Onward {
  return { End: true, Output: { type: nameOf(exchange), data: exchange.data } };
}

/** What the customer is told of a failure that is ours; what it was, the execution's history says. */
const unanswered = { code: 'STEP_UNANSWERED', message: 'The order could not be processed in time.' };

function retrier({ retries, firstPause, backoffRate, longestPause }: Patience): Retrier {
  return {
    ErrorEquals: [ANY_ERROR],
    MaxAttempts: retries,
    IntervalSeconds: firstPause,
    BackoffRate: backoffRate,
    MaxDelaySeconds: longestPause,
    JitterStrategy: 'FULL',
  };
}
