import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { foreignReferences } from '@distributed-patterns/cdk/isolation';
import { functionsOf, grantsOf, propertiesOf, templateOf, wildcardActions } from '@distributed-patterns/cdk/testing';
import { PaymentStack } from './payment.stack.ts';

const template = templateOf((app, props) => new PaymentStack(app, props));
const handlers = readdirSync(join(__dirname, '../src')).filter((file) => file.endsWith('.handler.ts'));

describe('the payment stack', () => {
  it('has a function for every handler', () => {
    expect(functionsOf(template, 'payment')).toEqual(handlers.map((file) => file.replace('.handler.ts', '')).sort());
  });

  it('refers to nothing that another service owns', () => {
    expect(foreignReferences(template, 'payment')).toEqual([]);
  });

  it('allows no action by wildcard', () => {
    expect(wildcardActions(template)).toEqual([]);
  });

  it('lets only those who speak to the gateway read its key, and only who hears it the secret of its signatures', () => {
    const reading = (name: string) => grantsOf(template, 'payment', name).filter((grant) => grant.startsWith('ssm:'));
    const key = [
      'ssm:GetParameters on parameter/distributed-patterns-demo/dev/payment/gateway-url',
      'ssm:GetParameters on parameter/distributed-patterns-demo/dev/payment/stripe-api-key',
    ];
    expect(reading('on-message')).toEqual(key);
    expect(reading('reconcile')).toEqual(key);
    expect(reading('webhook')).toEqual([
      ...key,
      'ssm:GetParameters on parameter/distributed-patterns-demo/dev/payment/stripe-webhook-secret',
    ]);
    expect(['relay', 'sweep', 'not-found'].flatMap(reading)).toEqual([]);
  });

  it('lets the gateway in without a token, and nobody elsewhere, where the stage asks for tokens', () => {
    const auth = { issuer: 'https://issuer.example', audiences: ['api'], scopes: [], adminScopes: ['admin'] };
    const guarded = templateOf((app, props) => new PaymentStack(app, props), 'dev', { auth });
    const routes = propertiesOf(guarded, 'AWS::ApiGatewayV2::Route').map((route) => [
      route['RouteKey'],
      route['AuthorizationType'],
    ]);
    expect(routes.sort()).toEqual([
      ['$default', 'JWT'],
      ['POST /payments/webhook', 'NONE'],
    ]);
  });

  it('finds unsettled payments in an index that it may query, every five minutes', () => {
    expect(grantsOf(template, 'payment', 'reconcile').filter((grant) => grant.includes('Query'))).toEqual([
      'dynamodb:Query on distributed-patterns-demo-payment-table-dev/index/unsettled',
    ]);
    expect(propertiesOf(template, 'AWS::Events::Rule')).toContainEqual(
      expect.objectContaining({
        Name: 'distributed-patterns-demo-payment-reconcile-dev',
        ScheduleExpression: 'rate(5 minutes)',
      }),
    );
  });

  it('hears the saga, and of orders that are cancelled', () => {
    const patterns = propertiesOf(template, 'AWS::Events::Rule').flatMap(({ EventPattern }) => EventPattern ?? []);
    const detail = { metadata: { version: [1] } };
    expect(patterns).toEqual([
      { source: ['orchestrator'], 'detail-type': ['ProcessPayment', 'RefundPayment'], detail },
      { source: ['order'], 'detail-type': ['OrderCancelRequested'], detail },
    ]);
  });
});
