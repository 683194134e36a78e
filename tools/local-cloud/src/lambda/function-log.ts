/** The log stream of an execution environment (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html). */
import { AwsError } from '../aws-error.ts';
import type { Ground } from '../part.ts';
import type { LogSink } from '../logs/index.ts';
import type { LambdaFunction } from './function-declaration.ts';
import type { LogLine } from './sandbox/messages.ts';
import { messageOf } from '../error-text.ts';

/**
 * Opens a log stream as the function's role and returns what writes to it. Lines wait until the stream is open.
 * Where the role lacks a permission the function runs all the same, and its log is lost, as on AWS.
 */
export function openLog(
  ground: Ground,
  logs: LogSink,
  declared: LambdaFunction,
  logStream: string,
): (lines: readonly LogLine[]) => void {
  let waiting: LogLine[] | undefined = [];
  let lost = false;
  void openStream(ground, declared, logStream)
    .catch((error: unknown) => {
      lost = true;
      ground.report(`lambda ${declared.name}: its log is lost: ${messageOf(error)}`);
    })
    .then(() => {
      const lines = waiting ?? [];
      waiting = undefined;
      if (!lost && lines.length > 0) logs.write(declared.logGroup, logStream, lines);
    });
  return (lines) => {
    if (waiting !== undefined) waiting = waiting.concat(lines);
    else if (!lost) logs.write(declared.logGroup, logStream, lines);
  };
}

/** Lambda makes the group too where there is none; that writing is allowed is asked once, not for every line. */
async function openStream(ground: Ground, declared: LambdaFunction, logStreamName: string): Promise<void> {
  const { logGroup: logGroupName, role } = declared;
  const call = (operation: string, input: object) =>
    ground.dispatcher.call('logs', operation, input, { type: 'role', arn: role });
  try {
    await call('CreateLogStream', { logGroupName, logStreamName });
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') throw error;
    await call('CreateLogGroup', { logGroupName });
    await call('CreateLogStream', { logGroupName, logStreamName });
  }
  await call('PutLogEvents', { logGroupName, logStreamName, logEvents: [] });
}
