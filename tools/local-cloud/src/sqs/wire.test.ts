/** SQS on the wire: what its own errors look like in AWS JSON, and that nothing speaks the older query protocol. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createEndpoint } from '../endpoint/index.ts';
import { sqsBench } from './test-bench.ts';

describe('an error over AWS JSON (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html)', () => {
  const bench = sqsBench();
  const queue = bench.declareQueue('orders');
  let server: Server;
  let endpoint: string;

  beforeAll(async () => {
    const { dispatcher, clock, report } = bench.ground;
    server = createServer(
      createEndpoint({ dispatcher, clock, principalOf: () => ({ type: 'administrator' }), report }),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const authorization =
    'AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=00';
  const post = async (headers: Record<string, string>, body: string) =>
    fetch(endpoint, { method: 'POST', headers: { authorization, 'x-amz-date': '20260101T000000Z', ...headers }, body });
  const call = (operation: string, input: object) =>
    post(
      { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${operation}` },
      JSON.stringify(input),
    );

  it.each([
    [
      'SendMessage',
      { QueueUrl: 'http://localhost:4566/000000000000/none', MessageBody: 'x' },
      400,
      'QueueDoesNotExist',
      'AWS.SimpleQueueService.NonExistentQueue;Sender',
      'The specified queue does not exist.',
    ],
    [
      'SendMessage',
      { QueueUrl: queue },
      400,
      'MissingRequiredParameterException',
      'MissingParameter;Sender',
      'The request must contain the parameter MessageBody.',
    ],
    [
      'ReceiveMessage',
      { QueueUrl: queue, MaxNumberOfMessages: 0 },
      400,
      'InvalidParameterValueException',
      'InvalidParameterValue;Sender',
      'Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    ],
    [
      'DeleteMessage',
      { QueueUrl: queue, ReceiptHandle: 'none' },
      404,
      'ReceiptHandleIsInvalid',
      'ReceiptHandleIsInvalid;Sender',
      'The input receipt handle "none" is not a valid receipt handle.',
    ],
    [
      'SendMessageBatch',
      { QueueUrl: queue, Entries: [] },
      400,
      'EmptyBatchRequest',
      'AWS.SimpleQueueService.EmptyBatchRequest;Sender',
      'There should be at least one SendMessageBatchRequestEntry in the request.',
    ],
    [
      'ListMessageMoveTasks',
      { SourceArn: 'arn:aws:sqs:us-east-1:000000000000:none' },
      404,
      'ResourceNotFoundException',
      'ResourceNotFoundException;Sender',
      "The resource that you specified for the SourceArn parameter doesn't exist.",
    ],
  ])('of %s with %j has its code in both forms', async (operation, input, status, code, queryError, message) => {
    const response = await call(operation, input);
    expect(response.status).toBe(status);
    expect(response.headers.get('x-amzn-query-error')).toBe(queryError);
    expect(await response.json()).toEqual({ __type: `com.amazonaws.sqs#${code}`, message });
  });

  it('is told over the query protocol of CLIs before November 2023 that there is no such action', async () => {
    const form = new URLSearchParams({ Action: 'SendMessage', Version: '2012-11-05', QueueUrl: queue });
    const response = await post({ 'content-type': 'application/x-www-form-urlencoded' }, form.toString());
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('<Code>InvalidAction</Code>');
  });
});
