/** Sending, receiving, hiding and deleting messages. */
import { Database } from '../database.ts';
import { sqsBench } from './test-bench.ts';

const names = (messages: readonly { readonly Body: string }[]): string[] => messages.map(({ Body }) => Body);

describe('a message that was sent (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html)', () => {
  it('is received once and then hidden until its visibility timeout is over', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders', { VisibilityTimeout: 30 });
    await sqs.send(queue, 'one');
    expect(names(await sqs.receive(queue))).toEqual(['one']);
    expect(await sqs.receive(queue)).toEqual([]);
    await sqs.advance(29_999);
    expect(await sqs.receive(queue)).toEqual([]);
    await sqs.advance(1);
    expect(names(await sqs.receive(queue))).toEqual(['one']);
  });

  it('never comes again once it was deleted', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    await sqs.send(queue, 'one');
    const [message] = await sqs.receive(queue);
    await sqs.call('DeleteMessage', { QueueUrl: queue, ReceiptHandle: message?.ReceiptHandle });
    await sqs.advance(60_000);
    expect(await sqs.receive(queue)).toEqual([]);
  });

  it('is not deleted by the handle of an earlier receipt, though the call succeeds', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders', { VisibilityTimeout: 1 });
    await sqs.send(queue, 'one');
    const [first] = await sqs.receive(queue);
    await sqs.advance(1000);
    await sqs.receive(queue);
    await sqs.call('DeleteMessage', { QueueUrl: queue, ReceiptHandle: first?.ReceiptHandle });
    await sqs.advance(1000);
    expect(names(await sqs.receive(queue))).toEqual(['one']);
  });

  it('is deleted by its latest handle even after the visibility timeout', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders', { VisibilityTimeout: 1 });
    await sqs.send(queue, 'one');
    const [message] = await sqs.receive(queue);
    await sqs.advance(1000);
    await sqs.call('DeleteMessage', { QueueUrl: queue, ReceiptHandle: message?.ReceiptHandle });
    expect(await sqs.receive(queue)).toEqual([]);
  });

  it('carries its system attributes, as far as they are asked for', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders', { VisibilityTimeout: 1 });
    const sentAt = sqs.ground.clock.now();
    await sqs.call(
      'SendMessage',
      { QueueUrl: queue, MessageBody: 'one' },
      { type: 'role', arn: 'arn:aws:iam::000000000000:role/relay' },
    );
    await sqs.advance(500);
    const firstAt = sqs.ground.clock.now();
    expect((await sqs.receive(queue))[0]?.Attributes).toBeUndefined();
    await sqs.advance(1000);
    const [message] = await sqs.receive(queue, { MessageSystemAttributeNames: ['All'] });
    expect(message?.Attributes).toEqual({
      SenderId: expect.stringMatching(/^AROA[0-9A-F]{17}:relay$/),
      SentTimestamp: String(sentAt),
      ApproximateFirstReceiveTimestamp: String(firstAt),
      ApproximateReceiveCount: '2',
    });
    await sqs.advance(1000);
    const [again] = await sqs.receive(queue, { AttributeNames: ['ApproximateReceiveCount'] });
    expect(again?.Attributes).toEqual({ ApproximateReceiveCount: '3' });
  });

  it('waits for its own delay, or for the delay of the queue', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders', { DelaySeconds: 5 });
    await sqs.send(queue, 'by the queue');
    await sqs.send(queue, 'at once', { DelaySeconds: 0 });
    expect(names(await sqs.receive(queue, { MaxNumberOfMessages: 10 }))).toEqual(['at once']);
    await sqs.advance(5000);
    expect(names(await sqs.receive(queue, { MaxNumberOfMessages: 10 }))).toEqual(['by the queue']);
  });

  it('is forgotten after the retention period', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders', { MessageRetentionPeriod: 60 });
    await sqs.send(queue, 'old');
    await sqs.advance(59_999);
    await sqs.send(queue, 'young');
    await sqs.advance(1);
    expect(names(await sqs.receive(queue, { MaxNumberOfMessages: 10 }))).toEqual(['young']);
  });

  it('survives a kill, in flight as well as waiting', async () => {
    const database = new Database(':memory:');
    const before = sqsBench(database);
    const queue = before.declareQueue('orders', { VisibilityTimeout: 30 });
    await before.send(queue, 'in flight');
    await before.receive(queue);
    await before.send(queue, 'waiting');

    const after = sqsBench(database, before.ground.clock.now() + 10_000);
    after.declareQueue('orders', { VisibilityTimeout: 30 });
    let hints = 0;
    after.ground.signals.on('arn:aws:sqs:us-east-1:000000000000:orders', () => hints++);
    after.start();
    expect(hints).toBe(1);
    expect(names(await after.receive(queue, { MaxNumberOfMessages: 10 }))).toEqual(['waiting']);
    await after.advance(20_000);
    expect(hints).toBe(2);
    expect(names(await after.receive(queue))).toEqual(['in flight']);
  });
});

describe('the queue gives a hint (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html)', () => {
  it('when a message is sent, when a delay is over and when a visibility timeout is over', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders', { VisibilityTimeout: 30 });
    let hints = 0;
    sqs.ground.signals.on('arn:aws:sqs:us-east-1:000000000000:orders', () => hints++);
    await sqs.send(queue, 'one');
    expect(hints).toBe(1);
    await sqs.send(queue, 'two', { DelaySeconds: 10 });
    expect(hints).toBe(1);
    await sqs.receive(queue);
    await sqs.advance(10_000);
    expect(hints).toBe(2);
    await sqs.advance(20_000);
    expect(hints).toBe(3);
  });

  it('no more once nothing is left, so that an idle queue sets no timer', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    await sqs.send(queue, 'one');
    const [message] = await sqs.receive(queue);
    await sqs.call('DeleteMessage', { QueueUrl: queue, ReceiptHandle: message?.ReceiptHandle });
    await sqs.advance(30_000);
    expect(sqs.ground.clock.nextDue()).toBeUndefined();
  });
});

describe('a long poll (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html)', () => {
  it('answers as soon as a message is there', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    const poll = sqs.receive(queue, { WaitTimeSeconds: 20 });
    await sqs.send(queue, 'one');
    expect(names(await poll)).toEqual(['one']);
  });

  it('answers with nothing once its time is over, and is no activity meanwhile', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders', { ReceiveMessageWaitTimeSeconds: 5 });
    const poll = sqs.receive(queue);
    await sqs.ground.activity.whenIdle();
    await sqs.advance(5000);
    expect(await poll).toEqual([]);
  });

  it('hands a message to one of two that wait, and lets the other wait on', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    const polls = [sqs.receive(queue, { WaitTimeSeconds: 20 }), sqs.receive(queue, { WaitTimeSeconds: 20 })];
    await sqs.send(queue, 'one');
    await sqs.advance(20_000);
    expect((await Promise.all(polls)).flat()).toHaveLength(1);
  });
});
