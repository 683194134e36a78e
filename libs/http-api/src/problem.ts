/** What goes wrong at the edge, as an error to throw; only this room turns it into a status code. */
import {
  type FieldError,
  type Problem,
  type ProblemKind,
  problems,
  problemType,
} from '@distributed-patterns/contracts';

/** A request that is answered with a problem. `detail` is for the caller: it names no internals. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly kind: ProblemKind;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    kind: ProblemKind,
    detail: string,
    more: {
      readonly errors?: readonly FieldError[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: more.cause });
    this.kind = kind;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }

  get status(): number {
    return problems[this.kind].status;
  }

  /** The problem's body; `correlationId` is what a caller quotes when asking for help. */
  toBody(correlationId: string): Problem {
    const { status, title } = problems[this.kind];
    return {
      type: problemType(this.kind),
      title,
      status,
      detail: this.message,
      instance: `urn:distributed-patterns-demo:request:${correlationId}`,
      ...(this.errors.length > 0 ? { errors: [...this.errors] } : {}),
    };
  }
}
