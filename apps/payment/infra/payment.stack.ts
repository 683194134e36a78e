/** The payment service on AWS. */
import {
  alarm,
  HttpMethod,
  HttpService,
  Inbox,
  Outbox,
  ownMetric,
  parameterName,
  ServiceFunction,
  ServiceStack,
  type ServiceStackProps,
  StateTable,
} from '@distributed-patterns/cdk';
import { orderCancelRequested, processPayment, refundPayment } from '@distributed-patterns/contracts';
import { functionTimeout, reconciliation } from '@distributed-patterns/durations';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { unsettledPayments } from '../src/payment-index.ts';

/** Leaves room for several calls of the gateway, each with its own time limit. */
const MESSAGE_TIMEOUT = Duration.seconds(functionTimeout.payment);
const HTTP_TIMEOUT = Duration.seconds(functionTimeout.http);
/** Asks the gateway about many payments, a page of them at a time. */
const RECONCILE_TIMEOUT = Duration.seconds(functionTimeout.reconcile);
const RECONCILE_RATE = Duration.minutes(reconciliation.every / 60);

/** Payments, and what speaks with the gateway. */
export class PaymentStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'payment', props);

    const payments = new StateTable(this, 'payment-table', { indexes: [unsettledPayments] });
    const outbox = new Outbox(this, 'payment-outbox-table');

    // All are set by hand, once a stage: two are secret, and the URL is there only where it is not Stripe's own.
    const apiKey = parameterName(this.stage, 'payment', 'stripe-api-key');
    const gatewayUrl = parameterName(this.stage, 'payment', 'gateway-url');
    const webhookSecret = parameterName(this.stage, 'payment', 'stripe-webhook-secret');

    const environment = {
      STATE_TABLE: payments.tableName,
      OUTBOX_TABLE: outbox.table.tableName,
      STRIPE_API_KEY_PARAMETER: apiKey,
      GATEWAY_URL_PARAMETER: gatewayUrl,
    };
    const onMessage = new ServiceFunction(this, 'on-message', { timeout: MESSAGE_TIMEOUT, environment });
    const webhook = new ServiceFunction(this, 'webhook', {
      timeout: MESSAGE_TIMEOUT,
      environment: { ...environment, STRIPE_WEBHOOK_SECRET_PARAMETER: webhookSecret },
    });
    const reconcile = new ServiceFunction(this, 'reconcile', { timeout: RECONCILE_TIMEOUT, environment });
    for (const settling of [onMessage, webhook, reconcile]) {
      settling.allow(['dynamodb:BatchGetItem', 'dynamodb:PutItem'], payments.tableArn);
      settling.allow(['dynamodb:PutItem'], outbox.table.tableArn);
      // Decryption needs no grant: the key aws/ssm lets every principal of the account use it through SSM
      // (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html).
      settling.allow(['ssm:GetParameters'], this.#parameterArn(apiKey), this.#parameterArn(gatewayUrl));
    }

    webhook.allow(['ssm:GetParameters'], this.#parameterArn(webhookSecret));
    const api = new HttpService(this, new ServiceFunction(this, 'not-found', { timeout: HTTP_TIMEOUT }));
    // The gateway has no token of ours: its signature says that it was the gateway.
    api.route(HttpMethod.POST, '/payments/webhook', webhook, 'anybody');
    alarm(this, 'payment-disputed', {
      metric: ownMetric(this, 'PaymentDisputed'),
      meaning: 'A customer takes a charge back through the bank; a person has to answer in time.',
    });

    reconcile.allow(['dynamodb:Query'], payments.indexArn(unsettledPayments));
    new Rule(this, 'ReconcileSchedule', {
      ruleName: this.ownName('reconcile'),
      schedule: Schedule.rate(RECONCILE_RATE),
      targets: [new LambdaFunction(reconcile)],
    });
    alarm(this, 'reconcile-failing', {
      metric: reconcile.metricErrors({ period: RECONCILE_RATE }),
      meaning: 'For a quarter of an hour some payments could not be compared with the gateway.',
      periods: 3,
    });

    new Inbox(this, { consumer: onMessage, messages: [processPayment, refundPayment, orderCancelRequested] });
  }

  #parameterArn(name: string): string {
    return this.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) });
  }
}
