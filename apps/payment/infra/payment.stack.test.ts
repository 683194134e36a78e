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

  it('lets nothing but the consumer read the gateway key', () => {
    const reading = (name: string) => grantsOf(template, 'payment', name).filter((grant) => grant.startsWith('ssm:'));
    expect(reading('on-message')).toEqual([
      'ssm:GetParameters on parameter/distributed-patterns-demo/dev/payment/gateway-url',
      'ssm:GetParameters on parameter/distributed-patterns-demo/dev/payment/stripe-api-key',
    ]);
    expect(['relay', 'sweep'].flatMap(reading)).toEqual([]);
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
