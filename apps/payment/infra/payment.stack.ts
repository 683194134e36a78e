/** The payment service on AWS. */
import {
  Inbox,
  Outbox,
  parameterName,
  ServiceFunction,
  ServiceStack,
  type ServiceStackProps,
  StateTable,
} from '@distributed-patterns/cdk';
import { orderCancelRequested, processPayment, refundPayment } from '@distributed-patterns/contracts';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/** Leaves room for several calls of the gateway, each with its own time limit. */
const MESSAGE_TIMEOUT = Duration.seconds(20);

/** Payments, and what speaks with the gateway. */
export class PaymentStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'payment', props);

    const payments = new StateTable(this, 'payment-table');
    const outbox = new Outbox(this, 'payment-outbox-table');

    // Both are set by hand, once a stage: the key is secret, and the URL is there only where it is not Stripe's own.
    const apiKey = parameterName(this.stage, 'payment', 'stripe-api-key');
    const gatewayUrl = parameterName(this.stage, 'payment', 'gateway-url');

    const onMessage = new ServiceFunction(this, 'on-message', {
      timeout: MESSAGE_TIMEOUT,
      environment: {
        STATE_TABLE: payments.tableName,
        OUTBOX_TABLE: outbox.table.tableName,
        STRIPE_API_KEY_PARAMETER: apiKey,
        GATEWAY_URL_PARAMETER: gatewayUrl,
      },
    });
    onMessage.allow(['dynamodb:BatchGetItem', 'dynamodb:PutItem'], payments.tableArn);
    onMessage.allow(['dynamodb:PutItem'], outbox.table.tableArn);
    // Decryption needs no grant: the key aws/ssm lets every principal of the account use it through SSM
    // (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html).
    onMessage.allow(['ssm:GetParameters'], this.#parameterArn(apiKey), this.#parameterArn(gatewayUrl));

    new Inbox(this, { consumer: onMessage, messages: [processPayment, refundPayment, orderCancelRequested] });
  }

  #parameterArn(name: string): string {
    return this.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) });
  }
}
