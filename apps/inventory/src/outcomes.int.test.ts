/** Every message, on everything that may be stored when it comes, in every way in which it may arrive. */
import { type Message, refusalSchema } from '@distributed-patterns/contracts';
import { checkTables } from '@distributed-patterns/readme-tables';
import {
  type Case,
  casesOf,
  interruptBefore,
  outcomeTable,
  startDynamoDb,
  type TestDynamoDb,
} from '@distributed-patterns/testing';
import { join } from 'node:path';
import { messageTo, ORDERED, type Service, serviceGiven } from './given-history.ts';
import { ALARM, DEAD_LETTER, outcomes } from './outcomes.ts';

let dynamodb: TestDynamoDb;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
});
afterAll(() => dynamodb.stop());

/** The service after the message has arrived, for each of the ways in which that can happen. */
async function* everyWay({ message, given, arrives }: Case): AsyncGenerator<Service> {
  const [first, second] = [messageTo(message, 'first'), messageTo(message, 'second')];
  const undo = messageTo('ReleaseInventory', 'undo');
  switch (arrives) {
    case 'once':
      yield inTurn(given, [first]);
      return;
    case 'twice':
      yield inTurn(given, [first], [second]);
      yield inTurn(given, [first, second]);
      return;
    case 'after its undo':
      yield inTurn(given, [undo], [first]);
      return;
    case 'concurrently with its undo':
      yield inTurn(given, [first, undo]);
      yield* atEveryMoment(given, first, undo);
      yield* atEveryMoment(given, undo, first);
  }
}

async function inTurn(given: string, ...batches: readonly (readonly Message[])[]): Promise<Service> {
  const service = await serviceGiven(dynamodb, given);
  for (const batch of batches) await service.receive(...batch);
  return service;
}

/** One message comes and is handled before each call that the other's handling makes: at the least, before it loads and before it commits. */
async function* atEveryMoment(given: string, outer: Message, inner: Message): AsyncGenerator<Service> {
  for (let moment = 1; ; moment++) {
    const service = await serviceGiven(dynamodb, given);
    const interruption = interruptBefore(service.client, moment, () => service.receive(inner));
    await service.receive(outer);
    interruption.stop();
    if (!interruption.happened) return expect(moment).toBeGreaterThan(2);
    yield service;
  }
}

/** What is stored, and whether each of the messages, or none, makes a person look. */
async function shown({ stored, delivered, failed, alarms }: Service): Promise<string> {
  const note = (concerned: number, words: string) => {
    expect([0, delivered.length]).toContain(concerned);
    return concerned === 0 ? '' : words;
  };
  return `${await stored()}${note(failed.length, DEAD_LETTER)}${note(alarms(), ALARM)}`;
}

function inWords({ type, data }: Message): string {
  const refusal = refusalSchema.safeParse(data);
  return refusal.success ? `${type} (${refusal.data.reason.code})` : type;
}

/** Where what is announced depends on the moment, each of the things that may be. */
function possible([one, ...others]: readonly string[]): readonly (readonly string[])[] {
  if (one === undefined) return [[]];
  return one.split(' or ').flatMap((choice) => possible(others).map((rest) => [choice, ...rest].sort()));
}

/** Whose token each answer carries, and what it was caused by. */
function answered(messages: readonly Message[]) {
  return messages
    .flatMap(({ metadata: { causationId, replyToken } }) =>
      replyToken === undefined ? [] : [[causationId, replyToken]],
    )
    .sort();
}

it.each(casesOf(outcomes))('$message, given $given, $arrives: $stored; $announced', async (specified) => {
  const seen: (readonly string[])[] = [];
  for await (const service of everyWay(specified)) {
    expect(await shown(service)).toBe(specified.stored);
    const announced = await service.announced();
    seen.push(announced.map(inWords).sort());
    expect(possible(specified.announced)).toContainEqual(seen.at(-1));

    // Each command that is handled is answered once, with its own token.
    const handled = service.delivered.filter((message) => !service.failed.includes(message));
    const awaited = handled.flatMap(({ metadata: { id, replyToken } }) =>
      replyToken === undefined ? [] : [[id, replyToken]],
    );
    expect(answered(announced)).toEqual(awaited.sort());

    const { available, reserved, sold, received } = await service.stock();
    expect(available + reserved + sold).toBe(received);
    const status = await service.stored();
    expect([reserved, sold]).toEqual([status === 'RESERVED' ? ORDERED : 0, status === 'COMMITTED' ? ORDERED : 0]);
  }
  expect(seen).toEqual(expect.arrayContaining([...possible(specified.announced)]));
});

it('leaves nothing out: each message has its outcome on each status, and where there is nothing', () => {
  const statuses = ['nothing', 'RESERVED', 'COMMITTED', 'REJECTED', 'RELEASED'];
  const byMessage = Object.groupBy(outcomes, ({ message }) => message);
  for (const ofMessage of Object.values(byMessage)) {
    expect(ofMessage?.map(({ given }) => given)).toEqual(expect.arrayContaining(statuses));
  }
});

it('is what the README prints', () => {
  const tables = { outcomes: outcomeTable(outcomes) };
  checkTables(join(__dirname, '../README.md'), tables, 'npx node apps/inventory/src/write-readme.ts');
});
