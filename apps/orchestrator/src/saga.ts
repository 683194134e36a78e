/** What a saga is made of: steps with their undo, a pivot after which nothing is undone, and an end for what was undone. */
import type { MessageContract } from '@distributed-patterns/contracts';

/** A command, the JSONata that fills its data, and the events that answer it. */
export interface Exchange {
  readonly command: MessageContract;
  readonly data: string | Readonly<Record<string, string>>;
  readonly succeedsOn: readonly MessageContract[];
}

/** An exchange that may be refused: a decision of the other side, which is never tried again. */
export interface RefusableExchange extends Exchange {
  readonly refusedBy: MessageContract;
}

/** A step forward. Its undo is owed from the moment the command was sent: silence may hide that it took effect. */
export interface Step extends RefusableExchange {
  readonly undo: Exchange;
  /** Whether the saga goes on where this step is refused. */
  readonly optional?: boolean;
}

/** Steps forward, then the pivot; or, from the step that failed, undos backward, then the end. */
export interface Saga {
  readonly comment: string;
  readonly steps: readonly Step[];
  readonly pivot: RefusableExchange;
  readonly end: Exchange;
}

/** JSONata for some members of what the saga was started with; one that is not there is left out. */
export function fromInput(...members: readonly string[]): string {
  const names = members.map((member) => `'${member}'`).join(', ');
  return `{% $sift($states.context.Execution.Input, function($value, $name) { $name in [${names}] }) %}`;
}

/** The error with which an operator sends a parked saga back to the step that it owes. */
export const OPERATOR_RETRY = 'OperatorRetry';

/** What an answer means to the step that waits for it. */
export type Meaning = 'success' | 'refusal';

/** Every answer that a saga waits for, with its meaning. */
export function answersOf(saga: Saga): readonly { readonly contract: MessageContract; readonly meaning: Meaning }[] {
  const exchanges: readonly Exchange[] = [...saga.steps, ...saga.steps.map(({ undo }) => undo), saga.pivot, saga.end];
  const refusable: readonly RefusableExchange[] = [...saga.steps, saga.pivot];
  return [
    ...exchanges.flatMap(({ succeedsOn }) => succeedsOn).map((contract) => ({ contract, meaning: 'success' as const })),
    ...refusable.map(({ refusedBy }) => ({ contract: refusedBy, meaning: 'refusal' as const })),
  ];
}
