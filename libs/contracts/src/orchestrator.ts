/** What the orchestrator accepts and publishes besides the commands to the other services. */
import * as z from 'zod';
import { defineMessage, type MessageOf } from './message.ts';
import { aboutOrderSchema, reasonSchema } from './order-parts.ts';

/** Command: what an operator decided about a parked saga: try the step again, or take it as settled by hand. */
export const operatorDecision = defineMessage({
  type: 'OperatorDecision',
  source: 'operator',
  data: aboutOrderSchema.extend({ decision: z.enum(['retry', 'resolve']) }),
});
export type OperatorDecision = MessageOf<typeof operatorDecision>;

/** Event: a step that must not be given up has failed for good; the saga waits for an operator. */
export const sagaNeedsAttention = defineMessage({
  type: 'SagaNeedsAttention',
  source: 'orchestrator',
  data: aboutOrderSchema.extend({ step: z.string().min(1), failure: reasonSchema }),
});
export type SagaNeedsAttention = MessageOf<typeof sagaNeedsAttention>;
