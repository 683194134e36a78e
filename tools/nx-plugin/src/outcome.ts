/** What a check came to for one project, as it also crosses from thread to thread. */
import * as z from 'zod';

export const outcome = z.object({
  /** Folder of the project, relative to the workspace. */
  root: z.string(),
  success: z.boolean(),
  /** What a person reads of it; empty where all is well. */
  terminalOutput: z.string(),
  /** Milliseconds since the epoch, as is `endTime`. */
  startTime: z.number(),
  endTime: z.number(),
});
export type Outcome = z.infer<typeof outcome>;
