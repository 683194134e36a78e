import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { type GivenTables, givenTables, STATE } from './given-tables.ts';
import { ReadIncomplete, stateReader } from './state-reader.ts';

let tables: GivenTables;
beforeEach(async () => {
  tables = await givenTables();
});
afterEach(() => tables.stop());

const given = async (...pks: readonly string[]): Promise<void> => {
  for (const pk of pks) await tables.client.send(new PutCommand({ TableName: STATE, Item: { pk, is: `item ${pk}` } }));
};
const item = (pk: string) => ({ pk, is: `item ${pk}` });

/** Everything that goes to DynamoDB from now on, by the keys that it asks for. */
const requests = (): string[][] => {
  const seen: string[][] = [];
  tables.client.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as { readonly RequestItems?: Record<string, { readonly Keys?: { pk: string }[] }> };
      seen.push((input.RequestItems?.[STATE]?.Keys ?? []).map(({ pk }) => pk));
      return next(args);
    },
    { step: 'initialize', priority: 'high' },
  );
  return seen;
};

describe('reading state', () => {
  it('gives each reader its own item, and nothing where there is none', async () => {
    await given('a', 'b');
    const read = stateReader(tables.client, STATE);
    expect(await Promise.all([read('b'), read('absent'), read('a')])).toEqual([item('b'), undefined, item('a')]);
  });

  it('asks once for what is wanted in the same turn, and once for what is wanted twice', async () => {
    await given('a', 'b');
    const seen = requests();
    const read = stateReader(tables.client, STATE);
    await Promise.all([read('a'), read('b'), read('a')]);
    expect(seen).toEqual([['a', 'b']]);
  });

  it('reads anew each time it is asked: what was read before may have changed', async () => {
    await given('a');
    const read = stateReader(tables.client, STATE);
    await read('a');
    await tables.client.send(new PutCommand({ TableName: STATE, Item: { pk: 'a', is: 'changed' } }));
    expect(await read('a')).toEqual({ pk: 'a', is: 'changed' });
  });

  it('reads more than a call may ask for', async () => {
    const pks = Array.from({ length: 101 }, (_, index) => `item-${index}`);
    await given(...pks);
    const seen = requests();
    const read = stateReader(tables.client, STATE);
    expect(await Promise.all(pks.map(read))).toEqual(pks.map(item));
    expect(seen.map(({ length }) => length)).toEqual([100, 1]);
  });

  it('fails only those readers whose item DynamoDB had no capacity for', async () => {
    const client = Object.create(tables.client, {
      send: {
        value: async () => ({
          Responses: { [STATE]: [item('a')] },
          UnprocessedKeys: { [STATE]: { Keys: [{ pk: 'b' }] } },
        }),
      },
    });
    const read = stateReader(client, STATE);
    const [a, b] = await Promise.allSettled([read('a'), read('b')]);
    expect(a).toEqual({ status: 'fulfilled', value: item('a') });
    expect(b).toMatchObject({ status: 'rejected', reason: expect.any(ReadIncomplete) });
  });
});
