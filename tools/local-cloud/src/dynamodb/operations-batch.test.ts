/** BatchGetItem and BatchWriteItem: many items, each on its own. */
import { openWorkbench, tableWith, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = openWorkbench();
  await bench.call('CreateTable', tableWith('items', 'pk'));
});
afterEach(() => bench.close());

const key = (pk: string) => ({ pk: { S: pk } });

describe('BatchGetItem and BatchWriteItem (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html)', () => {
  it('a batch puts, deletes and reads items', async () => {
    await bench.call('PutItem', { TableName: 'items', Item: key('old') });
    const written = await bench.call('BatchWriteItem', {
      RequestItems: {
        items: [
          { PutRequest: { Item: { ...key('a'), v: { N: '1' } } } },
          { PutRequest: { Item: key('b') } },
          { DeleteRequest: { Key: key('old') } },
        ],
      },
      ReturnConsumedCapacity: 'TOTAL',
    });
    expect(written).toMatchObject({
      UnprocessedItems: {},
      ConsumedCapacity: [{ TableName: 'items', CapacityUnits: 3 }],
    });
    const read = await bench.call('BatchGetItem', {
      RequestItems: { items: { Keys: [key('b'), key('a'), key('old')], ProjectionExpression: 'v' } },
    });
    expect(read).toMatchObject({ Responses: { items: [{}, { v: { N: '1' } }] }, UnprocessedKeys: {} });
  });

  it('a batch does not read more than 16 MB', async () => {
    const keys = Array.from({ length: 50 }, (_, at) => key(`k${at}`));
    for (const each of keys)
      await bench.call('PutItem', { TableName: 'items', Item: { ...each, v: { S: 'x'.repeat(400_000) } } });
    const read = await bench.call('BatchGetItem', { RequestItems: { items: { Keys: keys } } });
    expect(read).toMatchObject({ UnprocessedKeys: { items: { Keys: keys.slice(41) } } });
  });

  it.each([
    ['BatchGetItem', { items: { Keys: [key('a'), key('a')] } }, 'Provided list of item keys contains duplicates'],
    [
      'BatchGetItem',
      { items: { Keys: Array.from({ length: 101 }, (_, at) => key(`k${at}`)) } },
      /less than or equal to 100/,
    ],
    [
      'BatchWriteItem',
      { items: [{ PutRequest: { Item: key('a') } }, { DeleteRequest: { Key: key('a') } }] },
      'Provided list of item keys contains duplicates',
    ],
    [
      'BatchWriteItem',
      { items: Array.from({ length: 26 }, (_, at) => ({ PutRequest: { Item: key(`k${at}`) } })) },
      /less than or equal to 25/,
    ],
  ])('%s is refused: case %#', async (operation, RequestItems, message) => {
    const error = await bench.refusal(operation, { RequestItems });
    expect(error.code).toBe('ValidationException');
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });
});
