/** What the payment service's functions work with: the only file that reads the environment and makes clients. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
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
import { Gateway } from './gateway.ts';
import { PaymentStore } from './payment-store.ts';

/** What charging and refunding take. */
export interface Wiring {
  readonly store: PaymentStore;
  readonly telemetry: Telemetry;
  readonly clockAndIds: ClockAndIds;
  /** The gateway, with the key read at the first use and kept. */
  readonly gateway: () => Promise<Gateway>;
}

const client = /* @__PURE__ */ once(() => DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings)));
const telemetry = /* @__PURE__ */ once(createTelemetry);

export const wiring = /* @__PURE__ */ once((): Wiring => {
  const stateTable = environmentVariable('STATE_TABLE');
  const outboxTable = environmentVariable('OUTBOX_TABLE');
  let gateway: Promise<Gateway> | undefined;
  return {
    store: new PaymentStore(client(), { stateTable, outboxTable }),
    telemetry: telemetry(),
    clockAndIds: systemClockAndIds,
    gateway: () =>
      (gateway ??= connect().catch((error: unknown) => {
        gateway = undefined; // What failed is not kept: the next message asks again.
        throw error;
      })),
  };
});

export const outboxWiring = /* @__PURE__ */ once((): OutboxDependencies => ({
  client: client(),
  outboxTable: environmentVariable('OUTBOX_TABLE'),
  publisher: eventBridgePublisher(new EventBridgeClient(clientSettings), environmentVariable('BUS_NAME')),
  telemetry: telemetry(),
  clockAndIds: systemClockAndIds,
}));

async function connect(): Promise<Gateway> {
  const keyName = environmentVariable('STRIPE_API_KEY_PARAMETER');
  const urlName = environmentVariable('GATEWAY_URL_PARAMETER');
  const answer = await new SSMClient(clientSettings).send(
    new GetParametersCommand({ Names: [keyName, urlName], WithDecryption: true }),
  );
  const values = new Map(answer.Parameters?.map(({ Name, Value }) => [Name, Value]));
  const apiKey = values.get(keyName);
  const url = values.get(urlName);
  if (apiKey === undefined) throw new Error(`the parameter ${keyName} is not set`);
  return new Gateway({ apiKey, ...(url === undefined ? {} : { url }) });
}
