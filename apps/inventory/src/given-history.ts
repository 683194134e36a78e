/** The ground that the test of the outcomes stands on: the service, with a history, and what is seen of it from then on. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  type Message,
  orderCancelled,
  orderCancelRequested,
  orderCompleted,
  orderFailed,
  releaseInventory,
  reserveInventory,
} from '@distributed-patterns/contracts';
import {
  allHandled,
  createServiceTables,
  messageOf,
  queueEvent,
  recordingTelemetry,
  testClockAndIds,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import { CatalogueStore } from './catalogue-store.ts';
import { InventoryStore } from './inventory-store.ts';
import { handler } from './on-message.handler.ts';

const orderId = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const price = { amount: 1000, currency: 'USD' };

/** How much the order wants, and how much there is, with some to spare. */
export const ORDERED = 2;
const PLENTY = 10;

/** A command's token says whose it is. */
const reserve = (id: string, quantity = ORDERED): Message => {
  const items = [{ productId: 'laptop', quantity, unitPrice: price }];
  return messageOf(reserveInventory, { orderId, items }, { id, replyToken: `token of ${id}` });
};
const release = (id: string): Message => messageOf(releaseInventory, { orderId }, { id, replyToken: `token of ${id}` });
const completed = (id: string): Message => messageOf(orderCompleted, { orderId }, { id });
const ended = (contract: typeof orderFailed | typeof orderCancelled) => (id: string) => {
  const items = [{ productId: 'laptop', quantity: ORDERED, unitPrice: price }];
  const order = { orderId, customerId: 'customer-123', items, total: { ...price, amount: ORDERED * price.amount } };
  const reason = { code: 'PAYMENT_DECLINED', message: 'The card was declined.' };
  return messageOf(contract, { ...order, reason }, { id });
};

/** Makes a message of the inbox with an id. */
const makers = new Map<string, (id: string) => Message>([
  ['ReserveInventory', reserve],
  ['ReleaseInventory', release],
  ['OrderCancelRequested', (id) => messageOf(orderCancelRequested, { orderId }, { id })],
  ['OrderFailed', ended(orderFailed)],
  ['OrderCancelled', ended(orderCancelled)],
  ['OrderCompleted', completed],
]);

/** What came in before, where this is stored. */
const histories = new Map<string, readonly Message[]>([
  ['nothing', []],
  ['nothing, and too little stock', []],
  ['RESERVED', [reserve('history-1')]],
  ['COMMITTED', [reserve('history-1'), completed('history-2')]],
  ['REJECTED', [reserve('history-1', PLENTY + 1)]],
  ['RELEASED', [reserve('history-1'), release('history-2')]],
]);

/** A message of the inbox, about the one order that there is. */
export function messageTo(type: string, id: string): Message {
  return known(makers, type)(id);
}

/** The service, from the moment on at which something is stored. */
export interface Service {
  readonly client: DynamoDBDocumentClient;
  /** Hands over a batch. Each has a function of its own, as where there are many. */
  receive(...batch: readonly Message[]): Promise<void>;
  /** What was handed over, and what of it is to come again. */
  readonly delivered: readonly Message[];
  readonly failed: readonly Message[];
  /** How often a person was told that something is wrong. */
  alarms(): number;
  announced(): Promise<readonly Message[]>;
  /** The status of the reservation, or `nothing`. */
  stored(): Promise<string>;
  stock(): Promise<{ readonly [quantity in 'available' | 'reserved' | 'sold' | 'received']: number }>;
}

/** The service with its history. */
export async function serviceGiven(dynamodb: TestDynamoDb, given: string): Promise<Service> {
  const tables = await createServiceTables(dynamodb);
  const catalogue = new CatalogueStore(tables.client, tables);
  const [telemetry, clockAndIds] = [recordingTelemetry(), testClockAndIds()];
  const received = given.endsWith('too little stock') ? ORDERED - 1 : PLENTY;
  const stock = { available: received, reserved: 0, sold: 0, received };
  await catalogue.add({ productId: 'laptop', name: 'Laptop', price, ...stock });
  const handOver = (batch: readonly Message[]) => {
    const store = new InventoryStore(tables.client, tables);
    return handler(queueEvent(...batch), undefined, { store, catalogue, telemetry, clockAndIds });
  };
  for (const message of known(histories, given)) expect(await handOver([message])).toEqual(allHandled);

  const announcedBefore = (await tables.recorded()).length;
  const [delivered, failed]: [Message[], Message[]] = [[], []];
  return {
    client: tables.client,
    receive: async (...batch) => {
      const { batchItemFailures } = await handOver(batch);
      const toComeAgain = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      delivered.push(...batch);
      failed.push(...batch.filter((_message, index) => toComeAgain.has(`queued-${index + 1}`)));
    },
    delivered,
    failed,
    alarms: () => telemetry.recorded.filter((metric) => metric === 'SoldWithoutReservation 1').length,
    announced: async () => (await tables.recorded()).slice(announcedBefore),
    stored: async () => String((await tables.item(`reservation#${orderId}`))?.['status'] ?? 'nothing'),
    stock: async () => {
      const product = await catalogue.load('laptop');
      if (product === undefined) throw new RangeError('the product is gone');
      return product;
    },
  };
}

function known<Value>(map: ReadonlyMap<string, Value>, key: string): Value {
  const value = map.get(key);
  if (value === undefined) throw new RangeError(`${key} is not known here`);
  return value;
}
