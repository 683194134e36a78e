/** The errors that SQS answers, and their codes in the older query protocol. */
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import { parser } from '../service.ts';

/**
 * Codes of the query protocol by code of the JSON protocol, where the two differ
 * (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#awsquerycompatible-trait).
 */
const QUERY_CODES: Readonly<Record<string, string>> = {
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  InvalidParameterValueException: 'InvalidParameterValue',
  MissingRequiredParameterException: 'MissingParameter',
  PurgeQueueInProgress: 'AWS.SimpleQueueService.PurgeQueueInProgress',
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
};

/** The code by which the query protocol knows an error; batch results name their failures by it too. */
export function queryCode(error: AwsError): string {
  return QUERY_CODES[error.code] ?? error.code;
}

/**
 * The value of the header `x-amzn-query-error` that accompanies each SQS error over JSON:
 * `AWS.SimpleQueueService.NonExistentQueue;Sender`.
 */
export function queryErrorHeader(error: AwsError): string {
  return `${queryCode(error)};${error.status < 500 ? 'Sender' : 'Receiver'}`;
}

/** `QueueDoesNotExist` */
export function queueDoesNotExist(): AwsError {
  return new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

/** `InvalidAttributeName` */
export function unknownAttribute(name: string): AwsError {
  return new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
}

/** `OverLimit`: as many messages are in flight as may be. */
export function overLimit(): AwsError {
  return new AwsError('OverLimit', 'The maximum number of in flight messages is reached.', { status: 403 });
}

/** `InvalidAddress`: a queue URL that is none. */
export function invalidAddress(queueUrl: string): AwsError {
  return new AwsError('InvalidAddress', `The address ${queueUrl} is not valid for this endpoint.`, { status: 404 });
}

/** `MissingRequiredParameterException`, which the query protocol calls `MissingParameter`. */
export function missingParameter(name: string): AwsError {
  return new AwsError('MissingRequiredParameterException', `The request must contain the parameter ${name}.`);
}

/** `InvalidParameterValueException`, which the query protocol calls `InvalidParameterValue`. */
export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message);
}

/** `Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.` */
export function invalidValue(value: unknown, parameter: string, reason: string): AwsError {
  return invalidParameter(`Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

/** Checks an optional whole number against the limits that AWS documents for it. */
export function checkRange(value: number | undefined, parameter: string, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw invalidValue(value, parameter, `Must be between ${least} and ${most}, if provided.`);
}

/** A parser that tells a missing parameter from an invalid one, as SQS does. */
export function parameters<Output>(schema: z.ZodType<Output>): (raw: unknown) => Output {
  const parse = parser(schema, 'InvalidParameterValueException');
  return (raw) => {
    const result = schema.safeParse(raw ?? {});
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    if (issue?.code === 'invalid_type' && at(raw, issue.path) === undefined)
      throw missingParameter(issue.path.join('.'));
    return parse(raw);
  };
}

const container = z.record(z.string(), z.unknown()).or(z.array(z.unknown()));

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    const found = container.safeParse(inner);
    return found.success ? Object.entries(found.data).find(([name]) => name === String(key))?.[1] : undefined;
  }, value);
}
