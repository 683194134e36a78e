/** What became of the orders, once the load is over. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { AwsClient } from './aws-json.ts';
import { allSagas, type Saga } from './executions.ts';
import type { Figure } from './figure.ts';
import type { OrderClient } from './orders.ts';

const ORDERS_TABLE = 'distributed-patterns-demo-orders-table-dev';
/** A message that an overloaded function has let fall comes again within that. */
const PATIENCE_SECONDS = 120;

const scanned = z.looseObject({
  Items: z.array(z.object({ pk: z.object({ S: z.string() }), status: z.object({ S: z.string() }).optional() })),
  LastEvaluatedKey: z.looseObject({}).optional(),
});

/** Every saga, and the ids of the orders that are completed: a saga that undid everything has succeeded as well. */
export interface Outcomes {
  readonly sagas: readonly Saga[];
  readonly completed: ReadonlySet<string>;
}

/** Waits until every saga has ended, though not for ever, and looks. */
export async function outcomesOf(aws: AwsClient, signal: AbortSignal): Promise<Outcomes> {
  const until = performance.now() + PATIENCE_SECONDS * 1000;
  await aws.idle();
  let sagas = await allSagas(aws);
  while (sagas.some(({ status }) => status === 'RUNNING') && performance.now() < until) {
    await sleep(1000, undefined, { signal });
    await aws.idle();
    sagas = await allSagas(aws);
  }
  return { sagas, completed: await completedOrders(aws) };
}

async function completedOrders(aws: AwsClient): Promise<Set<string>> {
  const completed = new Set<string>();
  let start: object | undefined;
  do {
    const input = {
      TableName: ORDERS_TABLE,
      ProjectionExpression: 'pk, #status',
      ExpressionAttributeNames: { '#status': 'status' },
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    };
    const { Items, LastEvaluatedKey } = await aws.call('dynamodb', 'Scan', input, scanned);
    for (const { pk, status } of Items) if (status?.S === 'COMPLETED') completed.add(pk.S.replace(/^order#/, ''));
    start = LastEvaluatedKey;
  } while (start !== undefined);
  return completed;
}

/** Whether everything that was acknowledged came to a good end. */
export function lossFigures(scenario: string, { sagas, completed }: Outcomes, orders: OrderClient): Figure[] {
  const none = { at: 'most', value: 0 } as const;
  const figure = (name: string, value: number) => ({ scenario, name, value, unit: '' });
  const running = sagas.filter(({ status }) => status === 'RUNNING').length;
  return [
    figure('orders acknowledged', orders.placed.length),
    {
      ...figure('acknowledged, and not completed', orders.placed.filter((one) => !completed.has(one.orderId)).length),
      target: none,
    },
    { ...figure(`sagas still under way ${PATIENCE_SECONDS} s later`, running), target: none },
    { ...figure('requests refused', orders.refused.length), target: none },
  ];
}
