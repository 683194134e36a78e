/** Placing an order in a function that dies: at each of its calls, before DynamoDB hears of it and after it was done. */
import { lambdaContext } from '@distributed-patterns/testing';
import {
  allButTheDate,
  bodyOf,
  type GivenAnswer,
  type GivenPlacements,
  givenPlacements,
  inProgress,
  keyReused,
  outOfTime,
  placed,
  replayed,
  withKey,
} from './given-placements.ts';

/** Which call of an invocation is its last, and whether DynamoDB does it. */
interface Death {
  readonly call: number;
  readonly isDone: boolean;
}

let given: GivenPlacements;
let death: Death | undefined;
let calls = 0;
let die: () => void = () => undefined;

beforeAll(async () => {
  given = await givenPlacements();
  given.client.middlewareStack.add(
    (next) => async (args) => {
      if (++calls !== death?.call) return next(args);
      if (death.isDone) await next(args).catch(() => undefined);
      die();
      return new Promise<never>(() => undefined);
    },
    { step: 'initialize' },
  );
});
afterAll(() => given.stop());
afterEach(() => void jest.useRealTimers());

/** The answer to a request, or undefined from a function that has died. */
async function invoke(
  customerId: string,
  {
    price,
    at,
    context = outOfTime(),
  }: { price?: number; at?: Death | undefined; context?: ReturnType<typeof outOfTime> } = {},
): Promise<GivenAnswer | undefined> {
  calls = 0;
  death = at;
  const died = new Promise<undefined>((resolve) => (die = () => resolve(undefined)));
  return Promise.race([given.post({ body: bodyOf(customerId, price), headers: withKey(customerId) }, context), died]);
}

/** Walks through all calls of an invocation, until one gets through untouched; returns how many there were. */
async function walk(invocation: (at: Death, name: string) => Promise<GivenAnswer | undefined>): Promise<number> {
  for (let call = 1; ; call++) {
    for (const isDone of [false, true]) {
      const answer = await invocation({ call, isDone }, `${call}-${isDone ? 'after' : 'before'}`);
      if (answer !== undefined) return call - 1;
    }
  }
}

async function expectOneOrder(customerId: string): Promise<void> {
  const { orders, guards, events } = await given.tracesOf(customerId);
  const [order] = orders;
  const again = [await invoke(customerId), await invoke(customerId)];
  expect({ customerId, orders, guards, events, again }).toMatchObject({
    customerId,
    orders: [{ orderId: expect.any(String), status: 'PENDING' }],
    guards: [{ response: { orderId: order?.['orderId'] } }],
    events: [{ type: 'OrderPlaced', data: { orderId: order?.['orderId'] } }],
    again: [replayed(order?.['orderId']), replayed(order?.['orderId'])],
  });
}

describe('a function that dies at any of its calls', () => {
  it('has placed the order or not: the same request leads to exactly one', async () => {
    const walked = await walk(async (at, name) => {
      const customerId = `once-${name}`;
      const answer = await invoke(customerId, { at });
      const before = (await given.tracesOf(customerId)).orders;
      expect(await invoke(customerId)).toMatchObject(placed(before[0]?.['orderId'] ?? expect.any(String)));
      await expectOneOrder(customerId);
      return answer;
    });
    expect(walked).toBe(3);
  });

  it('may be followed by one that dies as well', async () => {
    const walked: number[] = [];
    await walk(async (at, name) => {
      const answers: (GivenAnswer | undefined)[] = [];
      const further = await walk(async (atSecond, nameOfSecond) => {
        const customerId = `twice-${name}-${nameOfSecond}`;
        answers.push(await invoke(customerId, { at }));
        const second = await invoke(customerId, { at: atSecond });
        const before = (await given.tracesOf(customerId)).orders;
        expect(await invoke(customerId)).toMatchObject(placed(before[0]?.['orderId'] ?? expect.any(String)));
        await expectOneOrder(customerId);
        return second;
      });
      walked.push(further);
      return answers[0];
    });
    // Record, transaction, answer, where there is no order yet or only the guard knows it; the record alone at the end.
    expect(walked).toEqual([3, 3, 3, 3, 3, 1, 1]);
  });

  it('has bound the key to its body if it has placed the order, and only then', async () => {
    const walked = await walk(async (at, name) => {
      const customerId = `other-${name}`;
      const answer = await invoke(customerId, { at });
      const isPlaced = (await given.tracesOf(customerId)).orders.length > 0;
      const other = await invoke(customerId, { price: 1 });
      expect({ at, other }).toMatchObject({ at, other: isPlaced ? keyReused : { status: 201 } });
      const { orders, guards, events } = await given.tracesOf(customerId);
      expect([orders, guards, events].map(({ length }) => length)).toEqual([1, 1, 1]);
      return answer;
    });
    expect(walked).toBe(3);
  });

  it('holds the key until its time is over, and no longer', async () => {
    jest.useFakeTimers({ now: Date.parse('2026-01-15T09:30:00.000Z'), doNotFake: [...allButTheDate] });
    await invoke('waited-for', { at: { call: 2, isDone: true }, context: lambdaContext(10_000) });
    const [order] = (await given.tracesOf('waited-for')).orders;
    jest.setSystemTime(Date.parse('2026-01-15T09:30:10.000Z'));
    expect(await invoke('waited-for')).toMatchObject(inProgress);
    jest.setSystemTime(Date.parse('2026-01-15T09:30:10.001Z'));
    expect(await invoke('waited-for')).toMatchObject(replayed(order?.['orderId']));
    await expectOneOrder('waited-for');
  });

  it('holds the key no longer where it had no time left at all', async () => {
    jest.useFakeTimers({ now: Date.parse('2026-01-15T09:30:00.000Z'), doNotFake: [...allButTheDate] });
    await invoke('no-time-left', { at: { call: 2, isDone: true }, context: lambdaContext(0) });
    const [order] = (await given.tracesOf('no-time-left')).orders;
    jest.setSystemTime(Date.parse('2026-01-15T09:30:00.002Z'));
    expect(await invoke('no-time-left')).toMatchObject(replayed(order?.['orderId']));
  });

  it('has left its key to its own body, though another is being tried under it', async () => {
    jest.useFakeTimers({ now: Date.parse('2026-01-15T09:30:00.000Z'), doNotFake: [...allButTheDate] });
    await invoke('own-body', { at: { call: 2, isDone: true } });
    const [order] = (await given.tracesOf('own-body')).orders;
    jest.setSystemTime(Date.parse('2026-01-15T09:30:01.000Z'));
    const another = { price: 1, context: lambdaContext(10_000) };
    await invoke('own-body', { ...another, at: { call: 2, isDone: false } });
    expect(await invoke('own-body')).toMatchObject(inProgress);
    jest.setSystemTime(Date.parse('2026-01-15T09:30:11.001Z'));
    expect(await invoke('own-body')).toMatchObject(replayed(order?.['orderId']));
    expect(await invoke('own-body', another)).toMatchObject(keyReused);
    await expectOneOrder('own-body');
  });

  it('leaves its order to whoever comes, be they two hundred at once', async () => {
    await invoke('crowd', { at: { call: 2, isDone: true } });
    const [order] = (await given.tracesOf('crowd')).orders;
    death = undefined;
    const crowd = Array.from({ length: 200 }, () => given.post({ body: bodyOf('crowd'), headers: withKey('crowd') }));
    for (const answer of await Promise.all(crowd)) {
      expect(answer).toMatchObject(answer.status === 409 ? inProgress : replayed(order?.['orderId']));
    }
    await expectOneOrder('crowd');
  });
});
