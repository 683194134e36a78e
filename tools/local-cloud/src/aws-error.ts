/** An error as an AWS service answers it. */

/** What a service refuses: its error code (`ResourceNotFoundException`), message, HTTP status and further members. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: {
      readonly status?: number;
      readonly members?: Readonly<Record<string, unknown>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.members = options.members ?? {};
  }
}

/** What AWS has and this runtime does not: an operation, a parameter, a resource type. */
export function notImplemented(what: string): AwsError {
  return new AwsError('NotImplemented', `local-cloud does not implement ${what}`, { status: 501 });
}
