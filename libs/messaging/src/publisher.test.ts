import { EventBridgeClient, type PutEventsCommand, type PutEventsCommandOutput } from '@aws-sdk/client-eventbridge';
import type { OutboxItem } from './outbox.ts';
import { eventBridgePublisher } from './publisher.ts';

type Entries = NonNullable<PutEventsCommand['input']['Entries']>;
type Results = NonNullable<PutEventsCommandOutput['Entries']>;

const items = (count: number): OutboxItem[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `message-${index}`,
    type: 'OrderPlaced',
    source: 'order',
    detail: `{"number":${index}}`,
    recordedAt: '2026-01-15T09:30:00.000Z',
  }));

/** EventBridge as it answers PutEvents; it keeps what it was called with. */
const bus = (
  answer: (entries: Entries) => Results | undefined = (entries) => entries.map(() => ({ EventId: 'event' })),
) => {
  const calls: Entries[] = [];
  const send = async ({ input }: PutEventsCommand): Promise<PutEventsCommandOutput> => {
    const entries = input.Entries ?? [];
    calls.push(entries);
    const results = answer(entries);
    const failed = results?.filter(({ ErrorCode }) => ErrorCode !== undefined).length ?? 0;
    return { $metadata: {}, FailedEntryCount: failed, ...(results === undefined ? {} : { Entries: results }) };
  };
  return { calls, publisher: eventBridgePublisher(Object.assign(new EventBridgeClient(), { send }), 'the-bus') };
};

it('a message goes on the bus as it was recorded', async () => {
  const { calls, publisher } = bus();
  const [item] = items(1);
  expect(await publisher.publish(items(1))).toEqual({ published: [item], refused: [], failed: [] });
  expect(calls).toEqual([
    [
      {
        EventBusName: 'the-bus',
        Source: 'order',
        DetailType: 'OrderPlaced',
        Detail: '{"number":0}',
        Time: new Date('2026-01-15T09:30:00.000Z'),
      },
    ],
  ]);
});

it.each([
  [0, []],
  [10, [10]],
  [11, [10, 1]],
  [25, [10, 10, 5]],
])('%i messages go in calls of at most ten', async (count, sizes) => {
  const { calls, publisher } = bus();
  expect((await publisher.publish(items(count))).published).toEqual(items(count));
  expect(calls.map((entries) => entries.length)).toEqual(sizes);
});

it('a refused entry is refused by name, although the call succeeded, in whichever call it was', async () => {
  const { publisher } = bus((entries) =>
    entries.map(({ Detail }) =>
      Detail === '{"number":3}' || Detail === '{"number":12}'
        ? { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }
        : { EventId: 'event' },
    ),
  );
  const { published, refused } = await publisher.publish(items(13));
  const slowDown = { code: 'ThrottlingException', message: 'slow down' };
  expect(refused).toEqual([
    { item: items(13)[3], ...slowDown },
    { item: items(13)[12], ...slowDown },
  ]);
  expect(published.map(({ id }) => id)).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11].map((index) => `message-${index}`));
});

it.each<[string, Results | undefined]>([
  ['says nothing of any entry', undefined],
  ['says nothing of this entry', []],
])('a message is not taken for published where the bus %s', async (_what, results) => {
  const { publisher } = bus(() => results);
  const [item] = items(1);
  expect(await publisher.publish(items(1))).toEqual({
    published: [],
    refused: [{ item, code: 'Unanswered', message: '' }],
    failed: [],
  });
});

it('the messages of a call that fails as a whole have failed, and no others', async () => {
  const { publisher } = bus((entries) => {
    if (entries.length < 10) throw new Error('no such bus');
    return entries.map(() => ({ EventId: 'event' }));
  });
  expect(await publisher.publish(items(12))).toEqual({
    published: items(10),
    refused: [],
    failed: items(12).slice(10),
    failure: new Error('no such bus'),
  });
});
