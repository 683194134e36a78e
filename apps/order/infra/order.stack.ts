/** The order service on AWS. */
import {
  alarm,
  HttpMethod,
  HttpService,
  IdempotencyTable,
  Inbox,
  Outbox,
  ownMetric,
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
  reservationOverdue,
} from '@distributed-patterns/contracts';
import { functionTimeout, idempotencyRecord, watchdog } from '@distributed-patterns/durations';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { openOrders, ordersOfCustomer } from '../src/order-index.ts';

const HTTP_TIMEOUT = Duration.seconds(functionTimeout.http);
const MESSAGE_TIMEOUT = Duration.seconds(functionTimeout.order);
/** Tells of many orders again, a page of them at a time. */
const WATCH_TIMEOUT = Duration.seconds(functionTimeout.watch);
const WATCH_RATE = Duration.hours(watchdog.every / 3_600);

/** Orders, and what decides about them. */
export class OrderStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'order', props);

    const orders = new StateTable(this, 'orders-table', { indexes: [ordersOfCustomer, openOrders] });
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
        reservationOverdue,
      ],
    });

    const watchOrders = new ServiceFunction(this, 'watch-orders', { timeout: WATCH_TIMEOUT, environment: tables });
    watchOrders.allow(['dynamodb:Query'], orders.indexArn(openOrders));
    watchOrders.allow(['dynamodb:BatchGetItem'], orders.tableArn);
    watchOrders.allow(['dynamodb:PutItem'], outbox.table.tableArn);
    new Rule(this, 'WatchSchedule', {
      ruleName: this.ownName('watch-orders'),
      schedule: Schedule.rate(WATCH_RATE),
      targets: [new LambdaFunction(watchOrders)],
    });
    alarm(this, 'order-open-too-long', {
      metric: ownMetric(this, 'OrderOpenTooLong', WATCH_RATE),
      meaning: 'An order has been open for longer than any saga runs; its saga is parked, has failed, or never was.',
    });
    alarm(this, 'watch-failing', {
      metric: watchOrders.metricErrors({ period: WATCH_RATE }),
      meaning: 'For three hours some orders that are open for too long could not be told of again.',
      periods: 3,
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
