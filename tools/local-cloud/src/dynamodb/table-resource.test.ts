/** Tables that templates declare, anew on each start, over items that stay. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResourceIdentity } from '../resource.ts';
import { NOON, openWorkbench, type Workbench } from './workbench.ts';

const folder = mkdtempSync(join(tmpdir(), 'dynamodb-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
let file = '';
let bench: Workbench;
beforeEach(() => {
  file = join(folder, `${count++}.db`);
  bench = openWorkbench({ file });
});
afterEach(() => bench.close());

const orders = {
  TableName: 'orders',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
};
const owners = {
  AttributeDefinitions: ['pk', 'owner'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'owners',
      KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

function declare(further: object = {}): ResourceIdentity {
  const provider = bench.part.resources['AWS::DynamoDB::Table'];
  if (provider === undefined) throw new Error('no provider');
  return provider({
    stack: 'stack',
    logicalId: 'Orders',
    type: 'AWS::DynamoDB::Table',
    properties: { ...orders, ...further },
  });
}

/** What a restart does: everything from the file, and every resource declared anew. */
function restart(now = NOON + 60_000): void {
  bench.close();
  bench = openWorkbench({ file, now });
}

describe('AWS::DynamoDB::Table (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table.html)', () => {
  it('a declared table is there, and can be referred to', async () => {
    const identity = declare({
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
      DeletionProtectionEnabled: false,
      Tags: [{ Key: 'a', Value: 'b' }],
      ...owners,
    });
    const Arn = 'arn:aws:dynamodb:us-east-1:000000000000:table/orders';
    expect(identity).toEqual({
      ref: 'orders',
      attributes: { Arn, StreamArn: `${Arn}/stream/2026-01-01T12:00:00.000` },
    });
    expect(await bench.call('DescribeTimeToLive', { TableName: 'orders' })).toMatchObject({
      TimeToLiveDescription: { AttributeName: 'expiresAt' },
    });
  });

  it('what UpdateTable changed, and tokens that were used, outlast a restart', async () => {
    declare();
    const AttributeDefinitions = [{ AttributeName: 'pk', AttributeType: 'S' }];
    await bench.call('CreateTable', { ...orders, TableName: 'own', AttributeDefinitions });
    const [Create] = owners.GlobalSecondaryIndexes;
    await bench.call('UpdateTable', {
      TableName: 'own',
      AttributeDefinitions: [{ AttributeName: 'owner', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [{ Create }],
    });
    const stream = (specification: object) =>
      bench.call('UpdateTable', { TableName: 'own', StreamSpecification: specification });
    await stream({ StreamEnabled: true, StreamViewType: 'KEYS_ONLY' });
    const add = { UpdateExpression: 'ADD n :n', ExpressionAttributeValues: { ':n': { N: '1' } } };
    const transaction = {
      TransactItems: [{ Update: { TableName: 'own', Key: { pk: { S: 'a' } }, ...add } }],
      ClientRequestToken: 'token',
    };
    await bench.call('TransactWriteItems', transaction);
    await stream({ StreamEnabled: false });
    const before = await bench.call('DescribeTable', { TableName: 'own' });
    const streams = await bench.call('ListStreams');
    restart();
    expect(await bench.call('DescribeTable', { TableName: 'own' })).toEqual(before);
    expect(await bench.call('ListStreams')).toEqual(streams);
    await bench.call('TransactWriteItems', transaction);
    expect((await bench.call('Scan', { TableName: 'own' })).Items).toEqual([{ pk: { S: 'a' }, n: { N: '1' } }]);
  });

  it('items, stream and timers outlast a restart', async () => {
    const properties = {
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    };
    const before = declare(properties);
    await bench.call('PutItem', {
      TableName: 'orders',
      Item: { pk: { S: 'a' }, expiresAt: { N: String(NOON / 1000 + 600) } },
    });
    restart();
    expect(declare(properties)).toEqual(before);
    const StreamArn = before.attributes.StreamArn;
    const ShardId = (await bench.call('DescribeStream', { StreamArn })).StreamDescription?.Shards[0]?.ShardId;
    const { ShardIterator } = await bench.call('GetShardIterator', {
      StreamArn,
      ShardId,
      ShardIteratorType: 'TRIM_HORIZON',
    });
    expect((await bench.call('GetRecords', { ShardIterator })).Records).toHaveLength(1);
    expect((await bench.call('Scan', { TableName: 'orders' })).Items).toHaveLength(1);
    await bench.clock.advance(3_600_000);
    expect((await bench.call('Scan', { TableName: 'orders' })).Items).toHaveLength(0);
  });

  it('an index that is declared later has the items from before', async () => {
    declare();
    await bench.call('PutItem', { TableName: 'orders', Item: { pk: { S: 'a' }, owner: { S: 'x' } } });
    restart();
    declare(owners);
    const query = {
      TableName: 'orders',
      IndexName: 'owners',
      KeyConditionExpression: '#o = :o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': { S: 'x' } },
    };
    expect((await bench.call('Query', query)).Items).toHaveLength(1);
    restart();
    declare();
    expect(await bench.refusal('Query', query)).toMatchObject({ code: 'ValidationException' });
  });

  it('another view type makes another stream', () => {
    const before = declare({ StreamSpecification: { StreamViewType: 'NEW_IMAGE' } });
    restart();
    const after = declare({ StreamSpecification: { StreamViewType: 'KEYS_ONLY' } });
    expect(after.attributes.StreamArn).not.toBe(before.attributes.StreamArn);
  });

  it('another key is refused', () => {
    declare();
    const other = {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    };
    expect(() => declare(other)).toThrow(/^orders exists with the key .* a key cannot be changed/);
  });

  it.each([
    [{ BillingMode: 'PROVISIONED' }, 'BillingMode does not fit: only PAY_PER_REQUEST is supported'],
    [{ ProvisionedThroughput: {} }, 'ProvisionedThroughput is not supported'],
    [{ LocalSecondaryIndexes: [] }, 'LocalSecondaryIndexes is not supported'],
    [
      { StreamSpecification: { StreamViewType: 'NEW_IMAGE', ResourcePolicy: {} } },
      'StreamSpecification.ResourcePolicy is not supported',
    ],
  ])('what is not supported is named: %j', (properties, complaint) => {
    expect(() => declare(properties)).toThrow(`the property ${complaint}`);
  });
});
