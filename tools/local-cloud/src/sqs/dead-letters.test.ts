/** Dead-letter queues: the way in, by the redrive policy. */
import { sqsBench, type Bench } from './test-bench.ts';

const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`;

function withDeadLetters(maxReceiveCount = 2): { sqs: Bench; inbox: string; dead: string } {
  const sqs = sqsBench();
  const dead = sqs.declareQueue('dead');
  const RedrivePolicy = { deadLetterTargetArn: arnOf('dead'), maxReceiveCount };
  const inbox = sqs.declareQueue('inbox', { VisibilityTimeout: 10, RedrivePolicy });
  sqs.start();
  return { sqs, inbox, dead };
}

describe('a message that was received too often (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html)', () => {
  it('moves to the dead letters at the next receive, with its age and its count of receipts', async () => {
    const { sqs, inbox, dead } = withDeadLetters();
    const sentAt = sqs.ground.clock.now();
    await sqs.send(inbox, 'poison');
    const [first] = await sqs.receive(inbox);
    await sqs.advance(10_000);
    let hints = 0;
    sqs.ground.signals.on(arnOf('dead'), () => hints++);
    await sqs.receive(inbox);
    await sqs.advance(10_000);
    expect(await sqs.receive(dead)).toEqual([]);
    expect(await sqs.receive(inbox)).toEqual([]);
    expect(hints).toBe(1);
    const [letter] = await sqs.receive(dead, { MessageSystemAttributeNames: ['All'] });
    expect(letter).toMatchObject({
      MessageId: first?.MessageId,
      Body: 'poison',
      Attributes: {
        ApproximateReceiveCount: '3',
        SentTimestamp: String(sentAt),
        DeadLetterQueueSourceArn: arnOf('inbox'),
      },
    });
  });

  it('does not stand in the way of the messages behind it', async () => {
    const { sqs, inbox } = withDeadLetters();
    await sqs.send(inbox, 'poison');
    for (let receipt = 0; receipt < 2; receipt++) {
      await sqs.receive(inbox);
      await sqs.advance(10_000);
    }
    await sqs.send(inbox, 'good');
    expect((await sqs.receive(inbox)).map(({ Body }) => Body)).toEqual(['good']);
  });

  it('can no longer be deleted by the handle from its old queue', async () => {
    const { sqs, inbox, dead } = withDeadLetters();
    await sqs.send(inbox, 'poison');
    await sqs.receive(inbox);
    await sqs.advance(10_000);
    const [second] = await sqs.receive(inbox);
    await sqs.advance(10_000);
    await sqs.receive(inbox);
    await sqs.call('DeleteMessage', { QueueUrl: inbox, ReceiptHandle: second?.ReceiptHandle });
    expect(await sqs.receive(dead)).toHaveLength(1);
  });
});

describe('maxReceiveCount (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html)', () => {
  it.each([1, 3])('of %s lets a message be received so often, and moves it on the next receive', async (count) => {
    const { sqs, inbox, dead } = withDeadLetters(count);
    await sqs.send(inbox, 'poison');
    for (let receipt = 1; receipt <= count; receipt++) {
      const [message] = await sqs.receive(inbox, { MessageSystemAttributeNames: ['All'] });
      expect(message?.Attributes).toMatchObject({ ApproximateReceiveCount: String(receipt) });
      await sqs.advance(10_000);
    }
    expect(await sqs.receive(dead)).toEqual([]);
    expect(await sqs.receive(inbox)).toEqual([]);
    expect(await sqs.receive(dead)).toHaveLength(1);
  });

  it('counts receipts that were given back at once', async () => {
    const { sqs, inbox, dead } = withDeadLetters();
    await sqs.send(inbox, 'poison');
    for (let receipt = 0; receipt < 3; receipt++) await sqs.receive(inbox, { VisibilityTimeout: 0 });
    expect(await sqs.receive(dead)).toHaveLength(1);
  });

  it('does not count what was deleted in between', async () => {
    const { sqs, inbox, dead } = withDeadLetters(1);
    await sqs.send(inbox, 'good');
    const [message] = await sqs.receive(inbox);
    await sqs.call('DeleteMessage', { QueueUrl: inbox, ReceiptHandle: message?.ReceiptHandle });
    await sqs.advance(10_000);
    await sqs.receive(inbox);
    expect(await sqs.receive(dead)).toEqual([]);
  });

  it('does not move what has become too old meanwhile', async () => {
    const { sqs, inbox, dead } = withDeadLetters();
    await sqs.send(inbox, 'poison');
    for (let receipt = 0; receipt < 2; receipt++) await sqs.receive(inbox, { VisibilityTimeout: 0 });
    await sqs.advance(345_600_000);
    expect(await sqs.receive(inbox)).toEqual([]);
    expect(await sqs.receive(dead)).toEqual([]);
  });

  it.each<[number, boolean]>([
    [0, false],
    [1, true],
    [1000, true],
    [1001, false],
  ])('of %s is allowed: %s', (maxReceiveCount, isAllowed) => {
    const declare = () =>
      sqsBench().declareQueue('inbox', { RedrivePolicy: { deadLetterTargetArn: arnOf('dead'), maxReceiveCount } });
    if (isAllowed) expect(declare).not.toThrow();
    else expect(declare).toThrow('RedrivePolicy.maxReceiveCount');
  });
});

describe('a redrive policy (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html)', () => {
  it('must name a queue that exists', () => {
    const sqs = sqsBench();
    sqs.declareQueue('inbox', { RedrivePolicy: { deadLetterTargetArn: arnOf('none'), maxReceiveCount: 3 } });
    expect(() => sqs.start()).toThrow('no queue arn:aws:sqs:us-east-1:000000000000:none');
  });

  it.each<[Record<string, unknown>, boolean]>([
    [{ redrivePermission: 'allowAll' }, true],
    [{ redrivePermission: 'denyAll' }, false],
    [{ redrivePermission: 'byQueue', sourceQueueArns: [arnOf('inbox')] }, true],
    [{ redrivePermission: 'byQueue', sourceQueueArns: [arnOf('other')] }, false],
  ])('must be allowed by the dead-letter queue: %j', (RedriveAllowPolicy, isAllowed) => {
    const sqs = sqsBench();
    sqs.declareQueue('dead', { RedriveAllowPolicy });
    sqs.declareQueue('inbox', { RedrivePolicy: { deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 3 } });
    if (isAllowed) expect(() => sqs.start()).not.toThrow();
    else expect(() => sqs.start()).toThrow('RedriveAllowPolicy');
  });

  it.each<[Record<string, unknown>, boolean]>([
    [{ redrivePermission: 'byQueue', sourceQueueArns: Array.from({ length: 10 }, () => arnOf('inbox')) }, true],
    [{ redrivePermission: 'byQueue', sourceQueueArns: Array.from({ length: 11 }, () => arnOf('inbox')) }, false],
    [{ redrivePermission: 'byQueue', sourceQueueArns: [] }, false],
    [{ redrivePermission: 'byQueue' }, false],
    [{ redrivePermission: 'denyAll', sourceQueueArns: [arnOf('inbox')] }, false],
    [{ redrivePermission: 'sometimes' }, false],
  ])('names up to ten sources, by queue only: %j', (RedriveAllowPolicy, isAllowed) => {
    const declare = () => sqsBench().declareQueue('dead', { RedriveAllowPolicy });
    if (isAllowed) expect(declare).not.toThrow();
    else expect(declare).toThrow('RedriveAllowPolicy');
  });

  it('makes its queue a source of the dead-letter queue', async () => {
    const { sqs, dead, inbox } = withDeadLetters();
    expect(await sqs.call('ListDeadLetterSourceQueues', { QueueUrl: dead })).toMatchObject({ queueUrls: [inbox] });
    expect(await sqs.call('ListDeadLetterSourceQueues', { QueueUrl: inbox })).toMatchObject({ queueUrls: [] });
  });
});
