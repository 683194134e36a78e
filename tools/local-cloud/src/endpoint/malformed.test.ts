/** The whole runtime under requests that no client would send: each gets AWS's error, and harms nothing else. */
import { crc32 } from 'node:zlib';
import { startCloud, type Cloud } from '../cloud.ts';
import { Clock } from '../clock.ts';
import { templateSchema } from '../templates/template.ts';
import { OTHER_CASES, OWN_CASES } from './malformed-cases.ts';
import { JSON_SERVICES, jsonCases, jsonRequest, type MalformedCase } from './malformed-json-cases.ts';
import { bytesOf, open, send, untilClosed, type RawAnswer, type RawRequest } from './raw-client.ts';
import { signatureFor } from './test-bench.ts';

const template = templateSchema.parse({
  Resources: {
    Things: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'things',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      },
    },
    Inbox: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'inbox' } },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        StateMachineName: 'machine',
        StateMachineType: 'STANDARD',
        RoleArn: 'arn:aws:iam::000000000000:role/machine',
        DefinitionString: '{"QueryLanguage":"JSONata","StartAt":"End","States":{"End":{"Type":"Succeed"}}}',
      },
    },
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'bus' } },
  },
});

const MEGABYTE = 1024 * 1024;
let cloud: Cloud;
const reported: string[] = [];
const unhandled: unknown[] = [];
const catchUnhandled = (error: unknown): void => void unhandled.push(error);

beforeAll(async () => {
  for (const event of ['unhandledRejection', 'uncaughtException']) process.on(event, catchUnhandled);
  cloud = await startCloud({
    apps: [{ name: 'shop-dev', file: 'shop.template.json', template, assets: new Map() }],
    dataDirectory: ':memory:',
    apiPort: 0,
    awsPort: 0,
    clock: new Clock({ frozenAt: Date.UTC(2026, 0, 1) }),
    report: (line) => reported.push(line),
  });
});

afterAll(async () => {
  await cloud.stop();
  for (const event of ['unhandledRejection', 'uncaughtException']) process.off(event, catchUnhandled);
});

afterEach(() => {
  expect(reported.splice(0).filter((line) => line.includes('internal error'))).toEqual([]);
  expect(unhandled.splice(0)).toEqual([]);
});

async function answerTo(bytes: Buffer | string, url = cloud.awsUrl): Promise<RawAnswer> {
  const answers = await send(url, bytes);
  expect(answers).toHaveLength(1);
  return answers[0] ?? { status: 0, headers: {}, body: '' };
}

function check(answer: RawAnswer, { status, body, headers }: Omit<MalformedCase, 'what' | 'bytes'>): void {
  expect(answer.body).toEqual(typeof body === 'string' ? body : expect.stringMatching(body));
  expect(answer.status).toBe(status);
  expect(answer.headers).toMatchObject(headers ?? {});
  const checksum = answer.headers['x-amz-crc32'];
  if (checksum !== undefined) expect(checksum).toBe(String(crc32(answer.body)));
}

const ID = { 'x-amzn-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/) };
const AWS_CASES = [...JSON_SERVICES.flatMap(jsonCases), ...OTHER_CASES];

describe('a malformed request (https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html)', () => {
  it.each(AWS_CASES.map((each) => [each.what, each] as const))('%s', async (_, each) => {
    check(await answerTo(each.bytes), { ...each, headers: { ...ID, ...each.headers } });
  });
});

describe("a malformed request to the runtime's own APIs", () => {
  it.each(OWN_CASES.map((each) => [each.what, each] as const))('%s', async (_, each) => {
    check(await answerTo(bytesOf(each.request)), each);
  });
});

const service = (name: string, target: string): Parameters<typeof jsonRequest>[0] => {
  const found = JSON_SERVICES.find((each) => each.name === name) ?? JSON_SERVICES[0];
  if (found === undefined) throw new Error(`${name} is not among the services`);
  return { ...found, target: `${found.target.split('.')[0]}.${target}` };
};
const call = (name: string, target: string, input: object): Buffer =>
  jsonRequest(service(name, target), { body: JSON.stringify(input) });
const QueueUrl = 'http://localhost/000000000000/inbox';

describe('what is not there (https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html)', () => {
  it.each([
    ['DynamoDB', 'GetItem', { TableName: 'none', Key: { id: { S: '1' } } }, 'ResourceNotFoundException'],
    ['DynamoDB', 'DescribeTable', { TableName: 'none' }, 'ResourceNotFoundException'],
    ['SQS', 'SendMessage', { QueueUrl: `${QueueUrl}-none`, MessageBody: 'm' }, 'QueueDoesNotExist'],
    ['EventBridge', 'DescribeEventBus', { Name: 'none' }, 'ResourceNotFoundException'],
    ['EventBridge', 'ListRules', { EventBusName: 'none' }, 'ResourceNotFoundException'],
    [
      'Step Functions',
      'StartExecution',
      { stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:none' },
      'StateMachineDoesNotExist',
    ],
    ['SSM', 'GetParameter', { Name: 'none' }, 'ParameterNotFound'],
    ['CloudWatch Logs', 'GetLogEvents', { logGroupName: 'none', logStreamName: 'none' }, 'ResourceNotFoundException'],
  ])('%s: %s of %j', async (name, target, input, code) => {
    const body = new RegExp(`^{"__type":"([\\w.]+#)?${code}"[,}]`);
    check(await answerTo(call(name, target, input)), { status: 400, body, headers: ID });
  });
});

describe('ten megabytes meet the limit of each service', () => {
  const text = 'x'.repeat(10 * MEGABYTE);
  const arn = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine';
  it.each([
    [
      'DynamoDB (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html)',
      () => call('DynamoDB', 'PutItem', { TableName: 'things', Item: { id: { S: '1' }, t: { S: text } } }),
      400,
      /ValidationException.*Item size has exceeded the maximum allowed size/,
    ],
    [
      'SQS (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html)',
      () => call('SQS', 'SendMessage', { QueueUrl, MessageBody: text }),
      400,
      /InvalidParameterValue.*shorter than 1048576 bytes/,
    ],
    [
      'EventBridge (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html)',
      () =>
        call('EventBridge', 'PutEvents', {
          Entries: [{ EventBusName: 'bus', Source: 's', DetailType: 't', Detail: JSON.stringify({ text }) }],
        }),
      400,
      /ValidationException.*over the limit/,
    ],
    [
      'Step Functions (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html)',
      () => call('Step Functions', 'StartExecution', { stateMachineArn: arn, input: JSON.stringify(text) }),
      400,
      /ValidationException.*length less than or equal to 262144/,
    ],
    [
      'SSM (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html)',
      () => call('SSM', 'PutParameter', { Name: 'n', Type: 'String', Value: text }),
      400,
      /ValidationException.*4096 characters/,
    ],
    [
      'Lambda (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html)',
      () =>
        bytesOf({
          path: '/2015-03-31/functions/none/invocations',
          headers: signatureFor('lambda'),
          body: JSON.stringify(text),
        }),
      404,
      /Function not found/,
    ],
    [
      'HTTP API (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html)',
      () => bytesOf({ path: '/orders', body: `${text}x` }),
      413,
      '{"message":"Request Entity Too Large"}',
    ],
  ])('%s', async (name, request, status, body) => {
    const url = name.startsWith('HTTP API') ? cloud.apiUrl : cloud.awsUrl;
    check(await answerTo(request(), url), { status, body });
  });
});

describe('sixteen megabytes are the most that any service reads (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html)', () => {
  const listTables = (bytes: number): Buffer => {
    const body = Buffer.alloc(bytes, ' ');
    body.write('{}');
    return jsonRequest(service('DynamoDB', 'ListTables'), { body });
  };
  const tooMuch = Buffer.alloc(16 * MEGABYTE + 1);

  it('the last byte that is allowed', async () => {
    check(await answerTo(listTables(16 * MEGABYTE)), { status: 200, body: '{"TableNames":["things"]}' });
  });

  it.each<[string, RawRequest, RegExp]>([
    [
      'JSON 1.0',
      { headers: { 'content-type': 'application/x-amz-json-1.0' } },
      /^{"__type":"com.amazon.coral.service#RequestEntityTooLargeException"/,
    ],
    [
      'JSON 1.1',
      { headers: { 'content-type': 'application/x-amz-json-1.1' } },
      /^{"__type":"RequestEntityTooLargeException"/,
    ],
    ['REST-JSON', { path: '/v2/email/outbound-emails' }, /^{"message":"Request body is too large"}/],
    [
      'query',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      /<Code>RequestEntityTooLargeException<\/Code>/,
    ],
  ])('the first byte too many, in %s', async (_, request, body) => {
    check(await answerTo(bytesOf({ ...request, body: tooMuch })), { status: 413, body, headers: ID });
  });
});

describe('a storm of all of it at once', () => {
  /** Connections of this process, the server's side of them and the client's. */
  const connections = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;

  it('leaves no connection open, and the next good request is served', async () => {
    const aborted = AWS_CASES.map(async ({ bytes }, index) => {
      const socket = await open(index % 2 === 0 ? cloud.awsUrl : cloud.apiUrl);
      const closed = untilClosed(socket);
      socket.write(bytes.subarray(0, bytes.length - 1), () =>
        index % 3 === 0 ? socket.resetAndDestroy() : socket.destroy(),
      );
      await closed;
    });
    const whole = [...AWS_CASES.map(({ bytes }) => bytes), ...OWN_CASES.map(({ request }) => bytesOf(request))];
    await Promise.all([
      ...aborted,
      ...whole.flatMap((bytes) => [send(cloud.awsUrl, bytes), send(cloud.apiUrl, bytes)]),
    ]);
    const item = { TableName: 'things', Key: { id: { S: '1' } } };
    check(await answerTo(call('DynamoDB', 'GetItem', item)), { status: 200, body: '{}', headers: ID });
    check(await answerTo(bytesOf({ path: '/orders' }), cloud.apiUrl), { status: 404, body: '{"message":"Not Found"}' });
    while (connections() > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(connections()).toBe(0);
  });
});
