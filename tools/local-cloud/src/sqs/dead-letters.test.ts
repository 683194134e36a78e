/** Dead-letter queues: the way in by the redrive policy, and the way out by message move tasks. */
import * as z from 'zod';
import { Database } from '../database.ts';
import { sqsBench, type Bench } from './test-bench.ts';

const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const results = z.object({ Results: z.array(z.record(z.string(), z.unknown())) });
const handle = z.object({ TaskHandle: z.string() });

function withDeadLetters(database?: Database, now?: number): { sqs: Bench; inbox: string; dead: string } {
  const sqs = sqsBench(database, now);
  const dead = sqs.declareQueue('dead');
  const RedrivePolicy = { deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 2 };
  const inbox = sqs.declareQueue('inbox', { VisibilityTimeout: 10, RedrivePolicy });
  sqs.start();
  return { sqs, inbox, dead };
}

async function letDie(sqs: Bench, inbox: string): Promise<void> {
  for (let receipt = 0; receipt < 2; receipt++) {
    await sqs.receive(inbox, { MaxNumberOfMessages: 10 });
    await sqs.advance(10_000);
  }
  expect(await sqs.receive(inbox)).toEqual([]);
}

async function latest(sqs: Bench): Promise<Record<string, unknown> | undefined> {
  return results.parse(await sqs.call('ListMessageMoveTasks', { SourceArn: arnOf('dead') })).Results[0];
}

describe('a message that was received too often', () => {
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

describe('a redrive policy', () => {
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
});

describe('a message move task', () => {
  it('sends dead letters back where they came from, as new messages', async () => {
    const { sqs, inbox, dead } = withDeadLetters();
    await sqs.send(inbox, 'one');
    await letDie(sqs, inbox);
    const [letter] = await sqs.receive(dead, { VisibilityTimeout: 0 });
    await sqs.call('StartMessageMoveTask', { SourceArn: arnOf('dead') });
    await sqs.ground.activity.whenIdle();
    expect(await sqs.receive(dead)).toEqual([]);
    const [back] = await sqs.receive(inbox, { MessageSystemAttributeNames: ['All'] });
    expect(back).toMatchObject({
      Body: 'one',
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(sqs.ground.clock.now()) },
    });
    expect(back?.MessageId).not.toBe(letter?.MessageId);
    expect(back?.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
    expect(await latest(sqs)).toMatchObject({
      Status: 'COMPLETED',
      ApproximateNumberOfMessagesMoved: 1,
      ApproximateNumberOfMessagesToMove: 1,
    });
  });

  it('sends them to another queue where one is named', async () => {
    const { sqs, dead } = withDeadLetters();
    const other = sqs.declareQueue('other');
    await sqs.send(dead, 'sent to the dead letters themselves');
    await sqs.call('StartMessageMoveTask', { SourceArn: arnOf('dead'), DestinationArn: arnOf('other') });
    await sqs.ground.activity.whenIdle();
    expect(await sqs.receive(other)).toHaveLength(1);
  });

  it('fails for a message whose source nobody knows', async () => {
    const { sqs, dead } = withDeadLetters();
    await sqs.send(dead, 'sent to the dead letters themselves');
    await sqs.call('StartMessageMoveTask', { SourceArn: arnOf('dead') });
    await sqs.ground.activity.whenIdle();
    expect(await latest(sqs)).toMatchObject({ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' });
  });

  it('keeps to its rate, goes on after a kill, and can be cancelled', async () => {
    const database = new Database(':memory:');
    const { sqs, inbox } = withDeadLetters(database);
    for (const body of ['one', 'two', 'three', 'four']) await sqs.send(inbox, body);
    await letDie(sqs, inbox);
    await sqs.call('StartMessageMoveTask', { SourceArn: arnOf('dead'), MaxNumberOfMessagesPerSecond: 1 });
    await sqs.ground.activity.whenIdle();
    expect(await latest(sqs)).toMatchObject({
      Status: 'RUNNING',
      ApproximateNumberOfMessagesMoved: 1,
      MaxNumberOfMessagesPerSecond: 1,
    });

    const after = withDeadLetters(database, sqs.ground.clock.now() + 1000).sqs;
    expect(await latest(after)).toMatchObject({ ApproximateNumberOfMessagesMoved: 2 });
    await after.advance(1000);
    const running = await latest(after);
    const again = after.call('StartMessageMoveTask', { SourceArn: arnOf('dead') });
    await expect(again).rejects.toMatchObject({ code: 'UnsupportedOperation' });
    const cancelled = await after.call('CancelMessageMoveTask', handle.parse(running));
    expect(cancelled).toEqual({ ApproximateNumberOfMessagesMoved: 3 });
    await after.advance(10_000);
    expect(await latest(after)).toMatchObject({ Status: 'CANCELLED', ApproximateNumberOfMessagesMoved: 3 });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a source that does not exist', { SourceArn: arnOf('none') }, 'ResourceNotFoundException'],
    ["a source that is nobody's dead-letter queue", { SourceArn: arnOf('inbox') }, 'InvalidParameterValueException'],
    [
      'a destination that does not exist',
      { SourceArn: arnOf('dead'), DestinationArn: arnOf('none') },
      'ResourceNotFoundException',
    ],
    [
      'a rate over 500',
      { SourceArn: arnOf('dead'), MaxNumberOfMessagesPerSecond: 501 },
      'InvalidParameterValueException',
    ],
  ])('is refused for %s', async (_, given, code) => {
    const { sqs } = withDeadLetters();
    await expect(sqs.call('StartMessageMoveTask', given)).rejects.toMatchObject({ code });
  });
});
