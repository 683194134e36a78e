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
import { functionTimeout, idempotencyRecord } from '@distributed-patterns/durations';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ordersOfCustomer } from '../src/order-index.ts';

const HTTP_TIMEOUT = Duration.seconds(functionTimeout.http);
const MESSAGE_TIMEOUT = Duration.seconds(functionTimeout.order);

/** Orders, and what decides about them. */
export class OrderStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'order', props);

    const orders = new StateTable(this, 'orders-table', { indexes: [ordersOfCustomer] });
    const records = new IdempotencyTable(this, 'idempotency-table');
    const outbox = new Outbox(this, 'outbox-table');
    const tables = { STATE_TABLE: orders.tableName, OUTBOX_TABLE: outbox.table.tableName };

    const placeOrder = new ServiceFunction(this, 'place-order', {
      timeout: HTTP_TIMEOUT,
      environment: {
        ...tables,
        IDEMPOTENCY_TABLE: records.tableName,
        ...idempotency(props.settings.idempotencySeconds),
      },
    });
    placeOrder.allow(['dynamodb:PutItem'], orders.tableArn, outbox.table.tableArn);
    placeOrder.allow(
      ['dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      records.tableArn,
    );

    const getOrder = new ServiceFunction(this, 'get-order', { timeout: HTTP_TIMEOUT, environment: tables });
    getOrder.allow(['dynamodb:BatchGetItem'], orders.tableArn);

    const listOrders = new ServiceFunction(this, 'list-orders', { timeout: HTTP_TIMEOUT, environment: tables });
    listOrders.allow(['dynamodb:Query'], orders.indexArn(ordersOfCustomer));
    listOrders.allow(['dynamodb:BatchGetItem'], orders.tableArn);

    const cancelOrder = new ServiceFunction(this, 'cancel-order', { timeout: HTTP_TIMEOUT, environment: tables });
    cancelOrder.allow(['dynamodb:BatchGetItem', 'dynamodb:PutItem'], orders.tableArn);
    cancelOrder.allow(['dynamodb:PutItem'], outbox.table.tableArn);

    const onMessage = new ServiceFunction(this, 'on-message', { timeout: MESSAGE_TIMEOUT, environment: tables });
    onMessage.allow(['dynamodb:BatchGetItem', 'dynamodb:PutItem'], orders.tableArn);
    onMessage.allow(['dynamodb:PutItem'], outbox.table.tableArn);

    const api = new HttpService(this, new ServiceFunction(this, 'not-found', { timeout: HTTP_TIMEOUT }));
    api.route(HttpMethod.POST, '/orders', placeOrder);
    api.route(HttpMethod.GET, '/orders', listOrders);
    api.route(HttpMethod.GET, '/orders/{orderId}', getOrder);
    api.route(HttpMethod.POST, '/orders/{orderId}/cancel', cancelOrder);

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

/** How long a key holds: for the guard item, which decides, and for Powertools' record, which is over before it. */
function idempotency(seconds: number): Readonly<Record<string, string>> {
  return {
    IDEMPOTENCY_SECONDS: String(seconds),
    IDEMPOTENCY_RECORD_SECONDS: String(idempotencyRecord(seconds)),
  };
}
