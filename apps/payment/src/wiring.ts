/** What charging and hearing the gateway work with: reads their environment and makes their clients. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  clientSettings,
  type ClockAndIds,
  environmentVariable,
  once,
  systemClockAndIds,
} from '@distributed-patterns/messaging';
import { createTelemetry, type Telemetry } from '@distributed-patterns/telemetry';
import { Gateway, type GatewayAccess } from './gateway.ts';
import { KeptSecret } from './kept-secret.ts';
import { PaymentStore } from './payment-store.ts';

/** What charging and refunding take. */
export interface Wiring {
  readonly store: PaymentStore;
  readonly telemetry: Telemetry;
  readonly clockAndIds: ClockAndIds;
  /** The gateway, with the key read at the first use and kept until it is refused. */
  readonly gateway: () => Promise<Gateway>;
}

/** What hearing the gateway takes besides. */
export interface WebhookWiring extends Wiring {
  /** What the gateway signs its events with. */
  readonly signingSecret: KeptSecret;
}

const parameterStore = /* @__PURE__ */ once(() => new SSMClient(clientSettings));

export const wiring = /* @__PURE__ */ once((): Wiring => {
  const stateTable = environmentVariable('STATE_TABLE');
  const outboxTable = environmentVariable('OUTBOX_TABLE');
  let gateway: Promise<Gateway> | undefined;
  return {
    store: new PaymentStore(DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings)), {
      stateTable,
      outboxTable,
    }),
    telemetry: createTelemetry(),
    clockAndIds: systemClockAndIds,
    gateway: () =>
      (gateway ??= connect().catch((error: unknown) => {
        gateway = undefined; // What failed is not kept: the next message asks again.
        throw error;
      })),
  };
});

export const webhookWiring = /* @__PURE__ */ once((): WebhookWiring => ({
  ...wiring(),
  signingSecret: new KeptSecret(readSigningSecret, systemClockAndIds.now),
}));

async function connect(): Promise<Gateway> {
  return new Gateway(await readAccess(), readAccess);
}

async function readAccess(): Promise<GatewayAccess> {
  const keyName = environmentVariable('STRIPE_API_KEY_PARAMETER');
  const urlName = environmentVariable('GATEWAY_URL_PARAMETER');
  const values = await readParameters(keyName, urlName);
  const apiKey = demanded(keyName, values);
  const url = values.get(urlName);
  return { apiKey, ...(url === undefined ? {} : { url }) };
}

async function readSigningSecret(): Promise<string> {
  const name = environmentVariable('STRIPE_WEBHOOK_SECRET_PARAMETER');
  return demanded(name, await readParameters(name));
}

async function readParameters(...names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const command = new GetParametersCommand({ Names: [...names], WithDecryption: true });
  const { Parameters = [] } = await parameterStore().send(command);
  return new Map(
    Parameters.flatMap(({ Name, Value }) => (Name === undefined || Value === undefined ? [] : [[Name, Value]])),
  );
}

function demanded(name: string, values: ReadonlyMap<string, string>): string {
  const value = values.get(name);
  if (value === undefined) throw new Error(`the parameter ${name} is not set`);
  return value;
}
