/** How every AWS client of a function is set up. */

/**
 * A hung connection is given up long before the function's time is over, and the SDK tries again by itself.
 * Milliseconds (https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-smithy-node-http-handler/).
 */
export const clientSettings = { requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000 } } as const;
