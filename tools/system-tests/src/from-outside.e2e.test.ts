import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FilterLogEventsCommand, CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetExecutionHistoryCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { join } from 'node:path';
import { System } from './system.ts';

let system: System;
let orderId: string;
beforeAll(async () => {
  system = await System.start();
  ({ orderId } = await system.place());
  await system.idle();
});
afterAll(() => system.stop());

describe('someone with the AWS SDK', () => {
  it('lists the tables of every service', async () => {
    const { TableNames } = await new DynamoDBClient(system.sdk).send(new ListTablesCommand({}));
    expect(TableNames).toEqual(
      [
        'orders-table',
        'outbox-table',
        'idempotency-table',
        'inventory-table',
        'inventory-outbox-table',
        'payment-table',
        'payment-outbox-table',
        'notification-table',
        'notification-outbox-table',
      ]
        .map((name) => `distributed-patterns-demo-${name}-dev`)
        .sort(),
    );
  });

  it('reads the orders', async () => {
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(system.sdk));
    const { Items } = await client.send(new ScanCommand({ TableName: 'distributed-patterns-demo-orders-table-dev' }));
    const orders = Items?.filter(({ pk }) => String(pk).startsWith('order#'));
    expect(orders).toMatchObject([{ orderId, status: 'COMPLETED', customerId: 'customer-123' }]);
  });

  it('finds every outbox empty once all is published', async () => {
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(system.sdk));
    for (const owner of ['', 'inventory-', 'payment-', 'notification-']) {
      const name = `distributed-patterns-demo-${owner}outbox-table-dev`;
      expect([name, (await client.send(new ScanCommand({ TableName: name }))).Items]).toEqual([name, []]);
    }
  });

  it('lists the functions', async () => {
    const { Functions = [] } = await new LambdaClient(system.sdk).send(new ListFunctionsCommand({}));
    const names = Functions.map(({ FunctionName }) => FunctionName);
    expect(names).toContain('distributed-patterns-demo-order-place-order-dev');
    expect(names.every((name) => name?.startsWith('distributed-patterns'))).toBe(true);
  });

  it('lists the sagas and reads what happened in one', async () => {
    const client = new SFNClient(system.sdk);
    const stateMachineArn =
      'arn:aws:states:us-east-1:000000000000:stateMachine:distributed-patterns-demo-order-saga-dev';
    const { executions } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
    expect(executions).toMatchObject([{ name: `order-${orderId}`, status: 'SUCCEEDED' }]);
    const executionArn = executions?.[0]?.executionArn;
    const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events[0]?.type).toBe('ExecutionStarted');
    expect(events.at(-1)?.type).toBe('ExecutionSucceeded');
  });

  it('reads the logs of a function', async () => {
    const logGroupName = '/aws/lambda/distributed-patterns-demo-order-place-order-dev';
    const { events = [] } = await new CloudWatchLogsClient(system.sdk).send(
      new FilterLogEventsCommand({ logGroupName }),
    );
    expect(events.some(({ message }) => message?.startsWith('REPORT RequestId:'))).toBe(true);
  });
});

describe('./test-api.sh', () => {
  const script = join(__dirname, '../../../test-api.sh');

  it('checks the four cases of an idempotency key', async () => {
    const { stdout } = await promisify(execFile)(script, [system.apiUrl]);
    expect(stdout).not.toContain('FAILED');
    expect(stdout.match(/^\d\. /gm)).toHaveLength(4);
  });

  it('fails where nobody answers', async () => {
    await expect(promisify(execFile)(script, ['http://127.0.0.1:1'])).rejects.toMatchObject({
      stderr: expect.stringContaining('Cannot reach http://127.0.0.1:1'),
    });
  });
});
