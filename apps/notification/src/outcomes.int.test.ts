/** Every message, on everything that may be stored when it comes, in every way in which it may arrive. */
import { type Message, refusalSchema } from '@distributed-patterns/contracts';
import { checkTables } from '@distributed-patterns/readme-tables';
import {
  type Case,
  casesOf,
  interruptBefore,
  outcomeTable,
  startDynamoDb,
  startSes,
  type TestDynamoDb,
  type TestSes,
} from '@distributed-patterns/testing';
import { join } from 'node:path';
import { type Service, serviceGiven } from './given-notification.ts';
import { COMES_AGAIN, mailed, outcomes } from './outcomes.ts';

let dynamodb: TestDynamoDb;
let ses: TestSes;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  ses = await startSes();
});
afterEach(() => ses.stop());

/** The service after the message has arrived, for each of the ways in which that can happen. */
async function* everyWay(specified: Case, undo = 'CancelNotification'): AsyncGenerator<Service> {
  const first = [specified.message, 'first'] as const;
  const second = [specified.message, 'second'] as const;
  const back = [undo, 'undo'] as const;
  switch (specified.arrives) {
    case 'once':
      yield inTurn(specified, [first]);
      return;
    case 'twice':
      yield inTurn(specified, [first], [second]);
      yield inTurn(specified, [first, second]);
      return;
    case 'after its undo':
      yield inTurn(specified, [back], [first]);
      return;
    case 'concurrently with its undo':
      yield inTurn(specified, [first, back]);
      yield* atEveryMoment(specified, first, back);
      yield* atEveryMoment(specified, back, first);
  }
}

/** The type of a message, and its id. */
type Named = readonly [type: string, id: string];

async function inTurn(specified: Case, ...batches: readonly (readonly Named[])[]): Promise<Service> {
  const service = await serviceGiven({ dynamodb, ses }, specified);
  for (const batch of batches) await service.receive(...batch.map((named) => service.messageTo(...named)));
  await service.settle();
  return service;
}

/** One message comes and is handled before each call that the other's handling makes: at the least, before it loads and before it commits. */
async function* atEveryMoment(specified: Case, outer: Named, inner: Named): AsyncGenerator<Service> {
  for (let moment = 1; ; moment++) {
    const service = await serviceGiven({ dynamodb, ses }, specified);
    const interruption = interruptBefore(service.client, moment, () => service.receive(service.messageTo(...inner)));
    await service.receive(service.messageTo(...outer));
    interruption.stop();
    if (!interruption.happened) return expect(moment).toBeGreaterThan(2);
    await service.settle();
    yield service;
  }
}

/** What is stored, which mails went out, and whether the messages have to come again. */
async function shown({ stored, mails, unhandled, delivered }: Service): Promise<string> {
  expect([0, delivered.length]).toContain(unhandled.length);
  return `${await stored()}${(await mails()).map(mailed).join('')}${unhandled.length === 0 ? '' : COMES_AGAIN}`;
}

function inWords({ type, data }: Message): string {
  const refusal = refusalSchema.safeParse(data);
  return refusal.success ? `${type} (${refusal.data.reason.code})` : type;
}

/** All that may be announced, each in the order of the alphabet: `or` says that one depends on the moment. */
function possible(announced: readonly string[]): readonly string[] {
  const all = announced.reduce<readonly (readonly string[])[]>(
    (before, one) => before.flatMap((some) => one.split(' or ').map((choice) => [...some, choice])),
    [[]],
  );
  return all.map((messages) => [...messages].sort().join(', ')).sort();
}

/** Each command that is handled is answered once, with its own token. */
async function expectAnswers({ delivered, unhandled, announced }: Service): Promise<void> {
  const handled = delivered.filter((message) => !unhandled.includes(message));
  const awaited = handled.flatMap(({ metadata: { id, replyToken } }) =>
    replyToken === undefined ? [] : [[id, replyToken]],
  );
  const answers = (await announced()).flatMap(({ metadata: { causationId, replyToken } }) =>
    replyToken === undefined ? [] : [[causationId, replyToken]],
  );
  expect(answers.sort()).toEqual(awaited.sort());
}

/** A mail that went out is corrected where the undo leaves that owed, however often it is told of. */
async function expectCorrection(service: Service): Promise<void> {
  const isOwed = (await service.stored()) === 'CANCELLED, correction owed';
  const told = (await service.announced()).filter(({ type }) => type === 'NotificationCancelled');
  for (const event of told) await service.receive(event);
  expect((await service.mails()).filter((kind) => kind === 'correction')).toHaveLength(isOwed ? 1 : 0);
}

const cases = casesOf(outcomes);
const undone = cases.filter(({ arrives }) => arrives.endsWith('its undo'));

it.each(cases)('$message, given $given, $arrives: $stored; $announced', async (specified) => {
  const seen = { stored: new Set<string>(), announced: new Set<string>() };
  for await (const service of everyWay(specified)) {
    seen.stored.add(await shown(service));
    seen.announced.add((await service.announced()).map(inWords).sort().join(', '));
    await expectAnswers(service);
    if (undone.includes(specified)) await expectCorrection(service);
  }
  expect([...seen.stored].sort()).toEqual(specified.stored.split(' or '));
  expect([...seen.announced].sort()).toEqual(possible(specified.announced));
});

it.each(undone)('$message, given $given, $arrives, which the customer asks for: $stored', async (specified) => {
  for await (const service of everyWay(specified, 'OrderCancelRequested')) {
    expect(specified.stored.split(' or ')).toContain(await shown(service));
    await expectAnswers(service);
    await expectCorrection(service);
  }
});

it('leaves nothing out: each message has its outcome on each state that it can find', () => {
  const states = ['SENDING', 'SENDING, sender dead', 'WAITING', 'SENT', 'SKIPPED', 'REJECTED'];
  const own = ['nothing', ...states];
  const paid = [...own, 'CANCELLED', 'CANCELLED, correction owed'];
  const correction = ['CANCELLED', ...['owed', ...states].map((state) => `CANCELLED, correction ${state}`)];
  const found = Object.groupBy(outcomes, ({ message }) => message);
  const expected = {
    SendNotification: paid,
    CancelNotification: paid,
    OrderCancelRequested: paid,
    NotificationCancelled: correction,
    OrderFailed: own,
    OrderCancelled: own,
  };
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [message, givens] of Object.entries(expected)) {
    expect(found[message]?.map(({ given }) => given)).toEqual(expect.arrayContaining(givens));
  }
});

it('is what the README prints', () => {
  const tables = { outcomes: outcomeTable(outcomes) };
  checkTables(join(__dirname, '../README.md'), tables, 'npx node apps/notification/src/write-readme.ts');
});
