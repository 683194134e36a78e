import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { foreignReferences } from '@distributed-patterns/cdk/isolation';
import { functionsOf, grantsOf, propertiesOf, templateOf, wildcardActions } from '@distributed-patterns/cdk/testing';
import * as z from 'zod';
import { outcomes } from '../src/outcomes.ts';
import { InventoryStack } from './inventory.stack.ts';

const template = templateOf((app, props) => new InventoryStack(app, props));
const handlers = readdirSync(join(__dirname, '../src')).filter((file) => file.endsWith('.handler.ts'));

describe('the inventory stack', () => {
  it('has a function for every handler', () => {
    expect(functionsOf(template, 'inventory')).toEqual(handlers.map((file) => file.replace('.handler.ts', '')).sort());
  });

  it('refers to nothing that another service owns', () => {
    expect(foreignReferences(template, 'inventory')).toEqual([]);
  });

  it('allows no action by wildcard', () => {
    expect(wildcardActions(template)).toEqual([]);
  });

  it('lets products be read by whoever shows them, and reservations change stock', () => {
    const table = 'distributed-patterns-demo-inventory-table-dev';
    const onData = (name: string) =>
      grantsOf(template, 'inventory', name).filter((grant) => grant.startsWith('dynamodb:'));
    for (const reading of ['list-products', 'get-product']) {
      expect(onData(reading)).toEqual([`dynamodb:BatchGetItem on ${table}`]);
    }
    for (const writing of ['put-product', 'restock-product', 'on-message']) {
      expect(onData(writing)).toEqual([
        `dynamodb:BatchGetItem on ${table}`,
        'dynamodb:PutItem on distributed-patterns-demo-inventory-outbox-table-dev',
        `dynamodb:PutItem on ${table}`,
        `dynamodb:UpdateItem on ${table}`,
      ]);
    }
  });

  it('works on five batches at once, so that few transactions meet on a product that everybody wants', () => {
    const mappings = propertiesOf(template, 'AWS::Lambda::EventSourceMapping');
    expect(mappings.flatMap(({ ScalingConfig: scaling }) => (scaling === undefined ? [] : [scaling]))).toEqual([
      { MaximumConcurrency: 5 },
    ]);
  });

  it('asks whoever changes the catalogue for a scope of administrators, and nobody else', () => {
    const auth = { issuer: 'https://id.shop.example', audiences: ['shop'], scopes: ['shop'], adminScopes: ['stock'] };
    const guarded = templateOf((app, props) => new InventoryStack(app, props), 'dev', { auth });
    const scopes = propertiesOf(guarded, 'AWS::ApiGatewayV2::Route').map((route) => [
      route.RouteKey,
      route.AuthorizationScopes,
    ]);
    expect(Object.fromEntries(scopes)).toEqual({
      $default: ['shop'],
      'GET /products': ['shop'],
      'GET /products/{productId}': ['shop'],
      'PUT /products/{productId}': ['stock'],
      'POST /products/{productId}/restock': ['stock'],
    });
  });

  it('keeps the record of a delivery as long as the stage keeps an idempotency key', () => {
    const ofStage = templateOf((app, props) => new InventoryStack(app, props), 'dev', { idempotencySeconds: 60 });
    const [restocking] = propertiesOf(ofStage, 'AWS::Lambda::Function').filter(
      ({ FunctionName }) => FunctionName === 'distributed-patterns-demo-inventory-restock-product-dev',
    );
    expect(restocking).toMatchObject({ Environment: { Variables: { IDEMPOTENCY_SECONDS: '60' } } });
  });

  it('finds open reservations in an index that it may query, every hour, and may not touch them', () => {
    const grants = grantsOf(template, 'inventory', 'announce-overdue');
    expect(grants.filter((grant) => grant.startsWith('dynamodb:'))).toEqual([
      'dynamodb:PutItem on distributed-patterns-demo-inventory-outbox-table-dev',
      'dynamodb:Query on distributed-patterns-demo-inventory-table-dev/index/open',
    ]);
    expect(propertiesOf(template, 'AWS::Events::Rule')).toContainEqual(
      expect.objectContaining({
        Name: 'distributed-patterns-demo-inventory-announce-overdue-dev',
        ScheduleExpression: 'rate(1 hour)',
      }),
    );
  });

  it.each([
    ['overdue-failing', 'Errors', 3],
    ['sold-without-reservation', 'SoldWithoutReservation', 1],
  ])('raises %s', (name, MetricName, EvaluationPeriods) => {
    expect(propertiesOf(template, 'AWS::CloudWatch::Alarm')).toContainEqual(
      expect.objectContaining({
        AlarmName: `distributed-patterns-demo-inventory-${name}-dev`,
        MetricName,
        EvaluationPeriods,
        Threshold: 1,
      }),
    );
  });

  it('hears what the table of outcomes tells of, and nothing else', () => {
    const heard = propertiesOf(template, 'AWS::Events::Rule').flatMap(({ EventPattern }) =>
      EventPattern === undefined
        ? []
        : z.object({ 'detail-type': z.array(z.string()) }).parse(EventPattern)['detail-type'],
    );
    expect(heard.sort()).toEqual([...new Set(outcomes.map(({ message }) => message))].sort());
  });

  it('hears the saga, and of orders that are cancelled or have ended', () => {
    const patterns = propertiesOf(template, 'AWS::Events::Rule').flatMap(({ EventPattern }) => EventPattern ?? []);
    const detail = { metadata: { version: [1] } };
    expect(patterns).toEqual([
      { source: ['orchestrator'], 'detail-type': ['ReserveInventory', 'ReleaseInventory'], detail },
      {
        source: ['order'],
        'detail-type': ['OrderCancelRequested', 'OrderCompleted', 'OrderFailed', 'OrderCancelled'],
        detail,
      },
    ]);
  });
});
