/** What the notification service's functions work with: the only file that reads the environment and makes clients. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { mailCall, milliseconds } from '@distributed-patterns/durations';
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
import { NotificationStore } from './notification-store.ts';
import { Sender } from './sender.ts';

/** What telling a customer takes. */
export interface Wiring {
  readonly store: NotificationStore;
  readonly telemetry: Telemetry;
  readonly clockAndIds: ClockAndIds;
  readonly sender: Sender;
  /** Where customers without an address are written to; undefined where they are not written to at all. */
  readonly fallbackDomain: string | undefined;
  /** How numbers and amounts are written in mails: BCP 47, as the stage's settings have checked it. */
  readonly locale: string;
}

/**
 * SES knows no idempotency: where an answer is lost, the SDK must not send the mail again by itself.
 * The one attempt may take longer for it; milliseconds.
 */
const mailSettings = {
  maxAttempts: mailCall.attempts,
  requestHandler: { ...clientSettings.requestHandler, requestTimeout: milliseconds(mailCall.timeout) },
} as const;

const client = /* @__PURE__ */ once(() => DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings)));
const telemetry = /* @__PURE__ */ once(createTelemetry);

export const wiring = /* @__PURE__ */ once((): Wiring => {
  const stateTable = environmentVariable('STATE_TABLE');
  const outboxTable = environmentVariable('OUTBOX_TABLE');
  const settings = {
    from: environmentVariable('SENDER_ADDRESS'),
    configurationSet: environmentVariable('CONFIGURATION_SET'),
  };
  return {
    store: new NotificationStore(client(), { stateTable, outboxTable }),
    telemetry: telemetry(),
    clockAndIds: systemClockAndIds,
    sender: new Sender(new SESv2Client(mailSettings), settings),
    fallbackDomain: process.env['FALLBACK_EMAIL_DOMAIN'] || undefined,
    locale: environmentVariable('MAIL_LOCALE'),
  };
});

/** What taking in SES's feedback takes. */
export type FeedbackWiring = Pick<Wiring, 'store' | 'telemetry' | 'clockAndIds'>;

export const feedbackWiring = /* @__PURE__ */ once((): FeedbackWiring => {
  const stateTable = environmentVariable('STATE_TABLE');
  // Nothing is announced, so that no outbox is needed.
  return {
    store: new NotificationStore(client(), { stateTable, outboxTable: '' }),
    telemetry: telemetry(),
    clockAndIds: systemClockAndIds,
  };
});

export const outboxWiring = /* @__PURE__ */ once((): OutboxDependencies => ({
  client: client(),
  outboxTable: environmentVariable('OUTBOX_TABLE'),
  publisher: eventBridgePublisher(new EventBridgeClient(clientSettings), environmentVariable('BUS_NAME')),
  telemetry: telemetry(),
  clockAndIds: systemClockAndIds,
}));
