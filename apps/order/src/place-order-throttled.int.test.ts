/** Placing an order while DynamoDB has no capacity, or its answers get lost: the caller is told to come back, and may. */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  bodyOf,
  type GivenPlacements,
  givenPlacements,
  inProgress,
  keyReused,
  outOfTime,
  placed,
  replayed,
  withKey,
} from './given-placements.ts';

let given: GivenPlacements;
let isCancelled = false;
let lost: string | undefined;

beforeAll(async () => {
  given = await givenPlacements();
  given.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (isCancelled && commandName === 'TransactWriteItemsCommand') throw throttledTransaction;
        const answer = await next(args);
        if (commandName !== lost) return answer;
        lost = undefined;
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
      },
    { step: 'initialize' },
  );
});
afterAll(() => given.stop());
afterEach(() => {
  given.dynamodb.faults.remove();
  isCancelled = false;
  lost = undefined;
  jest.restoreAllMocks();
});

const throttledTransaction = new TransactionCanceledException({
  $metadata: {},
  message:
    'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ThrottlingError, None]',
  CancellationReasons: [{ Code: 'None' }, { Code: 'ThrottlingError' }, { Code: 'None' }],
});

const unavailable = {
  status: 503,
  headers: { 'retry-after': '1' },
  body: { type: expect.stringContaining('temporarily-unavailable') },
};

type Operation = 'PutItem' | 'TransactWriteItems' | 'UpdateItem' | 'DeleteItem';

const throttle = (operation: Operation, code = 'ThrottlingException') =>
  given.dynamodb.faults.inject({
    at: `dynamodb.${operation}`,
    effect: 'error',
    error: { code, message: 'slow down', status: 400 },
    times: 1,
  });

const post = (customerId: string, context?: ReturnType<typeof outOfTime>, price?: number) =>
  given.post({ body: bodyOf(customerId, price), headers: withKey(customerId) }, context);

const countsOf = async (customerId: string) => {
  const { orders, guards, events } = await given.tracesOf(customerId);
  return [orders.length, guards.length, events.length];
};
const orderOf = async (customerId: string) => (await given.tracesOf(customerId)).orders[0]?.['orderId'];

describe('before the order is placed', () => {
  it.each(['ThrottlingException', 'ProvisionedThroughputExceededException', 'RequestLimitExceeded'])(
    'the record may be refused by %s',
    async (code) => {
      throttle('PutItem', code);
      expect(await post(code)).toMatchObject(unavailable);
      expect(await countsOf(code)).toEqual([0, 0, 0]);
      expect((await post(code)).headers).not.toHaveProperty('idempotent-replayed');
      expect(await countsOf(code)).toEqual([1, 1, 1]);
    },
  );

  it('the transaction may be refused, and the key is free at once, for another body as well', async () => {
    throttle('TransactWriteItems');
    expect(await post('refused')).toMatchObject(unavailable);
    expect(await countsOf('refused')).toEqual([0, 0, 0]);
    expect(await post('refused', undefined, 1)).toMatchObject({ status: 201 });
    expect(await countsOf('refused')).toEqual([1, 1, 1]);
  });

  it('the transaction may be cancelled for one of its tables, however often it is tried', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0); // The backoff's jitter: no pause is waited out.
    isCancelled = true;
    expect(await post('cancelled')).toMatchObject(unavailable);
    expect(await countsOf('cancelled')).toEqual([0, 0, 0]);
    isCancelled = false;
    expect(await post('cancelled')).toMatchObject({ status: 201 });
    expect(await countsOf('cancelled')).toEqual([1, 1, 1]);
  });

  it('the record may be kept by a deletion that is refused as well: until the time of its function is over', async () => {
    throttle('TransactWriteItems');
    throttle('DeleteItem');
    expect(await post('kept')).toMatchObject(unavailable);
    expect(await post('kept')).toMatchObject(inProgress);
    throttle('TransactWriteItems');
    throttle('DeleteItem');
    expect(await post('kept-shortly', outOfTime())).toMatchObject(unavailable);
    expect(await post('kept-shortly')).toMatchObject({ status: 201 });
    expect(await countsOf('kept-shortly')).toEqual([1, 1, 1]);
  });

  it('a request without a key is told the same', async () => {
    throttle('TransactWriteItems');
    expect(await given.post({ body: bodyOf('keyless') })).toMatchObject(unavailable);
    expect(await countsOf('keyless')).toEqual([0, 0, 0]);
  });
});

describe('once the order is placed', () => {
  it('its answer may not be recorded: it is found by the guard', async () => {
    throttle('UpdateItem');
    expect(await post('unrecorded', outOfTime())).toMatchObject(unavailable);
    const orderId = await orderOf('unrecorded');
    expect(await post('unrecorded')).toMatchObject(replayed(orderId));
    expect(await countsOf('unrecorded')).toEqual([1, 1, 1]);
  });

  it('what the guard knew may be kept from its caller by a deletion that is refused, and is told to the next', async () => {
    throttle('UpdateItem');
    await post('undeleted', outOfTime());
    const orderId = await orderOf('undeleted');
    throttle('DeleteItem');
    expect(await post('undeleted', outOfTime())).toMatchObject(unavailable);
    expect(await post('undeleted')).toMatchObject(replayed(orderId));
    expect(await countsOf('undeleted')).toEqual([1, 1, 1]);
  });

  it('another body is refused by the guard, though its record may stay for a while', async () => {
    throttle('UpdateItem');
    await post('another', outOfTime());
    const orderId = await orderOf('another');
    throttle('DeleteItem');
    expect(await post('another', outOfTime(), 1)).toMatchObject(unavailable);
    expect(await post('another', undefined, 1)).toMatchObject(keyReused);
    expect(await post('another')).toMatchObject(replayed(orderId));
    expect(await countsOf('another')).toEqual([1, 1, 1]);
  });
});

describe('an answer of DynamoDB that gets lost', () => {
  it.each<Operation>(['PutItem', 'TransactWriteItems', 'UpdateItem'])('to %s leaves one order', async (operation) => {
    lost = `${operation}Command`;
    expect(await post(operation, outOfTime())).toMatchObject(unavailable);
    const known = await orderOf(operation);
    const again = await post(operation);
    expect(again).toMatchObject(placed(known ?? expect.any(String)));
    expect(await post(operation)).toMatchObject(replayed(again.body.orderId));
    expect(await countsOf(operation)).toEqual([1, 1, 1]);
  });
});
