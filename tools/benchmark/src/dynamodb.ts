/** Calls of DynamoDB a second, through the AWS SDK from other processes, on a data directory on disk. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';
import { type Job, jobAnswer, type JobResult, KEYS, type Operation, operations, TABLE } from './dynamodb-job.ts';
import type { AwsClient } from './aws-json.ts';
import { putAll } from './batch-write.ts';
import type { Figure } from './figure.ts';
import { profiled } from './profiling.ts';
import type { Runtime } from './runtime.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';
import { spreadOf } from './statistics.ts';
import { withSystem } from './system.ts';
import { markUsage, usageFigures } from './usage.ts';

const WARM_UP_SECONDS = 4;
const SECONDS = 15;
/** Calls that each client keeps under way: enough for the server to have always one waiting. */
const CONCURRENCY = 16;
const TARGETS: Readonly<Record<Operation, number>> = { GetItem: 2500, PutItem: 1800, TransactWriteItems: 1200 };

/** GetItem, PutItem and TransactWriteItems of three items. */
export const dynamodb: Scenario = {
  name: 'dynamodb',
  about: 'calls of DynamoDB a second, through the AWS SDK from other processes',
  run(context) {
    return withSystem({ inspected: context.profile !== undefined }, async ({ runtime, aws }) => {
      context.progress(`filling a table with ${KEYS} items`);
      await fill(aws, context.signal);
      const clients = await Promise.all(Array.from({ length: context.clients }, () => startClient(runtime)));
      try {
        for (const operation of operations) context.found(await measure(context, runtime, clients, operation));
      } finally {
        for (const client of clients) client.disconnect();
      }
    });
  },
};

async function fill(aws: AwsClient, signal: AbortSignal): Promise<void> {
  const table = {
    TableName: TABLE,
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  };
  await aws.call('dynamodb', 'CreateTable', table, z.looseObject({}));
  await aws.idle();
  const items = Array.from({ length: KEYS }, (_, index) => ({
    table: TABLE,
    item: { pk: { S: `item-${index}` }, note: { S: 'x'.repeat(400) } },
  }));
  await putAll(aws, items, signal);
}

async function startClient(runtime: Runtime): Promise<ChildProcess> {
  const client = fork(join(import.meta.dirname, 'dynamodb-client.ts'), [runtime.awsUrl]);
  await once(client, 'message');
  return client;
}

async function measure(
  context: ScenarioContext,
  runtime: Runtime,
  clients: readonly ChildProcess[],
  operation: Operation,
): Promise<Figure[]> {
  const { signal, progress, seconds = SECONDS, warmUp = WARM_UP_SECONDS } = context;
  const run = (length: number) =>
    Promise.all(clients.map((one) => ask(one, { operation, concurrency: CONCURRENCY, milliseconds: length * 1000 })));
  progress(`${operation}: warming up for ${warmUp} s`);
  await run(warmUp);
  signal.throwIfAborted();
  progress(`${operation}: measuring for ${seconds} s`);
  const { results, from, to } = await profiled(context, runtime, `dynamodb-${operation}`, async () => {
    const before = markUsage(runtime);
    return { results: await run(seconds), from: before, to: markUsage(runtime) };
  });
  signal.throwIfAborted();
  const scenario = `${operation}, ${clients.length} clients of ${CONCURRENCY} calls at a time`;
  const latencies = results.flatMap((result) => result.latencies);
  const perSecond = results.reduce((sum, one) => sum + one.latencies.length / (one.milliseconds / 1000), 0);
  const { p50, p99 } = spreadOf(latencies);
  const target = { at: 'least', value: TARGETS[operation] } as const;
  return [
    { scenario, name: 'calls a second', value: perSecond, unit: '/s', target },
    { scenario, name: 'p50', value: p50, unit: 'ms' },
    { scenario, name: 'p99', value: p99, unit: 'ms' },
    ...usageFigures(scenario, 'call', from, to, latencies.length),
  ];
}

/** Gives a client a job and waits for what it says. */
function ask(client: ChildProcess, job: Job): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('a client has ended'));
    client.once('exit', onExit);
    client.once('message', (message) => {
      client.off('exit', onExit);
      const answer = jobAnswer.parse(message);
      if ('failed' in answer) reject(new Error(answer.failed));
      else resolve(answer);
    });
    client.send(job);
  });
}
