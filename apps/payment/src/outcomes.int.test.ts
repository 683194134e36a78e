/** Every message, on everything that may be stored when it comes, in every way in which it may arrive. */
import { type Message, orderCancelRequested, processPayment, refundPayment } from '@distributed-patterns/contracts';
import { checkTables } from '@distributed-patterns/readme-tables';
import {
  allHandled,
  type Case,
  casesOf,
  createServiceTables,
  interruptBefore,
  messageOf,
  outcomeTable,
  queueEvent,
  recordingTelemetry,
  startDynamoDb,
  startStripe,
  testClockAndIds,
  type TestDynamoDb,
  type TestStripe,
} from '@distributed-patterns/testing';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { join } from 'node:path';
import { Gateway } from './gateway.ts';
import { handler } from './on-message.handler.ts';
import { outcomes } from './outcomes.ts';
import { conclude, type Created, created, type Outcome, type Payment, refunded } from './payment.ts';
import { PaymentStore } from './payment-store.ts';

const total = { amount: 129_999, currency: 'USD' };
/** For all cases: the gateway remembers the keys that are made of its ids. */
const clockAndIds = testClockAndIds();

let dynamodb: TestDynamoDb;
let stripe: TestStripe;
let gateway: Gateway;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
  stripe = await startStripe();
  gateway = new Gateway({ apiKey: stripe.apiKey, url: stripe.url });
});
afterAll(async () => {
  await dynamodb.stop();
  await stripe.stop();
});

/** How something comes to be stored: the customer's card, how far the gateway was asked, and what was recorded of it. */
interface Given {
  readonly card: string;
  readonly isCreated?: true;
  readonly isConfirmed?: true;
  /** By a person, at the gateway. */
  readonly isGivenBack?: true;
  readonly record?: (payment: Created, outcome: Outcome) => Payment;
}

const good = 'pm_card_visa';
const declined = 'pm_card_chargeDeclined';
const needy = 'pm_card_authenticationRequired';
const concluded = (payment: Created, outcome: Outcome) => {
  if (outcome.kind === 'unconfirmed') throw new Error('not confirmed');
  return conclude(payment, outcome);
};
const givens: Readonly<Record<string, Given>> = {
  nothing: { card: good },
  'nothing, and the card is declined': { card: declined },
  'nothing, and the card needs its customer': { card: needy },
  'nothing, and there is no such card': { card: 'pm_card_unheardOf' },
  'CREATED, not confirmed': { card: good, isCreated: true },
  'CREATED, charged': { card: good, isCreated: true, isConfirmed: true },
  'CREATED, charged and given back': { card: good, isCreated: true, isConfirmed: true, isGivenBack: true },
  'CREATED, declined': { card: declined, isCreated: true, isConfirmed: true },
  'CREATED, needs its customer': { card: needy, isCreated: true, isConfirmed: true },
  PROCESSED: { card: good, isCreated: true, isConfirmed: true, record: concluded },
  DECLINED: { card: declined, isCreated: true, isConfirmed: true, record: concluded },
  REFUNDED: {
    card: good,
    isCreated: true,
    isConfirmed: true,
    record: (payment) => refunded(payment, payment.orderId),
  },
};

/** One order of its own, with what is given. */
interface Stage {
  readonly client: DynamoDBDocumentClient;
  receive(...messages: readonly Message[]): Promise<void>;
  readonly process: (replyToken?: string) => Message;
  readonly refund: (replyToken?: string) => Message;
  readonly cancel: () => Message;
  /** Compares what is stored, and what the gateway holds. */
  expectStored(status: string): Promise<void>;
  /** Compares what is announced; every answer carries the token of its own command. */
  expectAnnounced(announced: readonly string[], tokens: readonly string[]): Promise<void>;
  /** What is announced, in the order of the alphabet. */
  announced(): Promise<string[]>;
  /** The tokens that were answered. */
  answered(): Promise<string[]>;
}

async function stageOf(name: string): Promise<Stage> {
  const given = givens[name];
  if (given === undefined) throw new Error(`nobody knows how to store ${name}`);
  const tables = await createServiceTables(dynamodb);
  const store = new PaymentStore(tables.client, tables);
  const orderId = clockAndIds.newId();
  const charge = { orderId, customerId: 'customer-123', total, paymentMethod: given.card };
  if (given.isCreated) await store.commit(undefined, await madeAtGateway(charge, given), []);

  const told = async () => (await tables.recorded()).map(({ type, data }) => withCode(type, data)).sort();
  const answered = async () =>
    (await tables.recorded()).flatMap(({ metadata: { replyToken = [] } }) => replyToken).sort();
  const wired = { store, telemetry: recordingTelemetry(), clockAndIds, gateway: async () => gateway };
  return {
    client: tables.client,
    async receive(...messages) {
      for (const each of messages) expect(await handler(queueEvent(each), undefined, wired)).toEqual(allHandled);
    },
    process: (replyToken = 'token-p') => messageOf(processPayment, charge, { replyToken }),
    refund: (replyToken = 'token-r') => messageOf(refundPayment, { orderId }, { replyToken }),
    cancel: () => messageOf(orderCancelRequested, { orderId }),
    async expectStored(status) {
      expect((await store.load(orderId))?.status).toBe(status);
      await expectHeld(orderId, status === 'PROCESSED' ? total.amount : 0);
    },
    async expectAnnounced(announced, tokens) {
      expect(await told()).toEqual(announced.map((each) => expect.stringMatching(either(each))));
      expect(await answered()).toEqual(tokens);
    },
    announced: told,
    answered,
  };
}

async function madeAtGateway(charge: Parameters<Gateway['create']>[0], given: Given): Promise<Payment> {
  const creation = await gateway.create(charge, clockAndIds.newId());
  if (creation.kind === 'declined') throw new Error(creation.reason.code);
  const payment = created(charge, creation.intentId, clockAndIds.now().toISOString());
  if (!given.isConfirmed) return payment;
  const outcome = await gateway.confirm(payment.intentId, clockAndIds.newId());
  if (given.isGivenBack) await gateway.undo(payment.intentId, clockAndIds.newId());
  if (given.record === undefined) return payment;
  const recorded = given.record(payment, outcome);
  // What is refused or refunded was settled at the gateway first.
  if (recorded.status !== 'PROCESSED') await gateway.undo(payment.intentId, clockAndIds.newId());
  return recorded;
}

function withCode(type: string, data: unknown): string {
  const code = /"code":"([^"]+)"/.exec(JSON.stringify(data))?.[1];
  return code === undefined ? type : `${type} (${code})`;
}

/** `A or B (CODE)` is either of them, to the letter. */
function either(announced: string): RegExp {
  return new RegExp(`^(${announced.replaceAll(/[()]/g, '\\$&').replaceAll(' or ', '|')})$`);
}

/** So much is held for the order, and no intent is left that could still be charged. */
async function expectHeld(orderId: string, amount: number): Promise<void> {
  const intents = (await stripe.payments()).filter(({ metadata }) => metadata['orderId'] === orderId);
  expect(intents.reduce((sum, { held }) => sum + held, 0)).toBe(amount);
  for (const { status } of intents) expect(['canceled', 'succeeded']).toContain(status);
}

/** Everything that one message does and everything that the other does, the second at every moment of the first. */
async function atEveryMoment(
  given: string,
  messages: (stage: Stage) => readonly [outer: Message, inner: Message],
  check: (stage: Stage) => Promise<void>,
): Promise<void> {
  for (let moment = 1; ; moment++) {
    const stage = await stageOf(given);
    const [outer, inner] = messages(stage);
    const interruption = interruptBefore(stage.client, moment, () => stage.receive(inner));
    await stage.receive(outer);
    interruption.stop();
    if (!interruption.happened) {
      expect(moment).toBeGreaterThan(1);
      return;
    }
    await check(stage);
  }
}

const commandOf = (stage: Stage, message: string, token: string): Message => {
  if (message === 'ProcessPayment') return stage.process(token);
  return message === 'RefundPayment' ? stage.refund(token) : stage.cancel();
};

/** The tokens of the commands that came; nobody waits for an answer to what is no command. */
const tokensOf = ({ message }: Case, ...tokens: readonly string[]) =>
  message === 'OrderCancelRequested' ? [] : tokens;

const run: Readonly<Record<Case['arrives'], (expected: Case) => Promise<void>>> = {
  once: (expected) => comes(expected, 'token-1'),
  twice: (expected) => comes(expected, 'token-1', 'token-2'),
  async 'after its undo'(expected) {
    const stage = await stageOf(expected.given);
    await stage.receive(stage.refund(), stage.process());
    await stage.expectStored(expected.stored);
    await stage.expectAnnounced(expected.announced, ['token-p', 'token-r']);
  },
  async 'concurrently with its undo'(expected) {
    const told = new Set<string>();
    const check = async (stage: Stage) => {
      await stage.expectStored(expected.stored);
      await stage.expectAnnounced(expected.announced, ['token-p', 'token-r']);
      for (const each of await stage.announced()) told.add(each);
    };
    await atEveryMoment(expected.given, (stage) => [stage.process(), stage.refund()], check);
    await atEveryMoment(expected.given, (stage) => [stage.refund(), stage.process()], check);
    // Each answer that the table allows does come, at one moment or another.
    expect([...told].sort()).toEqual(expected.announced.flatMap((each) => each.split(' or ')));
  },
};

async function comes(expected: Case, ...tokens: readonly string[]): Promise<void> {
  const stage = await stageOf(expected.given);
  for (const token of tokens) await stage.receive(commandOf(stage, expected.message, token));
  await stage.expectStored(expected.stored);
  await stage.expectAnnounced(expected.announced, tokensOf(expected, ...tokens));
}

it.each(casesOf(outcomes))('$message that finds $given, $arrives, leaves $stored', (expected) =>
  run[expected.arrives](expected),
);

it.each(Object.keys(givens))(
  'a customer who cancels at any moment of a ProcessPayment that finds %s is charged nothing, and the saga is answered',
  async (given) => {
    const check = async (stage: Stage) => {
      await stage.expectStored('REFUNDED');
      expect(await stage.answered()).toEqual(['token-p']);
    };
    await atEveryMoment(given, (stage) => [stage.process(), stage.cancel()], check);
    await atEveryMoment(given, (stage) => [stage.cancel(), stage.process()], check);
  },
);

it('every message is told of for everything that may be stored', () => {
  const stored = Object.keys(givens);
  const rows = (message: string) => outcomes.filter((each) => each.message === message).map(({ given }) => given);
  expect(rows('ProcessPayment')).toEqual(stored);
  for (const message of ['RefundPayment', 'OrderCancelRequested']) {
    expect(rows(message)).toEqual(stored.filter((given) => !given.startsWith('nothing, ')));
  }
});

it('the README prints what is specified', () => {
  const tables = { outcomes: outcomeTable(outcomes) };
  checkTables(join(__dirname, '../README.md'), tables, 'npx node apps/payment/src/write-readme.ts');
});
