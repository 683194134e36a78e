import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { foreignReferences } from '@distributed-patterns/cdk/isolation';
import { functionsOf, grantsOf, propertiesOf, templateOf, wildcardActions } from '@distributed-patterns/cdk/testing';
import { NotificationStack } from './notification.stack.ts';

const template = templateOf((app, props) => new NotificationStack(app, { ...props, senderDomain: 'shop.example' }));
const handlers = readdirSync(join(__dirname, '../src')).filter((file) => file.endsWith('.handler.ts'));

describe('the notification stack', () => {
  it('has a function for every handler', () => {
    expect(functionsOf(template, 'notification')).toEqual(
      handlers.map((file) => file.replace('.handler.ts', '')).sort(),
    );
  });

  it('refers to nothing that another service owns', () => {
    expect(foreignReferences(template, 'notification')).toEqual([]);
  });

  it('allows no action by wildcard', () => {
    expect(wildcardActions(template)).toEqual([]);
  });

  it('lets the consumer send mail from its own domain', () => {
    const sending = grantsOf(template, 'notification', 'on-message').filter((grant) => grant.startsWith('ses:'));
    expect(sending).toEqual([
      'ses:SendEmail on configuration-set/distributed-patterns-demo-notification-mail-dev',
      'ses:SendEmail on identity/shop.example',
    ]);
  });

  it('hears the saga, and of orders that ended badly', () => {
    const patterns = propertiesOf(template, 'AWS::Events::Rule').flatMap(({ EventPattern }) => EventPattern ?? []);
    const detail = { metadata: { version: [1] } };
    expect(patterns).toEqual([
      { source: ['orchestrator'], 'detail-type': ['SendNotification', 'CancelNotification'], detail },
      { source: ['notification'], 'detail-type': ['NotificationCancelled'], detail },
      { source: ['order'], 'detail-type': ['OrderFailed', 'OrderCancelled'], detail },
    ]);
  });
});
