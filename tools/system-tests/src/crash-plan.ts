/** How hard a crash test tries the system: its own figures, and what the environment sets instead. */
import { randomInt } from 'node:crypto';

/** The figures of one crash test. */
export interface CrashPlan {
  /** What all chance follows from (`CRASH_SEED`). */
  readonly seed: number;
  /** Rounds, each with a crash (`CRASHES`). */
  readonly crashes: number;
  /** Orders in flight at each crash, asked for or accepted (`CRASH_ORDERS`): each round brings as many new ones as it takes. */
  readonly orders: number;
  /** How long the crash comes after the order that it was drawn to follow has ended, at most; in milliseconds. */
  readonly longestPause: number;
}

/**
 * The plan with what the environment sets; a seed that is not set is a new one each time.
 * @throws Error where a variable is not a whole number
 */
export function planFrom(env: NodeJS.ProcessEnv, own: Omit<CrashPlan, 'seed'>): CrashPlan {
  return {
    seed: numberFrom(env, 'CRASH_SEED', randomInt(2 ** 31)),
    crashes: countFrom(env, 'CRASHES', own.crashes),
    orders: countFrom(env, 'CRASH_ORDERS', own.orders),
    longestPause: own.longestPause,
  };
}

function countFrom(env: NodeJS.ProcessEnv, variable: string, otherwise: number): number {
  const count = numberFrom(env, variable, otherwise);
  if (count === 0) throw new Error(`${variable} must be at least 1`);
  return count;
}

function numberFrom(env: NodeJS.ProcessEnv, variable: string, otherwise: number): number {
  const text = env[variable] ?? '';
  if (text === '') return otherwise;
  if (!/^\d{1,10}$/.test(text)) throw new Error(`${variable} must be a whole number, not "${text}"`);
  return Number(text);
}
