/** A customer's orders, page by page: found in the index, read from the table. */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { OrderStatus } from '@distributed-patterns/contracts';
import type { Order } from './order.ts';
import { ordersOfCustomer, type Position, toIndexKey, toPosition } from './order-index.ts';

/** Which orders of a customer are looked for, and how many at most. */
export interface ListRequest {
  readonly customerId: string;
  readonly status?: OrderStatus | undefined;
  readonly limit: number;
  /** The position after which the list goes on; from the newest order unless told. */
  readonly from?: Position | undefined;
}

/** Orders, newest first, and where the list goes on; without that, it is at its end. */
export interface ListedOrders {
  readonly orders: readonly Order[];
  readonly next?: Position | undefined;
}

/** What the index says of one order, and the order itself where it was looked for. */
interface Examined {
  readonly position: Position;
  readonly order: Order | undefined;
}

type Load = (orderId: string) => Promise<{ readonly order: Order } | undefined>;

/** Pages of the index that one request reads, so that a rare status makes a list short, and not slow. */
const INDEX_PAGES = 5;

/** Orders of a page where most may be of another status: as many as are read in one call. */
const INDEX_PAGE_SIZE = 100;

/**
 * A customer's orders, newest first. The index may lag, so an order may be missing for a moment; what is listed is
 * read from the table, consistently.
 */
export async function listOrders(
  { customerId, status, limit, from }: ListRequest,
  client: DynamoDBDocumentClient,
  table: string,
  load: Load,
): Promise<ListedOrders> {
  const orders: Order[] = [];
  let next = from;
  for (let page = 0; page < INDEX_PAGES; page++) {
    const size = status === undefined ? limit - orders.length : INDEX_PAGE_SIZE;
    const { positions, end } = await findPositions(client, table, { customerId, from: next, size });
    const found = await Promise.all(positions.map((position) => examine(position, status, load)));
    const examined = untilFull(found, limit - orders.length);
    orders.push(...examined.flatMap(({ order }) => order ?? []));
    // After the last order that was examined, wanted or not, so that no request begins with what an earlier one has seen.
    next = examined.length < found.length ? examined.at(-1)?.position : end;
    if (next === undefined || orders.length === limit) break;
  }
  return { orders, next };
}

async function findPositions(
  client: DynamoDBDocumentClient,
  table: string,
  {
    customerId,
    from,
    size,
  }: { readonly customerId: string; readonly from: Position | undefined; readonly size: number },
): Promise<{ readonly positions: readonly Position[]; readonly end: Position | undefined }> {
  const { Items = [], LastEvaluatedKey: last } = await client.send(
    new QueryCommand({
      TableName: table,
      IndexName: ordersOfCustomer.name,
      KeyConditionExpression: '#customerId = :customerId',
      ExpressionAttributeNames: { '#customerId': ordersOfCustomer.partitionKey },
      ExpressionAttributeValues: { ':customerId': customerId },
      ScanIndexForward: false,
      Limit: size,
      ...(from === undefined ? {} : { ExclusiveStartKey: toIndexKey(customerId, from) }),
    }),
  );
  // Whether there is more, only this key says: a page may end before its first entry.
  return { positions: Items.map(toPosition), end: last && toPosition(last) };
}

async function examine(position: Position, status: OrderStatus | undefined, load: Load): Promise<Examined> {
  const loaded = await load(position.orderId);
  const isWanted = status === undefined || loaded?.order.status === status;
  return { position, order: isWanted ? loaded?.order : undefined };
}

/** Everything up to the order with which a page is full. */
function untilFull(found: readonly Examined[], wanted: number): readonly Examined[] {
  const full = found.filter(({ order }) => order !== undefined)[wanted - 1];
  return full === undefined ? found : found.slice(0, found.indexOf(full) + 1);
}
