/** How every AWS client of a function is set up. */
import { milliseconds, sdkCall } from '@distributed-patterns/durations';

/**
 * A hung connection is given up long before the function's time is over, and the SDK tries again by itself; unless it
 * is told to throw, it would only log a warning and wait on.
 * Milliseconds (https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-smithy-node-http-handler/).
 */
export const clientSettings = {
  requestHandler: {
    connectionTimeout: milliseconds(sdkCall.connection),
    requestTimeout: milliseconds(sdkCall.timeout),
    throwOnRequestTimeout: true,
  },
} as const;
