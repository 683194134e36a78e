/** The inventory service on AWS. */
import {
  HttpMethod,
  HttpService,
  Inbox,
  Outbox,
  ServiceFunction,
  ServiceStack,
  type ServiceStackProps,
  StateTable,
} from '@distributed-patterns/cdk';
import {
  orderCancelRequested,
  orderCompleted,
  releaseInventory,
  reserveInventory,
} from '@distributed-patterns/contracts';
import { functionTimeout } from '@distributed-patterns/durations';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

const HTTP_TIMEOUT = Duration.seconds(functionTimeout.http);
/** Leaves room to try again when two orders want the same product at once. */
const MESSAGE_TIMEOUT = Duration.seconds(functionTimeout.inventory);

/** Products, stock and reservations. */
export class InventoryStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'inventory', props);

    const stock = new StateTable(this, 'inventory-table');
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
      messages: [reserveInventory, releaseInventory, orderCancelRequested, orderCompleted],
    });
  }
}
