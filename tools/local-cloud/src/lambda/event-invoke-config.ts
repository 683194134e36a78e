/** AWS::Lambda::EventInvokeConfig: how asynchronous invocations are retried, and where their records go. */
import * as z from 'zod';
import { propertiesOf, type DeclaredResource } from '../resource.ts';

const queue = z.strictObject({
  Destination: z.string().regex(/^arn:aws:sqs:[^:]+:[^:]+:[^:]+$/, 'only queues are supported as destinations'),
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventinvokeconfig.html */
const properties = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.literal('$LATEST'),
  MaximumRetryAttempts: z.int().min(0).max(2).default(2),
  MaximumEventAgeInSeconds: z.int().min(60).max(21_600).default(21_600),
  DestinationConfig: z.strictObject({ OnSuccess: queue.optional(), OnFailure: queue.optional() }).default({}),
});

/** Times in seconds; destinations are ARNs of queues. */
export interface EventInvokeConfig {
  readonly functionName: string;
  readonly retries: number;
  readonly maximumAge: number;
  readonly onSuccess: string | undefined;
  readonly onFailure: string | undefined;
}

/** What holds where nothing is configured: two retries, six hours, no destinations. */
export const DEFAULT_EVENT_INVOKE = {
  retries: 2,
  maximumAge: 21_600,
  onSuccess: undefined,
  onFailure: undefined,
} as const;

/**
 * The configuration that a template declares.
 * @throws Error naming a property that is not supported
 */
export function declareEventInvokeConfig(resource: DeclaredResource): EventInvokeConfig {
  const declared = propertiesOf(resource, properties);
  return {
    functionName: declared.FunctionName,
    retries: declared.MaximumRetryAttempts,
    maximumAge: declared.MaximumEventAgeInSeconds,
    onSuccess: declared.DestinationConfig.OnSuccess?.Destination,
    onFailure: declared.DestinationConfig.OnFailure?.Destination,
  };
}
