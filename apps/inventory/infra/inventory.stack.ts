/** The inventory service on AWS. */
import {
  alarm,
  HttpMethod,
  HttpService,
  Inbox,
  Outbox,
  ownMetric,
  ServiceFunction,
  ServiceStack,
  type ServiceStackProps,
  StateTable,
} from '@distributed-patterns/cdk';
import {
  orderCancelled,
  orderCancelRequested,
  orderCompleted,
  orderFailed,
  releaseInventory,
  reserveInventory,
} from '@distributed-patterns/contracts';
import { functionTimeout, overdue } from '@distributed-patterns/durations';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { openReservations } from '../src/reservation-index.ts';

const HTTP_TIMEOUT = Duration.seconds(functionTimeout.http);
/** Leaves room to try again when two orders want the same product at once. */
const MESSAGE_TIMEOUT = Duration.seconds(functionTimeout.inventory);
/** So many transactions at most meet on a product that everybody wants; it is enough for what the saga lets through (docs/adr/0014). */
const BATCHES_AT_ONCE = 5;
/** Looks through what has been open for too long, a page at a time. */
const OVERDUE_TIMEOUT = Duration.seconds(functionTimeout.watch);
const OVERDUE_RATE = Duration.minutes(overdue.every / 60);

/** Products, stock and reservations. */
export class InventoryStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'inventory', props);

    const stock = new StateTable(this, 'inventory-table', { indexes: [openReservations] });
    const outbox = new Outbox(this, 'inventory-outbox-table');
    const tables = { STATE_TABLE: stock.tableName, OUTBOX_TABLE: outbox.table.tableName };

    const listProducts = new ServiceFunction(this, 'list-products', { timeout: HTTP_TIMEOUT, environment: tables });
    listProducts.allow(['dynamodb:BatchGetItem'], stock.tableArn);

    const getProduct = new ServiceFunction(this, 'get-product', { timeout: HTTP_TIMEOUT, environment: tables });
    getProduct.allow(['dynamodb:BatchGetItem'], stock.tableArn);

    const putProduct = new ServiceFunction(this, 'put-product', { timeout: HTTP_TIMEOUT, environment: tables });
    putProduct.allow(['dynamodb:BatchGetItem'], stock.tableArn);
    putProduct.allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], stock.tableArn);
    putProduct.allow(['dynamodb:PutItem'], outbox.table.tableArn);

    const restockProduct = new ServiceFunction(this, 'restock-product', {
      timeout: HTTP_TIMEOUT,
      environment: { ...tables, IDEMPOTENCY_SECONDS: String(props.settings.idempotencySeconds) },
    });
    restockProduct.allow(['dynamodb:BatchGetItem'], stock.tableArn);
    restockProduct.allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], stock.tableArn);
    restockProduct.allow(['dynamodb:PutItem'], outbox.table.tableArn);

    const onMessage = new ServiceFunction(this, 'on-message', { timeout: MESSAGE_TIMEOUT, environment: tables });
    onMessage.allow(['dynamodb:BatchGetItem'], stock.tableArn);
    onMessage.allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], stock.tableArn);
    onMessage.allow(['dynamodb:PutItem'], outbox.table.tableArn);

    const announceOverdue = new ServiceFunction(this, 'announce-overdue', {
      timeout: OVERDUE_TIMEOUT,
      environment: tables,
    });
    announceOverdue.allow(['dynamodb:Query'], stock.indexArn(openReservations));
    announceOverdue.allow(['dynamodb:PutItem'], outbox.table.tableArn);
    new Rule(this, 'OverdueSchedule', {
      ruleName: this.ownName('announce-overdue'),
      schedule: Schedule.rate(OVERDUE_RATE),
      targets: [new LambdaFunction(announceOverdue)],
    });
    alarm(this, 'overdue-failing', {
      metric: announceOverdue.metricErrors({ period: OVERDUE_RATE }),
      meaning: 'Three times in a row nobody was told of the reservations that stay open for too long.',
      periods: 3,
    });

    // Not on any event: run by hand, after a deployment and at every local start.
    const seedCatalogue = new ServiceFunction(this, 'seed-catalogue', { timeout: HTTP_TIMEOUT, environment: tables });
    seedCatalogue.allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], stock.tableArn);

    const api = new HttpService(this, new ServiceFunction(this, 'not-found', { timeout: HTTP_TIMEOUT }));
    api.route(HttpMethod.GET, '/products', listProducts);
    api.route(HttpMethod.GET, '/products/{productId}', getProduct);
    api.route(HttpMethod.PUT, '/products/{productId}', putProduct, 'administrator');
    api.route(HttpMethod.POST, '/products/{productId}/restock', restockProduct, 'administrator');

    new Inbox(this, {
      consumer: onMessage,
      messages: [reserveInventory, releaseInventory, orderCancelRequested, orderCompleted, orderFailed, orderCancelled],
      concurrency: BATCHES_AT_ONCE,
    });
    alarm(this, 'sold-without-reservation', {
      metric: ownMetric(this, 'SoldWithoutReservation'),
      meaning: 'An order was completed for which no stock is set aside; a person has to see to the goods.',
    });
  }
}
