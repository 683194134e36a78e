/** A running execution: what it is, where it stands, and what it waits for. */
import * as z from 'zod';
import type { Json } from './json.ts';

const json: z.ZodType<Json> = z.json();

/** One visit of a state: it begins when the state is entered and outlasts its retries. */
const visit = z.object({
  state: z.string(),
  input: json,
  enteredAt: z.number(),
  /** The id of the event that says so. */
  enteredEvent: z.number(),
  retryCount: z.number(),
  /** How often each retrier has been used. */
  retriersUsed: z.array(z.number()).readonly(),
});

/** One attempt at a task: it has its own token and its own time limits, in milliseconds since the epoch. */
const task = z.object({
  attempt: z.number(),
  timeoutAt: z.number().optional(),
  heartbeatAt: z.number().optional(),
  heartbeatSeconds: z.number().optional(),
});

const position = z.discriminatedUnion('phase', [
  /** About to enter a state. */
  z.object({ phase: z.literal('entering'), state: z.string(), input: json }),
  /** The task's token is registered; its request may not have gone out. */
  z.object({ phase: z.literal('requesting'), visit, task, request: json }),
  /** The request has been sent; the token has not come back. */
  z.object({ phase: z.literal('awaiting'), visit, task }),
  /** The last attempt has failed; the next one is due. */
  z.object({ phase: z.literal('retrying'), visit, until: z.number() }),
  /** In a Wait state. */
  z.object({ phase: z.literal('pausing'), visit, until: z.number() }),
]);

/** What is written anew at each transition. */
export const progress = z.object({
  position,
  variables: z.record(z.string(), json),
  /** The id of the last event in the history. */
  lastEvent: z.number(),
  /** How many attempts at tasks there have been. */
  attempts: z.number(),
});

/** A visit of a state. */
export type Visit = z.infer<typeof visit>;
/** An attempt at a task. */
export type TaskAttempt = z.infer<typeof task>;
/** Where an execution stands. */
export type Position = z.infer<typeof position>;
/** How far an execution has come. */
export type Progress = z.infer<typeof progress>;

/** How long an execution may stay open (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). */
export const LONGEST_EXECUTION = 365 * 24 * 3600 * 1000;

/** What an execution is from its start, or its last redrive, to its end. Times are milliseconds since the epoch. */
export interface ExecutionIdentity {
  readonly id: number;
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly machineName: string;
  readonly roleArn: string;
  /** The digest of the definition that it was started with, and keeps. */
  readonly definition: string;
  readonly startedAt: number;
  /** When the definition's TimeoutSeconds, or the longest time that any execution may take, are over. */
  readonly endsAt: number;
  readonly input: Json;
  /** How often it has been redriven, and when it was the last time. */
  readonly redrives: number;
  readonly redrivenAt: number | undefined;
}

/** What an execution is before it is stored. */
export type NewExecution = Omit<ExecutionIdentity, 'id' | 'redrives' | 'redrivenAt'>;

/** An execution that has not ended. */
export interface Execution extends ExecutionIdentity {
  readonly progress: Progress;
}

/** How an execution ended. */
export type Closing =
  | { readonly status: 'SUCCEEDED'; readonly output: string }
  | {
      readonly status: 'FAILED' | 'ABORTED' | 'TIMED_OUT';
      readonly error: string | undefined;
      readonly cause: string | undefined;
    };

/** When the execution has to be looked at again though nobody asks: a retry, a pause, a time limit. */
export function dueAt({ endsAt, progress: { position } }: Execution): number {
  return Math.min(endsAt, ...momentsOf(position).filter((moment) => moment !== undefined));
}

/**
 * When an execution ends that is started, or redriven, now.
 * @param timeoutSeconds of the definition; a redrive counts it anew
 */
export function endOf(startedAt: number, now: number, timeoutSeconds: number | undefined): number {
  const longest = startedAt + LONGEST_EXECUTION;
  return timeoutSeconds === undefined ? longest : Math.min(longest, now + timeoutSeconds * 1000);
}

function momentsOf(position: Position): (number | undefined)[] {
  switch (position.phase) {
    case 'entering':
      return [];
    case 'requesting':
    case 'awaiting':
      return [position.task.timeoutAt, position.task.heartbeatAt];
    case 'retrying':
    case 'pausing':
      return [position.until];
    default:
      return position satisfies never;
  }
}

/** A position in which an attempt at a task is under way. */
export type TaskPosition = Extract<Position, { readonly task: TaskAttempt }>;

/** The position of the attempt with this number, if it is still under way. */
export function attemptUnderWay(execution: Execution, attempt: number): TaskPosition | undefined {
  const { position: at } = execution.progress;
  return (at.phase === 'requesting' || at.phase === 'awaiting') && at.task.attempt === attempt ? at : undefined;
}

/**
 * Where an execution goes on that is redriven: at the state in which it ended, with that state's input
 * (https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html#redrive-behavior-states).
 */
export function redrivenPosition(position: Position, now: number): Position {
  switch (position.phase) {
    case 'requesting':
    case 'awaiting':
    case 'retrying':
      // The task is scheduled again within the same visit, with all of its retries.
      return { phase: 'retrying', visit: { ...position.visit, retryCount: 0, retriersUsed: [] }, until: now };
    case 'entering':
    case 'pausing':
      // A Choice is decided and a Fail entered again; a wait whose moment has passed is over at once.
      return position;
    default:
      return position satisfies never;
  }
}

/** The task with its heartbeat due again a whole interval from now. */
export function beaten(task: TaskAttempt, now: number): TaskAttempt {
  const { heartbeatSeconds } = task;
  return heartbeatSeconds === undefined ? task : { ...task, heartbeatAt: now + heartbeatSeconds * 1000 };
}
