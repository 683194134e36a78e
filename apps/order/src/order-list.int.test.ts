import {
  type BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import type { OrderStatus } from '@distributed-patterns/contracts';
import { ReadIncomplete } from '@distributed-patterns/messaging';
import {
  createServiceTables,
  type ServiceTables,
  startDynamoDb,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import { place } from './order.ts';
import { ordersOfCustomer } from './order-index.ts';
import type { ListedOrders, ListRequest } from './order-list.ts';
import { OrderStore } from './order-store.ts';

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
let store: OrderStore;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb, { indexes: [ordersOfCustomer] });
  store = new OrderStore(tables.client, tables);
});
afterEach(() => tables.client.middlewareStack.remove('watch'));

/** The id of the order with this number. */
const idOf = (number: number): string => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const numberOf = (orderId: string): number => Number(orderId.split('-').at(-1));

interface Given {
  readonly customerId?: string;
  readonly status?: OrderStatus;
  /** Minutes after the first order of all; by number unless told. */
  readonly minute?: number;
}

const itemOf = (number: number, { customerId = 'ann', status = 'PENDING', minute = number }: Given) => {
  const { order } = place({
    orderId: idOf(number),
    customerId,
    items: [{ productId: 'laptop', quantity: 1, unitPrice: { amount: 129_999, currency: 'USD' } }],
    total: { amount: 129_999, currency: 'USD' },
    paymentMethod: 'pm_card_visa',
    placedAt: new Date(Date.UTC(2026, 0, 15, 9, minute)).toISOString(),
  });
  return { pk: `order#${idOf(number)}`, ...order, status, version: 1 };
};

/** Orders with the numbers from `first` to `last`. */
const given = async (first: number, last: number, what: (number: number) => Given = () => ({})) => {
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  for (let start = 0; start < numbers.length; start += 25) {
    const puts = numbers.slice(start, start + 25).map((number) => ({
      PutRequest: { Item: itemOf(number, what(number)) },
    }));
    await tables.client.send(new BatchWriteCommand({ RequestItems: { [tables.stateTable]: puts } }));
  }
};

const list = (request: Partial<ListRequest> = {}) => store.list({ customerId: 'ann', limit: 10, ...request });
const numbersOf = ({ orders }: ListedOrders): number[] => orders.map(({ orderId }) => numberOf(orderId));

/** The numbers on every page, up to the last. */
const pages = async (request: Partial<ListRequest>): Promise<number[][]> => {
  const seen: number[][] = [];
  let from: ListRequest['from'];
  do {
    const page = await list({ ...request, from });
    seen.push(numbersOf(page));
    from = page.next;
  } while (from !== undefined);
  return seen;
};

/** What goes to DynamoDB from now on, by the names of the commands; after a query, something may happen. */
const watch = (afterQuery: () => Promise<unknown> = async () => undefined): string[] => {
  const seen: string[] = [];
  tables.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        seen.push(String(commandName));
        const answer = await next(args);
        if (commandName === 'QueryCommand') await afterQuery();
        return answer;
      },
    { step: 'initialize', name: 'watch' },
  );
  return seen;
};

it('a customer’s orders are listed newest first, as they are now', async () => {
  await given(1, 3, (number) => (number === 2 ? { status: 'COMPLETED' } : {}));
  const { orders, next } = await list();
  expect(orders.map(({ orderId, status }) => [numberOf(orderId), status])).toEqual([
    [3, 'PENDING'],
    [2, 'COMPLETED'],
    [1, 'PENDING'],
  ]);
  expect(next).toBeUndefined();
  expect(orders[1]).toEqual((await store.load(idOf(2)))?.order);
});

it('a customer without orders has an empty list', async () => {
  await given(1, 3, () => ({ customerId: 'bob' }));
  expect(await list()).toEqual({ orders: [] });
});

it('another customer’s orders are never in a list, wherever it begins', async () => {
  await given(1, 20, (number) => ({ customerId: number % 2 === 0 ? 'ann' : 'bob' }));
  expect((await pages({ limit: 3 })).flat()).toEqual([20, 18, 16, 14, 12, 10, 8, 6, 4, 2]);
  const ofBob = await list({ from: { orderId: idOf(19), placedAt: itemOf(19, {}).placedAt } });
  expect(numbersOf(ofBob)).toEqual([18, 16, 14, 12, 10, 8, 6, 4, 2]);
});

describe('a list in pages', () => {
  it('has every order once, each page as long as was asked for', async () => {
    await given(1, 7);
    expect(await pages({ limit: 3 })).toEqual([[7, 6, 5], [4, 3, 2], [1]]);
  });

  it('has an end, also where the last page is full', async () => {
    await given(1, 6);
    const seen = await pages({ limit: 3 });
    expect(seen.flat()).toEqual([6, 5, 4, 3, 2, 1]);
    expect(seen.slice(0, 2)).toEqual([
      [6, 5, 4],
      [3, 2, 1],
    ]);
  });

  it('goes on where it was, whatever is placed meanwhile', async () => {
    await given(1, 6);
    const { next } = await list({ limit: 3 });
    await given(7, 9);
    expect(numbersOf(await list({ limit: 3, from: next }))).toEqual([3, 2, 1]);
  });

  it('has orders of the same moment once each', async () => {
    await given(1, 9, () => ({ minute: 1 }));
    const seen = await pages({ limit: 2 });
    expect(seen.flat().sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(seen.every((page) => page.length <= 2)).toBe(true);
  });
});

describe('a list of one status', () => {
  it('has the orders that are of that status now, each once, in full pages', async () => {
    await given(1, 230, (number) => ({ status: number % 10 === 0 ? 'COMPLETED' : 'PENDING' }));
    const seen = await pages({ status: 'COMPLETED', limit: 4 });
    expect(seen.flat()).toEqual(Array.from({ length: 23 }, (_, index) => 230 - 10 * index));
    expect(seen.map(({ length }) => length).slice(0, 5)).toEqual([4, 4, 4, 4, 4]);
  });

  it('looks at a bounded number of orders at a time, and goes on after the last that it looked at', async () => {
    await given(1, 501, (number) => (number === 1 ? { status: 'COMPLETED' } : {}));
    const seen = watch();
    const first = await list({ status: 'COMPLETED', limit: 1 });
    expect(first).toEqual({ orders: [], next: { orderId: idOf(2), placedAt: itemOf(2, {}).placedAt } });
    expect(seen.filter((name) => name === 'QueryCommand')).toHaveLength(5);
    expect(seen.filter((name) => name === 'BatchGetItemCommand')).toHaveLength(5);
    const second = await list({ status: 'COMPLETED', limit: 1, from: first.next });
    expect(numbersOf(second)).toEqual([1]);
    expect(second.next).toBeUndefined();
  });

  it('loses nothing of what was read beyond a full page', async () => {
    await given(1, 5, () => ({ status: 'COMPENSATING' }));
    expect(await pages({ status: 'COMPENSATING', limit: 2 })).toEqual([[5, 4], [3, 2], [1]]);
  });
});

it('an order that is in the index only is left out, and the page filled up', async () => {
  await given(1, 4);
  const pk = `order#${idOf(3)}`;
  watch(() => tables.client.send(new DeleteCommand({ TableName: tables.stateTable, Key: { pk } })));
  expect(numbersOf(await list({ limit: 3 }))).toEqual([4, 2, 1]);
});

it('a page of the index that has ended before its first entry is not the end of the list', async () => {
  await given(1, 3);
  const { pk, customerId, placedAt } = itemOf(3, {});
  let queries = 0;
  const client = Object.create(tables.client, {
    send: {
      value: async (command: QueryCommand | BatchGetCommand) => {
        if (!(command instanceof QueryCommand)) return tables.client.send(command);
        if (queries++ === 0) return { Items: [], LastEvaluatedKey: { pk, customerId, placedAt } };
        return tables.client.send(command);
      },
    },
  }) as DynamoDBDocumentClient;
  const { orders, next } = await new OrderStore(client, tables).list({ customerId: 'ann', limit: 10 });
  expect({ numbers: numbersOf({ orders }), next }).toEqual({ numbers: [2, 1], next: undefined });
});

it('an order that changed after the index was read is listed as it is then', async () => {
  await given(1, 2);
  watch(() => tables.put({ ...itemOf(2, {}), status: 'COMPLETED' }));
  expect(numbersOf(await list({ status: 'COMPLETED' }))).toEqual([2]);
});

it('an order that cannot be understood is a fault', async () => {
  await given(1, 2);
  await tables.put({ ...itemOf(2, {}), status: 'LOST' });
  await expect(list()).rejects.toMatchObject({ name: 'ZodError' });
});

it('an order that the table had no capacity for is a fault, and not left out', async () => {
  await given(1, 3);
  const pk = `order#${idOf(2)}`;
  const client = Object.create(tables.client, {
    send: {
      value: async (command: QueryCommand | BatchGetCommand) => {
        if (command instanceof QueryCommand) return tables.client.send(command);
        const { Responses = {} } = await tables.client.send(command);
        const read = (Responses[tables.stateTable] ?? []).filter((item) => item['pk'] !== pk);
        return {
          Responses: { [tables.stateTable]: read },
          UnprocessedKeys: { [tables.stateTable]: { Keys: [{ pk }] } },
        };
      },
    },
  }) as DynamoDBDocumentClient;
  const throttled = new OrderStore(client, tables);
  await expect(throttled.list({ customerId: 'ann', limit: 10 })).rejects.toThrow(ReadIncomplete);
});

it('an idempotency guard is no order of anybody’s', async () => {
  await tables.put({ pk: 'idempotency#hashed-key', fingerprint: 'f', expiresAt: 1 });
  expect(await list()).toEqual({ orders: [] });
});
