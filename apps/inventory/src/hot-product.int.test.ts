/** A thousand orders for one product at once, as the queue hands them over: ten batches of ten at a time. */
import { reserveInventory } from '@distributed-patterns/contracts';
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
import { CatalogueStore } from './catalogue-store.ts';
import { InventoryStore } from './inventory-store.ts';
import { handler } from './on-message.handler.ts';

const ORDERS = 1_000;
/** As `Inbox` has them. */
const ENVIRONMENTS = 10;
const BATCH = 10;
/** Milliseconds that a transaction holds its items: about as long as it takes on AWS. */
const SPAN = 10;

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
let attempts: number;
beforeAll(async () => {
  dynamodb = await startDynamoDb({ transactionSpan: SPAN });
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb);
  attempts = 0;
  tables.client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'TransactWriteCommand') attempts++;
        return next(args);
      },
    { step: 'initialize', name: 'attempts' },
  );
});
afterEach(() => tables.client.middlewareStack.remove('attempts'));

const price = { amount: 129_999, currency: 'USD' };

/** Puts units on the shelf, then works off an order for each of the thousand; returns how many have to come again. */
async function sell(units: number): Promise<number> {
  const catalogue = new CatalogueStore(tables.client, tables);
  const stock = { available: units, reserved: 0, sold: 0, received: units };
  await catalogue.add({ productId: 'laptop', name: 'Laptop', price, ...stock });
  attempts = 0;
  const queue = Array.from({ length: ORDERS }, (_, order) => {
    const orderId = `0199a7c2-5b1e-7c3a-9d2f-${String(order).padStart(12, '0')}`;
    const items = [{ productId: 'laptop', quantity: 1, unitPrice: price }];
    return messageOf(reserveInventory, { orderId, items }, { id: `command-${order}`, replyToken: `token-${order}` });
  });
  const clockAndIds = testClockAndIds();
  const environment = async (): Promise<number> => {
    const store = new InventoryStore(tables.client, tables);
    const wired = { store, catalogue, telemetry: recordingTelemetry(), clockAndIds };
    let toComeAgain = 0;
    for (let batch = queue.splice(0, BATCH); batch.length > 0; batch = queue.splice(0, BATCH)) {
      const { batchItemFailures } = await handler(queueEvent(...batch), lambdaContext(15_000), wired);
      toComeAgain += batchItemFailures.length;
    }
    return toComeAgain;
  };
  const left = await Promise.all(Array.from({ length: ENVIRONMENTS }, environment));
  return left.reduce((sum, each) => sum + each, 0);
}

const shelf = async () => {
  const { available, reserved } = (await tables.item('product#laptop')) ?? {};
  return { available, reserved };
};
const answers = async () => Object.groupBy(await tables.recorded(), ({ type }) => type);

it('for a hundred units reserves exactly a hundred, refuses the rest, and hardly tries one twice', async () => {
  expect(await sell(100)).toBe(0);
  expect(await shelf()).toEqual({ available: 0, reserved: 100 });
  const { InventoryReserved, InventoryRejected, StockDepleted } = await answers();
  expect(InventoryReserved).toHaveLength(100);
  expect(InventoryRejected).toHaveLength(900);
  expect(StockDepleted).toHaveLength(1);
  expect(attempts / ORDERS).toBeLessThanOrEqual(2);
});

it('with enough for everybody serves everybody, in at most two attempts each on average', async () => {
  expect(await sell(ORDERS + 1)).toBe(0);
  expect(await shelf()).toEqual({ available: 1, reserved: ORDERS });
  expect((await answers()).InventoryReserved).toHaveLength(ORDERS);
  expect(attempts / ORDERS).toBeLessThanOrEqual(2);
}, 60_000);
