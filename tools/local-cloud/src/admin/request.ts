/** What requests to the runtime's own paths have in common: a JSON body that fits a schema, or a refusal with a status. */
import type * as z from 'zod';

/** A request that cannot be fulfilled, and the status that says so. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The body as the schema has it. @throws Refusal with status 400 where it is no JSON, or does not fit */
export function parseBody<Output>(body: Buffer, schema: z.ZodType<Output>): Output {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new Refusal(400, result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
}
