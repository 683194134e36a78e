/**
 * Thousands of requests that nobody would think of. What is drawn follows from a seed, which a failure prints;
 * `FUZZ_SEED` draws the same again, `FUZZ_REQUESTS` sets how many.
 */
import { randomInt } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import * as z from 'zod';
import { ApiDocument } from './api-document.ts';
import { Judge } from './fuzz-judge.ts';
import { requestsIn, type Surroundings, type WireRequest } from './fuzz-requests.ts';
import { Wire } from './fuzz-wire.ts';
import { System } from './system.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 5_000);
/** At once: more than a function has execution environments. */
const WIDTH = 8;
/** For finding the smallest request that fails, in milliseconds. */
const PATIENCE = 30_000;
/** In real time, unlike other tests, so that a busy machine is given more of it than they are. */
const LONGEST = 240_000;

let system: System;
let wire: Wire;
let around: Surroundings;
let judge: Judge;

/** A customer with three orders, two of them completed, one cancelled. */
async function settle(): Promise<Surroundings> {
  const customerId = 'customer-of-before';
  const release = await system.inject({
    at: 'events.deliver',
    where: { detailType: 'OrderPlaced' },
    effect: 'hold',
    times: 3,
  });
  const placed = [];
  for (let count = 0; count < 3; count++) placed.push((await system.place({ customerId })).orderId);
  await system.cancel(placed[0] ?? '');
  await system.idle();
  await release();
  for (const orderId of placed) await system.ended(orderId);
  const { etag = '' } = await system.client().order(placed[0] ?? '');
  const { nextCursor = '' } = await system.client().ordersPage({ customerId, limit: 1 });
  return { customerId, orderIds: placed, etag, cursor: nextCursor };
}

beforeAll(async () => {
  system = await System.start();
  wire = new Wire(system.apiUrl);
  around = await settle();
  judge = new Judge(ApiDocument.read(), around);
});
afterAll(async () => {
  wire.close();
  await system.stop();
});

const orderIdOf = (response: unknown) => z.object({ orderId: z.string() }).parse(response).orderId;

async function itemsOf(table: string): Promise<Record<string, unknown>[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(system.sdk));
  const TableName = `distributed-patterns-demo-${table}-dev`;
  const items: Record<string, unknown>[] = [];
  for await (const page of paginateScan({ client }, { TableName })) items.push(...(page.Items ?? []));
  client.destroy();
  return items;
}

/** Orders and guards by the orders that they stand for. */
async function stateOfOrders() {
  const items = await itemsOf('orders-table');
  const of = (kind: string) => items.filter(({ pk }) => String(pk).startsWith(`${kind}#`));
  return {
    orders: of('order').map(orderIdOf).sort(),
    guards: of('idempotency')
      .map(({ response }) => orderIdOf(response))
      .sort(),
    others: items.length - of('order').length - of('idempotency').length,
  };
}

describe(`requests of every shape (FUZZ_SEED=${seed})`, () => {
  it(
    'are answered as the document and the contracts say, and never with a 5xx',
    async () => {
      const judged = (request: WireRequest) => judge.judge(request, (one) => wire.send(one));
      const property = fc.asyncProperty(requestsIn(around), async (request) => {
        const faults = await judged(request);
        if (faults.length > 0) throw new Error(faults.join('\n'));
      });
      const drawn = fc.sample(property, { seed, numRuns: REQUESTS }).map(([request]) => request);
      const failures: { readonly index: number; readonly request: WireRequest; readonly faults: readonly string[] }[] =
        [];
      await wire.sendAll(drawn, WIDTH, async (request, index) => {
        const faults = await judged(request);
        if (faults.length > 0) failures.push({ index, request, faults });
      });
      const [first] = failures;
      if (first === undefined) return;
      const parameters = { seed, path: String(first.index), numRuns: 1, interruptAfterTimeLimit: PATIENCE };
      const smallest = await fc.assert(property, parameters).catch((error: unknown) => error);
      const message = `${failures.length} of ${REQUESTS} requests fail (FUZZ_SEED=${seed}), the first is ${fc.stringify(first)}`;
      throw new Error(message, { cause: smallest ?? 'by itself it does not fail' });
    },
    LONGEST,
  );

  it('reach every route, and now and then place an order', () => {
    const reached = (operation: string, status: number) => judge.tally.get(`${operation} ${status}`) ?? 0;
    for (const { operation } of ApiDocument.read().responses()) {
      expect([operation, [...judge.tally.keys()].some((name) => name.startsWith(`${operation} `))]).toEqual([
        operation,
        true,
      ]);
    }
    expect(reached('POST /orders', 201)).toBeGreaterThan(0);
    expect(reached('POST /orders', 400)).toBeGreaterThan(REQUESTS / 4);
  });

  it('have written nothing but what was answered with 201', async () => {
    const before = (await system.orders({ customerId: around.customerId })).map(({ orderId }) => orderId);
    expect(await stateOfOrders()).toEqual({
      orders: [...judge.accepted, ...before].sort(),
      guards: [...judge.guarded, ...before].sort(),
      others: 0,
    });
    const records = await itemsOf('idempotency-table');
    expect(records.filter(({ status }) => status !== 'COMPLETED')).toEqual([]);
    expect(records.length).toBe(judge.guarded.size + before.length);
  });
});
