/** AWS::Lambda::Function: what a template says about a function. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { arn } from '../arn.ts';
import { propertiesOf, type DeclaredResource } from '../resource.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime: not to be set. */
const RESERVED_VARIABLES = new Set([
  '_HANDLER', '_X_AMZN_TRACE_ID', 'AWS_DEFAULT_REGION', 'AWS_REGION', 'AWS_EXECUTION_ENV', 'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 'AWS_LAMBDA_FUNCTION_VERSION', 'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', 'AWS_ACCESS_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN', 'AWS_LAMBDA_RUNTIME_API', 'LAMBDA_TASK_ROOT', 'LAMBDA_RUNTIME_DIR',
]); // prettier-ignore

/** Not reserved on AWS, but here a thread has no time zone of its own, and calls stay on this machine. */
const UNSUPPORTED_VARIABLES = new Set(['TZ', 'AWS_ENDPOINT_URL']);

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: all variables together, in bytes. */
const LARGEST_ENVIRONMENT = 4096;

const variables = z.record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]+$/), z.string()).superRefine((given, context) => {
  const reserved = Object.keys(given).filter((name) => RESERVED_VARIABLES.has(name));
  if (reserved.length > 0) context.addIssue(`reserved keys used in this request: ${reserved.join(', ')}`);
  const unsupported = Object.keys(given).filter((name) => UNSUPPORTED_VARIABLES.has(name));
  if (unsupported.length > 0) context.addIssue(`not supported: ${unsupported.join(', ')}`);
  if (Buffer.byteLength(JSON.stringify(given)) > LARGEST_ENVIRONMENT) context.addIssue('exceeds the 4KB limit');
});

const logLevel = z.enum(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html */
const properties = z.strictObject({
  FunctionName: z
    .string()
    .regex(/^[a-zA-Z0-9-_]{1,64}$/)
    .optional(),
  Description: z.string().max(256).default(''),
  Code: z.strictObject({ AssetPath: z.string() }),
  Handler: z.string().regex(/^[^\s]{1,128}$/),
  // Older ones take handlers with callbacks, which the sandbox refuses as this one does.
  Runtime: z.literal('nodejs24.x', 'only nodejs24.x is supported'),
  Role: z.string().startsWith('arn:'),
  MemorySize: z.int().min(128).max(10_240).default(128),
  Timeout: z.int().min(1).max(900).default(3),
  Environment: z.strictObject({ Variables: variables.default({}) }).default({ Variables: {} }),
  Architectures: z.tuple([z.enum(['x86_64', 'arm64'])]).default(['x86_64']),
  ReservedConcurrentExecutions: z.int().min(0).optional(),
  LoggingConfig: z
    .strictObject({
      LogFormat: z.enum(['Text', 'JSON']).default('Text'),
      LogGroup: z.string().optional(),
      ApplicationLogLevel: logLevel.optional(),
      SystemLogLevel: z.enum(['DEBUG', 'INFO', 'WARN']).optional(),
    })
    .default({ LogFormat: 'Text' }),
  TracingConfig: z.strictObject({ Mode: z.enum(['Active', 'PassThrough']) }).default({ Mode: 'PassThrough' }),
  Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })).default([]),
});

/** A declared function; `timeout` is in seconds, `memorySize` in MB. */
export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly taskRoot: string;
  readonly handler: string;
  readonly runtime: string;
  readonly role: string;
  readonly memorySize: number;
  readonly timeout: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly architecture: string;
  readonly reservedConcurrency: number | undefined;
  readonly logGroup: string;
  readonly logFormat: 'Text' | 'JSON';
  readonly applicationLogLevel: string | undefined;
  readonly systemLogLevel: string | undefined;
  readonly tracing: 'Active' | 'PassThrough';
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The function that a template declares.
 * @throws Error naming a property that is not supported
 */
export function declareFunction(resource: DeclaredResource): LambdaFunction {
  const declared = propertiesOf(resource, properties);
  const name = declared.FunctionName ?? generatedName(resource);
  return {
    name,
    arn: arn('lambda', `function:${name}`),
    description: declared.Description,
    taskRoot: declared.Code.AssetPath,
    handler: declared.Handler,
    runtime: declared.Runtime,
    role: declared.Role,
    memorySize: declared.MemorySize,
    timeout: declared.Timeout,
    variables: declared.Environment.Variables,
    architecture: declared.Architectures[0],
    reservedConcurrency: declared.ReservedConcurrentExecutions,
    logGroup: declared.LoggingConfig.LogGroup ?? `/aws/lambda/${name}`,
    logFormat: declared.LoggingConfig.LogFormat,
    applicationLogLevel: declared.LoggingConfig.ApplicationLogLevel,
    systemLogLevel: declared.LoggingConfig.SystemLogLevel,
    tracing: declared.TracingConfig.Mode,
    tags: Object.fromEntries(declared.Tags.map((tag) => [tag.Key, tag.Value])),
  };
}

/** CloudFormation's form of a name that a template leaves out, the same on every start. */
function generatedName({ stack, logicalId }: DeclaredResource): string {
  const suffix = createHash('sha256').update(`${stack}/${logicalId}`).digest('hex').slice(0, 12);
  return `${stack.slice(0, 24)}-${logicalId.slice(0, 24)}-${suffix}`;
}
