/** What a state fails with: an error name that Retry and Catch can match, and its cause. */

/** Errors that end an execution whatever its Retry and Catch say. */
const RUNTIME_ERROR = 'States.Runtime';

/**
 * An error in the words of the Amazon States Language
 * (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html).
 */
export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  /** The error name; a worker may leave it out in SendTaskFailure. */
  readonly error: string | undefined;
  readonly explanation: string | undefined;
  /** The field whose expression failed, where the failure is one of evaluation. */
  readonly location: string | undefined;
  /** True where the time that ran out was the heartbeat's: the history says `States.Timeout` all the same. */
  readonly heartbeat: boolean;

  constructor(
    error: string | undefined,
    explanation?: string,
    options: { readonly location?: string; readonly heartbeat?: boolean } = {},
  ) {
    super(explanation ?? error);
    this.error = error;
    this.explanation = explanation;
    this.location = options.location;
    this.heartbeat = options.heartbeat ?? false;
  }

  /** The failure as `$states.errorOutput` shows it. */
  get output(): { readonly [name: string]: string } {
    return {
      ...(this.error === undefined ? {} : { Error: this.error }),
      ...(this.explanation === undefined ? {} : { Cause: this.explanation }),
    };
  }

  /** Whether one of the names in an `ErrorEquals` stands for this failure. */
  matches(errorEquals: readonly string[]): boolean {
    if (this.error === RUNTIME_ERROR) return false;
    return errorEquals.some((name) => this.#matchesName(name));
  }

  #matchesName(name: string): boolean {
    if (name === this.error) return true;
    if (name === 'States.HeartbeatTimeout') return this.heartbeat;
    // As documented. Recorded histories show States.ALL catching what a service's result exceeds; whoever relies on
    // what the documentation says is right on AWS as well.
    if (this.error === 'States.DataLimitExceeded') return false;
    if (name === 'States.TaskFailed') return this.error !== 'States.Timeout';
    return name === 'States.ALL';
  }
}

/** The failure of a result that is larger than a payload may be: of a state by its name, of a service by its type. */
export function dataLimitExceeded(subject: string): StateFailure {
  return new StateFailure(
    'States.DataLimitExceeded',
    `The state/task '${subject}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}
