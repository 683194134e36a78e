/** Execution operations: start, stop, describe, list, and the history. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { arn } from '../arn.ts';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { operation, parser, type BoundOperation } from '../service.ts';
import type { Engine } from './engine.ts';
import { endOf } from './execution.ts';
import { RETENTION, type ExecutionStore, type StoredExecution } from './execution-store.ts';
import { LONGEST_HISTORY, withoutExecutionData, type History } from './history.ts';
import { fromText, type Json } from './json.ts';
import type { MachineStore, StateMachine } from './machine-store.ts';
import { redriveObstacle, type Redrives } from './redrives.ts';
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
  readonly redrives: Redrives;
  readonly engine: Engine;
}

const status = z.enum(['SUCCEEDED', 'TIMED_OUT', 'PENDING_REDRIVE', 'ABORTED', 'FAILED', 'RUNNING']);
const WHOLE_INPUT = { included: true };

const startExecution = parser(
  z.strictObject({ stateMachineArn: z.string(), name: z.string().optional(), input: payload.default('{}') }),
);
const stopExecution = parser(
  z.strictObject({ executionArn: z.string(), error: errorName.optional(), cause: errorCause.optional() }),
);
const namedExecution = parser(z.strictObject({ executionArn: z.string() }));
const redriveExecution = parser(
  z.strictObject({
    executionArn: z.string(),
    clientToken: z
      .string()
      .max(64)
      .regex(/^[!-~]+$/)
      .optional(),
  }),
);
const listExecutions = parser(
  z.strictObject({
    stateMachineArn: z.string(),
    statusFilter: status.optional(),
    redriveFilter: z.enum(['REDRIVEN', 'NOT_REDRIVEN']).optional(),
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

/** The operations on executions, and DescribeStateMachineForExecution. */
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

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html */
    RedriveExecution: operation({
      parse: redriveExecution,
      needs: (input) => [{ action: 'states:RedriveExecution', resource: input.executionArn }],
      run: ({ executionArn, clientToken }) => {
        const execution = existingExecution(store, executionArn);
        return { redriveDate: seconds(redrive(ground, execution, clientToken)) };
      },
    }),

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html */
    DescribeExecution: operation({
      parse: namedExecution,
      needs: (input) => [{ action: 'states:DescribeExecution', resource: input.executionArn }],
      run: (input) => {
        const execution = existingExecution(store, input.executionArn);
        const { output, error, cause } = execution;
        const obstacle = redriveObstacle(execution, clock.now());
        return {
          ...summary(execution),
          input: execution.input,
          inputDetails: WHOLE_INPUT,
          ...(output === undefined ? {} : { output, outputDetails: WHOLE_INPUT }),
          error,
          cause,
          redriveStatus: obstacle === undefined ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
          redriveStatusReason: obstacle,
        };
      },
    }),

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html */
    DescribeStateMachineForExecution: operation({
      parse: namedExecution,
      needs: (input) => [{ action: 'states:DescribeStateMachineForExecution', resource: input.executionArn }],
      run: (input) => {
        const { machineArn, machineName, definition, roleArn, startedAt } = existingExecution(
          store,
          input.executionArn,
        );
        return {
          stateMachineArn: machineArn,
          name: machineName,
          definition: machines.text(definition),
          roleArn,
          updateDate: seconds(machines.revisedAt(machineArn, definition) ?? startedAt),
          loggingConfiguration: { level: 'OFF', includeExecutionData: false },
          tracingConfiguration: { enabled: false },
        };
      },
    }),

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html */
    ListExecutions: operation({
      parse: listExecutions,
      needs: (input) => [{ action: 'states:ListExecutions', resource: input.stateMachineArn }],
      run: ({ stateMachineArn, statusFilter, redriveFilter, maxResults, nextToken }) => {
        checkFilters(statusFilter, redriveFilter);
        const machine = existingMachine(machines, stateMachineArn);
        const before = readCursor(nextToken) ?? Number.MAX_SAFE_INTEGER;
        const found = store.list(machine.arn, statusFilter, before, maxResults + 1);
        const { items, nextToken: next } = page(found, maxResults, found[maxResults - 1]?.id ?? 0);
        return { executions: items.map(summary), nextToken: next };
      },
    }),

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html */
    GetExecutionHistory: operation({
      parse: getExecutionHistory,
      needs: (input) => [{ action: 'states:GetExecutionHistory', resource: input.executionArn }],
      run: ({ executionArn, maxResults, reverseOrder, nextToken, includeExecutionData }) => {
        const { id } = existingExecution(store, executionArn);
        const from = readCursor(nextToken);
        const events = reverseOrder
          ? history.readBackward(id, from ?? LONGEST_HISTORY, maxResults + 1)
          : history.readForward(id, from ?? 1, maxResults + 1);
        const { items, nextToken: next } = page(events, maxResults, events[maxResults]?.id ?? 0);
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
  engine.begin(
    {
      arn: executionArn,
      name,
      machineArn: machine.arn,
      machineName: machine.name,
      roleArn: machine.roleArn,
      definition: machine.digest,
      startedAt: now,
      endsAt: endOf(now, now, timeoutSeconds),
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

/**
 * Lets an unsuccessful execution go on where it ended; a client token that was used lately is answered as it was.
 * @throws AwsError ExecutionNotRedrivable, ExecutionLimitExceeded
 */
function redrive(ground: ExecutionGround, execution: StoredExecution, token: string | undefined): number {
  const { clock, machines, redrives, engine } = ground;
  const now = clock.now();
  const before = token === undefined ? undefined : redrives.find(execution.id, token, now);
  if (before !== undefined) return before;
  const obstacle = redriveObstacle(execution, now);
  if (obstacle !== undefined) {
    throw new AwsError('ExecutionNotRedrivable', `Execution Not Redrivable: '${obstacle}'`);
  }
  const { timeoutSeconds } = machines.definition(execution.definition);
  engine.redrive(execution.id, now, endOf(execution.startedAt, now, timeoutSeconds), token);
  return now;
}

/** Two filters are for the executions of a Map Run only, and Map Runs are not emulated. */
function checkFilters(statusFilter: string | undefined, redriveFilter: string | undefined): void {
  if (statusFilter === 'PENDING_REDRIVE') {
    throw new AwsError('ValidationException', 'statusFilter: PENDING_REDRIVE is not supported with stateMachineArn');
  }
  if (redriveFilter !== undefined) {
    throw new AwsError('ValidationException', 'redriveFilter is not supported with stateMachineArn');
  }
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
    redriveCount: execution.redrives,
    ...(execution.redrivenAt === undefined ? {} : { redriveDate: seconds(execution.redrivenAt) }),
  };
}
