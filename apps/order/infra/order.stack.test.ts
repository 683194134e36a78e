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

  it('answers its own two routes, and all others', () => {
    const routes = propertiesOf(template, 'AWS::ApiGatewayV2::Route').map(({ RouteKey }) => RouteKey);
    expect(routes.sort()).toEqual(['$default', 'GET /orders/{orderId}', 'POST /orders']);
  });

  it('calls its tables what people look for', () => {
    expect(propertiesOf(template, 'AWS::DynamoDB::Table').map(({ TableName }) => TableName)).toEqual([
      'distributed-patterns-demo-orders-table-dev',
      'distributed-patterns-demo-idempotency-table-dev',
      'distributed-patterns-demo-outbox-table-dev',
    ]);
  });

  it('lets placing an order write, in one transaction, and reading one read', () => {
    expect(grantsOf(template, 'order', 'place-order')).toEqual([
      'dynamodb:DeleteItem on distributed-patterns-demo-idempotency-table-dev',
      'dynamodb:GetItem on distributed-patterns-demo-idempotency-table-dev',
      'dynamodb:PutItem on distributed-patterns-demo-idempotency-table-dev',
      'dynamodb:PutItem on distributed-patterns-demo-orders-table-dev',
      'dynamodb:PutItem on distributed-patterns-demo-outbox-table-dev',
      'dynamodb:UpdateItem on distributed-patterns-demo-idempotency-table-dev',
    ]);
    expect(grantsOf(template, 'order', 'get-order')).toEqual([
      'dynamodb:BatchGetItem on distributed-patterns-demo-orders-table-dev',
    ]);
    expect(grantsOf(template, 'order', 'not-found')).toEqual([]);
  });

  it('hears the saga and the three services that it follows, each as itself', () => {
    const patterns = propertiesOf(template, 'AWS::Events::Rule').flatMap(({ EventPattern }) => EventPattern ?? []);
    const detail = { metadata: { version: [1] } };
    expect(patterns).toEqual([
      { source: ['orchestrator'], 'detail-type': ['CompleteOrder', 'FailOrder'], detail },
      { source: ['inventory'], 'detail-type': ['InventoryReserved', 'InventoryReleased'], detail },
      { source: ['payment'], 'detail-type': ['PaymentProcessed', 'PaymentRefunded'], detail },
      { source: ['notification'], 'detail-type': ['NotificationSent', 'NotificationCancelled'], detail },
    ]);
  });
});
