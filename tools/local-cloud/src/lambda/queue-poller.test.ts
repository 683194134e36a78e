/** Functions that read queues. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AwsError } from '../aws-error.ts';
import type { Permission } from '../service.ts';
import { givenLambda, givenMeeting, queueArn, type GivenLambda, type GivenOptions } from './given-lambda.ts';
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

describe('a queue that a function reads (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html)', () => {
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

  it('is not read while the mapping is disabled', async () => {
    await reading('', { Enabled: false });
    queues.send('inbox', 'a');
    await idle();
    expect(queues.receiveSizes).toEqual([]);
    expect(queues.bodies('inbox')).toEqual(['a']);
  });

  it('is looked at once while it is empty, and never again before something is sent', async () => {
    await reading('', {}, { frozenAt: 0 });
    await idle();
    expect(queues.receiveSizes).toEqual([0]);
    await given.ground.clock.advance(86_400_000, idle);
    expect(queues.receiveSizes).toEqual([0]);
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

  it('gets the messages of an invocation that timed out back after their visibility timeout', async () => {
    const meeting = await givenMeeting(2);
    const hang = `if (event.Records[0].attributes.ApproximateReceiveCount === '1') {
      await fetch('${meeting.url}');
      await new Promise(() => {});
    }`;
    await reading(hang, {}, { frozenAt: Date.UTC(2026, 0, 1) }, { Timeout: 5 });
    queues.send('inbox', 'again');
    await fetch(meeting.url);
    await given.ground.clock.advance(5_000);
    await idle();
    expect(queues.bodies('inbox')).toEqual(['again']);
    await given.ground.clock.advance(24_999, idle);
    expect(events()).toHaveLength(1);
    await given.ground.clock.advance(1, idle);
    expect(queues.bodies('inbox')).toEqual([]);
    expect(events()).toHaveLength(2);
    await meeting.close();
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
});

describe('ReportBatchItemFailures (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting)', () => {
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

  it('has failed as a whole where the answer names what is not in the batch', async () => {
    await reading(
      `return { batchItemFailures: [{ itemIdentifier: 'id-1' }, { itemIdentifier: 'unknown' }] };`,
      reporting,
    );
    queues.send('inbox', 'a', 'b');
    await idle();
    expect(queues.bodies('inbox')).toEqual(['a', 'b']);
  });

  it('has failed as a whole where the function throws', async () => {
    await reading(`throw new Error('all of them');`, reporting);
    queues.send('inbox', 'a', 'b');
    await idle();
    expect(queues.bodies('inbox')).toEqual(['a', 'b']);
  });

  it('is not read from the answer of a mapping without it', async () => {
    await reading(`return { batchItemFailures: [{ itemIdentifier: 'id-1' }] };`);
    queues.send('inbox', 'a', 'b');
    await idle();
    expect(queues.bodies('inbox')).toEqual([]);
  });
});

describe('the batching window (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html)', () => {
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
});

describe('batches that run at once (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html)', () => {
  const patience = (milliseconds: number): GivenOptions => ({
    lambda: { limits: { batches: { patience: milliseconds, rest: 0, most: 10 } } },
  });

  it('are as full as what arrives while one runs', async () => {
    const [begun, released] = [await givenMeeting(2), await givenMeeting(2)];
    const hold = `if (bodies[0] === 'a') for (const url of ['${begun.url}', '${released.url}']) await fetch(url);`;
    await reading(hold, {}, patience(60_000));
    queues.send('inbox', 'a');
    await fetch(begun.url);
    queues.send('inbox', 'b');
    queues.send('inbox', 'c');
    await fetch(released.url);
    await idle();
    expect(batches()).toEqual([['a'], ['b', 'c']]);
    await begun.close();
    await released.close();
  });

  it('do not wait for one that takes long', async () => {
    const [begun, together] = [await givenMeeting(2), await givenMeeting(2)];
    const hold = `if (bodies[0] === 'a') await fetch('${begun.url}'); await fetch('${together.url}');`;
    await reading(hold, {}, patience(1));
    queues.send('inbox', 'a');
    await fetch(begun.url);
    queues.send('inbox', 'b');
    await idle();
    expect(batches()).toEqual([['a'], ['b']]);
    await begun.close();
    await together.close();
  });
});

describe('MaximumConcurrency (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html)', () => {
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
});

describe('filter criteria (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html)', () => {
  it('deletes what its filter does not want, without a call of the function', async () => {
    await reading('', { FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ body: { kind: ['wanted'] } }) }] } });
    queues.send('inbox', '{"kind":"wanted"}', '{"kind":"other"}', 'no json');
    await idle();
    expect(batches()).toEqual([['{"kind":"wanted"}']]);
    expect(queues.bodies('inbox')).toEqual([]);
  });

  it('are joined by or', async () => {
    const Filters = ['a', 'b'].map((body) => ({ Pattern: JSON.stringify({ body: [body] }) }));
    await reading('', { FilterCriteria: { Filters } });
    queues.send('inbox', 'a', 'b', 'c');
    await idle();
    expect(batches()).toEqual([['a', 'b']]);
  });
});

describe('a throttled function (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-backoff-strategy)', () => {
  /** The one invocation that the function may have at once is taken until the test comes to the meeting. */
  async function busyReading() {
    const meeting = await givenMeeting(2);
    const body = `if (event.Records[0].busy) await fetch('${meeting.url}');`;
    await reading(body, { BatchSize: 1 }, { frozenAt: 0 }, { ReservedConcurrentExecutions: 1, Timeout: 20 });
    const busy = given.invoke('reader', { Records: [{ busy: true }] });
    await new Promise(setImmediate);
    return async () => {
      await fetch(meeting.url);
      await busy;
      await meeting.close();
    };
  }

  it('is tried again with the messages that it has, after longer and longer waits', async () => {
    const release = await busyReading();
    queues.send('inbox', 'a');
    await given.ground.clock.advance(500);
    await release();
    await given.ground.clock.advance(249, idle);
    expect(queues.bodies('inbox')).toEqual(['a']);
    await given.ground.clock.advance(1, idle);
    expect(queues.bodies('inbox')).toEqual([]);
    expect(queues.receiveSizes.filter((size) => size > 0)).toEqual([1]);
    expect(given.reports).toEqual([
      `lambda reader: ${queueArn('inbox')} waits, since the function is throttled: Rate Exceeded.`,
    ]);
  });

  it('is left alone once the messages are visible in the queue again, from where they come anew', async () => {
    await reading('', { BatchSize: 1 }, { frozenAt: 0 }, { ReservedConcurrentExecutions: 0 });
    queues.send('inbox', 'a');
    await given.ground.clock.advance(29_999, idle);
    expect(queues.receiveSizes.filter((size) => size > 0)).toEqual([1]);
    await given.ground.clock.advance(1, idle);
    expect(queues.receiveSizes.filter((size) => size > 0)).toEqual([1, 1]);
    expect(queues.bodies('inbox')).toEqual(['a']);
    expect(batches()).toEqual([]);
  });
});
