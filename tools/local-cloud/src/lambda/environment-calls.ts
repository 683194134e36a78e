/** The calls that execution environments make through the AWS endpoint, and the faults that make one of them the last. */
import { CallerEnded, type CallerWatch } from '../dispatcher.ts';
import type { Faults } from '../faults.ts';
import type { EnvironmentPool } from './environment-pool.ts';

/**
 * Tells by its session token, which is its id, which environment makes a call. The fault point `lambda.call` (facts:
 * function, operation, number: the how-manyth call of this invocation, from 1) knows `kill`, which ends the environment
 * before the call is worked on, and `kill-after`, which ends it before the call is answered. What else an environment
 * calls while it ends is neither worked on nor answered.
 */
export function environmentCalls(faults: Faults, pool: EnvironmentPool): CallerWatch {
  return async (sessionToken, operation, work) => {
    const refuseTheDead = (): void => {
      if (pool.hasCrashed(sessionToken)) throw new CallerEnded();
    };
    refuseTheDead();
    const environment = pool.find(sessionToken);
    if (environment === undefined) return work();
    const number = String(environment.countCall());
    const fault = faults.strike('lambda.call', { function: environment.declared.name, operation, number });
    if (fault?.effect === 'kill') pool.crash(environment);
    refuseTheDead();
    const outcome = await settled(work());
    if (fault?.effect === 'kill-after') pool.crash(environment);
    refuseTheDead();
    return outcome();
  };
}

/** What a promise came to, to be returned or thrown later. */
function settled<T>(promise: Promise<T>): Promise<() => T> {
  return promise.then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error;
    },
  );
}
