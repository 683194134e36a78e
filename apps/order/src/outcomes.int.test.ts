/** Every message, on everything that may be stored when it comes, in every way in which it may arrive. */
import {
  completeOrder,
  failOrder,
  inventoryReleased,
  inventoryReserved,
  type Message,
  notificationCancelled,
  notificationSent,
  paymentProcessed,
  paymentRefunded,
  reasonSchema,
  reservationOverdue,
} from '@distributed-patterns/contracts';
import { HttpProblem } from '@distributed-patterns/http-api';
import { checkTables } from '@distributed-patterns/readme-tables';
import {
  type Case,
  casesOf,
  createServiceTables,
  httpEvent,
  interruptBefore,
  lambdaContext,
  messageOf,
  outcomeTable,
  queueEvent,
  recordingTelemetry,
  type ServiceTables,
  startDynamoDb,
  testClockAndIds,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import { join } from 'node:path';
import * as z from 'zod';
import { cancelOrder } from './cancel-order.handler.ts';
import { handler } from './on-message.handler.ts';
import { cancel, complete, type Decision, fail, follow, type Order, place } from './order.ts';
import { OrderStore } from './order-store.ts';
import { DEAD_LETTER, ENDED, outcomes, TO_BE_CANCELLED, UNDER_WAY } from './outcomes.ts';

const AT = '2026-01-15T09:30:00.000Z';
const clockAndIds = testClockAndIds(AT);

type Decide = (order: Order) => Decision;
const reserved: Decide = (order) => follow(order, { step: 'reserved', at: AT });
const paid: Decide = (order) => follow(order, { step: 'paid', at: AT });
const refunded: Decide = (order) => follow(order, { step: 'refunded', at: AT });
const completed: Decide = (order) => complete(order, AT);
const failed: Decide = (order) => fail(order, { code: 'OUT_OF_STOCK', message: 'None are left.' }, AT);
const cancelled: Decide = (order) => cancel(order, AT);

/** How an order comes to each status. */
const histories: Readonly<Record<string, readonly Decide[]>> = {
  PENDING: [],
  INVENTORY_RESERVED: [reserved],
  PAYMENT_PROCESSED: [reserved, paid],
  COMPENSATING: [reserved, refunded],
  COMPLETED: [completed],
  FAILED: [failed],
  CANCELLED: [cancelled, failed],
};
const groups: Readonly<Record<string, readonly string[]>> = {
  [UNDER_WAY]: ['PENDING', 'INVENTORY_RESERVED', 'PAYMENT_PROCESSED'],
  [ENDED]: ['COMPLETED', 'FAILED', 'CANCELLED'],
};

/** Something that arrives: of a message, with the token of whoever waits for its answer, if anybody does. */
type Arrive = (service: Service, token: string) => Promise<unknown>;

const arriving =
  (make: (orderId: string, replyToken: string) => Message): Arrive =>
  (service, token) =>
    service.receive(make(service.orderId, token));

const reason = { code: 'PAYMENT_DECLINED', message: 'The card was declined.' };
const amount = { amount: 129_999, currency: 'USD' };
const deliveries: Readonly<Record<string, Arrive>> = {
  CompleteOrder: arriving((orderId, replyToken) => messageOf(completeOrder, { orderId }, { replyToken })),
  FailOrder: arriving((orderId, replyToken) => messageOf(failOrder, { orderId, reason }, { replyToken })),
  ReservationOverdue: arriving((orderId) => messageOf(reservationOverdue, { orderId, reservedAt: AT })),
  InventoryReserved: arriving((orderId) => messageOf(inventoryReserved, { orderId })),
  InventoryReleased: arriving((orderId) => messageOf(inventoryReleased, { orderId })),
  PaymentProcessed: arriving((orderId) => messageOf(paymentProcessed, { orderId, paymentId: 'pi_1', amount })),
  PaymentRefunded: arriving((orderId) => messageOf(paymentRefunded, { orderId })),
  NotificationSent: arriving((orderId) => messageOf(notificationSent, { orderId, skipped: false })),
  NotificationCancelled: arriving((orderId) => messageOf(notificationCancelled, { orderId })),
  'a cancellation': (service) => service.cancel(),
};
const undos: Readonly<Record<string, string>> = {
  CompleteOrder: 'a cancellation',
  InventoryReserved: 'InventoryReleased',
  PaymentProcessed: 'PaymentRefunded',
  NotificationSent: 'NotificationCancelled',
};
const kinds: Readonly<Record<string, readonly string[]>> = {
  'PaymentProcessed or NotificationSent': ['PaymentProcessed', 'NotificationSent'],
  'the answer of an undo': ['InventoryReleased', 'PaymentRefunded', 'NotificationCancelled'],
};

const saysWhy = z.object({ reason: reasonSchema });
const itemSchema = z.object({ status: z.string(), cancelRequestedAt: z.string().optional() });
let made = 0;

/** The service with one order, which is its own, and what becomes of it. */
class Service {
  readonly orderId = `0199a7c2-5b1e-7c3a-9d2f-${String(++made).padStart(12, '0')}`;
  readonly #store = new OrderStore(tables.client, tables);
  readonly #telemetry = recordingTelemetry();
  #unhandled = 0;
  /** The tokens of the commands that were handled. */
  readonly awaited: string[] = [];

  static async given(stored: string): Promise<Service> {
    const service = new Service();
    if (stored !== 'nothing') await service.#put(stored);
    return service;
  }

  async #put(stored: string): Promise<void> {
    const [status = '', ...wish] = stored.split(TO_BE_CANCELLED);
    const { order } = place({
      orderId: this.orderId,
      customerId: 'ann',
      items: [{ productId: 'laptop', quantity: 1, unitPrice: amount }],
      total: amount,
      paymentMethod: 'pm_card_visa',
      placedAt: AT,
    });
    const history = [...(histories[status] ?? []), ...wish.map(() => cancelled)];
    const last = history.reduce((state, decide) => {
      const decision = decide(state);
      return decision.kind === 'accepted' ? decision.order : state;
    }, order);
    await this.#store.commit({ order, version: 0 }, { ...last }, []);
  }

  get #wired() {
    return { store: this.#store, telemetry: this.#telemetry, clockAndIds };
  }

  async receive(...messages: readonly Message[]): Promise<void> {
    const { batchItemFailures } = await handler(queueEvent(...messages), undefined, this.#wired);
    this.#unhandled += batchItemFailures.length;
    if (batchItemFailures.length === 0)
      this.awaited.push(...messages.flatMap(({ metadata }) => metadata.replyToken ?? []));
  }

  /** The customer's request; that it is refused is an answer, too. */
  async cancel(): Promise<void> {
    const route = 'POST /orders/{orderId}/cancel';
    const event = httpEvent({ route, parameters: { orderId: this.orderId } });
    await cancelOrder(event, lambdaContext(), this.#wired).catch((error: unknown) => {
      if (!(error instanceof HttpProblem)) throw error;
    });
  }

  /** What is stored, in words. */
  async stored(): Promise<string> {
    const item = await tables.item(`order#${this.orderId}`);
    const note = this.#unhandled === 0 ? '' : DEAD_LETTER;
    if (item === undefined) return `nothing${note}`;
    const { status, cancelRequestedAt } = itemSchema.parse(item);
    const wish = cancelRequestedAt === undefined || status === 'CANCELLED' ? '' : TO_BE_CANCELLED;
    return `${status}${wish}${note}`;
  }

  async announced(): Promise<readonly Message[]> {
    return (await tables.recorded()).filter(({ data }) => JSON.stringify(data).includes(this.orderId));
  }
}

let dynamodb: TestDynamoDb;
let tables: ServiceTables;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  tables = await createServiceTables(dynamodb);
});

/** A case of the table, of one message on one status. */
type Single = Pick<Case, 'arrives' | 'stored' | 'announced'> & { readonly what: string; readonly status: string };

/** Every message and every status that a row stands for. */
function singles({ message, given, stored, ...rest }: Case): Single[] {
  const [group = given, wish = ''] = given.split(/(?=, )/);
  return (kinds[message] ?? [message]).flatMap((what) =>
    (groups[group] ?? [group]).map((status) => ({
      ...rest,
      what,
      status: `${status}${wish}`,
      stored: stored.replace(group, status),
    })),
  );
}

/** The service after the message has arrived, for each of the ways in which that can happen. */
async function* everyWay({ what, status, arrives }: Single): AsyncGenerator<Service> {
  const arrive = found(deliveries, what);
  const undo = () => found(deliveries, found(undos, what));
  switch (arrives) {
    case 'once':
      return yield inTurn(status, arrive);
    case 'twice':
      return yield inTurn(status, arrive, arrive);
    case 'after its undo':
      return yield inTurn(status, undo(), arrive);
    case 'concurrently with its undo':
      yield* atEveryMoment(status, arrive, undo());
      yield* atEveryMoment(status, undo(), arrive);
  }
}

async function inTurn(status: string, ...arrivals: readonly Arrive[]): Promise<Service> {
  const service = await Service.given(status);
  for (const [index, arrive] of arrivals.entries()) await arrive(service, `token-${index + 1}`);
  return service;
}

/** One comes and is handled before each call that the other's handling makes: before it loads, and before it commits where it does. */
async function* atEveryMoment(status: string, outer: Arrive, inner: Arrive): AsyncGenerator<Service> {
  for (let moment = 1; ; moment++) {
    const service = await Service.given(status);
    const interruption = interruptBefore(tables.client, moment, () => inner(service, 'token-1'));
    await outer(service, 'token-1');
    interruption.stop();
    if (!interruption.happened) return expect(moment).toBeGreaterThan(1);
    yield service;
  }
}

function found<Value>(record: Readonly<Record<string, Value>>, name: string): Value {
  const value = record[name];
  if (value === undefined) throw new Error(`nobody knows ${name}`);
  return value;
}

/** What may be left: one thing, or each of those of which the moment decides. */
function alternatives({ stored, announced }: Single): string[] {
  const ways = stored.split(' or ');
  if (ways.length === 1) return [inOneLine(stored, announced)];
  const answers = (announced[0] ?? '').split(' or ');
  return ways.map((way, index) => inOneLine(way, (answers[index] ?? '').split(' and ')));
}

function inOneLine(stored: string, announced: readonly string[]): string {
  return [stored, ...[...announced].sort()].join(' | ');
}

function inWords({ type, data }: Message): string {
  const { data: why } = saysWhy.safeParse(data);
  return why === undefined ? type : `${type} (${why.reason.code})`;
}

it.each(casesOf(outcomes))('$message, given $given, $arrives: $stored; $announced', async (row) => {
  for (const single of singles(row)) {
    const seen = new Set<string>();
    for await (const service of everyWay(single)) {
      const announced = await service.announced();
      const shown = inOneLine(await service.stored(), announced.map(inWords));
      expect(alternatives(single)).toContain(shown);
      seen.add(shown);

      // Each command that is handled is answered once, with its own token.
      const tokens = announced.flatMap(({ metadata }) => metadata.replyToken ?? []);
      expect(tokens.sort()).toEqual([...service.awaited].sort());
    }
    expect([...seen].sort()).toEqual(alternatives(single).sort());
  }
});

it('leaves nothing out: each message has its outcome on each status, and where there is nothing', () => {
  for (const rows of Object.values(Object.groupBy(outcomes, ({ message }) => message))) {
    const statuses = rows?.flatMap(({ given }) => groups[given] ?? [given]);
    expect(statuses).toEqual(expect.arrayContaining(['nothing', ...Object.keys(histories)]));
  }
  const told = Object.keys(deliveries).filter((what) => !Object.values(kinds).flat().includes(what));
  expect(new Set(outcomes.map(({ message }) => message))).toEqual(new Set([...told, ...Object.keys(kinds)]));
});

it('is what the README prints', () => {
  const printed = { outcomes: outcomeTable(outcomes) };
  checkTables(join(__dirname, '../README.md'), printed, 'npx node apps/order/src/write-readme.ts');
});
