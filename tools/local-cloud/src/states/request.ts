/** The request of a Task state: what the service is sent, in the state machine's name, and how it refuses. */
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import type { Dispatcher } from '../dispatcher.ts';
import { RawResponse } from '../service.ts';
import type { Execution } from './execution.ts';
import { StateFailure } from './failure.ts';
import type { Integration } from './integration.ts';
import { fromText, type Json } from './json.ts';

const entry = z.looseObject({ Detail: z.json().optional(), Resources: z.array(z.string()).default([]) });
const putEventsRequest = z.looseObject({ Entries: z.array(entry) });
/** What a function that failed without naming its error is said to have failed with. */
const UNKNOWN_CAUSE =
  'The cause could not be determined because Lambda did not return an error type. Returned payload:';

const putEventsAnswer = z.looseObject({ FailedEntryCount: z.number(), Entries: z.array(z.json()) });
const invokeRequest = z.looseObject({ Payload: z.json().default({}) });
const errorPayload = z.looseObject({ errorType: z.string() });

/** Errors that a service's API declares by name; any other reaches the state machine under the service's common name. */
const SERVICES = {
  'events:putEvents': { prefix: 'EventBridge', common: 'AmazonEventBridgeException', declared: ['InternalException'] },
  'lambda:invoke': {
    prefix: 'Lambda',
    common: 'AWSLambdaException',
    declared: [
      'InvalidParameterValueException',
      'InvalidRequestContentException',
      'RequestTooLargeException',
      'ResourceConflictException',
      'ResourceNotFoundException',
      'ServiceException',
      'TooManyRequestsException',
    ],
  },
} as const;

/**
 * Sends a task's request as the state machine's role, and returns the service's answer.
 * @throws StateFailure with the error name that AWS gives
 * (https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html,
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html)
 */
export async function sendRequest(
  dispatcher: Dispatcher,
  execution: Execution,
  integration: Integration,
  request: Json,
): Promise<Json> {
  const principal = { type: 'role', arn: execution.roleArn } as const;
  try {
    if (integration.kind === 'events:putEvents') {
      const answer = await dispatcher.call('events', 'PutEvents', putEventsInput(execution, request), principal);
      return putEventsResult(answer);
    }
    return invokeResult(await dispatcher.call('lambda', 'Invoke', invokeInput(request), principal));
  } catch (error) {
    throw error instanceof StateFailure ? error : refused(integration, error);
  }
}

/** The details as texts, and where the events come from: the state machine and the execution. */
function putEventsInput({ machineArn, arn }: Execution, request: Json): unknown {
  const { Entries: entries, ...rest } = readArguments(putEventsRequest, request);
  return {
    ...rest,
    Entries: entries.map(({ Detail: detail, Resources: resources, ...others }) => ({
      ...others,
      ...(detail === undefined ? {} : { Detail: typeof detail === 'string' ? detail : JSON.stringify(detail) }),
      Resources: [...resources, machineArn, arn],
    })),
  };
}

function putEventsResult(raw: unknown): Json {
  const { Entries: entries, FailedEntryCount: failed } = putEventsAnswer.parse(raw);
  const answer = { Entries: entries, FailedEntryCount: failed };
  if (failed > 0) throw new StateFailure('EventBridge.FailedEntry', JSON.stringify(answer));
  return answer;
}

function invokeInput(request: Json): unknown {
  const { Payload: payload, ...rest } = readArguments(invokeRequest, request);
  return { InvocationType: 'RequestResponse', ...rest, Payload: Buffer.from(JSON.stringify(payload)) };
}

/** A function that has failed fails the task under the name of its error. */
function invokeResult(raw: unknown): Json {
  if (!(raw instanceof RawResponse)) throw new TypeError('Invoke is answered with a raw response');
  const text = Buffer.from(raw.body).toString();
  const headers = new Map(Object.entries(raw.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const payload = text === '' ? null : fromText(text);
  if (headers.has('x-amz-function-error')) {
    const error = errorPayload.safeParse(payload);
    if (error.success) throw new StateFailure(error.data.errorType, text);
    throw new StateFailure('Lambda.Unknown', `${UNKNOWN_CAUSE} ${text}`);
  }
  const version = headers.get('x-amz-executed-version');
  return { ...(version === undefined ? {} : { ExecutedVersion: version }), Payload: payload, StatusCode: raw.status };
}

function readArguments<Output>(schema: z.ZodType<Output>, request: Json): Output {
  const result = schema.safeParse(request);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new StateFailure(
    'States.Runtime',
    `The Parameters '${issue?.path.join('.') ?? ''}' could not be used to start the Task: [${issue?.message ?? ''}]`,
  );
}

function refused(integration: Integration, error: unknown): StateFailure {
  const { prefix, common, declared } = SERVICES[integration.kind];
  if (!(error instanceof AwsError)) {
    // No answer came back; the service may have done its work.
    return new StateFailure(`${prefix}.SdkClientException`, `Unable to execute HTTP request: ${String(error)}`);
  }
  const name = declared.some((known) => known === error.code) ? error.code : common;
  const facts = `Service: ${common.replace('Exception', '')}; Status Code: ${error.status}; Error Code: ${error.code}`;
  return new StateFailure(`${prefix}.${name}`, `${error.message} (${facts})`);
}
