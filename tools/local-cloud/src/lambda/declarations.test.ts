/** What templates may say about functions, mappings and asynchronous invocation, and what the describing operations answer. */
import { givenLambda, queueArn, ROLE, type GivenLambda } from './given-lambda.ts';

const administrator = { type: 'administrator' } as const;
const CODE = 'export const handler = async () => {};';
const STREAM = 'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000';
let given: GivenLambda;
beforeEach(() => {
  given = givenLambda();
  given.declare('one', CODE, {
    Description: 'first',
    Timeout: 7,
    Environment: { Variables: { STAGE: 'dev' } },
    Architectures: ['arm64'],
  });
});
afterEach(() => given.stop());

/** Variables that are as long in all as they may be, or so many bytes longer: as JSON, two of which are for an `é`. */
const variables = (more = 0) => ({ Environment: { Variables: { LONG: `é${'x'.repeat(4083 + more)}` } } });

describe('a function (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html)', () => {
  it.each([
    ['at least 1 second', { Timeout: 1 }, { Timeout: 0 }, 'property Timeout'],
    ['at most 900 seconds', { Timeout: 900 }, { Timeout: 901 }, 'property Timeout'],
    ['at least 128 MB', { MemorySize: 128 }, { MemorySize: 127 }, 'property MemorySize'],
    ['at most 10,240 MB', { MemorySize: 10_240 }, { MemorySize: 10_241 }, 'property MemorySize'],
    [
      '256 characters of description',
      { Description: 'x'.repeat(256) },
      { Description: 'x'.repeat(257) },
      'Description',
    ],
    ['64 characters of name', { FunctionName: 'x'.repeat(64) }, { FunctionName: 'x'.repeat(65) }, 'FunctionName'],
    ['128 characters of handler', { Handler: 'x'.repeat(128) }, { Handler: 'x'.repeat(129) }, 'property Handler'],
    ['4 KB of environment variables', variables(), variables(1), 'exceeds the 4KB limit'],
    ['no reserved concurrency', { ReservedConcurrentExecutions: 0 }, { ReservedConcurrentExecutions: -1 }, 'Reserved'],
  ])('has %s', (_limit, most, tooMuch, message) => {
    expect(() => given.declare('even', CODE, most)).not.toThrow();
    expect(() => given.declare('odd', CODE, tooMuch)).toThrow(message);
  });

  it.each([
    [{ VpcConfig: {} }, 'property VpcConfig is not supported'],
    [{ LoggingConfig: { Odd: 1 } }, 'property LoggingConfig.Odd is not supported'],
    [{ Timeout: 1.5 }, 'property Timeout'],
    [{ Runtime: 'python3.13' }, 'property Runtime'],
    [{ Runtime: 'nodejs22.x' }, 'only nodejs24.x is supported'],
    [{ Handler: 'index handler' }, 'property Handler'],
    [{ FunctionName: 'a.b' }, 'property FunctionName'],
    [{ Environment: { Variables: { '1st': 'x' } } }, 'property Environment.Variables'],
    [{ Environment: { Variables: { TZ: 'Europe/Berlin' } } }, 'not supported: TZ'],
    [{ FunctionName: 'one' }, 'Function already exist: one'],
  ])('with %j is refused by name', (properties, message) => {
    expect(() => given.declare('odd', CODE, properties)).toThrow(message);
  });

  it('leaves a hundred concurrent executions to those that reserve none, whoever reserves the others', () => {
    given.declare('two', CODE, { ReservedConcurrentExecutions: 450 });
    expect(() => given.declare('three', CODE, { ReservedConcurrentExecutions: 451 })).toThrow(
      "decreases account's UnreservedConcurrentExecution below its minimum value of [100]",
    );
    expect(() => given.declare('three', CODE, { ReservedConcurrentExecutions: 450 })).not.toThrow();
  });
});

describe('environment variables (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html)', () => {
  it.each([
    '_HANDLER', '_X_AMZN_TRACE_ID', 'AWS_DEFAULT_REGION', 'AWS_REGION', 'AWS_EXECUTION_ENV', 'AWS_LAMBDA_FUNCTION_NAME',
    'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 'AWS_LAMBDA_FUNCTION_VERSION', 'AWS_LAMBDA_INITIALIZATION_TYPE',
    'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', 'AWS_ACCESS_KEY', 'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_LAMBDA_RUNTIME_API', 'LAMBDA_TASK_ROOT', 'LAMBDA_RUNTIME_DIR',
  ])('cannot be called %s, which is reserved', (name) => {
    expect(() => given.declare('odd', CODE, { Environment: { Variables: { [name]: 'x' } } })).toThrow(
      name.startsWith('_') ? 'property Environment.Variables' : `reserved keys used in this request: ${name}`,
    );
  }); // prettier-ignore
});

describe('an event source mapping (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventsourcemapping.html)', () => {
  it.each([
    [{ EventSourceArn: queueArn('q'), BatchSize: 11 }, 'property BatchSize'],
    [{ EventSourceArn: queueArn('q'), ScalingConfig: { MaximumConcurrency: 1 } }, 'MaximumConcurrency'],
    [{ EventSourceArn: queueArn('q.fifo') }, 'property EventSourceArn'],
    [{ EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s' }, 'property EventSourceArn'],
    [{ EventSourceArn: queueArn('q'), StartingPosition: 'LATEST' }, 'property StartingPosition is not supported'],
    [{ EventSourceArn: STREAM }, 'property StartingPosition'],
    [
      { EventSourceArn: STREAM, StartingPosition: 'LATEST', ParallelizationFactor: 2 },
      'property ParallelizationFactor does not fit: only 1 is supported',
    ],
    [
      { EventSourceArn: STREAM, StartingPosition: 'LATEST', MaximumRecordAgeInSeconds: 59 },
      'property MaximumRecordAgeInSeconds',
    ],
    [{ EventSourceArn: queueArn('q'), FilterCriteria: { Filters: [{ Pattern: '{"body": 1}' }] } }, 'Event pattern'],
  ])('with %j is refused by name', (properties, message) => {
    expect(() =>
      given.declareResource('AWS::Lambda::EventSourceMapping', { FunctionName: 'one', ...properties }),
    ).toThrow(message);
  });
});

describe('asynchronous invocation (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventinvokeconfig.html)', () => {
  const declare = (properties: object) => () =>
    given.declareResource('AWS::Lambda::EventInvokeConfig', {
      FunctionName: 'one',
      Qualifier: '$LATEST',
      ...properties,
    });

  it.each([
    ['MaximumRetryAttempts', 0, -1],
    ['MaximumRetryAttempts', 2, 3],
    ['MaximumEventAgeInSeconds', 60, 59],
    ['MaximumEventAgeInSeconds', 21_600, 21_601],
  ])('has %s up to %i, and not %i', (name, most, tooMuch) => {
    expect(declare({ [name]: most })).not.toThrow();
    expect(declare({ [name]: tooMuch })).toThrow(`property ${name}`);
  });

  it('is told to queues only', () => {
    const Destination = 'arn:aws:sns:us-east-1:000000000000:topic';
    expect(declare({ DestinationConfig: { OnFailure: { Destination } } })).toThrow('only queues');
  });
});

describe('describing operations (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html)', () => {
  const call = (operation: string, input: object) =>
    given.ground.dispatcher.call('lambda', operation, input, administrator);

  it('list functions by name, in pages', async () => {
    given.declare('another', CODE);
    expect(await call('ListFunctions', {})).toMatchObject({
      Functions: [{ FunctionName: 'another' }, { FunctionName: 'one' }],
    });
    expect(await call('ListFunctions', { MaxItems: '1' })).toMatchObject({
      Functions: [{ FunctionName: 'another' }],
      NextMarker: '1',
    });
    expect(await call('ListFunctions', { MaxItems: '1', Marker: '1' })).toMatchObject({
      Functions: [{ FunctionName: 'one' }],
      NextMarker: undefined,
    });
  });

  it('describe a function as it was declared', async () => {
    const configuration = {
      FunctionName: 'one',
      FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:one',
      Description: 'first',
      Role: ROLE,
      Timeout: 7,
      MemorySize: 128,
      Architectures: ['arm64'],
      CodeSize: CODE.length,
      Environment: { Variables: { STAGE: 'dev' } },
      LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/one' },
      State: 'Active',
    };
    expect(await call('GetFunctionConfiguration', { FunctionName: 'one' })).toMatchObject(configuration);
    expect(await call('GetFunction', { FunctionName: 'one' })).toMatchObject({ Configuration: configuration });
    await expect(call('GetFunction', { FunctionName: 'nobody' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      status: 404,
    });
  });

  it('list mappings by function and source', async () => {
    given.declareResource('AWS::Lambda::EventSourceMapping', {
      FunctionName: 'one',
      EventSourceArn: queueArn('inbox'),
    });
    given.declareResource('AWS::Lambda::EventSourceMapping', {
      FunctionName: 'one',
      EventSourceArn: STREAM,
      StartingPosition: 'TRIM_HORIZON',
      Enabled: false,
    });
    const listed = (await call('ListEventSourceMappings', { FunctionName: 'one', EventSourceArn: STREAM })) as {
      EventSourceMappings: { UUID: string }[];
    };
    expect(listed.EventSourceMappings).toMatchObject([{ State: 'Disabled', BatchSize: 100, MaximumRetryAttempts: -1 }]);
    const UUID = listed.EventSourceMappings[0]?.UUID;
    expect(await call('GetEventSourceMapping', { UUID })).toEqual(listed.EventSourceMappings[0]);
    await expect(call('GetEventSourceMapping', { UUID: 'none' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });
});
