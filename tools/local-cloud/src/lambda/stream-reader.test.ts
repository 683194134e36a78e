/** Functions that read streams. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Database } from '../database.ts';
import { givenLambda, queueArn, type GivenLambda, type GivenOptions } from './given-lambda.ts';
import { GivenQueues, GivenStream, STREAM } from './given-sources.ts';

const START = Date.UTC(2026, 0, 1);
let given: GivenLambda;
let stream: GivenStream;
let queues: GivenQueues;
let file: string;

interface StreamEvent {
  readonly Records: readonly { readonly dynamodb: { readonly Keys: { readonly id: { readonly S: string } } } }[];
}

function newFile(): void {
  file = join(mkdtempSync(join(tmpdir(), 'given-events-')), 'events');
  appendFileSync(file, '');
}

/** A function `relay` on the stream that notes each event in a file, then runs `body`; nothing is started yet. */
function reading(
  body: string,
  mapping: object = {},
  options: GivenOptions = {},
  properties: Readonly<Record<string, unknown>> = {},
): void {
  given = givenLambda({
    frozenAt: START,
    ...options,
    services: (ground) => {
      stream = new GivenStream(ground);
      queues = new GivenQueues(ground);
      return { dynamodbstreams: stream.service, sqs: queues.service };
    },
  });
  const code = `import { appendFileSync } from 'node:fs';
    export const handler = async (event) => {
      appendFileSync(${JSON.stringify(file)}, JSON.stringify(event) + '\\n');
      const ids = event.Records.map((record) => record.dynamodb.Keys.id.S);
      ${body}
    };`;
  given.declare('relay', code, properties);
  given.declareResource('AWS::Lambda::EventSourceMapping', {
    FunctionName: 'relay',
    EventSourceArn: STREAM,
    StartingPosition: 'TRIM_HORIZON',
    ...mapping,
  });
}

function events(): readonly StreamEvent[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as StreamEvent);
}

const batches = () => events().map((event) => event.Records.map((record) => record.dynamodb.Keys.id.S).join(''));
const idle = () => given.ground.activity.whenIdle();
const later = (milliseconds: number) => given.ground.clock.advance(milliseconds, idle);
interface Dropped {
  readonly requestContext: { readonly requestId: string };
}

const dropped = () => queues.bodies('dropped').map((body) => JSON.parse(body) as Dropped);
const toDropped = { DestinationConfig: { OnFailure: { Destination: queueArn('dropped') } } };

beforeEach(newFile);
afterEach(async () => {
  await given.stop();
  rmSync(dirname(file), { recursive: true });
});

describe('a stream that a function reads (https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html)', () => {
  it('hands records over as AWS documents them', async () => {
    reading('');
    stream.put('a');
    await given.start();
    await idle();
    stream.remove('b');
    await idle();
    expect(events()).toEqual([
      {
        Records: [
          {
            eventID: 'event-1',
            eventName: 'INSERT',
            eventVersion: '1.1',
            eventSource: 'aws:dynamodb',
            awsRegion: 'us-east-1',
            dynamodb: {
              ApproximateCreationDateTime: START / 1000,
              Keys: { id: { S: 'a' } },
              NewImage: { id: { S: 'a' } },
              SequenceNumber: '1',
              SizeBytes: 10,
              StreamViewType: 'NEW_IMAGE',
            },
            eventSourceARN: STREAM,
          },
        ],
      },
      {
        Records: [
          expect.objectContaining({
            eventName: 'REMOVE',
            userIdentity: { principalId: 'dynamodb.amazonaws.com', type: 'Service' },
          }),
        ],
      },
    ]);
  });

  it('reads in batches, in order', async () => {
    reading('', { BatchSize: 3 });
    stream.put(...'abcdefgh');
    await given.start();
    await idle();
    expect(batches()).toEqual(['abc', 'def', 'gh']);
  });

  it('reads a child shard when its parent has been read to the end', async () => {
    reading('');
    stream.put('a');
    await given.start();
    await idle();
    stream.split();
    stream.put('b');
    await idle();
    expect(batches()).toEqual(['a', 'b']);
  });

  it('goes on behind its checkpoint after a restart, with what came meanwhile', async () => {
    const database = new Database(':memory:');
    reading('', {}, { database });
    await given.start();
    stream.put('a', 'b');
    await idle();
    await given.stop();
    reading('', {}, { database });
    stream.put('a', 'b', 'c');
    await given.start();
    await idle();
    expect(batches()).toEqual(['ab', 'c']);
  });

  it('that starts at the latest record sees what comes after it was declared, even if it was stopped before the first', async () => {
    const database = new Database(':memory:');
    reading('', { StartingPosition: 'LATEST' }, { database });
    stream.put('old');
    await given.start();
    await idle();
    await given.stop();
    reading('', { StartingPosition: 'LATEST' }, { database, frozenAt: START + 10_000 });
    stream.put('new');
    await given.start();
    await idle();
    expect(batches()).toEqual(['new']);
  });

  it('is not read while the mapping is disabled', async () => {
    reading('', { Enabled: false });
    stream.put('a');
    await given.start();
    await later(60_000);
    expect(batches()).toEqual([]);
  });

  it('asks for a new iterator at once where its own has expired: nothing is idle until the records are done with', async () => {
    reading('');
    await given.start();
    stream.put('a');
    await idle();
    stream.expireIterators();
    stream.put('b');
    await idle();
    expect(batches()).toEqual(['a', 'b']);
    expect(given.reports).toEqual([]);
  });
});

describe('a batch that fails (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html)', () => {
  it('retries a failed batch, waiting longer each time, before anything behind it', async () => {
    reading(`globalThis.tries = (globalThis.tries ?? 0) + 1; if (globalThis.tries < 3) throw new Error('not yet');`, {
      BatchSize: 1,
    });
    stream.put('a', 'b');
    await given.start();
    await idle();
    expect(batches()).toEqual(['a']);
    await later(250);
    expect(batches()).toEqual(['a', 'a']);
    await later(499);
    expect(batches()).toEqual(['a', 'a']);
    await later(1);
    expect(batches()).toEqual(['a', 'a', 'a', 'b']);
  });

  it('is retried without end where nothing limits it, and again from its checkpoint after a restart', async () => {
    const database = new Database(':memory:');
    reading(`if (ids[0] === 'b') throw new Error('not yet');`, { BatchSize: 1 }, { database });
    stream.put('a', 'b');
    await given.start();
    await later(3_600_000);
    expect(batches().length).toBeGreaterThan(50);
    await given.stop();
    const before = batches().length;
    reading('', {}, { database });
    stream.put('a', 'b');
    await given.start();
    await idle();
    expect(batches().slice(before)).toEqual(['b']);
  });

  it('gives a batch up after its retries, tells the destination in the form that AWS documents, and goes on', async () => {
    reading(`if (ids.includes('b')) throw new Error('poison');`, {
      BatchSize: 2,
      MaximumRetryAttempts: 1,
      ...toDropped,
    });
    stream.put(...'abcd');
    await given.start();
    await later(60_000);
    expect(batches()).toEqual(['ab', 'ab', 'cd']);
    expect(dropped()).toEqual([
      {
        requestContext: {
          requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
          functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:relay',
          condition: 'RetryAttemptsExhausted',
          approximateInvokeCount: 2,
        },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        version: '1.0',
        timestamp: '2026-01-01T00:00:00.250Z',
        DDBStreamBatchInfo: {
          shardId: 'shard-1',
          startSequenceNumber: '1',
          endSequenceNumber: '2',
          approximateArrivalOfFirstRecord: '2026-01-01T00:00:00Z',
          approximateArrivalOfLastRecord: '2026-01-01T00:00:00Z',
          batchSize: 2,
          streamArn: STREAM,
        },
      },
    ]);
    expect((await given.logOf('relay')).join()).toContain(dropped()[0]?.requestContext.requestId);
  });

  it('gives a batch up at once where it has no retries, and does not come back to it after a restart', async () => {
    const database = new Database(':memory:');
    reading(`throw new Error('poison');`, { MaximumRetryAttempts: 0 }, { database });
    stream.put('a');
    await given.start();
    await idle();
    await given.stop();
    reading('', { MaximumRetryAttempts: 0 }, { database });
    stream.put('a', 'b');
    await given.start();
    await idle();
    expect(batches()).toEqual(['a', 'b']);
  });

  it('tells the destination of no function error where the function only reported what failed', async () => {
    const body = `return { batchItemFailures: [{ itemIdentifier: null }] };`;
    reading(body, { FunctionResponseTypes: ['ReportBatchItemFailures'], MaximumRetryAttempts: 3, ...toDropped });
    stream.put('a');
    await given.start();
    await later(60_000);
    expect(batches()).toEqual(['a', 'a', 'a', 'a']);
    expect(dropped()).toMatchObject([
      {
        requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 4 },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: null },
      },
    ]);
  });

  it('halves a failing batch until the poison is alone, without counting that as retries', async () => {
    reading(`if (ids.includes('c')) throw new Error('poison');`, {
      MaximumRetryAttempts: 0,
      BisectBatchOnFunctionError: true,
      ...toDropped,
    });
    stream.put(...'abcd');
    await given.start();
    await later(60_000);
    expect(batches()).toEqual(['abcd', 'ab', 'cd', 'c', 'd']);
    expect(dropped()).toMatchObject([{ DDBStreamBatchInfo: { startSequenceNumber: '3', endSequenceNumber: '3' } }]);
  });

  it('does not count throttling as a retry', async () => {
    const mapping = { MaximumRetryAttempts: 0, MaximumRecordAgeInSeconds: 60, ...toDropped };
    reading('', mapping, {}, { ReservedConcurrentExecutions: 0 });
    stream.put('a');
    await given.start();
    await later(60_000);
    expect(dropped()).toEqual([]);
    await later(60_000);
    expect(batches()).toEqual([]);
    expect(dropped()).toMatchObject([
      { requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 0 } },
    ]);
    expect(dropped()[0]).not.toHaveProperty('responseContext');
  });
});

describe('MaximumRecordAgeInSeconds (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html)', () => {
  it('discards records that have become too old', async () => {
    reading(`throw new Error('always');`, { MaximumRecordAgeInSeconds: 60, ...toDropped });
    stream.put('a');
    await given.start();
    await later(300_000);
    expect(dropped()).toMatchObject([
      {
        requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: batches().length },
        responseContext: { functionError: 'Unhandled' },
      },
    ]);
    stream.put('b');
    await idle();
    expect(batches().at(-1)).toBe('b');
  });

  it('keeps a record of just the maximum age', async () => {
    reading('', { MaximumRecordAgeInSeconds: 60, ...toDropped });
    stream.put('a');
    await later(60_000);
    stream.put('b');
    await given.start();
    await idle();
    expect(batches()).toEqual(['ab']);
  });
});

describe('a batch with ReportBatchItemFailures (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html)', () => {
  it('goes on from the first record that is reported as failed', async () => {
    const body = `globalThis.tries = (globalThis.tries ?? 0) + 1;
    if (globalThis.tries === 1) return { batchItemFailures: [{ itemIdentifier: '4' }, { itemIdentifier: '2' }] };`;
    reading(body, { FunctionResponseTypes: ['ReportBatchItemFailures'] });
    stream.put(...'abcd');
    await given.start();
    await later(1_000);
    expect(batches()).toEqual(['abcd', 'bcd']);
  });

  it('is divided where the first failure was reported, and not halved', async () => {
    const body = `globalThis.tries = (globalThis.tries ?? 0) + 1;
    if (globalThis.tries === 1) return { batchItemFailures: [{ itemIdentifier: '2' }] };`;
    reading(body, { FunctionResponseTypes: ['ReportBatchItemFailures'], BisectBatchOnFunctionError: true });
    stream.put(...'abcd');
    await given.start();
    await later(1_000);
    expect(batches()).toEqual(['abcd', 'bcd']);
  });

  it.each([`{ batchItemFailures: [{ itemIdentifier: '' }] }`, `{ batchItemFailures: [{ itemIdentifier: '9' }] }`])(
    'fails as a whole for the answer %s',
    async (answer) => {
      const body = `globalThis.tries = (globalThis.tries ?? 0) + 1; if (globalThis.tries === 1) return ${answer};`;
      reading(body, { FunctionResponseTypes: ['ReportBatchItemFailures'] });
      stream.put('a', 'b');
      await given.start();
      await later(1_000);
      expect(batches()).toEqual(['ab', 'ab']);
    },
  );
});

describe('filter criteria of a stream (https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html)', () => {
  it('leaves out what its filter does not want, and does not read it again', async () => {
    const database = new Database(':memory:');
    const mapping = { FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] } };
    reading('', mapping, { database });
    stream.put('a');
    stream.remove('a');
    await given.start();
    await idle();
    expect(batches()).toEqual(['a']);
    await given.stop();
    reading('', {}, { database });
    stream.put('a');
    stream.remove('a');
    await given.start();
    await idle();
    expect(batches()).toEqual(['a']);
  });

  it('looks into the images of the record', async () => {
    const Pattern = JSON.stringify({ dynamodb: { NewImage: { id: { S: [{ prefix: 'a' }] } } } });
    reading('', { FilterCriteria: { Filters: [{ Pattern }] } });
    stream.put('ab', 'b');
    stream.remove('ab');
    await given.start();
    await idle();
    expect(batches()).toEqual(['ab']);
  });
});

describe('the batching window of a stream (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html)', () => {
  it('gathers records for the batching window', async () => {
    reading('', { MaximumBatchingWindowInSeconds: 2, BatchSize: 3 });
    await given.start();
    stream.put('a');
    await idle();
    stream.put('b');
    await later(1_999);
    expect(batches()).toEqual([]);
    await later(1);
    expect(batches()).toEqual(['ab']);
    stream.put('c', 'd', 'e');
    await idle();
    expect(batches()).toEqual(['ab', 'cde']);
  });
});
