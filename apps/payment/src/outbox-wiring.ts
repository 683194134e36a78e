/** What the relay and the sweep work with: a file of its own, so that they do not carry the gateway's SDK. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  clientSettings,
  environmentVariable,
  eventBridgePublisher,
  once,
  type OutboxDependencies,
  systemClockAndIds,
} from '@distributed-patterns/messaging';
import { createTelemetry } from '@distributed-patterns/telemetry';

export const outboxWiring = /* @__PURE__ */ once((): OutboxDependencies => ({
  client: DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings)),
  outboxTable: environmentVariable('OUTBOX_TABLE'),
  publisher: eventBridgePublisher(new EventBridgeClient(clientSettings), environmentVariable('BUS_NAME')),
  telemetry: createTelemetry(),
  clockAndIds: systemClockAndIds,
}));
