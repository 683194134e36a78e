/** The sagas as Step Functions lists them: which have ended, when they began and ended. */
import * as z from 'zod';
import type { AwsClient } from './aws-json.ts';

const SAGA = 'arn:aws:states:us-east-1:000000000000:stateMachine:distributed-patterns-demo-order-saga-dev';

const listed = z.object({
  executions: z.array(
    z.object({ name: z.string(), status: z.string(), startDate: z.number(), stopDate: z.number().optional() }),
  ),
  nextToken: z.string().optional(),
});

/** One saga; times in milliseconds since the epoch. */
export interface Saga {
  readonly orderId: string;
  readonly status: string;
  readonly startedAt: number;
  readonly stoppedAt: number | undefined;
}

/** Sagas, the newest first, page by page. */
export async function* listSagas(aws: AwsClient, pageSize = 1000): AsyncGenerator<readonly Saga[]> {
  let nextToken: string | undefined;
  do {
    const input = { stateMachineArn: SAGA, maxResults: pageSize, ...(nextToken === undefined ? {} : { nextToken }) };
    const page = await aws.call('states', 'ListExecutions', input, listed);
    yield page.executions.map(({ name, status, startDate, stopDate }) => ({
      orderId: name.replace(/^order-/, ''),
      status,
      startedAt: startDate * 1000,
      stoppedAt: stopDate === undefined ? undefined : stopDate * 1000,
    }));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/** What the saga of an order was started with, and the role that its machine acts as. */
export async function describeSaga(aws: AwsClient, orderId: string): Promise<{ input: string; roleArn: string }> {
  const executionArn = `${SAGA.replace(':stateMachine:', ':execution:')}:order-${orderId}`;
  const { input } = await aws.call('states', 'DescribeExecution', { executionArn }, z.object({ input: z.string() }));
  const machine = z.object({ roleArn: z.string() });
  const { roleArn } = await aws.call('states', 'DescribeStateMachine', { stateMachineArn: SAGA }, machine);
  return { input, roleArn };
}

/** The sagas that began at a moment (milliseconds since the epoch) or later. */
export async function sagasSince(aws: AwsClient, moment: number): Promise<Saga[]> {
  const found: Saga[] = [];
  for await (const page of listSagas(aws)) {
    const since = page.filter(({ startedAt }) => startedAt >= moment);
    found.push(...since);
    if (since.length < page.length) break;
  }
  return found;
}

/** All sagas that there are. */
export async function allSagas(aws: AwsClient): Promise<Saga[]> {
  const all: Saga[] = [];
  for await (const page of listSagas(aws)) all.push(...page);
  return all;
}

/** Which orders have no saga that ended yet, told from the newest sagas only: one cheap call for many orders. */
export class OpenOrders {
  readonly #aws: AwsClient;
  readonly #open = new Set<string>();

  constructor(aws: AwsClient) {
    this.#aws = aws;
  }

  get count(): number {
    return this.#open.size;
  }

  add(orderId: string): void {
    this.#open.add(orderId);
  }

  /** Takes the orders out whose saga has ended, as far as two pages go; one that is slower comes out when load sinks. */
  async refresh(): Promise<void> {
    let pages = 0;
    for await (const page of listSagas(this.#aws, Math.min(1000, 100 + 2 * this.#open.size))) {
      for (const { orderId, status } of page) if (status !== 'RUNNING') this.#open.delete(orderId);
      if (this.#open.size === 0 || ++pages === 2) return;
    }
  }
}
