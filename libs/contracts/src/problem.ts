/** The body of every error of ours: RFC 9457 problem details. */
import * as z from 'zod';

/** `errors` names each failing field by its JSON Pointer (RFC 6901) into the request body. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  /** The correlation id, for whoever is asked for help. */
  instance: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
