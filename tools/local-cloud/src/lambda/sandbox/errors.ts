/** Errors as the Node.js runtime of Lambda writes and answers them (aws-lambda-nodejs-runtime-interface-client, version 4). */
import type { FunctionError } from './messages.ts';

/** An error of the runtime itself, whose type starts with `Runtime.`. */
export function runtimeError(type: string, message: string): Error {
  const error = new Error(message);
  error.name = type;
  return error;
}

/** The answer to an invocation that ended in `error`; what is thrown need not be an Error. */
export function asFunctionError(error: unknown): FunctionError {
  if (error instanceof Error) {
    return { errorType: String(error.name), errorMessage: String(error.message), trace: stackOf(error) };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

/** The error in a log line: JSON with its own properties, the stack as a list. */
export function asLogText(error: unknown): string {
  try {
    return JSON.stringify(error instanceof Error ? error : new Error(String(error)), (_name, value: unknown) =>
      enumerable(value),
    );
  } catch {
    return JSON.stringify(asFunctionError(error));
  }
}

function enumerable(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { errorType: value.name, errorMessage: value.message, ...value, stack: stackOf(value) };
}

/** A handler may have set any member of its error to anything. */
function stackOf({ stack }: Error): readonly string[] {
  return typeof stack === 'string' ? stack.split('\n') : [];
}
