/** The notification service on AWS. */
import {
  Inbox,
  Outbox,
  ServiceFunction,
  ServiceStack,
  type ServiceStackProps,
  StateTable,
} from '@distributed-patterns/cdk';
import {
  cancelNotification,
  notificationCancelled,
  orderCancelled,
  orderCancelRequested,
  orderFailed,
  sendNotification,
} from '@distributed-patterns/contracts';
import { functionTimeout } from '@distributed-patterns/durations';
import { Duration } from 'aws-cdk-lib/core';
import { CfnConfigurationSet } from 'aws-cdk-lib/aws-ses';
import type { Construct } from 'constructs';
import { MailFeedback } from './mail-feedback.ts';

/** Leaves room for the mail server to be slow. */
const MESSAGE_TIMEOUT = Duration.seconds(functionTimeout.notification);

const FEEDBACK_TIMEOUT = Duration.seconds(10);

/** Good enough for one machine; `npm run deploy` asks for a domain that is verified in SES. */
const UNVERIFIED_DOMAIN = 'distributed-patterns.example';

/** What was sent to whom. */
export class NotificationStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'notification', props);
    const { senderDomain = UNVERIFIED_DOMAIN, fallbackEmailDomain, mailLocale } = props.settings;

    const notifications = new StateTable(this, 'notification-table');
    const outbox = new Outbox(this, 'notification-outbox-table');
    const configurationSet = this.ownName('mail');
    const mailSet = new CfnConfigurationSet(this, 'Mail', {
      name: configurationSet,
      deliveryOptions: { tlsPolicy: 'REQUIRE' },
      reputationOptions: { reputationMetricsEnabled: true },
    });

    const onMessage = new ServiceFunction(this, 'on-message', {
      timeout: MESSAGE_TIMEOUT,
      environment: {
        STATE_TABLE: notifications.tableName,
        OUTBOX_TABLE: outbox.table.tableName,
        SENDER_ADDRESS: `orders@${senderDomain}`,
        ...(fallbackEmailDomain !== undefined && { FALLBACK_EMAIL_DOMAIN: fallbackEmailDomain }),
        MAIL_LOCALE: mailLocale,
        CONFIGURATION_SET: configurationSet,
      },
    });
    onMessage.allow(['dynamodb:BatchGetItem', 'dynamodb:PutItem'], notifications.tableArn);
    onMessage.allow(['dynamodb:PutItem'], outbox.table.tableArn);
    onMessage.allow(
      ['ses:SendEmail'],
      this.#sesArn('identity', senderDomain),
      this.#sesArn('configuration-set', configurationSet),
    );

    new Inbox(this, {
      consumer: onMessage,
      messages: [
        sendNotification,
        cancelNotification,
        notificationCancelled,
        orderCancelRequested,
        orderFailed,
        orderCancelled,
      ],
    });

    const onFeedback = new ServiceFunction(this, 'on-feedback', {
      timeout: FEEDBACK_TIMEOUT,
      environment: { STATE_TABLE: notifications.tableName },
    });
    onFeedback.allow(['dynamodb:PutItem'], notifications.tableArn);
    new MailFeedback(this, { configurationSet: mailSet.ref, consumer: onFeedback });
  }

  #sesArn(resource: string, resourceName: string): string {
    return this.formatArn({ service: 'ses', resource, resourceName });
  }
}
