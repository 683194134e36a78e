/** The whole runtime: it starts, keeps what it was given, and says in one sentence why it cannot start. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { startCloud, type Cloud, type CloudOptions } from './cloud.ts';
import type { SynthesizedStack } from './templates/index.ts';
import { templateSchema } from './templates/template.ts';

const table = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    TableName: 'things',
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  },
};

function stack(Resources: Record<string, unknown>): SynthesizedStack {
  return {
    name: 'shop-dev',
    file: 'shop.template.json',
    template: templateSchema.parse({ Resources }),
    assets: new Map(),
  };
}

const running: Cloud[] = [];
async function start(options: Partial<CloudOptions> = {}): Promise<Cloud> {
  const apps = [stack({ Things: table })];
  const cloud = await startCloud({ apps, dataDirectory: ':memory:', apiPort: 0, awsPort: 0, ...options });
  running.push(cloud);
  return cloud;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((cloud) => cloud.stop()));
});

function dynamodb(cloud: Cloud): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: cloud.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    maxAttempts: 1,
  });
}

it('serves what the templates declare, the admin API and the payment gateway on the AWS port', async () => {
  const cloud = await start();
  await dynamodb(cloud).send(new PutItemCommand({ TableName: 'things', Item: { id: { S: '1' } } }));
  const health = await fetch(`${cloud.awsUrl}/_local-cloud/health`);
  expect(await health.json()).toEqual({ status: 'ok' });
  const payments = await fetch(`${cloud.awsUrl}/v1/payment_intents`);
  expect(payments.status).toBe(401);
  expect(cloud.stacks.map(({ name }) => name)).toEqual(['shop-dev']);
});

it('answers for HTTP APIs on a port of their own', async () => {
  const cloud = await start();
  const response = await fetch(`${cloud.apiUrl}/nothing`);
  expect(response.status).toBe(404);
});

describe('its data directory', () => {
  let dataDirectory: string;
  beforeEach(() => {
    dataDirectory = mkdtempSync(join(tmpdir(), 'cloud-'));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((cloud) => cloud.stop()));
    rmSync(dataDirectory, { recursive: true });
  });

  it('outlives it', async () => {
    const before = await start({ dataDirectory });
    await dynamodb(before).send(new PutItemCommand({ TableName: 'things', Item: { id: { S: '1' }, n: { N: '5' } } }));
    await before.stop();
    const after = await start({ dataDirectory });
    const answer = await dynamodb(after).send(new GetItemCommand({ TableName: 'things', Key: { id: { S: '1' } } }));
    expect(answer.Item).toEqual({ id: { S: '1' }, n: { N: '5' } });
  });

  it('is not shared with another one', async () => {
    await start({ dataDirectory });
    await expect(start({ dataDirectory })).rejects.toThrow(
      `another local-cloud is using the data directory ${dataDirectory}`,
    );
  });

  it('is named where the database in it is damaged', async () => {
    writeFileSync(join(dataDirectory, 'local-cloud.sqlite'), 'x'.repeat(4_096));
    await expect(start({ dataDirectory })).rejects.toThrow(
      new RegExp(`the data directory ${dataDirectory} cannot be used \\(.*file is not a database\\)`),
    );
  });

  it('is given back where the start fails', async () => {
    await expect(start({ dataDirectory, apps: [stack({ Bucket: { Type: 'AWS::S3::Bucket' } })] })).rejects.toThrow(
      'shop.template.json: Bucket (AWS::S3::Bucket): the resource type is not supported',
    );
    await expect(start({ dataDirectory })).resolves.toBeDefined();
  });
});

describe('a taken port', () => {
  it.each([
    ['awsPort', 'AWS_PORT'],
    ['apiPort', 'API_PORT'],
  ])('is named with its variable: %s', async (option, variable) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(start({ [option]: port })).rejects.toThrow(`port ${port} is taken; set ${variable} to another one`);
    other.close();
  });
});
