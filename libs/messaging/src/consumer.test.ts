import { completeOrder, failOrder, type MessageContract } from '@distributed-patterns/contracts';
import { silentTelemetry, type Telemetry } from '@distributed-patterns/telemetry';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { consume, type Handle, on, type Subscription, UnreadableMessage } from './consumer.ts';
import { VersionClash } from './transaction.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const OTHER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c71';

const envelope = (
  change: {
    readonly source?: string;
    readonly type?: string;
    readonly metadata?: object;
    readonly data?: unknown;
  } = {},
) => ({
  source: change.source ?? 'orchestrator',
  'detail-type': change.type ?? 'CompleteOrder',
  detail: {
    metadata: {
      id: 'message-1',
      version: 1,
      occurredAt: '2026-01-15T09:30:00.000Z',
      correlationId: 'story-1',
      causationId: 'cause-1',
      ...change.metadata,
    },
    data: 'data' in change ? change.data : { orderId: ORDER },
  },
});

const queue = (...bodies: readonly unknown[]): SQSEvent => ({
  Records: bodies.map((body, index): SQSRecord => ({
    messageId: `queued-${index + 1}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    receiptHandle: '',
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '', SenderId: '', ApproximateFirstReceiveTimestamp: '' },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: 'us-east-1',
  })),
});

/** A subscription to CompleteOrder that keeps the orders that it was told of, after `first` was asked about each. */
const completions = (first: Handle<typeof completeOrder> = async () => undefined) => {
  const orders: string[] = [];
  const subscription = on(completeOrder, async (message) => {
    await first(message);
    orders.push(message.data.orderId);
  });
  return { orders, subscription };
};

const consumed = async (event: SQSEvent, ...subscriptions: readonly Subscription[]): Promise<string[]> =>
  (
    await consume(event, subscriptions, { telemetry: silentTelemetry, pause: async () => undefined })
  ).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

describe('a batch of messages', () => {
  it('is handled as a whole, each message by the subscription to its type', async () => {
    const seen: string[] = [];
    const noted = (contract: MessageContract) =>
      on(contract, async ({ type, metadata }) => void seen.push(`${type} ${metadata.id}`));
    const failure = envelope({
      type: 'FailOrder',
      metadata: { id: 'message-2' },
      data: { orderId: ORDER, reason: { code: 'A', message: 'b' } },
    });
    expect(await consumed(queue(envelope(), failure), noted(completeOrder), noted(failOrder))).toEqual([]);
    expect(seen.sort()).toEqual(['CompleteOrder message-1', 'FailOrder message-2']);
  });

  it('hands over the message whole: data without what is unknown, and the token for its answer', async () => {
    const seen: unknown[] = [];
    const body = envelope({ metadata: { replyToken: 'token' }, data: { orderId: ORDER, giftWrap: true } });
    await consumed(
      queue(body),
      on(completeOrder, async (message) => void seen.push(message)),
    );
    expect(seen).toEqual([
      { type: 'CompleteOrder', source: 'orchestrator', metadata: body.detail.metadata, data: { orderId: ORDER } },
    ]);
  });

  it.each<[string, unknown]>([
    ['of a type that nobody has subscribed to', envelope({ type: 'FailOrder' })],
    ['from somebody who may not send it', envelope({ source: 'payment' })],
    ['of a version that is not known', envelope({ metadata: { version: 2 } })],
    ['whose data do not fit', envelope({ data: { orderId: 'seven' } })],
    ['without data', envelope({ data: undefined })],
    ['whose metadata do not fit', envelope({ metadata: { occurredAt: 'yesterday' } })],
    ['that is no JSON', '{"detail-type":'],
    ['that is no event of the bus', { hello: 'world' }],
  ])('reports a message %s, and that one only', async (_what, body) => {
    const { orders, subscription } = completions();
    expect(await consumed(queue(envelope(), body, envelope({ data: { orderId: OTHER } })), subscription)).toEqual([
      'queued-2',
    ]);
    expect(orders.sort()).toEqual([ORDER, OTHER]);
  });

  it('reports a message whose handler throws, and that one only', async () => {
    const { orders, subscription } = completions(async ({ data }) => {
      if (data.orderId === ORDER) throw new Error('no stock table');
    });
    expect(await consumed(queue(envelope(), envelope({ data: { orderId: OTHER } })), subscription)).toEqual([
      'queued-1',
    ]);
    expect(orders).toEqual([OTHER]);
  });

  it('starts every message before it waits for one', async () => {
    const waiting: (() => void)[] = [];
    const { orders, subscription } = completions(
      () =>
        new Promise((resolve) => {
          waiting.push(resolve);
          if (waiting.length === 2) for (const goOn of waiting) goOn();
        }),
    );
    expect(await consumed(queue(envelope(), envelope({ data: { orderId: OTHER } })), subscription)).toEqual([]);
    expect(orders).toHaveLength(2);
  });
});

it('answers before its time is over, and only what is not handled yet comes again', async () => {
  const { orders, subscription } = completions(({ data }) =>
    data.orderId === ORDER ? new Promise(() => undefined) : Promise.resolve(),
  );
  const { batchItemFailures } = await consume(
    queue(envelope(), envelope({ data: { orderId: OTHER } })),
    [subscription],
    { telemetry: silentTelemetry, context: { getRemainingTimeInMillis: () => 1_005 } },
  );
  expect(batchItemFailures).toEqual([{ itemIdentifier: 'queued-1' }]);
  expect(orders).toEqual([OTHER]);
});

describe('a decision that somebody else was faster than', () => {
  const clashing = (times: number) => {
    const decisions: string[] = [];
    const { orders, subscription } = completions(async ({ data }) => {
      decisions.push(data.orderId);
      if (decisions.length <= times) throw new VersionClash(data.orderId);
    });
    return { decisions, orders, subscription };
  };

  it('is made anew', async () => {
    const { orders, subscription } = clashing(9);
    expect(await consumed(queue(envelope()), subscription)).toEqual([]);
    expect(orders).toEqual([ORDER]);
  });

  it('is given up after the tenth time, so that the message comes again', async () => {
    const { decisions, orders, subscription } = clashing(10);
    expect(await consumed(queue(envelope()), subscription)).toEqual(['queued-1']);
    expect([decisions.length, orders]).toEqual([10, []]);
  });

  it('is not made anew for any other error', async () => {
    let decisions = 0;
    const { subscription } = completions(async () => {
      decisions++;
      throw new Error('broken');
    });
    await consumed(queue(envelope()), subscription);
    expect(decisions).toBe(1);
  });
});

it('each message that was not handled is counted and named with its error', async () => {
  const said: unknown[] = [];
  const telemetry: Telemetry = {
    logger: { ...silentTelemetry.logger, error: (...line) => said.push(line) },
    metrics: {
      addMetric: (name, _unit, value) => said.push(`${name} ${value}`),
      publishStoredMetrics: () => said.push('published'),
    },
  };
  await consume(queue(envelope(), '?'), [completions().subscription], { telemetry });
  expect(said).toEqual([
    ['message not handled', { queueMessageId: 'queued-2', error: expect.any(UnreadableMessage) }],
    'MessageNotHandled 1',
    'published',
  ]);
});
