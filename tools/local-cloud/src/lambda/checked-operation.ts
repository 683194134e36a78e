/** An operation from the schema of its input. */
import type * as z from 'zod';
import { operation, parser, type BoundOperation, type Operation } from '../service.ts';

/** Input that does not fit is Lambda's InvalidParameterValueException. */
export function checkedOperation<Input, Output>(
  schema: z.ZodType<Input>,
  { needs, run }: Omit<Operation<Input, Output>, 'parse'>,
): BoundOperation {
  return operation({ parse: parser(schema, 'InvalidParameterValueException'), needs, run });
}
