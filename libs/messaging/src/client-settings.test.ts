import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { sdkCall } from '@distributed-patterns/durations';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clientSettings } from './client-settings.ts';

it('a request that hangs is given up, not only warned of', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new DynamoDBClient({
    requestHandler: { ...clientSettings.requestHandler, requestTimeout: 20 },
    maxAttempts: 1,
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await expect(client.send(new ListTablesCommand({}))).rejects.toMatchObject({ name: 'TimeoutError' });
  client.destroy();
  server.closeAllConnections();
  server.close();
});

it('the SDK makes as many attempts by itself as the durations are reckoned with', async () => {
  const region = 'us-east-1';
  const dynamodb = new DynamoDBClient({ ...clientSettings, region });
  const events = new EventBridgeClient({ ...clientSettings, region });
  expect(await dynamodb.config.maxAttempts()).toBe(sdkCall.attempts);
  expect(await events.config.maxAttempts()).toBeLessThanOrEqual(sdkCall.attempts);
});
