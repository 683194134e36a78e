import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { interruptBefore, startDynamoDb, type TestDynamoDb } from './index.ts';

let dynamodb: TestDynamoDb;
let client: DynamoDBDocumentClient;
beforeEach(async () => {
  dynamodb = await startDynamoDb();
  await dynamodb.createStateTable('state');
  client = DynamoDBDocumentClient.from(dynamodb.client);
});
afterEach(() => dynamodb.stop());

const write = async (value: string) =>
  void (await client.send(new PutCommand({ TableName: 'state', Item: { pk: 'a', value } })));
const read = async (): Promise<unknown> =>
  (await client.send(new GetCommand({ TableName: 'state', Key: { pk: 'a' } }))).Item?.['value'];

it.each([
  [1, 'somebody else', 'mine'],
  [2, 'mine', 'somebody else'],
])('before call %i somebody else begins and ends, once', async (number, ...order) => {
  const written: string[] = [];
  const put = async (value: string) => {
    await write(value);
    written.push(value);
  };
  const interruption = interruptBefore(client, number, () => put('somebody else'));
  await put('mine');
  expect(await read()).toBe(order[1]);
  expect([written, interruption.happened]).toEqual([order, true]);
});

it.each<[string, number, (interruption: { stop(): void }) => void]>([
  ['there are fewer calls', 3, () => undefined],
  ['it was stopped before', 1, (interruption) => interruption.stop()],
])('does not happen where %s', async (_why, number, prepare) => {
  const interruption = interruptBefore(client, number, () => write('somebody else'));
  prepare(interruption);
  await write('mine');
  expect([await read(), interruption.happened]).toEqual(['mine', false]);
});
