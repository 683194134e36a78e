/** The order service on AWS. */
import {
  HttpMethod,
  HttpService,
  IdempotencyTable,
  Inbox,
  Outbox,
  ServiceFunction,
  ServiceStack,
  type ServiceStackProps,
  StateTable,
} from '@distributed-patterns/cdk';
import {
  completeOrder,
  failOrder,
  inventoryReleased,
  inventoryReserved,
  notificationCancelled,
  notificationSent,
  paymentProcessed,
  paymentRefunded,
} from '@distributed-patterns/contracts';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/** Whoever waits for an answer has given up after ten seconds. */
const HTTP_TIMEOUT = Duration.seconds(10);
const MESSAGE_TIMEOUT = Duration.seconds(15);

/** How long a request can be repeated under its idempotency key. */
const IDEMPOTENCY = Duration.minutes(10);

/** Orders, and what decides about them. */
export class OrderStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'order', props);

    const orders = new StateTable(this, 'orders-table');
    const records = new IdempotencyTable(this, 'idempotency-table');
    const outbox = new Outbox(this, 'outbox-table');
    const tables = { STATE_TABLE: orders.tableName, OUTBOX_TABLE: outbox.table.tableName };

    const placeOrder = new ServiceFunction(this, 'place-order', {
      timeout: HTTP_TIMEOUT,
      environment: {
        ...tables,
        IDEMPOTENCY_TABLE: records.tableName,
        IDEMPOTENCY_SECONDS: String(IDEMPOTENCY.toSeconds()),
      },
    });
    placeOrder.allow(['dynamodb:PutItem'], orders.tableArn, outbox.table.tableArn);
    placeOrder.allow(
      ['dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      records.tableArn,
    );

    const getOrder = new ServiceFunction(this, 'get-order', { timeout: HTTP_TIMEOUT, environment: tables });
    getOrder.allow(['dynamodb:BatchGetItem'], orders.tableArn);

    const onMessage = new ServiceFunction(this, 'on-message', { timeout: MESSAGE_TIMEOUT, environment: tables });
    onMessage.allow(['dynamodb:BatchGetItem', 'dynamodb:PutItem'], orders.tableArn);
    onMessage.allow(['dynamodb:PutItem'], outbox.table.tableArn);

    const api = new HttpService(this, new ServiceFunction(this, 'not-found', { timeout: HTTP_TIMEOUT }));
    api.route(HttpMethod.POST, '/orders', placeOrder);
    api.route(HttpMethod.GET, '/orders/{orderId}', getOrder);

    new Inbox(this, {
      consumer: onMessage,
      messages: [
        completeOrder,
        failOrder,
        inventoryReserved,
        inventoryReleased,
        paymentProcessed,
        paymentRefunded,
        notificationSent,
        notificationCancelled,
      ],
    });
  }
}
