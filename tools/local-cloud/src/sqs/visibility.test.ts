/** How long a received message is hidden, and how many may be. */
import { Database } from '../database.ts';
import { sqsBench, type Bench } from './test-bench.ts';

async function received(properties: Record<string, unknown> = { VisibilityTimeout: 30 }) {
  const sqs = sqsBench();
  const queue = sqs.declareQueue('orders', properties);
  await sqs.send(queue, 'one');
  const handle = await receiptIn(sqs, queue);
  const change = (VisibilityTimeout: number, ReceiptHandle = handle) =>
    sqs.call('ChangeMessageVisibility', { QueueUrl: queue, ReceiptHandle, VisibilityTimeout });
  const remove = (ReceiptHandle = handle) => sqs.call('DeleteMessage', { QueueUrl: queue, ReceiptHandle });
  return { sqs, queue, handle, change, remove };
}

async function receiptIn(sqs: Bench, queue: string): Promise<string> {
  const [message] = await sqs.receive(queue);
  if (message === undefined) throw new Error('nothing to receive');
  return message.ReceiptHandle;
}

describe('ChangeMessageVisibility (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html)', () => {
  it('makes a message visible at once', async () => {
    const { sqs, queue, change } = await received();
    await change(0);
    expect(await sqs.receive(queue)).toHaveLength(1);
  });

  it('counts from the moment of the change', async () => {
    const { sqs, queue, change } = await received();
    await sqs.advance(20_000);
    await change(30);
    await sqs.advance(29_999);
    expect(await sqs.receive(queue)).toEqual([]);
    await sqs.advance(1);
    expect(await sqs.receive(queue)).toHaveLength(1);
  });

  it('hides a message for twelve hours at most, counted from its receipt', async () => {
    const { sqs, queue, change } = await received();
    await sqs.advance(10_000);
    await expect(change(43_191)).rejects.toMatchObject({
      code: 'InvalidParameterValueException',
      message:
        'Value 43191 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]',
    });
    await change(43_190);
    await sqs.advance(43_189_999);
    expect(await sqs.receive(queue)).toEqual([]);
    await sqs.advance(1);
    expect(await sqs.receive(queue)).toHaveLength(1);
  });

  it('begins the twelve hours anew with the next receipt', async () => {
    const { sqs, queue, change } = await received();
    await sqs.advance(30_000);
    await change(43_200, await receiptIn(sqs, queue));
  });

  it.each([-1, 0.5, 43_201])('is refused for a timeout of %s seconds', async (timeout) => {
    const { change } = await received();
    await expect(change(timeout)).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
  });

  it('is accepted after the timeout, as long as nobody has received the message again', async () => {
    const { sqs, queue, change } = await received();
    await sqs.advance(30_000);
    await change(30);
    expect(await sqs.receive(queue)).toEqual([]);
    await sqs.advance(30_000);
    await sqs.receive(queue);
    await expect(change(30)).rejects.toThrow(
      'Message does not exist or is not available for visibility timeout change.',
    );
  });

  it('is refused for a message that was deleted', async () => {
    const { change, remove } = await received();
    await remove();
    await expect(change(30)).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
  });
});

describe('a receipt handle (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html)', () => {
  it.each(['', 'nonsense', Buffer.from('orders 1 2 3').toString('base64')])(
    'that is none is refused: %j',
    async (handle) => {
      const { change, remove } = await received();
      for (const used of [change(30, handle), remove(handle)]) {
        await expect(used).rejects.toMatchObject({
          code: 'ReceiptHandleIsInvalid',
          message: `The input receipt handle "${handle}" is not a valid receipt handle.`,
          status: 404,
        });
      }
    },
  );

  it('of another queue is refused', async () => {
    const { sqs, handle } = await received();
    const other = sqs.declareQueue('other');
    const removed = sqs.call('DeleteMessage', { QueueUrl: other, ReceiptHandle: handle });
    await expect(removed).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
  });

  it('deletes again without an error what is deleted already', async () => {
    const { remove } = await received();
    await remove();
    expect(await remove()).toEqual({});
  });

  it('deletes nothing after a purge, without an error', async () => {
    const { sqs, queue, remove } = await received();
    await sqs.call('PurgeQueue', { QueueUrl: queue });
    await sqs.send(queue, 'another');
    await remove();
    expect(await sqs.receive(queue)).toHaveLength(1);
  });
});

describe('messages in flight (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html)', () => {
  /** So many messages that were received and are hidden for a minute, of which the test needs none but their number. */
  function withInFlight(count: number, waiting: number): { sqs: Bench; queue: string } {
    const database = new Database(':memory:');
    const sqs = sqsBench(database);
    const queue = sqs.declareQueue('orders');
    const insert = `INSERT INTO sqs_messages (queue, message_id, body, sender_id, sent_at, visible_at, received, received_here)
      WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
      SELECT 'orders', n, 'x', 'x', ?, ?, ?, ? FROM numbers`;
    const now = sqs.ground.clock.now();
    database.prepare(insert).run(count, now, now + 60_000, 1, 1);
    database.prepare(insert).run(waiting, now, now, 0, 0);
    return { sqs, queue };
  }

  it('are 120,000 at most: of more, a short poll gets an error', async () => {
    const { sqs, queue } = withInFlight(119_999, 2);
    expect(await sqs.receive(queue, { MaxNumberOfMessages: 10 })).toHaveLength(1);
    await expect(sqs.receive(queue)).rejects.toMatchObject({ code: 'OverLimit', status: 403 });
    await sqs.advance(60_000);
    expect(await sqs.receive(queue, { MaxNumberOfMessages: 10 })).toHaveLength(10);
  });

  it('that are too many let a long poll find nothing', async () => {
    const { sqs, queue } = withInFlight(120_000, 1);
    const poll = sqs.receive(queue, { WaitTimeSeconds: 1 });
    await sqs.advance(1000);
    expect(await poll).toEqual([]);
  });
});
