/**
 * Many orders for one product at once, as the queue hands them over: five batches of ten at a time. Time is the test's
 * own, so that a busy machine makes no transaction longer.
 */
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { reserveInventory } from '@distributed-patterns/contracts';
import { functionTimeout, milliseconds } from '@distributed-patterns/durations';
import {
  createServiceTables,
  lambdaContext,
  messageOf,
  queueEvent,
  recordingTelemetry,
  type ServiceTables,
  startDynamoDb,
  testClockAndIds,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import type { Context } from 'aws-lambda';
import { setImmediate as turnOfTheEventLoop } from 'node:timers/promises';
import { CatalogueStore } from './catalogue-store.ts';
import { InventoryStore } from './inventory-store.ts';
import { handler } from './on-message.handler.ts';

/** As the stack has them. */
const ENVIRONMENTS = 5;
const BATCH = 10;
/** Milliseconds that a transaction holds its items: about as long as it takes on AWS. */
const SPAN = 10;

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
let client: DynamoDBDocumentClient;
let attempts: number;
beforeAll(async () => {
  dynamodb = await startDynamoDb({ transactionSpan: SPAN });
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb);
  attempts = 0;
  client = DynamoDBDocumentClient.from(dynamodb.inProcessClient());
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'TransactWriteItemsCommand') attempts++;
        return next(args);
      },
    { step: 'initialize', name: 'attempts' },
  );
});
afterEach(() => {
  jest.useRealTimers();
  client.destroy();
});

/** A function that has just begun. */
function running(): Context {
  const end = Date.now() + milliseconds(functionTimeout.inventory);
  return { ...lambdaContext(), getRemainingTimeInMillis: () => end - Date.now() };
}

const price = { amount: 129_999, currency: 'USD' };

/** Puts units on the shelf, then works off so many orders; returns how many have to come again. */
async function sell(units: number, orders: number): Promise<number> {
  const catalogue = new CatalogueStore(tables.client, tables);
  const stock = { available: units, reserved: 0, sold: 0, received: units };
  await catalogue.add({ productId: 'laptop', name: 'Laptop', price, ...stock });
  attempts = 0;
  const queue = Array.from({ length: orders }, (_, order) => {
    const orderId = `0199a7c2-5b1e-7c3a-9d2f-${String(order).padStart(12, '0')}`;
    const items = [{ productId: 'laptop', quantity: 1, unitPrice: price }];
    return messageOf(reserveInventory, { orderId, items }, { id: `command-${order}`, replyToken: `token-${order}` });
  });
  const clockAndIds = testClockAndIds();
  const environment = async (): Promise<number> => {
    const store = new InventoryStore(client, tables);
    const wired = { store, catalogue, telemetry: recordingTelemetry(), clockAndIds };
    let toComeAgain = 0;
    for (let batch = queue.splice(0, BATCH); batch.length > 0; batch = queue.splice(0, BATCH)) {
      const { batchItemFailures } = await handler(queueEvent(...batch), running(), wired);
      toComeAgain += batchItemFailures.length;
    }
    return toComeAgain;
  };
  const left = await inItsOwnTime(() => Promise.all(Array.from({ length: ENVIRONMENTS }, environment)));
  return left.reduce((sum, each) => sum + each, 0);
}

/** Does work whose time goes on, by a millisecond, whenever nothing is left to do before that. */
async function inItsOwnTime<Result>(work: () => Promise<Result>): Promise<Result> {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  let isOver = false;
  const result = work().finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await turnOfTheEventLoop();
    await jest.advanceTimersByTimeAsync(1);
  }
  jest.useRealTimers();
  return result;
}

const shelf = async () => {
  const { available, reserved } = (await tables.item('product#laptop')) ?? {};
  return { available, reserved };
};
const answers = async () => Object.groupBy(await tables.recorded(), ({ type }) => type);

it('of a thousand for a hundred units exactly a hundred are reserved, the rest refused, and hardly any tried twice', async () => {
  expect(await sell(100, 1_000)).toBe(0);
  expect(await shelf()).toEqual({ available: 0, reserved: 100 });
  const { InventoryReserved, InventoryRejected, StockDepleted } = await answers();
  expect(InventoryReserved).toHaveLength(100);
  expect(InventoryRejected).toHaveLength(900);
  expect(StockDepleted).toHaveLength(1);
  expect(attempts).toBeGreaterThanOrEqual(1_000);
  expect(attempts / 1_000).toBeLessThanOrEqual(2);
});

it('with enough for all of them all are served, in at most two attempts each on average', async () => {
  expect(await sell(401, 400)).toBe(0);
  expect(await shelf()).toEqual({ available: 1, reserved: 400 });
  expect((await answers()).InventoryReserved).toHaveLength(400);
  expect(attempts).toBeGreaterThanOrEqual(400);
  expect(attempts / 400).toBeLessThanOrEqual(2);
});
