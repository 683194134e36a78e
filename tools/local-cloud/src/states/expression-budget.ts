/** What one evaluation of an expression may use up, so that one that never ends ends itself and nothing else. */
import type jsonata from 'jsonata';

/** An expression may take a second (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html). */
const LONGEST_EVALUATION = 1000;
/** How deeply evaluations may nest: three levels or so for each call. AWS names no number; this one bounds the memory. */
const DEEPEST_NESTING = 10_000;
/** The clock is looked at once in so many steps, which an ordinary expression never takes. */
const STEPS_BETWEEN_LOOKS = 1024;

/** The variable that holds the budget: no expression can name one with a space in it. */
const BUDGET = ' budget';

/** What has been used up so far. */
class Budget {
  readonly #elapsed: () => number;
  readonly #startedAt: number;
  #depth = 0;
  #steps = 0;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
    this.#startedAt = elapsed();
  }

  enter(): void {
    this.#depth++;
    this.#steps++;
    if (this.#depth > DEEPEST_NESTING) throw new RangeError('Stack overflow error');
    if (this.#steps % STEPS_BETWEEN_LOOKS === 0 && this.#elapsed() - this.#startedAt > LONGEST_EVALUATION) {
      throw new RangeError('Expression evaluation timeout');
    }
  }

  leave(): void {
    this.#depth--;
  }
}

/** The variables of one evaluation, with its budget. `elapsed` counts milliseconds of the machine, not of the clock. */
export function withBudget(
  bindings: Readonly<Record<string, unknown>>,
  elapsed: () => number,
): Record<string, unknown> {
  return { ...bindings, [BUDGET]: new Budget(elapsed) };
}

/** Makes every step of an expression use up the budget that it is evaluated with. */
export function spendBudget(expression: jsonata.Expression): void {
  hook(expression, 'jsonata.__evaluate_entry', (budget) => budget.enter());
  hook(expression, 'jsonata.__evaluate_exit', (budget) => budget.leave());
}

function hook(expression: jsonata.Expression, name: string, run: (budget: Budget) => void): void {
  const callback = (_expression: unknown, _input: unknown, environment: jsonata.Environment): void => {
    const budget: unknown = environment.lookup(BUDGET);
    if (budget instanceof Budget) run(budget);
  };
  // The hooks are symbols, of which the package's declarations do not know.
  Reflect.apply(expression.assign, expression, [Symbol.for(name), callback]);
}
