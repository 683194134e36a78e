/**
 * Fills a store as if many orders had been through it, in minutes: every item that one real order has left is copied under
 * fresh ids; executions and archived events are made by the services that keep them.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { AwsClient } from './aws-json.ts';
import { type Item, putAll, type TableItem } from './batch-write.ts';
import { describeSaga } from './executions.ts';
import type { System } from './system.ts';

const PREFIX = 'distributed-patterns-demo';
/** Four commands and their answers, and the order's placement. */
const EVENTS_AN_ORDER = 9;
/** The most that PutEvents takes. */
const ENTRIES = 10;
const CONNECTIONS = 8;
/** Beyond every measurement: expired copies would be deleted meanwhile. */
const KEPT_SECONDS = 86_400;

const tableNames = z.object({ TableNames: z.array(z.string()) });
const description = z.looseObject({
  Table: z.looseObject({ KeySchema: z.array(z.object({ AttributeName: z.string() })) }),
});
const timeToLive = z.looseObject({ TimeToLiveDescription: z.looseObject({ AttributeName: z.string().optional() }) });
const scanned = z.looseObject({ Items: z.array(z.record(z.string(), z.unknown())) });
const created = z.object({ stateMachineArn: z.string() });
const putEvents = z.object({ FailedEntryCount: z.literal(0) });
const anything = z.looseObject({});

/** How an item of a table is copied: which attribute is its key, and which says when it expires. */
interface Original {
  readonly table: string;
  readonly item: Item;
  readonly key: string;
  readonly expiry: string | undefined;
}

interface Filling {
  readonly count: number;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/** Fills the store and returns the ids of the orders in it. */
export async function fillWithOrders({ aws, orders }: System, filling: Filling): Promise<string[]> {
  const { count, signal, progress } = filling;
  await orders.place();
  await aws.idle();
  const orderId = orders.placed[0]?.orderId;
  if (orderId === undefined) throw new Error(`no order was accepted: ${orders.refused.join()}`);
  const originals = await itemsOf(aws, orderId);
  const ids = Array.from({ length: count }, () => randomUUID());
  const say = progressOf(progress, `${originals.length} items for each of ${count} orders`, count * originals.length);
  await putAll(aws, copies(originals, orderId, ids), signal, say);
  await fillExecutions(aws, orderId, filling);
  await fillArchive(aws, orderId, filling);
  await aws.idle();
  return ids;
}

/** All items that name an order, in every table. */
async function itemsOf(aws: AwsClient, orderId: string): Promise<Original[]> {
  const { TableNames } = await aws.call('dynamodb', 'ListTables', {}, tableNames);
  const found: Original[] = [];
  for (const table of TableNames) {
    const { Table } = await aws.call('dynamodb', 'DescribeTable', { TableName: table }, description);
    const { TimeToLiveDescription: ttl } = await aws.call(
      'dynamodb',
      'DescribeTimeToLive',
      { TableName: table },
      timeToLive,
    );
    const { Items } = await aws.call('dynamodb', 'Scan', { TableName: table }, scanned);
    for (const item of Items.filter((one) => JSON.stringify(one).includes(orderId))) {
      found.push({ table, item, key: Table.KeySchema[0]?.AttributeName ?? '', expiry: ttl.AttributeName });
    }
  }
  return found;
}

/** The items of each id in turn. */
export function* copies(originals: readonly Original[], orderId: string, ids: readonly string[]): Generator<TableItem> {
  const expiresAt = String(Math.floor(Date.now() / 1000) + KEPT_SECONDS);
  const texts = originals.map(({ item }) => JSON.stringify(item));
  for (const id of ids) {
    for (const [index, { table, key, expiry }] of originals.entries()) {
      const copy: unknown = JSON.parse(texts[index]?.replaceAll(orderId, id) ?? '');
      const item = z.record(z.string(), z.unknown()).parse(copy);
      // A key that does not name the order is a hash of something else that was its own.
      if (!JSON.stringify(item[key]).includes(id)) item[key] = { S: `${keyText(item[key])}-${id}` };
      if (expiry !== undefined && item[expiry] !== undefined) item[expiry] = { N: expiresAt };
      yield { table, item };
    }
  }
}

function keyText(value: unknown): string {
  return z.object({ S: z.string() }).parse(value).S;
}

/** Executions with the input of a real saga, of a machine that ends at once. */
async function fillExecutions(aws: AwsClient, orderId: string, { count, signal, progress }: Filling): Promise<void> {
  const { input, roleArn } = await describeSaga(aws, orderId);
  const definition = JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Pass',
    States: { Pass: { Type: 'Pass', End: true } },
  });
  const machine = { name: 'benchmark', definition, roleArn };
  const { stateMachineArn } = await aws.call('states', 'CreateStateMachine', machine, created);
  await repeat(count, signal, progressOf(progress, `${count} executions`, count), () =>
    aws.call('states', 'StartExecution', { stateMachineArn, name: `order-${randomUUID()}`, input }, anything),
  );
}

/** Events that the archive keeps and no rule wants, each as large as a command. */
async function fillArchive(aws: AwsClient, orderId: string, { count, signal, progress }: Filling): Promise<void> {
  const { input } = await describeSaga(aws, orderId);
  const entry = {
    EventBusName: `${PREFIX}-event-bus-dev`,
    Source: 'operator',
    DetailType: 'BenchmarkFilling',
    Detail: input,
  };
  const Entries = Array.from({ length: ENTRIES }, () => entry);
  const calls = Math.ceil((count * EVENTS_AN_ORDER) / ENTRIES);
  const say = progressOf(progress, `${calls * ENTRIES} archived events`, calls);
  await repeat(calls, signal, say, () => aws.call('events', 'PutEvents', { Entries }, putEvents));
}

/** Calls so many times over several connections. */
async function repeat(
  count: number,
  signal: AbortSignal,
  onCount: (count: number) => void,
  call: () => Promise<unknown>,
): Promise<void> {
  let begun = 0;
  const connection = async () => {
    while (begun < count) {
      signal.throwIfAborted();
      onCount(++begun);
      await call();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
}

/** Tells every quarter of the way. */
function progressOf(progress: (text: string) => void, what: string, total: number): (count: number) => void {
  let told = 0;
  progress(`filling in ${what}`);
  return (count) => {
    const quarter = Math.floor((4 * count) / total);
    if (quarter === told) return;
    told = quarter;
    progress(`filling in ${what}: ${quarter * 25} %`);
  };
}
