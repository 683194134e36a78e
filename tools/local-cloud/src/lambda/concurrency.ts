/** How many invocations may be under way at once (https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html). */
import { AwsError } from '../aws-error.ts';
import type { LambdaFunction } from './function-declaration.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html: what nobody may reserve. */
const LEAST_UNRESERVED = 100;

/** What is reserved for one function is its limit, and is taken from what the others share. */
export class Concurrency {
  readonly #account: number;
  readonly #reserved = new Map<string, number>();
  readonly #underWay = new Map<string, number>();
  #shared = 0;

  constructor(account: number) {
    this.#account = account;
  }

  /**
   * Sets aside what the function reserves, where it reserves anything.
   * @throws AwsError InvalidParameterValueException where too little would be left for the others
   */
  reserve({ name, reservedConcurrency }: LambdaFunction): void {
    if (reservedConcurrency === undefined) return;
    if (this.#unreserved() - reservedConcurrency >= LEAST_UNRESERVED) {
      this.#reserved.set(name, reservedConcurrency);
      return;
    }
    throw new AwsError(
      'InvalidParameterValueException',
      `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${LEAST_UNRESERVED}].`,
    );
  }

  /**
   * Lets one invocation in; the answer is to be called when it is over.
   * @throws AwsError TooManyRequestsException
   */
  enter({ name, reservedConcurrency }: LambdaFunction): () => void {
    if (reservedConcurrency === undefined) return this.#enterShared();
    const underWay = this.#underWay.get(name) ?? 0;
    if (underWay >= reservedConcurrency) throw throttled('ReservedFunctionConcurrentInvocationLimitExceeded');
    this.#underWay.set(name, underWay + 1);
    return () => this.#underWay.set(name, (this.#underWay.get(name) ?? 0) - 1);
  }

  #enterShared(): () => void {
    if (this.#shared >= this.#unreserved()) throw throttled('ConcurrentInvocationLimitExceeded');
    this.#shared++;
    return () => this.#shared--;
  }

  #unreserved(): number {
    return [...this.#reserved.values()].reduce((rest, reserved) => rest - reserved, this.#account);
  }
}

function throttled(reason: string): AwsError {
  return new AwsError('TooManyRequestsException', 'Rate Exceeded.', {
    status: 429,
    members: { Reason: reason, Type: 'User' },
  });
}
