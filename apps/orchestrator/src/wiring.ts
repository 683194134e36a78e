/** What the orchestrator's functions work with: the only file that reads the environment and makes clients. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import {
  clientSettings,
  type ClockAndIds,
  environmentVariable,
  eventBridgePublisher,
  once,
  type Publisher,
  systemClockAndIds,
} from '@distributed-patterns/messaging';
import { createTelemetry, type Telemetry } from '@distributed-patterns/telemetry';

/** What taking an answer to its step takes. */
export interface ReplyWiring {
  readonly client: SFNClient;
  readonly telemetry: Telemetry;
}

/** What starting a saga takes. */
export interface StarterWiring extends ReplyWiring {
  readonly stateMachineArn: string;
  readonly publisher: Publisher;
  readonly clockAndIds: ClockAndIds;
}

export const replyWiring = /* @__PURE__ */ once((): ReplyWiring => ({
  client: new SFNClient(clientSettings),
  telemetry: createTelemetry(),
}));

export const starterWiring = /* @__PURE__ */ once((): StarterWiring => ({
  ...replyWiring(),
  stateMachineArn: environmentVariable('STATE_MACHINE_ARN'),
  publisher: eventBridgePublisher(new EventBridgeClient(clientSettings), environmentVariable('BUS_NAME')),
  clockAndIds: systemClockAndIds,
}));
