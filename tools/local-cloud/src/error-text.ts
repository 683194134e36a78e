/** What is said of something that was thrown, which need not be an Error. */

/** Its message, for whoever can do something about it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Its stack, which begins with the message, for whoever looks for the fault. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
