import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { silentTelemetry, type Telemetry } from '@distributed-patterns/telemetry';
import type { DynamoDBRecord } from 'aws-lambda';
import { type GivenTables, givenTables, OUTBOX } from './given-tables.ts';
import type { OutboxItem } from './outbox.ts';
import type { Publisher } from './publisher.ts';
import { type OutboxDependencies, relay, sweep } from './relay.ts';

const NOW = Date.parse('2026-01-15T10:00:00.000Z');
const MINUTE = 60_000;

let tables: GivenTables;
beforeEach(async () => {
  tables = await givenTables();
});
afterEach(() => tables.stop());

const item = (id: string, age = 0, detail = '{}'): OutboxItem => ({
  id,
  type: 'OrderPlaced',
  source: 'order',
  detail,
  recordedAt: new Date(NOW - age).toISOString(),
});

const inserted = (recorded: OutboxItem): DynamoDBRecord => ({
  eventName: 'INSERT',
  dynamodb: {
    NewImage: Object.fromEntries(Object.entries(recorded).map(([name, value]) => [name, { S: value }])),
  },
});

/** A bus that takes everything, but refuses what `refuses` says, each time it is asked. */
const fakeBus = (refuses: (id: string, offer: number) => boolean = () => false) => {
  const taken: string[] = [];
  const offers: string[][] = [];
  const publisher: Publisher = {
    async publish(items) {
      offers.push(items.map(({ id }) => id));
      const offer = offers.length;
      const refused = items.filter(({ id }) => refuses(id, offer));
      const published = items.filter(({ id }) => !refuses(id, offer));
      taken.push(...published.map(({ id }) => id));
      return {
        published,
        refused: refused.map((each) => ({ item: each, code: 'Throttled', message: 'slow down' })),
        failed: [],
      };
    },
  };
  return { taken, offers, publisher };
};

const brokenBus: Publisher = {
  publish: async (items) => ({ published: [], refused: [], failed: items, failure: new Error('no answer') }),
};

const dependencies = (publisher: Publisher, telemetry: Telemetry = silentTelemetry): OutboxDependencies => ({
  client: tables.client,
  outboxTable: OUTBOX,
  publisher,
  telemetry,
  clockAndIds: { now: () => new Date(NOW), newId: () => 'unused' },
  pause: async () => undefined,
});

describe('the relay', () => {
  it('publishes what was recorded, and forgets it', async () => {
    await tables.record(item('a'), item('b'), item('not in the batch'));
    const { taken, publisher } = fakeBus();
    await relay({ Records: [inserted(item('a')), inserted(item('b'))] }, dependencies(publisher));
    expect(taken).toEqual(['a', 'b']);
    expect(await tables.left()).toEqual(['not in the batch']);
  });

  it('hands over the message as it stands in the stream', async () => {
    const recorded = item('a', 0, '{"metadata":{},"data":{"orderId":"1"}}');
    const seen: OutboxItem[] = [];
    const publisher: Publisher = {
      publish: async (items) => {
        seen.push(...items);
        return { published: items, refused: [], failed: [] };
      },
    };
    await relay({ Records: [inserted(recorded)] }, dependencies(publisher));
    expect(seen).toEqual([recorded]);
  });

  it('leaves alone what was changed or removed', async () => {
    const { offers, publisher } = fakeBus();
    const removed: DynamoDBRecord = { eventName: 'REMOVE', dynamodb: { OldImage: { id: { S: 'a' } } } };
    const modified: DynamoDBRecord = { ...inserted(item('b')), eventName: 'MODIFY' };
    await relay({ Records: [removed, modified] }, dependencies(publisher));
    expect(offers).toEqual([]);
  });

  it('publishes what it can read beside what is no message', async () => {
    await tables.record(item('a'));
    const { taken, publisher } = fakeBus();
    const scribble: DynamoDBRecord = { eventName: 'INSERT', dynamodb: { NewImage: { id: { S: 'scribble' } } } };
    await relay({ Records: [scribble, inserted(item('a'))] }, dependencies(publisher));
    expect(taken).toEqual(['a']);
  });

  it('offers a refused message again, alone, and forgets it once it is taken', async () => {
    await tables.record(item('a'), item('b'));
    const { offers, publisher } = fakeBus((id, offer) => id === 'b' && offer < 3);
    await relay({ Records: [inserted(item('a')), inserted(item('b'))] }, dependencies(publisher));
    expect(offers).toEqual([['a', 'b'], ['b'], ['b']]);
    expect(await tables.left()).toEqual([]);
  });

  it('succeeds without a message that is refused for good, which stays in the outbox', async () => {
    await tables.record(item('a'), item('b'));
    const { offers, publisher } = fakeBus((id) => id === 'b');
    await relay({ Records: [inserted(item('a')), inserted(item('b'))] }, dependencies(publisher));
    expect(offers).toHaveLength(3);
    expect(await tables.left()).toEqual(['b']);
  });

  it('forgets what was published although another call has failed, and then fails', async () => {
    await tables.record(item('a'), item('b'));
    const publisher: Publisher = {
      publish: async ([first, ...others]) => ({
        published: first === undefined ? [] : [first],
        refused: [],
        failed: others,
        failure: new Error('no answer'),
      }),
    };
    const batch = { Records: [inserted(item('a')), inserted(item('b'))] };
    await expect(relay(batch, dependencies(publisher))).rejects.toThrow('no answer');
    expect(await tables.left()).toEqual(['b']);
  });

  it('succeeds although what was published cannot be removed: once more is better than the whole batch again', async () => {
    await tables.record(item('a'));
    tables.faults.inject({
      at: 'dynamodb.BatchWriteItem',
      effect: 'error',
      error: { code: 'AccessDeniedException', message: 'no', status: 400 },
      times: 1,
    });
    const { taken, publisher } = fakeBus();
    await relay({ Records: [inserted(item('a'))] }, dependencies(publisher));
    expect([taken, await tables.left()]).toEqual([['a'], ['a']]);
  });

  it('succeeds although the table had no capacity for a removal, and says what is left to the sweeper', async () => {
    const client = Object.create(tables.client, {
      send: { value: async () => ({ UnprocessedItems: { [OUTBOX]: [{ DeleteRequest: { Key: { id: 'b' } } }] } }) },
    });
    const warnings: unknown[] = [];
    const logger: Telemetry['logger'] = { ...silentTelemetry.logger, warn: (_text, about) => warnings.push(about) };
    const batch = { Records: [inserted(item('a')), inserted(item('b'))] };
    await relay(batch, { ...dependencies(fakeBus().publisher, { ...silentTelemetry, logger }), client });
    expect(warnings).toEqual([{ kept: ['b'] }]);
  });

  it('forgets more than one call may remove', async () => {
    const many = Array.from({ length: 26 }, (_, index) => item(`m${index}`));
    await tables.record(...many);
    const { publisher } = fakeBus();
    await relay({ Records: many.map(inserted) }, dependencies(publisher));
    expect(await tables.left()).toEqual([]);
  });

  it('fails where a whole call fails, and forgets nothing', async () => {
    await tables.record(item('a'));
    await expect(relay({ Records: [inserted(item('a'))] }, dependencies(brokenBus))).rejects.toThrow('no answer');
    expect(await tables.left()).toEqual(['a']);
  });
});

describe('the sweeper', () => {
  const metricsOf = async (publisher: Publisher): Promise<string[]> => {
    const said: string[] = [];
    const metrics: Telemetry['metrics'] = {
      addMetric: (name, _unit, value) => said.push(`${name} ${value}`),
      publishStoredMetrics: () => said.push('published'),
    };
    await sweep(dependencies(publisher, { ...silentTelemetry, metrics }));
    return said;
  };

  it('publishes what is older than a minute, since the relay has had its chance', async () => {
    await tables.record(item('young', MINUTE), item('old', MINUTE + 1), item('ancient', 60 * MINUTE));
    const { taken, publisher } = fakeBus();
    expect(await metricsOf(publisher)).toEqual(['OutboxStuck 0', 'published']);
    expect(taken.sort()).toEqual(['ancient', 'old']);
    expect(await tables.left()).toEqual(['young']);
  });

  it('looks through the whole table, however many pages it has', async () => {
    // A page of a scan holds one megabyte (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html).
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    await tables.record(...ids.map((id) => item(id, 2 * MINUTE, 'x'.repeat(300_000))));
    const { taken, offers, publisher } = fakeBus();
    await metricsOf(publisher);
    expect(offers.length).toBeGreaterThan(1);
    expect(taken.sort()).toEqual(ids);
    expect(await tables.left()).toEqual([]);
  });

  it('raises an alarm about what has been refused for more than a quarter of an hour', async () => {
    await tables.record(
      item('refused for long', 15 * MINUTE + 1),
      item('refused for longer', 60 * MINUTE),
      item('refused a while', 15 * MINUTE),
      item('taken late', 30 * MINUTE),
    );
    const { publisher } = fakeBus((id) => id.startsWith('refused'));
    expect(await metricsOf(publisher)).toEqual(['OutboxStuck 2', 'published']);
    expect(await tables.left()).toEqual(['refused a while', 'refused for long', 'refused for longer']);
  });

  it('publishes everything else beside a message that makes its call fail, counts it and then fails', async () => {
    await tables.record(item('poison', 20 * MINUTE), item('good', 20 * MINUTE));
    const taken: string[] = [];
    const publisher: Publisher = {
      publish: async (items) => {
        const isPoisoned = items.some(({ id }) => id === 'poison');
        if (!isPoisoned) taken.push(...items.map(({ id }) => id));
        return isPoisoned
          ? { published: [], refused: [], failed: items, failure: new Error('too large') }
          : { published: items, refused: [], failed: [] };
      },
    };
    const said: string[] = [];
    const metrics: Telemetry['metrics'] = {
      addMetric: (name, _unit, value) => said.push(`${name} ${value}`),
      publishStoredMetrics: () => undefined,
    };
    await expect(sweep(dependencies(publisher, { ...silentTelemetry, metrics }))).rejects.toThrow('too large');
    expect([taken, said, await tables.left()]).toEqual([['good'], ['OutboxStuck 1'], ['poison']]);
  });

  it('counts what is no message at all, and publishes the rest', async () => {
    await tables.client.send(new PutCommand({ TableName: OUTBOX, Item: { id: 'scribble' } }));
    await tables.record(item('old', 2 * MINUTE));
    const { taken, publisher } = fakeBus();
    expect(await metricsOf(publisher)).toEqual(['OutboxStuck 1', 'published']);
    expect(taken).toEqual(['old']);
  });

  it('fails where a whole call fails, and forgets nothing', async () => {
    await tables.record(item('a', 2 * MINUTE));
    await expect(metricsOf(brokenBus)).rejects.toThrow('no answer');
    expect(await tables.left()).toEqual(['a']);
  });
});
