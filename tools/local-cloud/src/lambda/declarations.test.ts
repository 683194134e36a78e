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

describe('declarations', () => {
  it.each([
    [{ VpcConfig: {} }, 'property VpcConfig is not supported'],
    [{ LoggingConfig: { Odd: 1 } }, 'property LoggingConfig.Odd is not supported'],
    [{ Timeout: 901 }, 'property Timeout'],
    [{ Timeout: 0 }, 'property Timeout'],
    [{ MemorySize: 127 }, 'property MemorySize'],
    [{ Runtime: 'python3.13' }, 'property Runtime'],
    [{ Environment: { Variables: { AWS_REGION: 'x' } } }, 'reserved keys used in this request: AWS_REGION'],
    [{ Environment: { Variables: { LONG: 'x'.repeat(4096) } } }, 'exceeds the 4KB limit'],
  ])('of a function with %j are refused by name', (properties, message) => {
    expect(() => given.declare('odd', CODE, properties)).toThrow(message);
  });

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
  ])('of a mapping with %j are refused by name', (properties, message) => {
    expect(() =>
      given.declareResource('AWS::Lambda::EventSourceMapping', { FunctionName: 'one', ...properties }),
    ).toThrow(message);
  });

  it('of asynchronous invocation are refused beyond what Lambda allows', () => {
    const declare = (properties: object) => () =>
      given.declareResource('AWS::Lambda::EventInvokeConfig', {
        FunctionName: 'one',
        Qualifier: '$LATEST',
        ...properties,
      });
    expect(declare({ MaximumRetryAttempts: 3 })).toThrow('property MaximumRetryAttempts');
    expect(
      declare({ DestinationConfig: { OnFailure: { Destination: 'arn:aws:sns:us-east-1:000000000000:topic' } } }),
    ).toThrow('only queues');
    expect(declare({ MaximumRetryAttempts: 0 })).not.toThrow();
  });
});

describe('describing operations', () => {
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
