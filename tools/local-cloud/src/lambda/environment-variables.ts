/** The environment variables of a function: the template's, and those that Lambda sets itself. */
import { REGION } from '../arn.ts';
import type { LambdaFunction } from './function-declaration.ts';

/** A key that acts as a role. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Exactly what the handler finds in `process.env`
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime),
 * and `AWS_ENDPOINT_URL`, which the SDK reads itself.
 */
export function environmentVariables(
  declared: LambdaFunction,
  logStream: string,
  credentials: AccessKey & { readonly sessionToken: string },
  endpointUrl: string,
): Readonly<Record<string, string>> {
  const logLevel: Record<string, string> =
    declared.logFormat === 'JSON' ? { AWS_LAMBDA_LOG_LEVEL: declared.applicationLogLevel ?? 'INFO' } : {};
  return {
    // Those that are not reserved give way to the template.
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    LANG: 'en_US.UTF-8',
    ...declared.variables,
    _HANDLER: declared.handler,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EXECUTION_ENV: `AWS_Lambda_${declared.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: declared.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(declared.memorySize),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: declared.logFormat,
    ...logLevel,
    AWS_LAMBDA_LOG_GROUP_NAME: declared.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_ENDPOINT_URL: endpointUrl,
    LAMBDA_TASK_ROOT: declared.taskRoot,
    TZ: ':UTC',
  };
}
