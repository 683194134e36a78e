/** The context object that a handler is given (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html). */
import type { Invocation } from './messages.ts';
import { now } from './time.ts';

/** Facts about the invocation, the function and the environment; the remaining time follows the runtime's clock. */
export function handlerContext(invocation: Invocation): object {
  const { env } = process;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: env['AWS_LAMBDA_FUNCTION_VERSION'],
    functionName: env['AWS_LAMBDA_FUNCTION_NAME'],
    memoryLimitInMB: env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: env['AWS_LAMBDA_LOG_STREAM_NAME'],
    clientContext: undefined,
    identity: undefined,
    invokedFunctionArn: invocation.functionArn,
    awsRequestId: invocation.requestId,
    xRayTraceId: invocation.traceId,
    getRemainingTimeInMillis: () => invocation.deadline - now(),
  };
}
