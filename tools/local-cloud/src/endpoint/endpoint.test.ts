/** The endpoint speaking AWS JSON to the real clients, and to requests that no client would send. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOf, ROLE, serveBench, signatureFor, SIGNED } from './test-bench.ts';

let bench: Awaited<ReturnType<typeof serveBench>>;
beforeAll(async () => {
  bench = await serveBench();
});
afterAll(() => bench.close());
beforeEach(() => {
  bench.seen.length = 0;
  bench.reported.length = 0;
});

describe('the AWS JSON protocol (https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html)', () => {
  it('takes the target to its operation, as the role whose key signed it', async () => {
    const answer = await new DynamoDBClient(clientOf(bench.endpoint)).send(
      new GetItemCommand({ TableName: 't', Key: { id: { S: '1' } } }),
    );
    expect(answer.Item).toEqual({ id: { S: 'é' } });
    expect(bench.seen).toEqual([
      { operation: 'GetItem', input: { TableName: 't', Key: { id: { S: '1' } } }, principal: ROLE },
    ]);
  });

  it('takes an unknown access key as the administrator', async () => {
    await new DynamoDBClient(clientOf(bench.endpoint, 'AKSOMEONE')).send(
      new GetItemCommand({ TableName: 't', Key: {} }),
    );
    expect(bench.seen[0]?.principal).toEqual({ type: 'administrator' });
  });

  it("answers DynamoDB's calls with a request id and the CRC-32 of the body", async () => {
    const response = await bench.post({ ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.GetItem' });
    const body = await response.text();
    expect(response.headers.get('x-amz-crc32')).toBe(String(crc32(body)));
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.0');
  });

  it("tells the client the time of the runtime's clock, by which SDKs correct their own", async () => {
    await bench.clock.advance(3_600_000);
    const response = await bench.post({ ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.GetItem' });
    expect(response.headers.get('date')).toBe('Thu, 01 Jan 2026 01:00:00 GMT');
  });

  it('answers whoever speaks of plain JSON in plain JSON', async () => {
    const headers = { ...SIGNED, 'content-type': 'application/json; charset=utf-8' };
    const response = await bench.post({ ...headers, 'x-amz-target': 'DynamoDB_20120810.GetItem' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
  });

  it.each([
    [1_000, 200],
    [1_001, 400],
  ])('reads JSON that is %d levels deep: %d', async (depth, status) => {
    const body = `{"a":"[{","b":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    const response = await bench.post({ ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.GetItem' }, body);
    expect(response.status).toBe(status);
  });

  it('takes the key from a signature in the query', async () => {
    const query =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKROLE%2F20260101%2Fus-east-1%2Fdynamodb%2Faws4_request' +
      '&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=00';
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' };
    await fetch(`${bench.endpoint}/?${query}`, { method: 'POST', headers, body: '{}' });
    expect(bench.seen[0]?.principal).toEqual(ROLE);
  });

  it("gives the client the service's error with all of its members", async () => {
    const call = new DynamoDBClient(clientOf(bench.endpoint)).send(new PutItemCommand({ TableName: 't', Item: {} }));
    await expect(call).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
      Item: { id: { S: '1' } },
    });
  });

  it('names the namespace of an error in __type', async () => {
    const response = await bench.post({ ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.PutItem' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
    });
  });

  it("adds the headers that go with a service's errors", async () => {
    const call = new SQSClient(clientOf(bench.endpoint)).send(
      new SendMessageCommand({ QueueUrl: `${bench.endpoint}/q`, MessageBody: 'm' }),
    );
    await expect(call).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    const response = await bench.post({
      ...SIGNED,
      ...signatureFor('sqs'),
      'x-amz-target': 'AmazonSQS.SendMessage',
    });
    expect(response.headers.get('x-amzn-query-error')).toBe('AWS.SimpleQueueService.NonExistentQueue;Sender');
  });

  it.each([
    ['a target without a service', 'Nothing.GetItem', '{}', 400, 'com.amazon.coral.service#UnknownOperationException'],
    ['a target without a dot', 'GetItem', '{}', 400, 'com.amazon.coral.service#UnknownOperationException'],
    ['broken JSON', 'DynamoDB_20120810.GetItem', '{"a":', 400, 'com.amazon.coral.service#SerializationException'],
    [
      'JSON that is no object',
      'DynamoDB_20120810.GetItem',
      '[1]',
      400,
      'com.amazon.coral.service#SerializationException',
    ],
    [
      'a body beyond the limit',
      'DynamoDB_20120810.GetItem',
      'x'.repeat(100_001),
      413,
      'com.amazon.coral.service#RequestEntityTooLargeException',
    ],
    [
      'an operation that is not implemented',
      'DynamoDB_20120810.ExportTable',
      '{}',
      501,
      'com.amazonaws.dynamodb.v20120810#NotImplemented',
    ],
  ])('refuses %s', async (_, target, body, status, type) => {
    const response = await bench.post({ ...SIGNED, 'x-amz-target': target }, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ __type: type });
  });

  it('says nothing of an internal error to the caller, and all of it to the terminal', async () => {
    const response = await bench.post({ ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.DeleteItem' });
    expect(response.status).toBe(500);
    const body = await response.text();
    expect(body).toContain('#InternalFailure');
    expect(body).not.toContain('a bug');
    expect(bench.reported[0]).toMatch(/internal error in dynamodb:DeleteItem: TypeError: a bug\n/);
  });
});

describe('the signature (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)', () => {
  it('is missed where there is none', async () => {
    const response = await bench.post({
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.GetItem',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      __type: 'com.amazon.coral.service#MissingAuthenticationTokenException',
      message: 'Request is missing Authentication Token',
    });
  });

  it.each([
    ['AWS4-HMAC-SHA256 Signature=0', /requires 'Credential' parameter.*requires 'SignedHeaders' parameter/],
    ['AWS4-HMAC-SHA256 Credential=AK, SignedHeaders=host, Signature=0', /at least 5 slash-delimited elements/],
  ])('is incomplete as %s', async (authorization, message) => {
    const response = await bench.post({ ...SIGNED, authorization, 'x-amz-target': 'DynamoDB_20120810.GetItem' });
    expect(response.status).toBe(400);
    const body = (await response.json()) as { __type: string; message: string };
    expect(body.__type).toBe('com.amazon.coral.service#IncompleteSignatureException');
    expect(body.message).toMatch(message);
  });
});

describe('connections', () => {
  it('breaks the connection where a fault loses the answer after the work was done', async () => {
    bench.faults.inject({ at: 'dynamodb.GetItem', effect: 'lose-answer', times: 1 });
    await expect(bench.post({ ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.GetItem' })).rejects.toThrow(
      'fetch failed',
    );
    expect(bench.seen).toHaveLength(1);
  });

  it('is not harmed by a client that closes in the middle of its body', async () => {
    const socket = connect((bench.server.address() as AddressInfo).port, '127.0.0.1');
    const accepted = once(bench.server, 'connection');
    socket.write(
      'POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: DynamoDB_20120810.GetItem\r\ncontent-length: 100\r\n\r\n{"Table',
    );
    const [theirs] = await accepted;
    socket.destroy();
    await once(theirs, 'close');
    const response = await bench.post({ ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.GetItem' });
    expect(response.status).toBe(200);
    expect(bench.seen).toHaveLength(1);
  });

  it('takes a body in many pieces', async () => {
    const request = httpRequest(bench.endpoint, {
      method: 'POST',
      headers: { ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.GetItem' },
    });
    const answered = once(request, 'response');
    for (const piece of ['{"Table', 'Name":', '"t"}']) await new Promise((resolve) => request.write(piece, resolve));
    request.end();
    const [response] = await answered;
    response.resume();
    expect(response.statusCode).toBe(200);
    expect(bench.seen[0]?.input).toEqual({ TableName: 't' });
  });
});
