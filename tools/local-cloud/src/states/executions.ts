/** Execution operations: start, stop, describe, list, and the history. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { arn } from '../arn.ts';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { operation, parser, type BoundOperation } from '../service.ts';
import type { Engine } from './engine.ts';
import { RETENTION, type ExecutionStore, type StoredExecution } from './execution-store.ts';
import { withoutExecutionData, type History } from './history.ts';
import { fromText, type Json } from './json.ts';
import type { MachineStore, StateMachine } from './machine-store.ts';
import {
  checkArn,
  checkName,
  errorCause,
  errorName,
  page,
  pageSize,
  payload,
  readCursor,
  seconds,
} from './request-fields.ts';
import { existingMachine } from './state-machines.ts';
import { messageOf } from '../error-text.ts';

/** What the execution operations stand on. */
export interface ExecutionGround {
  readonly clock: Clock;
  readonly machines: MachineStore;
  readonly store: ExecutionStore;
  readonly history: History;
  readonly engine: Engine;
}

const status = z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']);
const WHOLE_INPUT = { included: true };

const startExecution = parser(
  z.strictObject({ stateMachineArn: z.string(), name: z.string().optional(), input: payload.default('{}') }),
);
const stopExecution = parser(
  z.strictObject({ executionArn: z.string(), error: errorName.optional(), cause: errorCause.optional() }),
);
const describeExecution = parser(z.strictObject({ executionArn: z.string() }));
const listExecutions = parser(
  z.strictObject({
    stateMachineArn: z.string(),
    statusFilter: status.optional(),
    maxResults: pageSize,
    nextToken: z.string().optional(),
  }),
);
const getExecutionHistory = parser(
  z.strictObject({
    executionArn: z.string(),
    maxResults: pageSize,
    reverseOrder: z.boolean().default(false),
    nextToken: z.string().optional(),
    includeExecutionData: z.boolean().default(true),
  }),
);

/** StartExecution, StopExecution, DescribeExecution, ListExecutions, GetExecutionHistory. */
export function executionOperations(ground: ExecutionGround): Readonly<Record<string, BoundOperation>> {
  const { clock, machines, store, history, engine } = ground;
  return {
    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
    StartExecution: operation({
      parse: startExecution,
      needs: (input) => [{ action: 'states:StartExecution', resource: input.stateMachineArn }],
      run: ({ stateMachineArn, name = randomUUID(), input }) => {
        const machine = existingMachine(machines, stateMachineArn);
        checkName(name);
        return start(ground, machine, name, input);
      },
    }),

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html */
    StopExecution: operation({
      parse: stopExecution,
      needs: (input) => [{ action: 'states:StopExecution', resource: input.executionArn }],
      run: ({ executionArn, error, cause }) => {
        engine.abort(existingExecution(store, executionArn).id, error, cause);
        return { stopDate: seconds(existingExecution(store, executionArn).stoppedAt ?? clock.now()) };
      },
    }),

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html */
    DescribeExecution: operation({
      parse: describeExecution,
      needs: (input) => [{ action: 'states:DescribeExecution', resource: input.executionArn }],
      run: (input) => {
        const execution = existingExecution(store, input.executionArn);
        const { output, error, cause } = execution;
        return {
          ...summary(execution),
          input: execution.input,
          inputDetails: WHOLE_INPUT,
          ...(output === undefined ? {} : { output, outputDetails: WHOLE_INPUT }),
          error,
          cause,
          redriveCount: 0,
        };
      },
    }),

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html */
    ListExecutions: operation({
      parse: listExecutions,
      needs: (input) => [{ action: 'states:ListExecutions', resource: input.stateMachineArn }],
      run: ({ stateMachineArn, statusFilter, maxResults, nextToken }) => {
        const machine = existingMachine(machines, stateMachineArn);
        const before = readCursor(nextToken) ?? Number.MAX_SAFE_INTEGER;
        const found = store.list(machine.arn, statusFilter, before, maxResults + 1);
        const { items, nextToken: next } = page(found, maxResults, found[maxResults - 1]?.id ?? 0);
        return { executions: items.map((execution) => ({ ...summary(execution), redriveCount: 0 })), nextToken: next };
      },
    }),

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html */
    GetExecutionHistory: operation({
      parse: getExecutionHistory,
      needs: (input) => [{ action: 'states:GetExecutionHistory', resource: input.executionArn }],
      run: ({ executionArn, maxResults, reverseOrder, nextToken, includeExecutionData }) => {
        const events = history.read(existingExecution(store, executionArn).id);
        if (reverseOrder) events.reverse();
        const from = readCursor(nextToken) ?? 0;
        const { items, nextToken: next } = page(events.slice(from), maxResults, from + maxResults);
        return { events: includeExecutionData ? items : items.map(withoutExecutionData), nextToken: next };
      },
    }),
  };
}

/**
 * A name is used once in ninety days; the same call again, while the execution runs, is answered as it was.
 */
function start(ground: ExecutionGround, machine: StateMachine, name: string, input: string): unknown {
  const { clock, machines, store, engine } = ground;
  const now = clock.now();
  const value = readInput(input);
  const executionArn = arn('states', `execution:${machine.name}:${name}`);
  const existing = store.find(executionArn);
  if (existing?.stoppedAt !== undefined && existing.stoppedAt <= now - RETENTION) store.remove(existing.id);
  else if (existing !== undefined) return sameExecution(existing, input);
  const { startAt, timeoutSeconds } = machines.definition(machine.digest);
  const endsAt = timeoutSeconds === undefined ? undefined : now + timeoutSeconds * 1000;
  engine.begin(
    {
      arn: executionArn,
      name,
      machineArn: machine.arn,
      machineName: machine.name,
      roleArn: machine.roleArn,
      definition: machine.digest,
      startedAt: now,
      endsAt,
      input: value,
    },
    startAt,
    input,
  );
  return { executionArn, startDate: seconds(now) };
}

function sameExecution(existing: StoredExecution, input: string): unknown {
  if (existing.status !== 'RUNNING' || existing.input !== input) {
    throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${existing.arn}'`);
  }
  return { executionArn: existing.arn, startDate: seconds(existing.startedAt) };
}

function readInput(text: string): Json {
  try {
    return fromText(text);
  } catch (error) {
    const reason = messageOf(error);
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${reason}'`);
  }
}

function existingExecution(store: ExecutionStore, given: string): StoredExecution {
  const execution = store.find(checkArn(given));
  if (execution === undefined) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${given}'`);
  return execution;
}

function summary(execution: StoredExecution): Readonly<Record<string, unknown>> {
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machineArn,
    name: execution.name,
    status: execution.status,
    startDate: seconds(execution.startedAt),
    ...(execution.stoppedAt === undefined ? {} : { stopDate: seconds(execution.stoppedAt) }),
  };
}
