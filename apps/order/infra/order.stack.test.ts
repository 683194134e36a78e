import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { foreignReferences } from '@distributed-patterns/cdk/isolation';
import { functionsOf, grantsOf, propertiesOf, templateOf, wildcardActions } from '@distributed-patterns/cdk/testing';
import { OrderStack } from './order.stack.ts';

const template = templateOf((app, props) => new OrderStack(app, props));
const handlers = readdirSync(join(__dirname, '../src')).filter((file) => file.endsWith('.handler.ts'));

describe('the order stack', () => {
  it('has a function for every handler', () => {
    expect(functionsOf(template, 'order')).toEqual(handlers.map((file) => file.replace('.handler.ts', '')).sort());
  });

  it('refers to nothing that another service owns', () => {
    expect(foreignReferences(template, 'order')).toEqual([]);
  });

  it('allows no action by wildcard', () => {
    expect(wildcardActions(template)).toEqual([]);
  });

  it('answers its own four routes, and all others', () => {
    const routes = propertiesOf(template, 'AWS::ApiGatewayV2::Route').map(({ RouteKey }) => RouteKey);
    expect(routes.sort()).toEqual([
      '$default',
      'GET /orders',
      'GET /orders/{orderId}',
      'POST /orders',
      'POST /orders/{orderId}/cancel',
    ]);
  });

  it('calls its tables what people look for', () => {
    expect(propertiesOf(template, 'AWS::DynamoDB::Table').map(({ TableName }) => TableName)).toEqual([
      'distributed-patterns-demo-orders-table-dev',
      'distributed-patterns-demo-idempotency-table-dev',
      'distributed-patterns-demo-outbox-table-dev',
    ]);
  });

  it('finds a customer’s orders, and those that are open, by indexes that no later step of an order rewrites', () => {
    const indexes = propertiesOf(template, 'AWS::DynamoDB::Table').flatMap(
      ({ GlobalSecondaryIndexes }) => GlobalSecondaryIndexes ?? [],
    );
    expect(indexes).toEqual([
      {
        IndexName: 'by-customer',
        KeySchema: [
          { AttributeName: 'customerId', KeyType: 'HASH' },
          { AttributeName: 'placedAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
      {
        IndexName: 'open',
        KeySchema: [
          { AttributeName: 'open', KeyType: 'HASH' },
          { AttributeName: 'placedAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ]);
  });

  it.each([
    [600, '600', '589'],
    [60, '60', '49'],
  ])(
    'keeps an idempotency key for %i seconds, and Powertools’ record for less',
    (idempotencySeconds, guard, record) => {
      const ofStage = templateOf((app, props) => new OrderStack(app, props), 'dev', { idempotencySeconds });
      const [placeOrder] = propertiesOf(ofStage, 'AWS::Lambda::Function').filter(
        ({ FunctionName }) => FunctionName === 'distributed-patterns-demo-order-place-order-dev',
      );
      expect(placeOrder).toMatchObject({
        Timeout: 10,
        Environment: { Variables: { IDEMPOTENCY_SECONDS: guard, IDEMPOTENCY_RECORD_SECONDS: record } },
      });
    },
  );

  it('lets placing an order write, in one transaction', () => {
    expect(grantsOf(template, 'order', 'place-order')).toEqual([
      'dynamodb:DeleteItem on distributed-patterns-demo-idempotency-table-dev',
      'dynamodb:GetItem on distributed-patterns-demo-idempotency-table-dev',
      'dynamodb:PutItem on distributed-patterns-demo-idempotency-table-dev',
      'dynamodb:PutItem on distributed-patterns-demo-orders-table-dev',
      'dynamodb:PutItem on distributed-patterns-demo-outbox-table-dev',
      'dynamodb:UpdateItem on distributed-patterns-demo-idempotency-table-dev',
    ]);
  });

  it('lets reading orders read them, and nothing else', () => {
    expect(grantsOf(template, 'order', 'get-order')).toEqual([
      'dynamodb:BatchGetItem on distributed-patterns-demo-orders-table-dev',
    ]);
    expect(grantsOf(template, 'order', 'list-orders')).toEqual([
      'dynamodb:BatchGetItem on distributed-patterns-demo-orders-table-dev',
      'dynamodb:Query on distributed-patterns-demo-orders-table-dev/index/by-customer',
    ]);
    expect(grantsOf(template, 'order', 'not-found')).toEqual([]);
  });

  it('lets cancelling an order change it and tell of it', () => {
    expect(grantsOf(template, 'order', 'cancel-order')).toEqual([
      'dynamodb:BatchGetItem on distributed-patterns-demo-orders-table-dev',
      'dynamodb:PutItem on distributed-patterns-demo-orders-table-dev',
      'dynamodb:PutItem on distributed-patterns-demo-outbox-table-dev',
    ]);
  });

  it('looks every hour for orders that are open, and may tell of them and nothing else', () => {
    expect(grantsOf(template, 'order', 'watch-orders')).toEqual([
      'dynamodb:BatchGetItem on distributed-patterns-demo-orders-table-dev',
      'dynamodb:PutItem on distributed-patterns-demo-outbox-table-dev',
      'dynamodb:Query on distributed-patterns-demo-orders-table-dev/index/open',
    ]);
    expect(propertiesOf(template, 'AWS::Events::Rule')).toContainEqual(
      expect.objectContaining({
        Name: 'distributed-patterns-demo-order-watch-orders-dev',
        ScheduleExpression: 'rate(1 hour)',
      }),
    );
  });

  it('raises an alarm for the hour in which orders were open for too long, and one when nobody could look for three', () => {
    const alarmOf = (name: string) =>
      propertiesOf(template, 'AWS::CloudWatch::Alarm').filter(
        ({ AlarmName }) => AlarmName === `distributed-patterns-demo-order-${name}-dev`,
      );
    const hourly = { Period: 3_600, Threshold: 1 };
    expect(alarmOf('order-open-too-long')).toMatchObject([
      { ...hourly, MetricName: 'OrderOpenTooLong', Statistic: 'Maximum', EvaluationPeriods: 1 },
    ]);
    expect(alarmOf('watch-failing')).toMatchObject([{ ...hourly, MetricName: 'Errors', EvaluationPeriods: 3 }]);
  });

  it('hears the saga and the three services that it follows, each as itself', () => {
    const patterns = propertiesOf(template, 'AWS::Events::Rule').flatMap(({ EventPattern }) => EventPattern ?? []);
    const detail = { metadata: { version: [1] } };
    expect(patterns).toEqual([
      { source: ['orchestrator'], 'detail-type': ['CompleteOrder', 'FailOrder'], detail },
      {
        source: ['inventory'],
        'detail-type': ['InventoryReserved', 'InventoryReleased', 'ReservationOverdue'],
        detail,
      },
      { source: ['payment'], 'detail-type': ['PaymentProcessed', 'PaymentRefunded'], detail },
      { source: ['notification'], 'detail-type': ['NotificationSent', 'NotificationCancelled'], detail },
    ]);
  });
});
