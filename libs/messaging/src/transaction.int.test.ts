import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { announce, inventoryReserved } from '@distributed-patterns/contracts';
import { type GivenTables, givenTables, OUTBOX, STATE } from './given-tables.ts';
import { recordMessages, type TransactWrite } from './outbox.ts';
import { stamp } from './stamp.ts';
import { patientRetry, transact, TransactionContended, untilOutOfTime } from './transaction.ts';

let tables: GivenTables;
beforeEach(async () => {
  tables = await givenTables();
});
afterEach(() => tables.stop());

const put = (pk: string, more: object = {}): TransactWrite => ({ Put: { TableName: STATE, Item: { pk }, ...more } });
const onlyNew = { ConditionExpression: 'attribute_not_exists(pk)' };
const withItem = { ...onlyNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;

/** Pauses that take no time, and are counted. */
const impatient = (attempts: number) => {
  const pauses: number[] = [];
  const goesOn = (attempt: number) => attempt < attempts;
  return { pauses, goesOn, pause: async (attempt: number) => void pauses.push(attempt) };
};

const message = stamp(
  announce(inventoryReserved, { orderId: '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70' }),
  { id: 'command-1', correlationId: 'story-1' },
  { now: () => new Date('2026-01-15T09:30:00.000Z'), newId: () => 'message-1' },
);

it('state and messages are committed together', async () => {
  expect(await transact(tables.client, [put('a', onlyNew), ...recordMessages(OUTBOX, [message])])).toEqual([]);
  expect(await tables.state()).toEqual([{ pk: 'a' }]);
  expect(await tables.left()).toEqual(['message-1']);
});

it('every condition that did not hold is named, with the item in its way where that was asked for', async () => {
  await tables.client.send(new PutCommand({ TableName: STATE, Item: { pk: 'b', size: 7 } }));
  await tables.client.send(new PutCommand({ TableName: STATE, Item: { pk: 'c' } }));
  const writes = [put('a', onlyNew), put('b', withItem), put('c', onlyNew), ...recordMessages(OUTBOX, [message])];
  expect(await transact(tables.client, writes)).toEqual([
    { index: 1, item: { pk: 'b', size: 7 } },
    { index: 2, item: undefined },
  ]);
  expect(await tables.left()).toEqual([]);
  expect((await tables.state()).map(({ pk }) => pk).sort()).toEqual(['b', 'c']);
});

describe('a transaction that meets another', () => {
  const conflict = (times: number) =>
    tables.faults.inject({ at: 'dynamodb.conflict', where: { table: STATE }, effect: 'error', times });

  it('is tried again, with a pause before each attempt', async () => {
    conflict(2);
    const retry = impatient(3);
    expect(await transact(tables.client, [put('a', onlyNew)], retry)).toEqual([]);
    expect(retry.pauses).toEqual([1, 2]);
    expect(await tables.state()).toEqual([{ pk: 'a' }]);
  });

  it('is tried often enough for an item that everybody wants', async () => {
    conflict(12);
    expect(await transact(tables.client, [put('a')], { ...impatient(0), goesOn: patientRetry.goesOn })).toEqual([]);
  });

  it('is given up after its attempts, and nothing is written', async () => {
    conflict(3);
    const retry = impatient(3);
    const failure = await transact(tables.client, [put('a')], retry).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TransactionContended);
    expect(retry.pauses).toEqual([1, 2]);
    expect(await tables.state()).toEqual([]);
  });

  it('is tried again for as long as the function has time to answer', async () => {
    conflict(100);
    const times = [15_000, 9_000, 2_500, 2_300];
    const { goesOn } = untilOutOfTime({ getRemainingTimeInMillis: () => times.shift() ?? 0 });
    const retry = { ...impatient(0), goesOn };
    await expect(transact(tables.client, [put('a')], retry)).rejects.toBeInstanceOf(TransactionContended);
    expect(retry.pauses).toEqual([1, 2, 3]);
  });

  it('without a function is tried as often as usual', () => {
    expect(untilOutOfTime(undefined)).toBe(patientRetry);
  });

  it('names the condition rather than the conflict, once it is through', async () => {
    await tables.client.send(new PutCommand({ TableName: STATE, Item: { pk: 'a' } }));
    conflict(1);
    expect(await transact(tables.client, [put('a', onlyNew)], impatient(2))).toEqual([{ index: 0, item: undefined }]);
  });
});

it('what is not cancelled but refused is thrown at once', async () => {
  const retry = impatient(3);
  const elsewhere = { Put: { TableName: 'nowhere', Item: { pk: 'a' } } };
  await expect(transact(tables.client, [elsewhere], retry)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  expect(retry.pauses).toEqual([]);
});
