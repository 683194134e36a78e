/** EventBridge and SQS as the AWS SDK sees them, over HTTP. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  CancelReplayCommand,
  DescribeEventBusCommand,
  DescribeReplayCommand,
  EventBridgeClient,
  IllegalStatusException,
  InvalidEventPatternException,
  PutEventsCommand,
  ResourceNotFoundException,
  StartReplayCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { createEndpoint } from '../endpoint/index.ts';
import { eventsBench } from './test-bench.ts';

const QueueUrl = 'http://localhost:4566/000000000000/inbox';

describe('through the SDK (https://docs.aws.amazon.com/eventbridge/latest/APIReference/Welcome.html)', () => {
  const bench = eventsBench();
  let server: Server;
  let sqs: SQSClient;
  let events: EventBridgeClient;

  beforeAll(async () => {
    bench.declareRule('to-inbox');
    const { dispatcher, clock, report } = bench.ground;
    server = createServer(
      createEndpoint({ dispatcher, clock, principalOf: () => ({ type: 'administrator' }), report }),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const settings = {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      maxAttempts: 1,
    };
    sqs = new SQSClient(settings);
    events = new EventBridgeClient(settings);
  });

  afterAll(() => {
    sqs.destroy();
    events.destroy();
    server.closeAllConnections();
    server.close();
  });

  it('an event is put, received with verified digests, and deleted', async () => {
    const Entries = [
      {
        EventBusName: 'orders',
        Source: 'order',
        DetailType: 'A',
        Detail: '{"n":1}',
        Time: new Date(Date.UTC(2026, 0, 1)),
      },
    ];
    const put = await events.send(new PutEventsCommand({ Entries }));
    expect(put.FailedEntryCount).toBe(0);
    await bench.ground.activity.whenIdle();
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'] }),
    );
    expect(JSON.parse(Messages[0]?.Body ?? '')).toMatchObject({
      id: put.Entries?.[0]?.EventId,
      time: '2026-01-01T00:00:00Z',
    });
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    expect(Attributes?.ApproximateNumberOfMessages).toBe('0');
  });

  it('a batch carries attributes, texts as well as bytes', async () => {
    const MessageAttributes = {
      text: { DataType: 'String', StringValue: 'ü' },
      bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255) },
    };
    const sent = await sqs.send(
      new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: 'a', MessageBody: 'x', MessageAttributes }] }),
    );
    expect(sent.Failed ?? []).toEqual([]);
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }));
    expect(Messages?.[0]?.MessageAttributes?.['text']?.StringValue).toBe('ü');
    expect([...(Messages?.[0]?.MessageAttributes?.['bytes']?.BinaryValue ?? [])]).toEqual([0, 255]);
  });

  it('errors are those that the SDK has classes for', async () => {
    const send = sqs.send(new SendMessageCommand({ QueueUrl: `${QueueUrl}-none`, MessageBody: 'x' }));
    await expect(send).rejects.toBeInstanceOf(QueueDoesNotExist);
    const describe = events.send(new DescribeEventBusCommand({ Name: 'none' }));
    await expect(describe).rejects.toBeInstanceOf(ResourceNotFoundException);
    const test = events.send(new TestEventPatternCommand({ EventPattern: '{}', Event: '{}' }));
    await expect(test).rejects.toBeInstanceOf(InvalidEventPatternException);
  });

  it('a replay is started and described with dates', async () => {
    const Arn = 'arn:aws:events:us-east-1:000000000000:event-bus/orders';
    bench.declare('AWS::Events::Archive', 'All', { ArchiveName: 'all', SourceArn: Arn });
    const start = new StartReplayCommand({
      ReplayName: 'again',
      EventSourceArn: 'arn:aws:events:us-east-1:000000000000:archive/all',
      EventStartTime: new Date('2026-01-01T00:00:00.500Z'),
      EventEndTime: new Date('2026-02-01T00:00:00Z'),
      Destination: { Arn },
    });
    expect(await events.send(start)).toMatchObject({ State: 'STARTING', ReplayStartTime: expect.any(Date) });
    await bench.ground.activity.whenIdle();
    expect(await events.send(new DescribeReplayCommand({ ReplayName: 'again' }))).toMatchObject({
      State: 'COMPLETED',
      EventStartTime: new Date('2026-01-01T00:00:00.500Z'),
      EventEndTime: new Date('2026-02-01T00:00:00Z'),
    });
    const cancel = events.send(new CancelReplayCommand({ ReplayName: 'again' }));
    await expect(cancel).rejects.toBeInstanceOf(IllegalStatusException);
  });
});
