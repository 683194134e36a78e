/** Asynchronous invocation (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html). */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Database } from '../database.ts';
import { givenLambda, queueArn, type GivenLambda, type GivenOptions } from './given-lambda.ts';
import { GivenQueues } from './given-sources.ts';

let given: GivenLambda;
let queues: GivenQueues;
let file: string;

function declared(
  body: string,
  config: object | undefined,
  options: GivenOptions = {},
  properties: Readonly<Record<string, unknown>> = {},
): void {
  given = givenLambda({
    frozenAt: Date.UTC(2026, 0, 1),
    ...options,
    services: (ground) => {
      queues = new GivenQueues(ground);
      return { sqs: queues.service };
    },
  });
  given.declare(
    'worker',
    `import { appendFileSync } from 'node:fs';
     export const handler = async (event, context) => { appendFileSync(${JSON.stringify(file)}, context.awsRequestId + '\\n'); ${body} };`,
    properties,
  );
  if (config !== undefined)
    given.declareResource('AWS::Lambda::EventInvokeConfig', {
      FunctionName: 'worker',
      Qualifier: '$LATEST',
      ...config,
    });
}

const requests = () => readFileSync(file, 'utf8').split('\n').slice(0, -1);
const idle = () => given.ground.activity.whenIdle();
const later = (milliseconds: number) => given.ground.clock.advance(milliseconds, idle);
const send = (event: unknown = { n: 1 }) => given.invoke('worker', event, { InvocationType: 'Event' });
const records = (queue: string) => queues.bodies(queue).map((body) => JSON.parse(body) as Record<string, unknown>);
const destinations = {
  DestinationConfig: { OnSuccess: { Destination: queueArn('done') }, OnFailure: { Destination: queueArn('failed') } },
};

beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), 'given-requests-')), 'requests');
  appendFileSync(file, '');
});
afterEach(async () => {
  await given.stop();
  rmSync(dirname(file), { recursive: true });
});

describe('asynchronous invocation (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html)', () => {
  it('answers 202 at once, then runs the function once where it succeeds', async () => {
    declared(`return event.n;`, destinations);
    await given.start();
    expect(await send()).toMatchObject({ status: 202, payload: undefined });
    await later(3_600_000);
    expect(requests()).toHaveLength(1);
    expect(records('done')).toMatchObject([
      {
        version: '1.0',
        requestContext: {
          requestId: requests()[0],
          functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:worker:$LATEST',
          condition: 'Success',
          approximateInvokeCount: 1,
        },
        requestPayload: { n: 1 },
        responseContext: { statusCode: 200, executedVersion: '$LATEST' },
        responsePayload: 1,
      },
    ]);
  });

  it('retries a failed event after one minute and after two more, with the same request id, then tells the destination', async () => {
    declared(`throw new Error('always');`, destinations);
    await given.start();
    await send();
    await idle();
    expect(requests()).toHaveLength(1);
    await later(59_999);
    expect(requests()).toHaveLength(1);
    await later(1);
    expect(requests()).toHaveLength(2);
    await later(119_999);
    expect(requests()).toHaveLength(2);
    await later(1);
    expect(requests()).toHaveLength(3);
    expect(new Set(requests()).size).toBe(1);
    await later(3_600_000);
    expect(requests()).toHaveLength(3);
    expect(records('failed')).toMatchObject([
      {
        requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        responsePayload: { errorType: 'Error', errorMessage: 'always' },
      },
    ]);
  });

  it('drops a failed event with a report where nothing else is configured', async () => {
    declared(`throw new Error('always');`, { MaximumRetryAttempts: 0 });
    await given.start();
    await send();
    await later(3_600_000);
    expect(requests()).toHaveLength(1);
    expect(given.reports.at(-1)).toMatch(/^lambda worker: asynchronous event \S+ is dropped: RetriesExhausted$/);
  });

  it('keeps a throttled event until it is too old', async () => {
    const throttled = { lambda: { limits: { accountConcurrency: 0 } } };
    declared('', { MaximumEventAgeInSeconds: 60, ...destinations }, throttled);
    await given.start();
    await send();
    await later(55_000);
    expect(records('failed')).toEqual([]);
    await later(60_000);
    expect(records('failed')).toMatchObject([
      { requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 0 } },
    ]);
    expect(requests()).toEqual([]);
  });

  it('gives an event up at once where no concurrency is reserved at all', async () => {
    declared('', destinations, {}, { ReservedConcurrentExecutions: 0 });
    await given.start();
    await send();
    await idle();
    expect(records('failed')).toMatchObject([
      { requestContext: { condition: 'ZeroReservedConcurrency', approximateInvokeCount: 0 }, requestPayload: { n: 1 } },
    ]);
    expect(requests()).toEqual([]);
  });

  it.each([
    [0, 1],
    [1, 2],
    [2, 3],
  ])('retries %i times where it is configured so', async (MaximumRetryAttempts, runs) => {
    declared(`throw new Error('always');`, { MaximumRetryAttempts });
    await given.start();
    await send();
    await later(3_600_000);
    expect(requests()).toHaveLength(runs);
  });

  it('does not retry what has become too old meanwhile', async () => {
    declared(`throw new Error('always');`, { MaximumEventAgeInSeconds: 60, ...destinations });
    await given.start();
    await send();
    await later(3_600_000);
    expect(requests()).toHaveLength(1);
    expect(records('failed')).toMatchObject([
      { requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 1 } },
    ]);
  });

  it('runs every event once where far more wait than run at a time', async () => {
    declared('', undefined);
    await given.start();
    await Promise.all(Array.from({ length: 250 }, () => send()));
    await idle();
    expect(requests()).toHaveLength(250);
    expect(new Set(requests()).size).toBe(250);
  });

  it('survives the end of the runtime: what waited is run, what waits for a retry is run in its time', async () => {
    const database = new Database(':memory:');
    declared(`throw new Error('always');`, undefined, { database });
    await given.start();
    await send();
    await idle();
    await given.lambda.stop?.();
    await send();
    await given.stop();
    declared('', undefined, { database });
    await given.start();
    await idle();
    expect(requests()).toHaveLength(2);
    await later(60_000);
    expect(requests()).toHaveLength(3);
    expect(requests()[2]).toBe(requests()[0]);
  });
});
