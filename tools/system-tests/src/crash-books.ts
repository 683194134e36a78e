/** What the system says of itself once it has come to rest: every order, payment, mail, product, saga and queue. */
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListExecutionsCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { moneySchema, orderStatuses } from '@distributed-patterns/contracts';
import * as z from 'zod';
import type { System } from './system.ts';

const PREFIX = 'distributed-patterns-demo';

const orderSchema = z.object({
  orderId: z.string(),
  customerId: z.string(),
  status: z.enum(orderStatuses),
  items: z.array(z.object({ productId: z.string(), quantity: z.int() })),
  total: moneySchema,
  reason: z.object({ code: z.string() }).optional(),
});
const productSchema = z.object({
  pk: z.string(),
  productId: z.string(),
  available: z.int(),
  reserved: z.int(),
  sold: z.int(),
  received: z.int(),
});
const paymentSchema = z.object({
  status: z.string(),
  amount_received: z.int(),
  metadata: z.object({ orderId: z.string() }),
  latest_charge: z.object({ amount_refunded: z.int() }).nullable(),
});
const mailSchema = z.object({ subject: z.string(), sentAt: z.iso.datetime().transform(Date.parse) });

export type BookedOrder = z.infer<typeof orderSchema>;
export type BookedProduct = z.infer<typeof productSchema>;
export type BookedPayment = z.infer<typeof paymentSchema>;
export type BookedMail = z.infer<typeof mailSchema>;

/** Everything there is to be checked. */
export interface Books {
  readonly orders: readonly BookedOrder[];
  readonly products: readonly BookedProduct[];
  readonly payments: readonly BookedPayment[];
  /** Oldest first; `sentAt` in milliseconds since the epoch, on the system's clock. */
  readonly mails: readonly BookedMail[];
  readonly executions: readonly { readonly name: string; readonly status: string }[];
  /** When the function that sends mails was ended since its time was over; milliseconds, on the system's clock. */
  readonly timeouts: readonly number[];
  /** What lies in each queue and each outbox, by name. */
  readonly left: Readonly<Record<string, number>>;
}

/** Reads everything, as the account's administrator. */
export async function readBooks(system: System): Promise<Books> {
  return {
    orders: z.array(orderSchema).parse((await scan(system, 'orders-table')).filter((item) => 'orderId' in item)),
    products: await readProducts(system),
    payments: z.array(paymentSchema).parse(await adminList(system, 'payments')),
    mails: z
      .array(mailSchema)
      .parse(await adminList(system, 'mailbox'))
      .reverse(),
    executions: await readExecutions(system),
    timeouts: await readTimeouts(system),
    left: { ...(await countMessages(system)), ...(await countOutboxes(system)) },
  };
}

/** How many orders have been accepted and have not ended. */
export async function countUnfinished(system: System): Promise<number> {
  const items = await scan(system, 'orders-table', {
    FilterExpression: 'attribute_exists(orderId) AND NOT #status IN (:completed, :failed, :cancelled)',
    ProjectionExpression: 'orderId',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':completed': 'COMPLETED', ':failed': 'FAILED', ':cancelled': 'CANCELLED' },
  });
  return items.length;
}

export async function readProducts(system: System): Promise<BookedProduct[]> {
  const items = await scan(system, 'inventory-table');
  return z.array(productSchema).parse(items.filter((item) => 'available' in item));
}

/** Takes in a delivery of each of these products, as an administrator does: of more than a test can order. */
export async function fillShelves(system: System, productIds: readonly string[], quantity: number): Promise<void> {
  for (const productId of productIds) {
    const headers = { 'idempotency-key': `fill-shelves-${productId}` };
    const response = await system.post({ quantity }, headers, `/products/${productId}/restock`);
    if (!response.ok) throw new Error(`${productId} was not restocked: ${await response.text()}`);
  }
}

function documents(system: System): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(system.sdk));
}

async function scan(system: System, table: string, options: object = {}): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  const input = { TableName: `${PREFIX}-${table}-dev`, ConsistentRead: true, ...options };
  for await (const { Items = [] } of paginateScan({ client: documents(system) }, input)) found.push(...Items);
  return found;
}

async function adminList(system: System, what: 'payments' | 'mailbox'): Promise<unknown> {
  const headers = { accept: 'application/json' };
  return (await fetch(`${system.awsUrl}/_local-cloud/${what}`, { headers })).json();
}

/** The names of the sagas that have not ended. */
export async function runningSagas(system: System): Promise<ReadonlySet<string>> {
  return new Set((await readExecutions(system, 'RUNNING')).map(({ name }) => name));
}

async function readExecutions(system: System, statusFilter?: 'RUNNING'): Promise<Books['executions']> {
  const client = new SFNClient(system.sdk);
  const { stateMachines = [] } = await client.send(new ListStateMachinesCommand({}));
  const found: { name: string; status: string }[] = [];
  for (const { stateMachineArn } of stateMachines) {
    let nextToken: string | undefined;
    do {
      const page = await client.send(
        new ListExecutionsCommand({ stateMachineArn, statusFilter, maxResults: 1000, nextToken }),
      );
      found.push(...(page.executions ?? []).map(({ name = '', status = '' }) => ({ name, status })));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }
  return found;
}

async function readTimeouts(system: System): Promise<number[]> {
  const client = new CloudWatchLogsClient(system.sdk);
  const logGroupName = `/aws/lambda/${PREFIX}-notification-on-message-dev`;
  const found: number[] = [];
  for await (const { events = [] } of paginateFilterLogEvents(
    { client },
    { logGroupName, filterPattern: '"Task timed out"' },
  )) {
    found.push(...events.flatMap(({ timestamp }) => timestamp ?? []));
  }
  return found;
}

async function countMessages(system: System): Promise<Record<string, number>> {
  const client = new SQSClient(system.sdk);
  const { QueueUrls = [] } = await client.send(new ListQueuesCommand({ MaxResults: 1000 }));
  const counts: Record<string, number> = {};
  for (const QueueUrl of QueueUrls) {
    const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    const {
      ApproximateNumberOfMessages: visible,
      ApproximateNumberOfMessagesNotVisible: inFlight,
      ApproximateNumberOfMessagesDelayed: delayed,
    } = Attributes;
    counts[QueueUrl.split('/').at(-1) ?? QueueUrl] = Number(visible) + Number(inFlight) + Number(delayed);
  }
  return counts;
}

async function countOutboxes(system: System): Promise<Record<string, number>> {
  const { TableNames = [] } = await new DynamoDBClient(system.sdk).send(new ListTablesCommand({}));
  const counts: Record<string, number> = {};
  for (const name of TableNames.filter((table) => table.includes('outbox'))) {
    counts[name] = (await scan(system, name.slice(PREFIX.length + 1, -'-dev'.length))).length;
  }
  return counts;
}
