/** The endpoint in front of a made-up dispatcher, called through the real clients and with bare requests. */
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AwsError } from '../aws-error.ts';
import { Dispatcher } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import { operation, RawResponse, type AwsService, type BoundOperation, type Principal, type Wire } from '../service.ts';
import { createEndpoint } from './index.ts';

const seen: { operation: string; input: unknown; principal: Principal }[] = [];

/** An operation that remembers what reached it. */
function spy(name: string, answer: (input: unknown) => unknown): BoundOperation {
  return operation<unknown, unknown>({
    parse: (raw) => raw,
    needs: () => [],
    run: (input, { principal }) => {
      seen.push({ operation: name, input, principal });
      return answer(input);
    },
  });
}

function service(name: string, wire: Wire, operations: Record<string, BoundOperation>): AwsService {
  return { name, wire, operations };
}

const dynamodb = service(
  'dynamodb',
  {
    protocol: 'json',
    version: '1.0',
    targetPrefix: 'DynamoDB_20120810',
    errorNamespace: 'com.amazonaws.dynamodb.v20120810',
  },
  {
    GetItem: spy('GetItem', () => ({ Item: { id: { S: 'é' } } })),
    PutItem: spy('PutItem', () => {
      throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed', {
        members: { Item: { id: { S: '1' } } },
      });
    }),
    DeleteItem: spy('DeleteItem', () => {
      throw new TypeError('a bug');
    }),
  },
);
const sqs: AwsService = {
  name: 'sqs',
  wire: { protocol: 'json', version: '1.0', targetPrefix: 'AmazonSQS', errorNamespace: 'com.amazonaws.sqs' },
  operations: {
    SendMessage: spy('SendMessage', () => {
      throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    }),
  },
  errorHeaders: () => ({ 'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender' }),
};
const lambda = service(
  'lambda',
  {
    protocol: 'rest-json',
    routes: [
      { method: 'GET', path: '/2015-03-31/functions', operation: 'ListFunctions' },
      {
        method: 'POST',
        path: '/2015-03-31/functions/{FunctionName}/invocations',
        operation: 'Invoke',
        payload: 'Payload',
        headers: { 'x-amz-invocation-type': 'InvocationType' },
      },
    ],
  },
  {
    ListFunctions: spy('ListFunctions', () => ({ Functions: [] })),
    Invoke: spy(
      'Invoke',
      () => new RawResponse(200, { 'x-amz-executed-version': '$LATEST' }, Buffer.from('{"ok":true}')),
    ),
  },
);
const ses = service(
  'ses',
  { protocol: 'rest-json', routes: [{ method: 'POST', path: '/v2/email/outbound-emails', operation: 'SendEmail' }] },
  {
    SendEmail: spy('SendEmail', () => {
      throw new AwsError('MessageRejected', 'Email address is not verified.');
    }),
  },
);
const sts = service(
  'sts',
  { protocol: 'query', version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
  {
    GetCallerIdentity: spy('GetCallerIdentity', () => ({
      Account: '000000000000',
      Arn: 'arn:aws:iam::000000000000:root',
    })),
  },
);

let server: Server;
let endpoint: string;
const faults = new Faults();
const reported: string[] = [];
const role: Principal = { type: 'role', arn: 'arn:aws:iam::000000000000:role/reader' };

beforeAll(async () => {
  const dispatcher = new Dispatcher({ authorize: () => undefined }, faults);
  for (const [id, one] of Object.entries({ dynamodb, sqs, lambda, ses, sts })) dispatcher.register(id, one);
  const listener = createEndpoint({
    dispatcher,
    principalOf: (key) => (key === 'AKROLE' ? role : { type: 'administrator' }),
    report: (line) => reported.push(line),
    bodyLimit: 100_000,
  });
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  endpoint = `http://127.0.0.1:${port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen.length = 0;
  reported.length = 0;
});

const options = (accessKeyId = 'AKROLE') => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId, secretAccessKey: 'secret' },
  maxAttempts: 1,
});
const SIGNED = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00',
};
const post = (headers: Record<string, string>, body = '{}') => fetch(endpoint, { method: 'POST', headers, body });

describe('the AWS JSON protocol', () => {
  it('takes the target to its operation, as the role whose key signed it', async () => {
    const answer = await new DynamoDBClient(options()).send(
      new GetItemCommand({ TableName: 't', Key: { id: { S: '1' } } }),
    );
    expect(answer.Item).toEqual({ id: { S: 'é' } });
    expect(seen).toEqual([
      { operation: 'GetItem', input: { TableName: 't', Key: { id: { S: '1' } } }, principal: role },
    ]);
  });

  it('takes an unknown access key as the administrator', async () => {
    await new DynamoDBClient(options('AKSOMEONE')).send(new GetItemCommand({ TableName: 't', Key: {} }));
    expect(seen[0]?.principal).toEqual({ type: 'administrator' });
  });

  it("answers DynamoDB's calls with a request id and the CRC-32 of the body", async () => {
    const response = await post({ ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.GetItem' });
    const body = await response.text();
    expect(response.headers.get('x-amz-crc32')).toBe(String(crc32(body)));
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.0');
  });

  it("gives the client the service's error with all of its members", async () => {
    const call = new DynamoDBClient(options()).send(new PutItemCommand({ TableName: 't', Item: {} }));
    await expect(call).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
      Item: { id: { S: '1' } },
    });
  });

  it('names the namespace of an error in __type', async () => {
    const response = await post({ ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.PutItem' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
    });
  });

  it("adds the headers that go with a service's errors", async () => {
    const call = new SQSClient(options()).send(new SendMessageCommand({ QueueUrl: `${endpoint}/q`, MessageBody: 'm' }));
    await expect(call).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    const response = await post({ ...SIGNED, 'x-amz-target': 'AmazonSQS.SendMessage' });
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
    const response = await post({ ...SIGNED, 'x-amz-target': target }, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ __type: type });
  });

  it('says nothing of an internal error to the caller, and all of it to the terminal', async () => {
    const response = await post({ ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.DeleteItem' });
    expect(response.status).toBe(500);
    const body = await response.text();
    expect(body).toContain('#InternalFailure');
    expect(body).not.toContain('a bug');
    expect(reported[0]).toMatch(/internal error in dynamodb:DeleteItem: TypeError: a bug\n/);
  });
});

describe('the signature', () => {
  it('is missed where there is none', async () => {
    const response = await post({
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
    const response = await post({ ...SIGNED, authorization, 'x-amz-target': 'DynamoDB_20120810.GetItem' });
    expect(response.status).toBe(400);
    const body = (await response.json()) as { __type: string; message: string };
    expect(body.__type).toBe('com.amazon.coral.service#IncompleteSignatureException');
    expect(body.message).toMatch(message);
  });
});

describe('the REST-JSON protocol', () => {
  it('puts path, query, headers and payload into the input', async () => {
    const name = 'arn:aws:lambda:us-east-1:000000000000:function:f';
    const invoke = new InvokeCommand({
      FunctionName: name,
      InvocationType: 'Event',
      Qualifier: '$LATEST',
      Payload: Buffer.from('{"n":1}'),
    });
    const answer = await new LambdaClient(options()).send(invoke);
    expect(seen[0]?.input).toEqual({
      FunctionName: name,
      Qualifier: '$LATEST',
      InvocationType: 'Event',
      Payload: Buffer.from('{"n":1}'),
    });
    expect(answer.ExecutedVersion).toBe('$LATEST');
    expect(Buffer.from(answer.Payload ?? []).toString()).toBe('{"ok":true}');
  });

  it('takes query parameters of an operation without a body', async () => {
    const answer = await new LambdaClient(options()).send(new ListFunctionsCommand({ MaxItems: 5 }));
    expect(seen[0]?.input).toEqual({ MaxItems: '5' });
    expect(answer.Functions).toEqual([]);
  });

  it('names its errors in a header', async () => {
    const email = new SendEmailCommand({
      Destination: { ToAddresses: ['a@b.c'] },
      Content: { Template: { TemplateName: 't' } },
    });
    await expect(new SESv2Client(options()).send(email)).rejects.toMatchObject({
      name: 'MessageRejected',
      message: 'Email address is not verified.',
    });
  });

  it.each([
    ['an unsigned request', '/2015-03-31/functions', {}, 403, 'Missing|missing'],
    ['an unsigned path that nobody knows', '/nothing', {}, 403, 'Missing Authentication Token'],
    ['a signed path that nobody knows', '/nothing', SIGNED, 404, '<UnknownOperationException/>'],
    [
      "a known service's path that is not implemented",
      '/2018-10-31/layers',
      { ...SIGNED, authorization: SIGNED.authorization.replace('dynamodb', 'lambda') },
      501,
      'lambda:GET /2018-10-31/layers',
    ],
  ])('refuses %s', async (_, path, headers, status, words) => {
    const response = await fetch(`${endpoint}${path}`, { headers });
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(new RegExp(words));
  });
});

describe('the query protocol', () => {
  const form = (body: string, headers: Record<string, string> = SIGNED) =>
    post({ ...headers, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, body);

  it('answers in XML', async () => {
    const response = await form('Action=GetCallerIdentity&Version=2011-06-15');
    expect(response.headers.get('content-type')).toBe('text/xml');
    expect(await response.text()).toContain(
      '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>000000000000</Account>',
    );
  });

  it.each([
    [
      'a version that no service has',
      'Action=GetCallerIdentity&Version=2000-01-01',
      SIGNED,
      400,
      '<Code>InvalidAction</Code>',
    ],
    [
      'an action that is not implemented',
      'Action=AssumeRole&Version=2011-06-15',
      SIGNED,
      501,
      '<Code>NotImplemented</Code>',
    ],
    [
      'an unsigned form',
      'Action=GetCallerIdentity&Version=2011-06-15',
      {},
      403,
      '<Code>MissingAuthenticationToken</Code>',
    ],
  ])('refuses %s', async (_, body, headers, status, words) => {
    const response = await form(body, headers);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(words);
  });
});

describe('connections', () => {
  it('breaks the connection where a fault loses the answer after the work was done', async () => {
    faults.inject({ at: 'dynamodb.GetItem', effect: 'lose-answer', times: 1 });
    await expect(post({ ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.GetItem' })).rejects.toThrow('fetch failed');
    expect(seen).toHaveLength(1);
  });

  it('is not harmed by a client that closes in the middle of its body', async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const accepted = once(server, 'connection');
    socket.write(
      'POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: DynamoDB_20120810.GetItem\r\ncontent-length: 100\r\n\r\n{"Table',
    );
    const [theirs] = await accepted;
    socket.destroy();
    await once(theirs, 'close');
    const response = await post({ ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.GetItem' });
    expect(response.status).toBe(200);
    expect(seen).toHaveLength(1);
  });

  it('takes a body in many pieces', async () => {
    const request = httpRequest(endpoint, {
      method: 'POST',
      headers: { ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.GetItem' },
    });
    const answered = once(request, 'response');
    for (const piece of ['{"Table', 'Name":', '"t"}']) await new Promise((resolve) => request.write(piece, resolve));
    request.end();
    const [response] = await answered;
    response.resume();
    expect(response.statusCode).toBe(200);
    expect(seen[0]?.input).toEqual({ TableName: 't' });
  });
});
