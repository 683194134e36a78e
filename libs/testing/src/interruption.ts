/** Two that work at the same time, in a test that decides when they meet. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Whether the moment came. */
export interface Interruption {
  readonly happened: boolean;
  stop(): void;
}

let made = 0;

/**
 * Lets somebody else begin and end before the n-th call that a client makes from now on, counted from 1. With every `number`
 * up to one that does not happen any more, all the ways in which two can meet between their calls are walked through.
 */
export function interruptBefore(
  { middlewareStack }: DynamoDBDocumentClient,
  number: number,
  work: () => Promise<unknown>,
): Interruption {
  const name = `interruption-${++made}`;
  let calls = 0;
  middlewareStack.add(
    (next) => async (args) => {
      if (++calls === number) await work();
      return next(args);
    },
    { step: 'initialize', priority: 'high', name },
  );
  return {
    get happened() {
      return calls >= number;
    },
    stop: () => void middlewareStack.remove(name),
  };
}
