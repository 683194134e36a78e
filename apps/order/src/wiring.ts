/** What the order service's functions work with: the only file that makes clients, from what the environment says. */
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

/** The one client of a function. */
export const client = /* @__PURE__ */ once(() => DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings)));
const telemetry = /* @__PURE__ */ once(createTelemetry);

export const wiring = /* @__PURE__ */ once(() => wiringWith(client()));

/** What reading and deciding take, on this client. */
export function wiringWith(dynamodb: DynamoDBDocumentClient): Wiring {
  const stateTable = environmentVariable('STATE_TABLE');
  const outboxTable = environmentVariable('OUTBOX_TABLE');
  return {
    store: new OrderStore(dynamodb, { stateTable, outboxTable }),
    telemetry: telemetry(),
    clockAndIds: systemClockAndIds,
  };
}

export const outboxWiring = /* @__PURE__ */ once((): OutboxDependencies => ({
  client: client(),
  outboxTable: environmentVariable('OUTBOX_TABLE'),
  publisher: eventBridgePublisher(new EventBridgeClient(clientSettings), environmentVariable('BUS_NAME')),
  telemetry: telemetry(),
  clockAndIds: systemClockAndIds,
}));
