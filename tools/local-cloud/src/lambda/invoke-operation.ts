/** Invoke (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html). */
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import { RawResponse, type BoundOperation } from '../service.ts';
import type { AsyncInvocations } from './async-invocations.ts';
import { checkedOperation } from './checked-operation.ts';
import { TAIL } from './execution-environment.ts';
import type { Functions } from './functions.ts';
import type { Invoker, Outcome } from './invoker.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB, and 1 MB for what waits in the queue. */
const LARGEST_PAYLOADS = { RequestResponse: 6_291_456, DryRun: 6_291_456, Event: 1_048_576 };
type InvocationType = keyof typeof LARGEST_PAYLOADS;

const input = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.string().optional(),
  InvocationType: z.enum(['RequestResponse', 'Event', 'DryRun']).default('RequestResponse'),
  LogType: z.enum(['None', 'Tail']).default('None'),
  Payload: z.instanceof(Uint8Array).optional(),
});

/** Invoke in its three forms; permission is asked for on the function. */
export function invokeOperation(functions: Functions, invoker: Invoker, queue: AsyncInvocations): BoundOperation {
  return checkedOperation(input, {
    needs: ({ FunctionName, Qualifier }) => [
      { action: 'lambda:InvokeFunction', resource: functions.find(FunctionName, Qualifier).arn },
    ],
    async run({ FunctionName, Qualifier, InvocationType, LogType, Payload }, { requestId }) {
      const declared = functions.find(FunctionName, Qualifier);
      const payload = parsePayload(Payload, InvocationType);
      if (InvocationType === 'DryRun') return new RawResponse(204, {}, new Uint8Array());
      if (InvocationType === 'Event') {
        queue.enqueue(declared, requestId, payload);
        return new RawResponse(202, {}, new Uint8Array());
      }
      return answer(
        await invoker.invoke(declared, { requestId, payload, tail: LogType === 'Tail' }),
        LogType === 'Tail',
      );
    },
  });
}

function parsePayload(bytes: Uint8Array | undefined, type: InvocationType): string {
  if (bytes === undefined || bytes.length === 0) return '{}';
  const largest = LARGEST_PAYLOADS[type];
  if (bytes.length > largest) {
    throw new AwsError(
      'RequestTooLargeException',
      `${bytes.length} byte payload is too large for the ${type} invocation type (limit ${largest} bytes)`,
      {
        status: 413,
        members: { Type: 'User' },
      },
    );
  }
  const payload = Buffer.from(bytes).toString('utf8');
  try {
    JSON.parse(payload);
    return payload;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'invalid';
    throw new AwsError('InvalidRequestContentException', `Could not parse request body into json: ${reason}`, {
      members: { Type: 'User' },
      cause,
    });
  }
}

function answer(outcome: Outcome, withLog: boolean): RawResponse {
  const headers = {
    'content-type': 'application/json',
    'x-amz-executed-version': '$LATEST',
    ...(outcome.error === undefined ? {} : { 'x-amz-function-error': 'Unhandled' }),
    ...(withLog ? { 'x-amz-log-result': Buffer.from(outcome.tail).subarray(-TAIL).toString('base64') } : {}),
  };
  return new RawResponse(200, headers, Buffer.from(outcome.payload));
}
