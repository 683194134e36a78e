/** What templates may say about event source mappings, both sides of each limit, and what Lambda checks when it makes one. */
import { AwsError } from '../aws-error.ts';
import type { Permission } from '../service.ts';
import { createSqs } from '../sqs/index.ts';
import type { Part } from '../part.ts';
import { givenLambda, queueArn, type GivenLambda, type GivenOptions } from './given-lambda.ts';
import { STREAM } from './given-sources.ts';

const CODE = 'export const handler = async () => {};';
let given: GivenLambda;
let sqs: Part | undefined;

/** A function `one` with a timeout of 30 seconds, and a real SQS. */
function start(options: GivenOptions = {}): void {
  given = givenLambda({
    ...options,
    services: (ground) => {
      sqs = createSqs(ground, { endpointUrl: () => 'http://127.0.0.1:1' });
      return sqs.services;
    },
  });
  given.declare('one', CODE, { Timeout: 30 });
}

function declareQueue(QueueName: string, properties: object = {}): void {
  const type = 'AWS::SQS::Queue';
  const resource = { stack: 'given', logicalId: QueueName, type, properties: { QueueName, ...properties } };
  sqs?.resources[type]?.(resource);
}

const declare = (properties: object) => () =>
  given.declareResource('AWS::Lambda::EventSourceMapping', { FunctionName: 'one', ...properties });
const ofQueue = (properties: object) => declare({ EventSourceArn: queueArn('inbox'), ...properties });
const ofStream = (properties: object) =>
  declare({ EventSourceArn: STREAM, StartingPosition: 'TRIM_HORIZON', ...properties });
const filters = (count: number, Pattern = '{}') => ({
  FilterCriteria: { Filters: Array.from({ length: count }, () => ({ Pattern })) },
});
const described = async () => {
  const answer = await given.ground.dispatcher.call('lambda', 'ListEventSourceMappings', {}, { type: 'administrator' });
  return (answer as { readonly EventSourceMappings: readonly object[] }).EventSourceMappings;
};

beforeEach(() => start());
afterEach(() => given.stop());

describe('a mapping of a queue (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html)', () => {
  it.each([
    {},
    { BatchSize: 1 },
    { BatchSize: 10 },
    { BatchSize: 11, MaximumBatchingWindowInSeconds: 1 },
    { BatchSize: 10_000, MaximumBatchingWindowInSeconds: 300 },
    { ScalingConfig: {} },
    { ScalingConfig: { MaximumConcurrency: 2 } },
    { ScalingConfig: { MaximumConcurrency: 1000 } },
    { FunctionResponseTypes: [] },
    { FunctionResponseTypes: ['ReportBatchItemFailures'] },
    filters(5, '{"a":[1]}'),
  ])('may have %j', (properties) => {
    expect(ofQueue(properties)).not.toThrow();
  });

  it.each([
    ['BatchSize', { BatchSize: 0 }],
    ['BatchSize', { BatchSize: 11 }],
    ['BatchSize', { BatchSize: 10_001, MaximumBatchingWindowInSeconds: 1 }],
    ['MaximumBatchingWindowInSeconds', { MaximumBatchingWindowInSeconds: -1 }],
    ['MaximumBatchingWindowInSeconds', { MaximumBatchingWindowInSeconds: 301 }],
    ['ScalingConfig.MaximumConcurrency', { ScalingConfig: { MaximumConcurrency: 1 } }],
    ['ScalingConfig.MaximumConcurrency', { ScalingConfig: { MaximumConcurrency: 1001 } }],
    ['FunctionResponseTypes.0', { FunctionResponseTypes: ['Other'] }],
    ['FilterCriteria.Filters', filters(6, '{"a":[1]}')],
    ['StartingPosition is not supported', { StartingPosition: 'LATEST' }],
    ['BisectBatchOnFunctionError is not supported', { BisectBatchOnFunctionError: true }],
    ['MaximumRetryAttempts is not supported', { MaximumRetryAttempts: 1 }],
    ['ProvisionedPollerConfig is not supported', { ProvisionedPollerConfig: { MinimumPollers: 1 } }],
  ])('is refused for the property %s: %j', (property, properties) => {
    expect(ofQueue(properties)).toThrow(`property ${property}`);
  });

  it('has filter patterns of 4,096 characters at most', () => {
    const pattern = (length: number) => `{"a":["${'x'.repeat(length - '{"a":[""]}'.length)}"]}`;
    expect(ofQueue(filters(1, pattern(4096)))).not.toThrow();
    expect(ofQueue(filters(1, pattern(4097)))).toThrow('property FilterCriteria.Filters.0.Pattern');
  });

  it('is described as AWS describes it', async () => {
    ofQueue({ ScalingConfig: { MaximumConcurrency: 2 }, FunctionResponseTypes: ['ReportBatchItemFailures'] })();
    const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
    expect(await described()).toEqual([
      {
        UUID,
        EventSourceMappingArn: expect.stringMatching(/event-source-mapping:[0-9a-f-]{36}$/) as string,
        EventSourceArn: queueArn('inbox'),
        FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:one',
        State: 'Enabled',
        StateTransitionReason: 'USER_INITIATED',
        LastModified: expect.any(Number) as number,
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: 0,
        ScalingConfig: { MaximumConcurrency: 2 },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
    ]);
  });
});

describe('a mapping of a stream (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html)', () => {
  const toQueue = { DestinationConfig: { OnFailure: { Destination: queueArn('dropped') } } };

  it.each([
    { BatchSize: 1 },
    { BatchSize: 10_000 },
    { MaximumBatchingWindowInSeconds: 300 },
    { MaximumRetryAttempts: -1 },
    { MaximumRetryAttempts: 0 },
    { MaximumRetryAttempts: 10_000 },
    { MaximumRecordAgeInSeconds: -1 },
    { MaximumRecordAgeInSeconds: 60 },
    { MaximumRecordAgeInSeconds: 604_800 },
    { ParallelizationFactor: 1 },
    { StartingPosition: 'LATEST' },
    toQueue,
    filters(5, '{"a":[1]}'),
  ])('may have %j', (properties) => {
    expect(ofStream(properties)).not.toThrow();
  });

  it.each([
    ['BatchSize', { BatchSize: 0 }],
    ['BatchSize', { BatchSize: 10_001 }],
    ['MaximumBatchingWindowInSeconds', { MaximumBatchingWindowInSeconds: 301 }],
    ['MaximumRetryAttempts', { MaximumRetryAttempts: -2 }],
    ['MaximumRetryAttempts', { MaximumRetryAttempts: 10_001 }],
    ['MaximumRecordAgeInSeconds', { MaximumRecordAgeInSeconds: 0 }],
    ['MaximumRecordAgeInSeconds', { MaximumRecordAgeInSeconds: 59 }],
    ['MaximumRecordAgeInSeconds', { MaximumRecordAgeInSeconds: 604_801 }],
    ['ParallelizationFactor', { ParallelizationFactor: 2 }],
    ['StartingPosition', { StartingPosition: 'AT_TIMESTAMP' }],
    ['StartingPositionTimestamp is not supported', { StartingPositionTimestamp: 1 }],
    ['TumblingWindowInSeconds is not supported', { TumblingWindowInSeconds: 30 }],
    ['ScalingConfig is not supported', { ScalingConfig: { MaximumConcurrency: 2 } }],
    ['FilterCriteria.Filters', filters(6, '{"a":[1]}')],
    [
      'DestinationConfig.OnFailure.Destination',
      { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sns:us-east-1:000000000000:topic' } } },
    ],
    ['DestinationConfig.OnSuccess is not supported', { DestinationConfig: { OnSuccess: {} } }],
  ])('is refused for the property %s: %j', (property, properties) => {
    expect(ofStream(properties)).toThrow(`property ${property}`);
  });

  it('is described as AWS describes it', async () => {
    ofStream({})();
    expect(await described()).toMatchObject([
      {
        BatchSize: 100,
        BisectBatchOnFunctionError: false,
        DestinationConfig: { OnFailure: {} },
        FunctionResponseTypes: [],
        MaximumBatchingWindowInSeconds: 0,
        MaximumRecordAgeInSeconds: -1,
        MaximumRetryAttempts: -1,
        ParallelizationFactor: 1,
        StartingPosition: 'TRIM_HORIZON',
        State: 'Enabled',
        StateTransitionReason: 'User action',
        TumblingWindowInSeconds: 0,
      },
    ]);
  });
});

describe('CreateEventSourceMapping (https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html)', () => {
  it('refuses a second mapping of the same source and function', () => {
    ofQueue({})();
    const twice = `The event source arn (" ${queueArn('inbox')} ") and function (" one ") provided mapping already exists.`;
    expect(ofQueue({ BatchSize: 5 })).toThrow(twice);
    expect(declare({ EventSourceArn: queueArn('other') })).not.toThrow();
  });

  it('lets a function run as long as its queue hides the messages', async () => {
    declareQueue('inbox', { VisibilityTimeout: 30 });
    ofQueue({})();
    await expect(given.start()).resolves.toBeUndefined();
  });

  it.each([true, false])('does not let it run longer, enabled or not: %s', async (Enabled) => {
    declareQueue('inbox', { VisibilityTimeout: 29 });
    ofQueue({ Enabled })();
    await expect(given.start()).rejects.toThrow(
      `event source mapping of one and ${queueArn('inbox')}: Queue visibility timeout: 29 seconds is less than Function timeout: 30 seconds`,
    );
  });

  it('needs a queue that exists', async () => {
    ofQueue({})();
    await expect(given.start()).rejects.toThrow('The specified queue does not exist.');
  });

  it('needs a role that may look at the queue', async () => {
    await given.stop();
    const authorize = (_: unknown, { action, resource }: Permission) => {
      if (action === 'sqs:GetQueueAttributes')
        throw new AwsError('AccessDenied', `not authorized: ${action} ${resource}`);
    };
    start({ authorizer: { authorize } });
    declareQueue('inbox');
    ofQueue({})();
    await expect(given.start()).rejects.toThrow(
      `the execution role cannot call GetQueueAttributes on SQS: not authorized: sqs:GetQueueAttributes ${queueArn('inbox')}`,
    );
  });
});
