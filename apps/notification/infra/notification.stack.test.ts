import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StageSettings } from '@distributed-patterns/cdk';
import { foreignReferences } from '@distributed-patterns/cdk/isolation';
import { functionsOf, grantsOf, propertiesOf, templateOf, wildcardActions } from '@distributed-patterns/cdk/testing';
import * as z from 'zod';
import { NotificationStack } from './notification.stack.ts';

const templateWith = (settings: Partial<StageSettings>) =>
  templateOf((app, props) => new NotificationStack(app, props), 'dev', settings);
const template = templateWith({ senderDomain: 'shop.example' });
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

  it.each([
    ['the domain of the stage', { senderDomain: 'shop.example' }, 'shop.example'],
    ['a domain of no use but on one machine, where the stage names none', {}, 'distributed-patterns.example'],
  ])('lets the consumer send mail from %s, and no other', (_what, settings, domain) => {
    const sample = templateWith(settings);
    const sending = grantsOf(sample, 'notification', 'on-message').filter((grant) => grant.startsWith('ses:'));
    expect(sending).toEqual([
      'ses:SendEmail on configuration-set/distributed-patterns-demo-notification-mail-dev',
      `ses:SendEmail on identity/${domain}`,
    ]);
    expect(propertiesOf(sample, 'AWS::Lambda::Function')).toContainEqual(
      expect.objectContaining({
        Environment: { Variables: expect.objectContaining({ SENDER_ADDRESS: `orders@${domain}` }) },
      }),
    );
  });

  it('writes to customers, and how, as the stage is set to', () => {
    const variablesWith = (settings: Partial<StageSettings>) => {
      const functions = propertiesOf(templateWith(settings), 'AWS::Lambda::Function');
      const { Variables } = z
        .object({ Variables: z.record(z.string(), z.unknown()) })
        .parse(functions.find(({ FunctionName }) => String(FunctionName).includes('-on-message-'))?.['Environment']);
      return [Variables['FALLBACK_EMAIL_DOMAIN'], Variables['MAIL_LOCALE']];
    };
    expect(variablesWith({})).toEqual([undefined, 'en-US']);
    expect(variablesWith({ fallbackEmailDomain: 'customers.example', mailLocale: 'de-DE' })).toEqual([
      'customers.example',
      'de-DE',
    ]);
  });

  it('hears the saga, and of orders that are cancelled or ended badly', () => {
    const patterns = propertiesOf(template, 'AWS::Events::Rule').flatMap(({ EventPattern }) => EventPattern ?? []);
    const detail = { metadata: { version: [1] } };
    expect(patterns).toEqual([
      { source: ['orchestrator'], 'detail-type': ['SendNotification', 'CancelNotification'], detail },
      { source: ['notification'], 'detail-type': ['NotificationCancelled'], detail },
      { source: ['order'], 'detail-type': ['OrderCancelRequested', 'OrderFailed', 'OrderCancelled'], detail },
      {
        source: ['aws.ses'],
        'detail-type': ['Email Bounced', 'Email Complaint Received', 'Email Rejected'],
        detail: { mail: { tags: { 'ses:configuration-set': [{ Ref: 'Mail' }] } } },
      },
    ]);
  });

  it('has SES tell of bounces, complaints and rejected mails on the default bus, the only one that it supports', () => {
    const destinations = propertiesOf(template, 'AWS::SES::ConfigurationSetEventDestination');
    expect(destinations).toMatchObject([
      {
        ConfigurationSetName: { Ref: 'Mail' },
        EventDestination: { Enabled: true, MatchingEventTypes: ['bounce', 'complaint', 'reject'] },
      },
    ]);
    expect(JSON.stringify(destinations)).toContain(':event-bus/default');
  });

  it('lets feedback do nothing but record it', () => {
    const grants = grantsOf(template, 'notification', 'on-feedback').filter((grant) => !grant.startsWith('sqs:'));
    expect(grants).toEqual(['dynamodb:PutItem on distributed-patterns-demo-notification-table-dev']);
  });
});
