/** The shape that every emulated AWS service has: operations that say what they need and what they do. */
import type * as z from 'zod';
import { AwsError, notImplemented } from './aws-error.ts';

/** Who makes a call. An access key that no role owns is the account's administrator's. */
export type Principal =
  | { readonly type: 'administrator' }
  | { readonly type: 'role'; readonly arn: string }
  | { readonly type: 'service'; readonly name: string; readonly sourceArn: string };

/** One call of one operation. */
export interface Call {
  readonly principal: Principal;
  readonly requestId: string;
}

/** An IAM action on a resource, with the condition keys that the service sets for it. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

/** One operation: `parse` throws an AwsError, `needs` names what the caller must be allowed, `run` does it. */
export interface Operation<Input, Output> {
  readonly parse: (raw: unknown) => Input;
  readonly needs: (input: Input, call: Call) => readonly Permission[];
  readonly run: (input: Input, call: Call) => Output | Promise<Output>;
}

/** An operation whose input type only its own file knows: ready to be called with what came off the wire. */
export interface BoundOperation {
  bind(raw: unknown, call: Call): { readonly needs: readonly Permission[]; readonly run: () => unknown };
}

/** Closes an operation over its input type, so that a service can list all of its operations in one table. */
export function operation<Input, Output>(definition: Operation<Input, Output>): BoundOperation {
  return {
    bind(raw, call) {
      const input = definition.parse(raw);
      return { needs: definition.needs(input, call), run: () => definition.run(input, call) };
    },
  };
}

/** How a service speaks over HTTP (https://smithy.io/2.0/aws/protocols/index.html). */
export type Wire =
  | {
      readonly protocol: 'json';
      readonly version: '1.0' | '1.1';
      readonly targetPrefix: string;
      readonly errorNamespace: string;
    }
  | { readonly protocol: 'rest-json'; readonly routes: readonly RestRoute[] }
  | { readonly protocol: 'query'; readonly version: string; readonly namespace: string };

/** A REST route: `{Name}` in the path and query parameters become members of the input; so does the JSON body. */
export interface RestRoute {
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  /** The member that takes the whole body as bytes, where the operation's input has a payload. */
  readonly payload?: string;
  /** Members that come as headers, by header name in lower case: `{ 'x-amz-log-type': 'LogType' }`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a REST operation returns where its answer is more than JSON. */
export class RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;

  constructor(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** An emulated service. `name` is the service's name in a SigV4 credential scope and the IAM prefix. */
export interface AwsService {
  readonly name: string;
  readonly wire: Wire;
  readonly operations: Readonly<Record<string, BoundOperation>>;
  /** Headers beyond the protocol's own that go with an error, as SQS has. */
  readonly errorHeaders?: (error: AwsError) => Readonly<Record<string, string>>;
}

/** A maker of operations from the schema of their input, for a service whose validation error has this code. */
export function operationsWith(validationError: string) {
  return <Input, Output>(
    schema: z.ZodType<Input>,
    { needs, run }: Omit<Operation<Input, Output>, 'parse'>,
  ): BoundOperation => operation({ parse: parser(schema, validationError), needs, run });
}

/**
 * A parser from a zod schema. Unknown parameters are `NotImplemented`, since nothing is silently ignored;
 * anything else that does not fit is the service's validation error.
 */
export function parser<Output>(
  schema: z.ZodType<Output>,
  validationError = 'ValidationException',
): (raw: unknown) => Output {
  return (raw) => {
    const result = schema.safeParse(raw ?? {});
    if (result.success) return result.data;
    const unknown = result.error.issues.find((issue) => issue.code === 'unrecognized_keys');
    if (unknown !== undefined) throw notImplemented(`the parameter ${[...unknown.path, ...unknown.keys].join('.')}`);
    const issue = result.error.issues[0];
    throw new AwsError(validationError, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid input'}`);
  };
}
