/** Functions that read queues (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AwsError } from '../aws-error.ts';
import type { Permission } from '../service.ts';
import { givenLambda, queueArn, type GivenLambda, type GivenOptions } from './given-lambda.ts';
import { GivenQueues } from './given-sources.ts';

let given: GivenLambda;
let queues: GivenQueues;
let file: string;

/** A function `reader` on the queue `inbox` that notes each event in a file, then runs `body`. */
async function reading(
  body: string,
  mapping: object = {},
  options: GivenOptions = {},
  properties: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  file = join(mkdtempSync(join(tmpdir(), 'given-events-')), 'events');
  appendFileSync(file, '');
  given = givenLambda({
    ...options,
    services: (ground) => {
      queues = new GivenQueues(ground);
      return { sqs: queues.service };
    },
  });
  const code = `import { appendFileSync } from 'node:fs';
    export const handler = async (event) => {
      appendFileSync(${JSON.stringify(file)}, JSON.stringify(event) + '\\n');
      const bodies = event.Records.map((record) => record.body);
      ${body}
    };`;
  given.declare('reader', code, properties);
  given.declareResource('AWS::Lambda::EventSourceMapping', {
    FunctionName: 'reader',
    EventSourceArn: queueArn('inbox'),
    ...mapping,
  });
  await given.start();
}

interface QueueEvent {
  readonly Records: readonly { readonly body: string }[];
}

function events(): readonly QueueEvent[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as QueueEvent);
}

const batches = () => events().map((event) => event.Records.map((record) => record.body));
const idle = () => given.ground.activity.whenIdle();

afterEach(async () => {
  await given.stop();
  rmSync(dirname(file), { recursive: true });
});

it('hands messages over as AWS documents them, and deletes them afterwards', async () => {
  await reading('');
  queues.send('inbox', 'hello');
  await idle();
  expect(events()).toEqual([
    {
      Records: [
        {
          messageId: 'id-1',
          receiptHandle: '1',
          body: 'hello',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: '0',
            SenderId: 'AID',
            ApproximateFirstReceiveTimestamp: '1',
          },
          messageAttributes: {
            trace: { stringValue: 'abc', stringListValues: [], binaryListValues: [], dataType: 'String' },
          },
          md5OfBody: '5d41402abc4b2a76b9719d911017c592',
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:inbox',
          awsRegion: 'us-east-1',
        },
      ],
    },
  ]);
  expect(queues.bodies('inbox')).toEqual([]);
});

it('takes what waits in the queue at start, in batches, with no more calls than needed', async () => {
  await reading('', { BatchSize: 4 });
  queues.send('inbox', ...'abcdefghij');
  await idle();
  expect(batches().flat().sort()).toEqual([...'abcdefghij']);
  expect(batches().every((batch) => batch.length <= 4)).toBe(true);
  const calls = queues.receiveSizes.length;
  await idle();
  expect(queues.receiveSizes).toHaveLength(calls);
});

it('leaves the messages of a failed invocation, which come again after their visibility timeout', async () => {
  await reading(
    `if (event.Records[0].attributes.ApproximateReceiveCount === '1') throw new Error('first time');`,
    {},
    { frozenAt: Date.UTC(2026, 0, 1) },
  );
  queues.send('inbox', 'again');
  await idle();
  expect(queues.bodies('inbox')).toEqual(['again']);
  await given.ground.clock.advance(30_000, idle);
  expect(queues.bodies('inbox')).toEqual([]);
  expect(events()).toHaveLength(2);
});

describe('with ReportBatchItemFailures', () => {
  const reporting = { FunctionResponseTypes: ['ReportBatchItemFailures'] };

  it('leaves only what failed', async () => {
    await reading(
      `return { batchItemFailures: event.Records.filter((r) => r.body === 'bad').map((r) => ({ itemIdentifier: r.messageId })) };`,
      reporting,
    );
    queues.send('inbox', 'good', 'bad', 'fine');
    await idle();
    expect(queues.bodies('inbox')).toEqual(['bad']);
  });

  it.each([
    ['null', []],
    ['{}', []],
    ['{ batchItemFailures: [] }', []],
    ['{ batchItemFailures: null }', []],
    [`{ batchItemFailures: [{ itemIdentifier: '' }] }`, ['a', 'b']],
    ['{ batchItemFailures: [{ itemIdentifier: null }] }', ['a', 'b']],
    [`{ batchItemFailures: [{ bad: 'id-1' }] }`, ['a', 'b']],
    [`{ batchItemFailures: [{ itemIdentifier: 'unknown' }] }`, ['a', 'b']],
    [`'text'`, ['a', 'b']],
  ])('takes the answer %s as AWS does', async (answer, left) => {
    await reading(`return ${answer};`, reporting);
    queues.send('inbox', 'a', 'b');
    await idle();
    expect(queues.bodies('inbox')).toEqual(left);
  });
});

it('gathers messages for the batching window', async () => {
  await reading('', { MaximumBatchingWindowInSeconds: 5, BatchSize: 20 }, { frozenAt: 0 });
  queues.send('inbox', 'a');
  await idle();
  queues.send('inbox', 'b', 'c');
  await given.ground.clock.advance(4_999, idle);
  expect(batches()).toEqual([]);
  await given.ground.clock.advance(1, idle);
  expect(batches()).toEqual([['a', 'b', 'c']]);
});

it('does not wait for the window once the batch is full', async () => {
  await reading('', { MaximumBatchingWindowInSeconds: 5, BatchSize: 12 }, { frozenAt: 0 });
  queues.send('inbox', ...'abcdefghijklm');
  await idle();
  expect(batches()).toEqual([[...'abcdefghijkl']]);
  await given.ground.clock.advance(5_000, idle);
  expect(batches()).toEqual([[...'abcdefghijkl'], ['m']]);
});

it('runs no more batches at once than the maximum concurrency', async () => {
  await reading(
    'await new Promise(setImmediate);',
    { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } },
    { lambda: { limits: { patience: 0 } } },
  );
  queues.send('inbox', ...'abcdef');
  await idle();
  expect(batches()).toHaveLength(6);
  const streams = (await given.logOf('reader')).filter((line) => line.startsWith('INIT_START'));
  expect(streams.length).toBeLessThanOrEqual(2);
});

it('deletes what its filter does not want, without a call of the function', async () => {
  await reading('', { FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ body: { kind: ['wanted'] } }) }] } });
  queues.send('inbox', '{"kind":"wanted"}', '{"kind":"other"}', 'no json');
  await idle();
  expect(batches()).toEqual([['{"kind":"wanted"}']]);
  expect(queues.bodies('inbox')).toEqual([]);
});

it('keeps an event below six megabytes', async () => {
  await reading('');
  const large = 'x'.repeat(1_000_000);
  queues.send('inbox', ...Array.from({ length: 10 }, () => large));
  await idle();
  expect(batches().map((batch) => batch.length)).toEqual([6, 4]);
});

it('reads and deletes as the role of the function, complains once where it may not, and goes on when it may', async () => {
  let denied = 'sqs:ReceiveMessage';
  const principals: unknown[] = [];
  const authorizer = {
    authorize(principal: unknown, permission: Permission) {
      if (permission.action.startsWith('sqs:')) principals.push(principal);
      if (permission.action === denied)
        throw new AwsError('AccessDenied', `not authorized to perform: ${permission.action}`);
    },
  };
  await reading('', {}, { authorizer, frozenAt: 0 });
  queues.send('inbox', 'a');
  await given.ground.clock.advance(10_000, idle);
  expect(given.reports).toEqual([
    `lambda reader: ${queueArn('inbox')} cannot be read: not authorized to perform: sqs:ReceiveMessage`,
  ]);
  denied = '';
  await given.ground.clock.advance(60_000, idle);
  expect(batches()).toEqual([['a']]);
  expect(principals[0]).toEqual({ type: 'role', arn: 'arn:aws:iam::000000000000:role/given' });
});

it('leaves throttled messages in the queue until they can be worked off', async () => {
  await reading('', { BatchSize: 1 }, { frozenAt: 0 }, { ReservedConcurrentExecutions: 0 });
  queues.send('inbox', 'a');
  await idle();
  expect(queues.bodies('inbox')).toEqual(['a']);
  expect(batches()).toEqual([]);
});
