/** Limits on both of their sides, batches, and the errors of SQS. */
import { queryErrorHeader } from './errors.ts';
import { AwsError } from '../aws-error.ts';
import { sqsBench, urlIn } from './test-bench.ts';

const entries = (count: number, more: Record<string, unknown> = {}): Record<string, unknown>[] =>
  Array.from({ length: count }, (_, index) => ({ Id: `id-${index}`, MessageBody: `body ${index}`, ...more }));

describe('a send is refused (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html)', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['without a body', {}, 'MissingRequiredParameterException'],
    ['with an empty body', { MessageBody: '' }, 'MissingRequiredParameterException'],
    ['with a body over a mebibyte', { MessageBody: 'x'.repeat(1_048_577) }, 'InvalidParameterValueException'],
    ['with a character that XML does not have', { MessageBody: 'a\u0001' }, 'InvalidMessageContents'],
    ['with a delay over 15 minutes', { MessageBody: 'x', DelaySeconds: 901 }, 'InvalidParameterValueException'],
    ['with a delay below nought', { MessageBody: 'x', DelaySeconds: -1 }, 'InvalidParameterValueException'],
    ['with a parameter of FIFO queues', { MessageBody: 'x', MessageDeduplicationId: 'x' }, 'NotImplemented'],
  ])('%s', async (_, given, code) => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    await expect(sqs.call('SendMessage', { QueueUrl: queue, ...given })).rejects.toMatchObject({ code });
  });

  it('at the limits no more: a mebibyte, 15 minutes', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    await sqs.send(queue, 'x'.repeat(1_048_576), { DelaySeconds: 900 });
    await sqs.send(queue, '\t\n\r\u{10FFFF}', { DelaySeconds: 0 });
    expect(await sqs.receive(queue)).toHaveLength(1);
  });

  it('over the size that the queue itself allows, attributes included', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders', { MaximumMessageSize: 1024 });
    const MessageAttributes = { name: { DataType: 'String', StringValue: 'v' } };
    await sqs.send(queue, 'x'.repeat(1013), { MessageAttributes });
    await expect(sqs.send(queue, 'x'.repeat(1014), { MessageAttributes })).rejects.toThrow(
      'Message must be shorter than 1024 bytes',
    );
  });
});

describe('a batch (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html)', () => {
  it('of ten entries is sent, received and deleted at once', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    const sent = await sqs.call('SendMessageBatch', { QueueUrl: queue, Entries: entries(10) });
    expect(sent).toMatchObject({ Failed: [], Successful: entries(10).map(({ Id }) => ({ Id })) });
    const messages = await sqs.receive(queue, { MaxNumberOfMessages: 10 });
    expect(messages.map(({ Body }) => Body)).toEqual(entries(10).map(({ MessageBody }) => MessageBody));
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    expect(await sqs.call('DeleteMessageBatch', { QueueUrl: queue, Entries })).toMatchObject({ Failed: [] });
    expect(await sqs.call('GetQueueAttributes', { QueueUrl: queue, AttributeNames: ['All'] })).toMatchObject({
      Attributes: { ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' },
    });
  });

  it('fails entry by entry', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    const Entries = [...entries(1), { Id: 'bad', MessageBody: 'x', DelaySeconds: 1000 }];
    expect(await sqs.call('SendMessageBatch', { QueueUrl: queue, Entries })).toMatchObject({
      Successful: [{ Id: 'id-0' }],
      Failed: [{ Id: 'bad', SenderFault: true, Code: 'InvalidParameterValue' }],
    });
    const [message] = await sqs.receive(queue);
    const handles = [
      { Id: 'good', ReceiptHandle: message?.ReceiptHandle },
      { Id: 'bad', ReceiptHandle: 'nonsense' },
    ];
    for (const operation of ['ChangeMessageVisibilityBatch', 'DeleteMessageBatch']) {
      expect(await sqs.call(operation, { QueueUrl: queue, Entries: handles })).toMatchObject({
        Successful: [{ Id: 'good' }],
        Failed: [{ Id: 'bad', SenderFault: true, Code: 'ReceiptHandleIsInvalid' }],
      });
    }
  });

  it('takes what one entry may not contain for the fault of that entry', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    const Entries = [...entries(1), { Id: 'bad', MessageBody: '\u0000' }];
    expect(await sqs.call('SendMessageBatch', { QueueUrl: queue, Entries })).toMatchObject({
      Successful: [{ Id: 'id-0' }],
      Failed: [{ Id: 'bad', SenderFault: true, Code: 'InvalidMessageContents' }],
    });
  });

  it('changes the visibility of several messages', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    await sqs.call('SendMessageBatch', { QueueUrl: queue, Entries: entries(2) });
    const messages = await sqs.receive(queue, { MaxNumberOfMessages: 10 });
    const Entries = messages.map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout: index * 10,
    }));
    await sqs.call('ChangeMessageVisibilityBatch', { QueueUrl: queue, Entries });
    expect(await sqs.receive(queue, { MaxNumberOfMessages: 10 })).toHaveLength(1);
  });

  it.each<[string, Record<string, unknown>[] | undefined, string]>([
    ['without entries', undefined, 'EmptyBatchRequest'],
    ['that is empty', [], 'EmptyBatchRequest'],
    ['of eleven', entries(11), 'TooManyEntriesInBatchRequest'],
    ['with an id twice', [...entries(1), ...entries(1)], 'BatchEntryIdsNotDistinct'],
    ['with a blank in an id', [{ Id: 'a b', MessageBody: 'x' }], 'InvalidBatchEntryId'],
    ['with an id of 81 characters', [{ Id: 'a'.repeat(81), MessageBody: 'x' }], 'InvalidBatchEntryId'],
    ['of more than a mebibyte in all', entries(2, { MessageBody: 'x'.repeat(524_289) }), 'BatchRequestTooLong'],
    ['without an id', [{ MessageBody: 'x' }], 'MissingRequiredParameterException'],
  ])('%s is refused as a whole', async (_, given, code) => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    const sent = sqs.call('SendMessageBatch', { QueueUrl: queue, ...(given && { Entries: given }) });
    await expect(sent).rejects.toMatchObject({ code });
  });

  it.each(['DeleteMessageBatch', 'ChangeMessageVisibilityBatch'])('of %s has the same limits', async (operation) => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    const ids = (given: readonly string[]) =>
      sqs.call(operation, { QueueUrl: queue, Entries: given.map((Id) => ({ Id, ReceiptHandle: 'x' })) });
    const eleven = Array.from({ length: 11 }, (_, index) => String(index));
    await expect(ids([])).rejects.toMatchObject({ code: 'EmptyBatchRequest' });
    await expect(ids(['a', 'a'])).rejects.toMatchObject({ code: 'BatchEntryIdsNotDistinct' });
    await expect(ids(['invalid:id'])).rejects.toMatchObject({ code: 'InvalidBatchEntryId' });
    await expect(ids(eleven)).rejects.toMatchObject({
      code: 'TooManyEntriesInBatchRequest',
      message: 'Maximum number of entries per request are 10. You have sent 11.',
    });
    expect(await ids(eleven.slice(1))).toMatchObject({ Successful: [] });
  });

  it('with an id of 80 characters is accepted', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    const Entries = [{ Id: 'a'.repeat(80), MessageBody: 'x' }];
    expect(await sqs.call('SendMessageBatch', { QueueUrl: queue, Entries })).toMatchObject({ Failed: [] });
  });

  it('of exactly a mebibyte is accepted', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    const sent = await sqs.call('SendMessageBatch', {
      QueueUrl: queue,
      Entries: entries(2, { MessageBody: 'x'.repeat(524_288) }),
    });
    expect(sent).toMatchObject({ Failed: [] });
  });
});

describe('a receive is refused (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html)', () => {
  it.each<[Record<string, unknown>]>([
    [{ MaxNumberOfMessages: 0 }],
    [{ MaxNumberOfMessages: 11 }],
    [{ VisibilityTimeout: -1 }],
    [{ VisibilityTimeout: 43_201 }],
    [{ WaitTimeSeconds: 21 }],
    [{ WaitTimeSeconds: -1 }],
  ])('with %j', async (given) => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    await expect(sqs.receive(queue, given)).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
  });

  it('in the words of AWS', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    await expect(sqs.receive(queue, { MaxNumberOfMessages: 11 })).rejects.toThrow(
      'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    );
  });

  it('with a parameter of FIFO queues', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    const received = sqs.receive(queue, { ReceiveRequestAttemptId: 'x' });
    await expect(received).rejects.toMatchObject({ code: 'NotImplemented' });
  });

  it.each<[Record<string, unknown>]>([
    [{ MaxNumberOfMessages: 1 }],
    [{ MaxNumberOfMessages: 10 }],
    [{ VisibilityTimeout: 0 }],
    [{ VisibilityTimeout: 43_200 }],
    [{ WaitTimeSeconds: 0 }],
    [{ WaitTimeSeconds: 20 }],
  ])('no more with %j', async (given) => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    await sqs.send(queue, 'one');
    expect(await sqs.receive(queue, given)).toHaveLength(1);
  });
});

describe('a queue (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html)', () => {
  it('that does not exist is named as such in both protocols', async () => {
    const sqs = sqsBench();
    const error: unknown = await sqs
      .send('http://localhost:4566/000000000000/none', 'x')
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'QueueDoesNotExist',
      status: 400,
      message: 'The specified queue does not exist.',
    });
    expect(error instanceof AwsError && queryErrorHeader(error)).toBe('AWS.SimpleQueueService.NonExistentQueue;Sender');
  });

  it('is found by name, and by any URL that ends in its path', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    expect(queue).toBe('http://localhost:4566/000000000000/orders');
    expect(urlIn(await sqs.call('GetQueueUrl', { QueueName: 'orders' }))).toBe(queue);
    await sqs.send('https://sqs.us-east-1.amazonaws.com/000000000000/orders', 'one');
    expect(await sqs.receive(queue)).toHaveLength(1);
    await expect(sqs.send('orders', 'one')).rejects.toMatchObject({
      code: 'InvalidAddress',
      message: 'The address orders is not valid for this endpoint.',
      status: 404,
    });
    const elsewhere = sqs.call('GetQueueUrl', { QueueName: 'orders', QueueOwnerAWSAccountId: '111111111111' });
    await expect(elsewhere).rejects.toMatchObject({ code: 'QueueDoesNotExist' });
  });

  it('asks IAM for the action on its ARN, of a batch for the single one', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    await sqs.call('SendMessageBatch', { QueueUrl: queue, Entries: entries(1) });
    await sqs.receive(queue);
    const resource = 'arn:aws:sqs:us-east-1:000000000000:orders';
    expect(sqs.asked.map(({ permission }) => permission)).toEqual([
      { action: 'sqs:SendMessage', resource },
      { action: 'sqs:ReceiveMessage', resource },
    ]);
  });

  it('is listed by prefix, page by page', async () => {
    const sqs = sqsBench();
    for (const name of ['b-2', 'a-1', 'b-1', 'b-3']) sqs.declareQueue(name);
    const first = await sqs.call('ListQueues', { QueueNamePrefix: 'b-', MaxResults: 2 });
    expect(first).toMatchObject({
      QueueUrls: [expect.stringMatching(/b-1$/), expect.stringMatching(/b-2$/)],
      NextToken: expect.any(String),
    });
    const token = (first as { NextToken?: string }).NextToken;
    const second = await sqs.call('ListQueues', { QueueNamePrefix: 'b-', MaxResults: 2, NextToken: token });
    expect(second).toEqual({ QueueUrls: [expect.stringMatching(/b-3$/)], NextToken: undefined });
  });

  it('counts what is visible, in flight and delayed', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    await sqs.call('SendMessageBatch', { QueueUrl: queue, Entries: entries(3) });
    await sqs.send(queue, 'delayed', { DelaySeconds: 10 });
    await sqs.receive(queue);
    expect(await sqs.call('GetQueueAttributes', { QueueUrl: queue, AttributeNames: ['All'] })).toMatchObject({
      Attributes: {
        QueueArn: 'arn:aws:sqs:us-east-1:000000000000:orders',
        ApproximateNumberOfMessages: '2',
        ApproximateNumberOfMessagesNotVisible: '1',
        ApproximateNumberOfMessagesDelayed: '1',
        VisibilityTimeout: '30',
        MessageRetentionPeriod: '345600',
        MaximumMessageSize: '1048576',
        SqsManagedSseEnabled: 'true',
      },
    });
    const unknown = sqs.call('GetQueueAttributes', { QueueUrl: queue, AttributeNames: ['Colour'] });
    await expect(unknown).rejects.toMatchObject({ code: 'InvalidAttributeName' });
  });

  it('forgets what is too old before it counts', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders', { MessageRetentionPeriod: 60 });
    await sqs.send(queue, 'one');
    await sqs.advance(60_000);
    const counted = await sqs.call('GetQueueAttributes', {
      QueueUrl: queue,
      AttributeNames: ['ApproximateNumberOfMessages', 'FifoQueue'],
    });
    expect(counted).toEqual({ Attributes: { ApproximateNumberOfMessages: '0' } });
  });

  it('answers no attributes where none are asked for, and not its policy', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    expect(await sqs.call('GetQueueAttributes', { QueueUrl: queue })).toEqual({});
    const policy = sqs.call('GetQueueAttributes', { QueueUrl: queue, AttributeNames: ['Policy'] });
    await expect(policy).rejects.toMatchObject({ code: 'NotImplemented' });
  });

  it.each([0, 1001])('is not listed on pages of %s', async (MaxResults) => {
    const listed = sqsBench().call('ListQueues', { MaxResults });
    await expect(listed).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
  });

  it('is not made by a call: templates declare queues', async () => {
    const made = sqsBench().call('CreateQueue', { QueueName: 'a.fifo', Attributes: { FifoQueue: 'true' } });
    await expect(made).rejects.toMatchObject({ code: 'NotImplemented' });
  });

  it('is purged at most once a minute', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders');
    await sqs.send(queue, 'one');
    await sqs.call('PurgeQueue', { QueueUrl: queue });
    expect(await sqs.receive(queue)).toEqual([]);
    await sqs.advance(59_999);
    await expect(sqs.call('PurgeQueue', { QueueUrl: queue })).rejects.toMatchObject({
      code: 'PurgeQueueInProgress',
      status: 403,
    });
    await sqs.advance(1);
    await sqs.call('PurgeQueue', { QueueUrl: queue });
  });
});

describe('a template (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html)', () => {
  it('may write numbers and policies as text, and leave out the name', () => {
    const sqs = sqsBench();
    const url = sqs.declareQueue('Inbox', {
      QueueName: undefined,
      VisibilityTimeout: '60',
      KmsMasterKeyId: 'alias/aws/sqs',
      RedriveAllowPolicy: '{"redrivePermission":"denyAll"}',
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect(url).toMatch(/\/stack-Inbox$/);
  });

  it.each<[string, readonly number[], readonly number[]]>([
    ['VisibilityTimeout', [0, 43_200], [-1, 43_201]],
    ['MessageRetentionPeriod', [60, 1_209_600], [59, 1_209_601]],
    ['DelaySeconds', [0, 900], [-1, 901]],
    ['ReceiveMessageWaitTimeSeconds', [0, 20], [-1, 21]],
    ['MaximumMessageSize', [1024, 1_048_576], [1023, 1_048_577]],
  ])('keeps %s within its limits', (property, allowed, refused) => {
    const sqs = sqsBench();
    for (const value of allowed) expect(() => sqs.declareQueue('orders', { [property]: value })).not.toThrow();
    for (const value of refused) expect(() => sqs.declareQueue('orders', { [property]: value })).toThrow(property);
  });

  it('has names of 80 characters at most', () => {
    const sqs = sqsBench();
    expect(() => sqs.declareQueue('a'.repeat(80))).not.toThrow();
    expect(() => sqs.declareQueue('a'.repeat(81))).toThrow('QueueName');
    expect(() => sqs.declareQueue('a.b')).toThrow('QueueName');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a FIFO queue', { FifoQueue: true }, 'FIFO queues'],
    ['a FIFO queue, written as text', { FifoQueue: 'true' }, 'FIFO queues'],
    [
      'two kinds of encryption',
      { KmsMasterKeyId: 'alias/aws/sqs', SqsManagedSseEnabled: true },
      'SqsManagedSseEnabled does not fit: one type of server-side encryption at one time',
    ],
    ['a name that ends in .fifo', { QueueName: 'a.fifo' }, 'FIFO queues'],
    ['an unknown property', { Colour: 'red' }, 'Colour'],
  ])('is refused for %s', (_, properties, reason) => {
    expect(() => sqsBench().declareQueue('orders', properties)).toThrow(reason);
  });
});
