/** AWS::Lambda::EventSourceMapping: what a template says about a queue or stream that a function reads. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { arn } from '../arn.ts';
import { compilePattern } from '../events/pattern.ts';
import { propertiesOf, type DeclaredResource } from '../resource.ts';
import type { LambdaFunction } from './function-declaration.ts';
import type { Functions } from './functions.ts';

const window = z.int().min(0).max(300).default(0);
/** Five filters are the quota before it is raised: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html. */
const filterCriteria = z
  .strictObject({
    Filters: z
      .array(z.strictObject({ Pattern: z.string().max(4096) }))
      .max(5)
      .default([]),
  })
  .default({ Filters: [] });
const responseTypes = z.array(z.literal('ReportBatchItemFailures')).max(1).default([]);
const both = {
  FunctionName: z.string(),
  EventSourceArn: z.string().startsWith('arn:aws:'),
  Enabled: z.boolean().default(true),
  MaximumBatchingWindowInSeconds: window,
  FilterCriteria: filterCriteria,
  FunctionResponseTypes: responseTypes,
};

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html */
const queueProperties = z
  .strictObject({
    ...both,
    BatchSize: z.int().min(1).max(10_000).default(10),
    ScalingConfig: z.strictObject({ MaximumConcurrency: z.int().min(2).max(1000).optional() }).default({}),
  })
  .refine((given) => given.BatchSize <= 10 || given.MaximumBatchingWindowInSeconds >= 1, {
    path: ['BatchSize'],
    message: 'more than 10 needs MaximumBatchingWindowInSeconds of at least 1',
  });

/** https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html */
const streamProperties = z.strictObject({
  ...both,
  BatchSize: z.int().min(1).max(10_000).default(100),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']),
  BisectBatchOnFunctionError: z.boolean().default(false),
  MaximumRetryAttempts: z.int().min(-1).max(10_000).default(-1),
  MaximumRecordAgeInSeconds: z.union([z.literal(-1), z.int().min(60).max(604_800)]).default(-1),
  ParallelizationFactor: z.literal(1, 'only 1 is supported').default(1),
  DestinationConfig: z
    .strictObject({
      OnFailure: z
        .strictObject({
          Destination: z.string().startsWith('arn:aws:sqs:', 'only queues are supported as destinations'),
        })
        .optional(),
    })
    .default({}),
});

interface Mapping {
  readonly uuid: string;
  readonly arn: string;
  readonly declared: LambdaFunction;
  readonly eventSourceArn: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  /** Milliseconds in which records are gathered. */
  readonly window: number;
  /** Whether a record, in the form that filters see, goes to the function. */
  readonly wanted: (record: unknown) => boolean;
  readonly reportsFailures: boolean;
  /** What ListEventSourceMappings answers. */
  readonly description: Readonly<Record<string, unknown>>;
}

/** A queue that a function reads. */
export interface QueueMapping extends Mapping {
  readonly source: 'queue';
  readonly maximumConcurrency: number | undefined;
}

/** A stream that a function reads; -1 retries are endless; the age is in milliseconds. */
export interface StreamMapping extends Mapping {
  readonly source: 'stream';
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  readonly bisects: boolean;
  readonly retries: number;
  readonly maximumAge: number;
  readonly onFailure: string | undefined;
}

/** Something that a function reads. */
export type EventSourceMapping = QueueMapping | StreamMapping;

/** A stream keeps its records for a day, so what is older has expired however often it may be retried. */
const STREAM_RETENTION = 86_400_000;

/**
 * The mapping that a template declares; its UUID is the same on every start.
 * @throws Error naming a property that is not supported
 */
export function declareEventSourceMapping(
  resource: DeclaredResource,
  functions: Functions,
  now: number,
): EventSourceMapping {
  const source = String(resource.properties['EventSourceArn']);
  if (source.startsWith('arn:aws:sqs:') && !source.endsWith('.fifo'))
    return declareQueueMapping(resource, functions, now);
  if (source.startsWith('arn:aws:dynamodb:')) return declareStreamMapping(resource, functions, now);
  throw new Error(`the property EventSourceArn does not fit: ${source} is not supported`);
}

function declareQueueMapping(resource: DeclaredResource, functions: Functions, now: number): QueueMapping {
  const properties = propertiesOf(resource, queueProperties);
  const mapping = commonMapping(properties, functions.find(properties.FunctionName), now, {
    StateTransitionReason: 'USER_INITIATED',
    ScalingConfig: properties.ScalingConfig.MaximumConcurrency === undefined ? undefined : properties.ScalingConfig,
  });
  return { ...mapping, source: 'queue', maximumConcurrency: properties.ScalingConfig.MaximumConcurrency };
}

function declareStreamMapping(resource: DeclaredResource, functions: Functions, now: number): StreamMapping {
  const properties = propertiesOf(resource, streamProperties);
  const { StartingPosition, BisectBatchOnFunctionError, MaximumRetryAttempts, MaximumRecordAgeInSeconds } = properties;
  const mapping = commonMapping(properties, functions.find(properties.FunctionName), now, {
    StateTransitionReason: 'User action',
    StartingPosition,
    BisectBatchOnFunctionError,
    MaximumRetryAttempts,
    MaximumRecordAgeInSeconds,
    ParallelizationFactor: properties.ParallelizationFactor,
    TumblingWindowInSeconds: 0,
    DestinationConfig: { OnFailure: properties.DestinationConfig.OnFailure ?? {} },
  });
  return {
    ...mapping,
    source: 'stream',
    startingPosition: StartingPosition,
    bisects: BisectBatchOnFunctionError,
    retries: MaximumRetryAttempts,
    maximumAge: MaximumRecordAgeInSeconds === -1 ? STREAM_RETENTION : MaximumRecordAgeInSeconds * 1000,
    onFailure: properties.DestinationConfig.OnFailure?.Destination,
  };
}

type BothProperties = Omit<z.infer<typeof queueProperties>, 'ScalingConfig'>;

function commonMapping(properties: BothProperties, declared: LambdaFunction, now: number, described: object): Mapping {
  const uuid = mappingId(declared.name, properties.EventSourceArn);
  const mappingArn = arn('lambda', `event-source-mapping:${uuid}`);
  const { BatchSize, MaximumBatchingWindowInSeconds, EventSourceArn, FunctionResponseTypes, FilterCriteria } =
    properties;
  const wanted = FilterCriteria.Filters.map((filter) => compilePattern(filter.Pattern));
  return {
    uuid,
    arn: mappingArn,
    declared,
    eventSourceArn: EventSourceArn,
    enabled: properties.Enabled,
    batchSize: BatchSize,
    window: MaximumBatchingWindowInSeconds * 1000,
    wanted: (record) => wanted.length === 0 || wanted.some((matches) => matches(record)),
    reportsFailures: FunctionResponseTypes.length > 0,
    description: {
      UUID: uuid,
      EventSourceMappingArn: mappingArn,
      EventSourceArn,
      FunctionArn: declared.arn,
      State: properties.Enabled ? 'Enabled' : 'Disabled',
      LastModified: now / 1000,
      BatchSize,
      MaximumBatchingWindowInSeconds,
      FunctionResponseTypes,
      FilterCriteria: FilterCriteria.Filters.length === 0 ? undefined : FilterCriteria,
      ...described,
    },
  };
}

/** A UUID that depends on the function and its source alone, since checkpoints are kept under it. */
function mappingId(functionName: string, source: string): string {
  const hex = createHash('sha256').update(`${functionName} ${source}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
