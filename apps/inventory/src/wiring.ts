/** What the inventory service's functions work with: the only file that reads the environment and makes clients. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  clientSettings,
  type ClockAndIds,
  environmentVariable,
  eventBridgePublisher,
  once,
  type OutboxDependencies,
  systemClockAndIds,
} from '@distributed-patterns/messaging';
import { createTelemetry, type Telemetry } from '@distributed-patterns/telemetry';
import { CatalogueStore } from './catalogue-store.ts';
import { InventoryStore } from './inventory-store.ts';

/** What reading and deciding take. */
export interface Wiring {
  readonly store: InventoryStore;
  readonly catalogue: CatalogueStore;
  readonly telemetry: Telemetry;
  readonly clockAndIds: ClockAndIds;
}

/** What taking a delivery in takes besides. */
export interface RestockWiring extends Wiring {
  /** How long the record of a key holds. */
  readonly idempotencySeconds: number;
}

const client = /* @__PURE__ */ once(() => DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings)));
const telemetry = /* @__PURE__ */ once(createTelemetry);

export const wiring = /* @__PURE__ */ once((): Wiring => {
  const tables = { stateTable: environmentVariable('STATE_TABLE'), outboxTable: environmentVariable('OUTBOX_TABLE') };
  return {
    store: new InventoryStore(client(), tables),
    catalogue: new CatalogueStore(client(), tables),
    telemetry: telemetry(),
    clockAndIds: systemClockAndIds,
  };
});

export const restockWiring = /* @__PURE__ */ once((): RestockWiring => ({
  ...wiring(),
  idempotencySeconds: Number(environmentVariable('IDEMPOTENCY_SECONDS')),
}));

export const outboxWiring = /* @__PURE__ */ once((): OutboxDependencies => ({
  client: client(),
  outboxTable: environmentVariable('OUTBOX_TABLE'),
  publisher: eventBridgePublisher(new EventBridgeClient(clientSettings), environmentVariable('BUS_NAME')),
  telemetry: telemetry(),
  clockAndIds: systemClockAndIds,
}));
