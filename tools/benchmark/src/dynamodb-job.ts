/** What the benchmark and its DynamoDB clients say to one another. */
import * as z from 'zod';

/** The benchmark's own table, and how many items are in it to be read and written over. */
export const TABLE = 'benchmark';
export const KEYS = 10_000;

export const operations = ['GetItem', 'PutItem', 'TransactWriteItems'] as const;
export type Operation = (typeof operations)[number];

/** Calls of one kind, so many at a time, for so long. */
export const job = z.object({ operation: z.enum(operations), concurrency: z.int(), milliseconds: z.number() });
export type Job = z.infer<typeof job>;

/** How long each call took, and all of them together. */
export const jobResult = z.object({ latencies: z.array(z.number()), milliseconds: z.number() });
export type JobResult = z.infer<typeof jobResult>;

/** What a client says: a result, or why there is none. */
export const jobAnswer = z.union([jobResult, z.object({ failed: z.string() })]);
