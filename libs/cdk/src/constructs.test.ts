import { orderPlaced, paymentProcessed, refundPayment } from '@distributed-patterns/contracts';
import { Duration } from 'aws-cdk-lib/core';
import { HttpMethod, HttpService, Inbox, Outbox, ServiceFunction, ServiceStack, StateTable } from './index.ts';
import type { StageSettings } from './stage-settings.ts';
import { grantsOf, propertiesOf, statementsOf, type SynthesizedTemplate, templateOf } from './testing.ts';

const paymentsOfCustomer = { name: 'by-customer', partitionKey: 'customerId', sortKey: 'paidAt' };

function sampleTemplate(
  stage: string,
  { functionSeconds = 20, ...settings }: Partial<StageSettings> & { readonly functionSeconds?: number } = {},
): SynthesizedTemplate {
  return templateOf(
    (app, props) => {
      const stack = new ServiceStack(app, 'payment', props);
      const table = new StateTable(stack, 'payment-table', { indexes: [paymentsOfCustomer] });
      new Outbox(stack, 'payment-outbox-table');
      const consumer = new ServiceFunction(stack, 'on-message', { timeout: Duration.seconds(functionSeconds) });
      consumer.allow(['dynamodb:GetItem'], table.tableArn);
      consumer.allow(['dynamodb:Query'], table.indexArn(paymentsOfCustomer));
      new Inbox(stack, { consumer, messages: [refundPayment, orderPlaced, paymentProcessed], repliesOnly: true });
      const api = new HttpService(stack, new ServiceFunction(stack, 'not-found', { timeout: Duration.seconds(5) }));
      api.route(HttpMethod.GET, '/payments/{paymentId}', consumer);
      api.route(HttpMethod.PUT, '/payments/{paymentId}', consumer, 'administrator');
      api.route(HttpMethod.POST, '/payments/webhook', consumer, 'anybody');
      return stack;
    },
    stage,
    settings,
  );
}

const dev = sampleTemplate('dev');
const prod = sampleTemplate('prod');
const one = (template: SynthesizedTemplate, type: string) => propertiesOf(template, type)[0] ?? {};
const deletionPolicies = (template: SynthesizedTemplate) =>
  Object.values(template.Resources).flatMap(({ Type, DeletionPolicy }) =>
    Type === 'AWS::DynamoDB::Table' ? [DeletionPolicy] : [],
  );

describe('a state table', () => {
  it('has the keys that the stores use, and can be recovered', () => {
    expect(one(dev, 'AWS::DynamoDB::Table')).toMatchObject({
      TableName: 'distributed-patterns-demo-payment-table-dev',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  it('has the indexes that its store queries, which hold keys and nothing that could be stale', () => {
    expect(one(dev, 'AWS::DynamoDB::Table')).toMatchObject({
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-customer',
          KeySchema: [
            { AttributeName: 'customerId', KeyType: 'HASH' },
            { AttributeName: 'paidAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      AttributeDefinitions: ['pk', 'customerId', 'paidAt'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
    });
  });

  it('outlives its stack in production only', () => {
    expect(deletionPolicies(dev)).toEqual(['Delete', 'Delete']);
    expect(deletionPolicies(prod)).toEqual(['Retain', 'Retain']);
  });
});

describe('a function', () => {
  it('runs what is built, with what the house gives every function', () => {
    expect(one(dev, 'AWS::Lambda::Function')).toMatchObject({
      FunctionName: 'distributed-patterns-demo-payment-relay-dev',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Environment: {
        Variables: {
          POWERTOOLS_SERVICE_NAME: 'payment',
          POWERTOOLS_METRICS_NAMESPACE: 'distributed-patterns-demo/dev',
          BUS_NAME: 'distributed-patterns-demo-event-bus-dev',
          NODE_OPTIONS: '--enable-source-maps',
        },
      },
    });
  });

  it('may do what its stack allows it, and nothing else', () => {
    expect(grantsOf(dev, 'payment', 'on-message')).toEqual([
      'dynamodb:GetItem on distributed-patterns-demo-payment-table-dev',
      'dynamodb:Query on distributed-patterns-demo-payment-table-dev/index/by-customer',
      'sqs:DeleteMessage on distributed-patterns-demo-payment-inbox-dev',
      'sqs:GetQueueAttributes on distributed-patterns-demo-payment-inbox-dev',
      'sqs:ReceiveMessage on distributed-patterns-demo-payment-inbox-dev',
    ]);
    expect(grantsOf(dev, 'payment', 'not-found')).toEqual([]);
  });
});

describe('an outbox', () => {
  const mappings = propertiesOf(dev, 'AWS::Lambda::EventSourceMapping');

  it('is followed by the relay: insertions only, and never blocked for ever', () => {
    expect(mappings).toContainEqual(
      expect.objectContaining({
        FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 5,
        MaximumRecordAgeInSeconds: 600,
        DestinationConfig: { OnFailure: { Destination: expect.anything() as unknown } },
      }),
    );
  });

  it('is swept every minute', () => {
    expect(propertiesOf(dev, 'AWS::Events::Rule')).toContainEqual(
      expect.objectContaining({
        Name: 'distributed-patterns-demo-payment-sweep-dev',
        ScheduleExpression: 'rate(1 minute)',
      }),
    );
  });

  it("lets its functions empty it, and say on the bus what is the service's to say", () => {
    expect(grantsOf(dev, 'payment', 'sweep')).toEqual([
      'dynamodb:BatchWriteItem on distributed-patterns-demo-payment-outbox-table-dev',
      'dynamodb:Scan on distributed-patterns-demo-payment-outbox-table-dev',
      'events:PutEvents on event-bus/distributed-patterns-demo-event-bus-dev',
    ]);
    const publishing = statementsOf(dev, 'payment', 'relay').find(({ Action }) => Action.includes('events:PutEvents'));
    expect(publishing?.Condition).toEqual({
      'ForAllValues:StringEquals': {
        'events:source': ['payment'],
        'events:detail-type': ['PaymentDeclined', 'PaymentProcessed', 'PaymentRefunded'],
      },
      Null: { 'events:source': 'false', 'events:detail-type': 'false' },
    });
  });
});

describe('an inbox', () => {
  const queues = propertiesOf(dev, 'AWS::SQS::Queue');

  it('hides a message for longer than its consumer can take, and gives it up after five tries', () => {
    for (const seconds of [5, 20, 30]) {
      const inbox = propertiesOf(sampleTemplate('dev', { functionSeconds: seconds }), 'AWS::SQS::Queue').find(
        ({ QueueName }) => QueueName === 'distributed-patterns-demo-payment-inbox-dev',
      );
      expect(inbox).toMatchObject({ VisibilityTimeout: 6 * seconds, RedrivePolicy: { maxReceiveCount: 5 } });
    }
  });

  it('keeps its messages encrypted', () => {
    expect(queues.filter(({ SqsManagedSseEnabled }) => SqsManagedSseEnabled !== true)).toEqual([]);
  });

  it('believes each source its own messages only', () => {
    const patterns = propertiesOf(dev, 'AWS::Events::Rule').flatMap(({ EventPattern }) => EventPattern ?? []);
    const detail = { metadata: { version: [1], replyToken: [{ exists: true }] } };
    expect(patterns).toEqual([
      { source: ['orchestrator'], 'detail-type': ['RefundPayment'], detail },
      { source: ['order'], 'detail-type': ['OrderPlaced'], detail },
      { source: ['payment'], 'detail-type': ['PaymentProcessed'], detail },
    ]);
  });

  it('reports failures message by message', () => {
    expect(propertiesOf(dev, 'AWS::Lambda::EventSourceMapping')).toContainEqual(
      expect.objectContaining({
        BatchSize: 10,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 10 },
      }),
    );
  });
});

describe('an HTTP service', () => {
  it('has its routes, and an answer of its own for everything else', () => {
    const routes = propertiesOf(dev, 'AWS::ApiGatewayV2::Route').map(({ RouteKey }) => RouteKey);
    expect(routes.sort()).toEqual([
      '$default',
      'GET /payments/{paymentId}',
      'POST /payments/webhook',
      'PUT /payments/{paymentId}',
    ]);
    expect(one(dev, 'AWS::ApiGatewayV2::Stage')).toMatchObject({ StageName: 'dev', AutoDeploy: true });
  });

  it('lets through what the stage is set to', () => {
    const limits = (template: SynthesizedTemplate) => one(template, 'AWS::ApiGatewayV2::Stage')['DefaultRouteSettings'];
    expect(limits(dev)).toEqual({ ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 2000 });
    expect(limits(sampleTemplate('dev', { throttle: { rateLimit: 5, burstLimit: 9 } }))).toEqual({
      ThrottlingRateLimit: 5,
      ThrottlingBurstLimit: 9,
    });
  });

  it('is open where the stage names no issuer', () => {
    expect(propertiesOf(dev, 'AWS::ApiGatewayV2::Authorizer')).toEqual([]);
    const types = propertiesOf(dev, 'AWS::ApiGatewayV2::Route').map(({ AuthorizationType }) => AuthorizationType);
    expect(new Set(types)).toEqual(new Set(['NONE']));
  });

  it.each([
    ['', []],
    [', and for a scope where the stage names some', ['shop', 'admin']],
  ])('asks for a token of the issuer wherever none is waived, where there is nothing too%s', (_what, scopes) => {
    const issuer = 'https://id.shop.example/';
    const guarded = sampleTemplate('dev', {
      auth: { issuer, audiences: ['web', 'app'], scopes, adminScopes: ['stock/write'] },
    });
    const authorizers = Object.entries(guarded.Resources).filter(([, { Type }]) => Type.endsWith('::Authorizer'));
    expect(authorizers.map(([, { Properties }]) => Properties)).toEqual([
      expect.objectContaining({
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer: issuer, Audience: ['web', 'app'] },
      }),
    ]);
    const asking = {
      AuthorizationType: 'JWT',
      AuthorizerId: { Ref: authorizers[0]?.[0] },
      ...(scopes.length > 0 && { AuthorizationScopes: scopes }),
    };
    const routes = propertiesOf(guarded, 'AWS::ApiGatewayV2::Route');
    expect(routes.map(({ ApiId: _api, Target: _target, ...route }) => route)).toEqual([
      { RouteKey: '$default', ...asking },
      { RouteKey: 'GET /payments/{paymentId}', ...asking },
      { RouteKey: 'PUT /payments/{paymentId}', ...asking, AuthorizationScopes: ['stock/write'] },
      { RouteKey: 'POST /payments/webhook', AuthorizationType: 'NONE' },
    ]);
  });
});

describe('alarms', () => {
  it('are called what the runbook calls them', () => {
    const names = propertiesOf(dev, 'AWS::CloudWatch::Alarm').map(({ AlarmName }) => AlarmName);
    expect(names.sort()).toEqual(
      [
        'api-errors',
        'inbox-dlq-not-empty',
        'inbox-stalled',
        'outbox-stuck',
        'relay-dlq-not-empty',
        'sweep-failing',
      ].map((name) => `distributed-patterns-demo-payment-${name}-dev`),
    );
  });

  it('tell the topic that the stage names, and nobody where it names none', () => {
    const actions = (template: SynthesizedTemplate) =>
      new Set(propertiesOf(template, 'AWS::CloudWatch::Alarm').map(({ AlarmActions }) => JSON.stringify(AlarmActions)));
    const alarmTopicArn = 'arn:aws:sns:eu-central-1:123456789012:on-call';
    expect(actions(dev)).toEqual(new Set([undefined]));
    expect(actions(sampleTemplate('dev', { alarmTopicArn }))).toEqual(new Set([JSON.stringify([alarmTopicArn])]));
  });
});
