/** What of an error may be logged: SDK errors carry requests, responses and secrets of theirs along. */

/** An error as a log line shows it. */
export interface ErrorDescription {
  readonly name: string;
  readonly message: string;
  /** The short codes that SDKs set beside the name: `card_declined`, `ECONNRESET`. */
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
}

/** An error's name, code, message, stack and causes, and nothing else of it. */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  return {
    name: nameOf(error),
    message: error.message,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/** Some SDKs leave the name at `Error` and say what they mean by their class, or by a type beside it. */
function nameOf(error: Error): string {
  if (error.name !== 'Error') return error.name;
  return 'type' in error && typeof error.type === 'string' ? error.type : error.constructor.name;
}
