/** Task operations: what a worker says with the token that it was given. */
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import { operation, parser, type BoundOperation } from '../service.ts';
import type { Engine, TaskAnswer } from './engine.ts';
import type { ExecutionStore } from './execution-store.ts';
import { StateFailure } from './failure.ts';
import { fromText, type Json } from './json.ts';
import { errorCause, errorName, payload } from './request-fields.ts';
import type { Tokens } from './tokens.ts';
import { messageOf } from '../error-text.ts';

const taskToken = z.string().min(1).max(2048);

const sendTaskSuccess = parser(z.strictObject({ taskToken, output: payload }));
const sendTaskFailure = parser(
  z.strictObject({ taskToken, error: errorName.optional(), cause: errorCause.optional() }),
);
const sendTaskHeartbeat = parser(z.strictObject({ taskToken }));

/** SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat. */
export function taskOperations(
  engine: Engine,
  store: ExecutionStore,
  tokens: Tokens,
): Readonly<Record<string, BoundOperation>> {
  async function answer(token: string, given: TaskAnswer): Promise<Readonly<Record<string, never>>> {
    const subject = tokens.read(token);
    if (await engine.answer(subject, given)) return {};
    if (store.has(subject.execution))
      throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    throw new AwsError('TaskDoesNotExist', "Task Does Not Exist: 'Provided task does not exist'");
  }

  return {
    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html */
    SendTaskSuccess: operation({
      parse: sendTaskSuccess,
      needs: () => [{ action: 'states:SendTaskSuccess', resource: '*' }],
      run: ({ taskToken: token, output }) => answer(token, { kind: 'success', output, result: readOutput(output) }),
    }),

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html */
    SendTaskFailure: operation({
      parse: sendTaskFailure,
      needs: () => [{ action: 'states:SendTaskFailure', resource: '*' }],
      run: ({ taskToken: token, error, cause }) =>
        answer(token, { kind: 'failure', failure: new StateFailure(error, cause) }),
    }),

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html */
    SendTaskHeartbeat: operation({
      parse: sendTaskHeartbeat,
      needs: () => [{ action: 'states:SendTaskHeartbeat', resource: '*' }],
      run: ({ taskToken: token }) => answer(token, { kind: 'heartbeat' }),
    }),
  };
}

function readOutput(text: string): Json {
  try {
    return fromText(text);
  } catch (error) {
    const reason = messageOf(error);
    throw new AwsError('InvalidOutput', `Invalid Output: '${reason}'`);
  }
}
