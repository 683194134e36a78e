/** Schedule expressions: `rate(5 minutes)` and `cron(0 10 * * ? *)`, in UTC. */
import { compileCron } from './cron.ts';

/** When a rule fires next after a moment, in milliseconds since the epoch; `anchor` is when the rule came to be. */
export interface Schedule {
  readonly expression: string;
  next(after: number, anchor: number): number | undefined;
}

const RATE = /^rate\((\d+) (minute|minutes|hour|hours|day|days)\)$/;
const CRON = /^cron\(([^()]*)\)$/;
const MINUTE = 60_000;
const UNITS: Readonly<Record<string, number>> = { minute: MINUTE, hour: 60 * MINUTE, day: 24 * 60 * MINUTE };

/**
 * Compiles a schedule expression
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html).
 * @throws Error where it is not valid
 */
export function compileSchedule(expression: string): Schedule {
  const [, amount, unit] = RATE.exec(expression) ?? [];
  if (amount !== undefined && unit !== undefined)
    return { expression, next: compileRate(expression, Number(amount), unit) };
  const fields = CRON.exec(expression)?.[1];
  if (fields === undefined) throw invalidSchedule(expression);
  try {
    return { expression, next: compileCron(fields) };
  } catch (error) {
    throw invalidSchedule(expression, error);
  }
}

function invalidSchedule(expression: string, cause?: unknown): Error {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new Error(`Parameter ScheduleExpression is not valid. (${expression})${reason}`, { cause });
}

/** The unit is singular for one and plural for more. */
function compileRate(expression: string, amount: number, unit: string): Schedule['next'] {
  const period = (UNITS[unit.replace(/s$/, '')] ?? 0) * amount;
  if (amount < 1 || (amount === 1) === unit.endsWith('s')) throw invalidSchedule(expression);
  return (after, anchor) => anchor + (Math.floor(Math.max(0, after - anchor) / period) + 1) * period;
}
