/** Message move tasks: the way out of a dead-letter queue. */
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

async function tasks(sqs: Bench, MaxResults?: number): Promise<readonly Record<string, unknown>[]> {
  return results.parse(await sqs.call('ListMessageMoveTasks', { SourceArn: arnOf('dead'), MaxResults })).Results;
}

const latest = async (sqs: Bench) => (await tasks(sqs))[0];

async function start(sqs: Bench, more: Record<string, unknown> = {}): Promise<string> {
  const answer = await sqs.call('StartMessageMoveTask', { SourceArn: arnOf('dead'), ...more });
  await sqs.ground.activity.whenIdle();
  return handle.parse(answer).TaskHandle;
}

describe('StartMessageMoveTask (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html)', () => {
  it('sends dead letters back where they came from, as new messages', async () => {
    const { sqs, inbox, dead } = withDeadLetters();
    await sqs.send(inbox, 'one');
    await letDie(sqs, inbox);
    const [letter] = await sqs.receive(dead, { VisibilityTimeout: 0 });
    await start(sqs);
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
    await start(sqs, { DestinationArn: arnOf('other') });
    expect(await sqs.receive(other)).toHaveLength(1);
  });

  it('leaves what is in flight where it is, and what has become too old', async () => {
    const { sqs, dead } = withDeadLetters();
    const other = sqs.declareQueue('other');
    await sqs.send(dead, 'old');
    await sqs.advance(345_600_000);
    await sqs.send(dead, 'in flight');
    await sqs.receive(dead);
    await sqs.send(dead, 'waiting');
    await start(sqs, { DestinationArn: arnOf('other') });
    expect((await sqs.receive(other, { MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(['waiting']);
    expect(await latest(sqs)).toMatchObject({ ApproximateNumberOfMessagesToMove: 1 });
  });

  it('fails for a message whose source nobody knows', async () => {
    const { sqs, dead } = withDeadLetters();
    await sqs.send(dead, 'sent to the dead letters themselves');
    await start(sqs);
    expect(await latest(sqs)).toMatchObject({ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' });
  });

  it('fails where the destination is gone after a restart', async () => {
    const database = new Database(':memory:');
    const { sqs, inbox } = withDeadLetters(database);
    sqs.declareQueue('other');
    for (const body of ['one', 'two']) await sqs.send(inbox, body);
    await letDie(sqs, inbox);
    await start(sqs, { DestinationArn: arnOf('other'), MaxNumberOfMessagesPerSecond: 1 });
    const { sqs: after } = withDeadLetters(database, sqs.ground.clock.now() + 1000);
    expect(await latest(after)).toMatchObject({
      Status: 'FAILED',
      FailureReason: 'AWS.SimpleQueueService.NonExistentQueue',
      ApproximateNumberOfMessagesMoved: 1,
    });
  });

  it('keeps to its rate, and goes on after a kill; a source has one running task', async () => {
    const database = new Database(':memory:');
    const { sqs, inbox } = withDeadLetters(database);
    for (const body of ['one', 'two', 'three', 'four']) await sqs.send(inbox, body);
    await letDie(sqs, inbox);
    const TaskHandle = await start(sqs, { MaxNumberOfMessagesPerSecond: 1 });
    expect(await latest(sqs)).toEqual({
      TaskHandle,
      Status: 'RUNNING',
      SourceArn: arnOf('dead'),
      DestinationArn: undefined,
      MaxNumberOfMessagesPerSecond: 1,
      ApproximateNumberOfMessagesMoved: 1,
      ApproximateNumberOfMessagesToMove: 4,
      FailureReason: undefined,
      StartedTimestamp: sqs.ground.clock.now(),
    });

    const after = withDeadLetters(database, sqs.ground.clock.now() + 1000).sqs;
    expect(await latest(after)).toMatchObject({ ApproximateNumberOfMessagesMoved: 2 });
    await expect(start(after)).rejects.toMatchObject({
      code: 'InvalidParameterValueException',
      message:
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    });
    await after.advance(2000);
    expect(await latest(after)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 4 });
    await start(after);
  });

  it.each([1, 500])('may move %s messages a second', async (MaxNumberOfMessagesPerSecond) => {
    const { sqs } = withDeadLetters();
    await start(sqs, { MaxNumberOfMessagesPerSecond });
    expect(await latest(sqs)).toMatchObject({ Status: 'COMPLETED', MaxNumberOfMessagesPerSecond });
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['without a source', { SourceArn: undefined }, 'MissingRequiredParameterException', 'SourceArn'],
    ['for a source that does not exist', { SourceArn: arnOf('none') }, 'ResourceNotFoundException', 'SourceArn'],
    [
      "for a source that is nobody's dead-letter queue",
      { SourceArn: arnOf('inbox') },
      'InvalidParameterValueException',
      'Source queue must be configured as a Dead Letter Queue.',
    ],
    [
      'for a destination that does not exist',
      { DestinationArn: arnOf('none') },
      'ResourceNotFoundException',
      'DestinationArn',
    ],
    [
      'back into the source itself',
      { DestinationArn: arnOf('dead') },
      'InvalidParameterValueException',
      'cannot be the same',
    ],
    [
      'at a rate of 0',
      { MaxNumberOfMessagesPerSecond: 0 },
      'InvalidParameterValueException',
      'MaxNumberOfMessagesPerSecond',
    ],
    [
      'at a rate of 501',
      { MaxNumberOfMessagesPerSecond: 501 },
      'InvalidParameterValueException',
      'MaxNumberOfMessagesPerSecond',
    ],
  ])('is refused %s', async (_, given, code, message) => {
    const { sqs } = withDeadLetters();
    const started = start(sqs, given);
    await expect(started).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('needs to receive and delete at the source, and to send to each destination', async () => {
    const { sqs } = withDeadLetters();
    await start(sqs);
    expect(sqs.asked.map(({ permission }) => `${permission.action} ${permission.resource}`)).toEqual([
      `sqs:StartMessageMoveTask ${arnOf('dead')}`,
      `sqs:ReceiveMessage ${arnOf('dead')}`,
      `sqs:DeleteMessage ${arnOf('dead')}`,
      `sqs:GetQueueAttributes ${arnOf('dead')}`,
      `sqs:SendMessage ${arnOf('inbox')}`,
    ]);
  });
});

describe('ListMessageMoveTasks (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html)', () => {
  it('answers the latest task, or as many as are asked for, the newest first', async () => {
    const { sqs } = withDeadLetters();
    for (let rate = 1; rate <= 11; rate++) await start(sqs, { MaxNumberOfMessagesPerSecond: rate });
    const rates = (found: readonly Record<string, unknown>[]) =>
      found.map(({ MaxNumberOfMessagesPerSecond }) => MaxNumberOfMessagesPerSecond);
    expect(rates(await tasks(sqs))).toEqual([11]);
    expect(rates(await tasks(sqs, 10))).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  });

  it.each([0, 11])('refuses to answer %s tasks', async (most) => {
    const { sqs } = withDeadLetters();
    await expect(tasks(sqs, most)).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
  });

  it('knows no task of a queue that does not exist', async () => {
    const { sqs } = withDeadLetters();
    const listed = sqs.call('ListMessageMoveTasks', { SourceArn: arnOf('none') });
    await expect(listed).rejects.toMatchObject({ code: 'ResourceNotFoundException', status: 404 });
  });
});

describe('CancelMessageMoveTask (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html)', () => {
  const handleOf = (taskId: string, sourceArn: string): string =>
    Buffer.from(JSON.stringify({ taskId, sourceArn })).toString('base64');

  it('ends a task; what was moved stays moved', async () => {
    const { sqs, inbox } = withDeadLetters();
    for (const body of ['one', 'two', 'three']) await sqs.send(inbox, body);
    await letDie(sqs, inbox);
    const TaskHandle = await start(sqs, { MaxNumberOfMessagesPerSecond: 1 });
    const cancelled = await sqs.call('CancelMessageMoveTask', { TaskHandle });
    expect(cancelled).toEqual({ ApproximateNumberOfMessagesMoved: 1 });
    await sqs.advance(10_000);
    const task = await latest(sqs);
    expect(task).toMatchObject({ Status: 'CANCELLED', ApproximateNumberOfMessagesMoved: 1, TaskHandle: undefined });
    expect(await sqs.receive(inbox, { MaxNumberOfMessages: 10 })).toHaveLength(1);
  });

  it('is refused for a task that has ended', async () => {
    const { sqs } = withDeadLetters();
    const TaskHandle = await start(sqs);
    const cancelled = sqs.call('CancelMessageMoveTask', { TaskHandle });
    await expect(cancelled).rejects.toMatchObject({ code: 'UnsupportedOperation', status: 400 });
  });

  it.each([
    ['nonsense', 'InvalidParameterValueException', 'Value for parameter TaskHandle is invalid.'],
    [handleOf('some', arnOf('none')), 'ResourceNotFoundException', 'SourceArn'],
    [handleOf('some', arnOf('dead')), 'ResourceNotFoundException', 'Task does not exist.'],
  ])('is refused for the handle %s', async (TaskHandle, code, message) => {
    const { sqs } = withDeadLetters();
    const cancelled = sqs.call('CancelMessageMoveTask', { TaskHandle });
    await expect(cancelled).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
