/** A state machine's definition as it runs: every field read, defaults filled in, expressions compiled. */
import type { Integration } from './integration.ts';
import type { Retrier } from './retry.ts';
import type { Template } from './template.ts';

/** What a state does with its data when it is left: both see the variables as they were on entry. */
export interface Leaving {
  readonly assign: Template | undefined;
  readonly output: Template | undefined;
}

/** Where a state leads: `next` is undefined where it ends the execution. */
interface Leading extends Leaving {
  readonly name: string;
  readonly next: string | undefined;
}

/** One way out of a state: its own, a catcher's or a rule's. */
export interface Exit extends Leading {
  readonly type: State['type'];
}

/** One catcher of a Task state. */
export interface Catcher extends Leaving {
  readonly errorEquals: readonly string[];
  readonly next: string;
}

/** One rule of a Choice state. */
export interface ChoiceRule extends Leaving {
  readonly condition: Template;
  readonly next: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html */
export interface TaskState extends Leading {
  readonly type: 'Task';
  readonly integration: Integration;
  readonly arguments: Template | undefined;
  readonly timeoutSeconds: Template | undefined;
  readonly heartbeatSeconds: Template | undefined;
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/state-pass.html */
export interface PassState extends Leading {
  readonly type: 'Pass';
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html */
export interface WaitState extends Leading {
  readonly type: 'Wait';
  readonly until:
    | { readonly kind: 'seconds'; readonly seconds: Template }
    | { readonly kind: 'timestamp'; readonly timestamp: Template };
}

/**
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html. A rule that matches brings its own
 * Assign and Output; the state's are for the way through `Default` (https://states-language.net/#choice-state).
 */
export interface ChoiceState extends Leaving {
  readonly type: 'Choice';
  readonly name: string;
  readonly rules: readonly ChoiceRule[];
  readonly default: string | undefined;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/state-succeed.html */
export interface SucceedState extends Leading {
  readonly type: 'Succeed';
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html */
export interface FailState {
  readonly type: 'Fail';
  readonly name: string;
  readonly error: Template | undefined;
  readonly cause: Template | undefined;
}

/** One state. */
export type State = TaskState | PassState | WaitState | ChoiceState | SucceedState | FailState;

/** A definition that has passed every check. */
export interface Definition {
  readonly startAt: string;
  /** The longest that an execution may run, in seconds. */
  readonly timeoutSeconds: number | undefined;
  readonly states: ReadonlyMap<string, State>;
}

/** The states that a state may lead to, with the field that says so. */
export function targetsOf(state: State): readonly { readonly field: string; readonly name: string }[] {
  switch (state.type) {
    case 'Task':
      return [
        ...(state.next === undefined ? [] : [{ field: 'Next', name: state.next }]),
        ...state.catch.map(({ next }, index) => ({ field: `Catch[${index}]/Next`, name: next })),
      ];
    case 'Choice':
      return [
        ...state.rules.map(({ next }, index) => ({ field: `Choices[${index}]/Next`, name: next })),
        ...(state.default === undefined ? [] : [{ field: 'Default', name: state.default }]),
      ];
    case 'Pass':
    case 'Wait':
      return state.next === undefined ? [] : [{ field: 'Next', name: state.next }];
    case 'Succeed':
    case 'Fail':
      return [];
    default:
      return state satisfies never;
  }
}
