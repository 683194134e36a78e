/** The ground that the tests of placing orders stand on: tables, requests, and what these have led to. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Message, problemType } from '@distributed-patterns/contracts';
import { httpEdge } from '@distributed-patterns/http-api';
import {
  createServiceTables,
  environmentOf,
  httpEvent,
  lambdaContext,
  type ServiceTables,
  startDynamoDb,
  type TestDynamoDb,
  type TestRequest,
} from '@distributed-patterns/testing';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import * as z from 'zod';
import { placeOrder } from './place-order.handler.ts';
import { placementWiringWith } from './placement-wiring.ts';

/** What an order's answer and a problem have that tests speak of. */
const bodySchema = z.looseObject({ orderId: z.string().optional(), type: z.string().optional() });

/** An answer with its body read. */
export interface GivenAnswer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, boolean | number | string>>;
  readonly body: z.infer<typeof bodySchema>;
}

/** What a customer's requests have led to. */
export interface Traces {
  readonly orders: readonly Readonly<Record<string, unknown>>[];
  readonly guards: readonly Readonly<Record<string, unknown>>[];
  readonly events: readonly Message[];
}

export interface GivenPlacements {
  readonly dynamodb: TestDynamoDb;
  readonly tables: ServiceTables;
  /** The client of `post`: each of its calls is made once only, so that no fault is waited out. */
  readonly client: DynamoDBDocumentClient;
  post(request: Omit<TestRequest, 'route'>, context?: Context): Promise<GivenAnswer>;
  tracesOf(customerId: string): Promise<Traces>;
  stop(): Promise<void>;
}

/** The body of an order; each test has a customer, and so a key, of its own. */
export const bodyOf = (customerId: string, price = 1299.99) => ({
  customerId,
  items: [{ productId: 'laptop', quantity: 2, price }],
});

export const withKey = (key: string) => ({ 'idempotency-key': key });

/** A function whose time is over already: nobody waits for it any longer. */
export const outOfTime = () => lambdaContext(-1);

/** What is so of every answer that names the one order. */
export const placed = (orderId: unknown) => ({ status: 201, body: { orderId } });
export const replayed = (orderId: unknown) => ({
  ...placed(orderId),
  headers: { 'idempotent-replayed': 'true', location: `/orders/${String(orderId)}` },
});
export const inProgress = {
  status: 409,
  headers: { 'retry-after': '1' },
  body: { type: problemType('request-in-progress') },
};
export const keyReused = { status: 422, body: { type: problemType('idempotency-key-reused') } };

/** What `jest.useFakeTimers` leaves alone, so that only the clock stands still: Powertools asks it, too. */
export const allButTheDate = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

export async function givenPlacements(): Promise<GivenPlacements> {
  const dynamodb = await startDynamoDb();
  const tables = await createServiceTables(dynamodb);
  const seconds = { IDEMPOTENCY_SECONDS: '600', IDEMPOTENCY_RECORD_SECONDS: '589' };
  Object.assign(process.env, environmentOf(dynamodb, tables), seconds);
  const plain = new DynamoDBClient({ endpoint: dynamodb.endpoint, maxAttempts: 1 });
  const client = DynamoDBDocumentClient.from(plain);
  const wired = placementWiringWith(client);
  const handler = httpEdge(
    (event, context) => placeOrder(event, context, wired),
    () => wired.telemetry,
  );
  return {
    dynamodb,
    tables,
    client,
    post: async (request, context = lambdaContext()) =>
      answerOf(await handler(httpEvent({ route: 'POST /orders', ...request }), context)),
    tracesOf: async (customerId) => tracesOf(tables, customerId),
    stop: async () => {
      plain.destroy();
      await dynamodb.stop();
    },
  };
}

export function answerOf({ statusCode, headers = {}, body }: APIGatewayProxyStructuredResultV2): GivenAnswer {
  return { status: statusCode, headers, body: bodySchema.parse(JSON.parse(body ?? 'null')) };
}

async function tracesOf(tables: ServiceTables, customerId: string): Promise<Traces> {
  const items = await tables.items();
  const orders = items.filter((item) => item['customerId'] === customerId);
  const names = (value: unknown) =>
    orders.some(({ orderId }) => JSON.stringify(value).includes(`"${String(orderId)}"`));
  return {
    orders,
    guards: items.filter(({ pk, response }) => String(pk).startsWith('idempotency#') && names(response)),
    events: (await tables.recorded()).filter(({ data }) => names(data)),
  };
}
