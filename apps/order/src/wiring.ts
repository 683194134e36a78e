/** What the order service's functions work with: the only file that reads the environment and makes clients. */
import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
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
import { OrderStore } from './order-store.ts';

/** What reading and deciding take. */
export interface Wiring {
  readonly store: OrderStore;
  readonly telemetry: Telemetry;
  readonly clockAndIds: ClockAndIds;
}

/** What placing an order takes besides: Powertools' layer of idempotency. */
export interface PlacementWiring extends Wiring {
  readonly idempotency: { readonly config: IdempotencyConfig; readonly persistenceStore: DynamoDBPersistenceLayer };
  /** How long the guard holds. Powertools' record is over before it, whenever in the request it was written. */
  readonly idempotencySeconds: number;
}

const client = /* @__PURE__ */ once(() => DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings)));
const telemetry = /* @__PURE__ */ once(createTelemetry);

export const wiring = /* @__PURE__ */ once(() => wiringWith(client()));
export const placementWiring = /* @__PURE__ */ once(() => placementWiringWith(client()));

function wiringWith(dynamodb: DynamoDBDocumentClient): Wiring {
  const stateTable = environmentVariable('STATE_TABLE');
  const outboxTable = environmentVariable('OUTBOX_TABLE');
  return {
    store: new OrderStore(dynamodb, { stateTable, outboxTable }),
    telemetry: telemetry(),
    clockAndIds: systemClockAndIds,
  };
}

/** What placing an order takes, on this client: a test has one whose calls it can break. */
export function placementWiringWith(dynamodb: DynamoDBDocumentClient): PlacementWiring {
  const config = new IdempotencyConfig({
    eventKeyJmesPath: 'key',
    payloadValidationJmesPath: 'fingerprint',
    expiresAfterSeconds: Number(environmentVariable('IDEMPOTENCY_RECORD_SECONDS')),
    hashFunction: 'sha256',
    responseHook: (placed) => Object.assign({}, placed, { replayed: true }),
  });
  const persistenceStore = new DynamoDBPersistenceLayer({
    tableName: environmentVariable('IDEMPOTENCY_TABLE'),
    awsSdkV3Client: dynamodb,
  });
  return {
    ...wiringWith(dynamodb),
    idempotency: { config, persistenceStore },
    idempotencySeconds: Number(environmentVariable('IDEMPOTENCY_SECONDS')),
  };
}

export const outboxWiring = /* @__PURE__ */ once((): OutboxDependencies => ({
  client: client(),
  outboxTable: environmentVariable('OUTBOX_TABLE'),
  publisher: eventBridgePublisher(new EventBridgeClient(clientSettings), environmentVariable('BUS_NAME')),
  telemetry: telemetry(),
  clockAndIds: systemClockAndIds,
}));
