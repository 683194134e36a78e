/** Every part of the runtime, made in one place and tied together. */
import { createDynamoDb } from './dynamodb/index.ts';
import { createEvents } from './events/index.ts';
import { createHttpApi, type HttpApi } from './http-api/index.ts';
import type { Iam } from './iam/index.ts';
import { createLambda } from './lambda/index.ts';
import { createLogs } from './logs/index.ts';
import type { Ground, Part } from './part.ts';
import type { ResourceProviders } from './resource.ts';
import { createSes, type Ses } from './ses/index.ts';
import { createSqs } from './sqs/index.ts';
import { createSsm } from './ssm/index.ts';
import { createStates } from './states/index.ts';
import { createStripe, type Stripe } from './stripe/index.ts';
import { createSts } from './sts/index.ts';

/** All parts as one, and those that something else talks to by itself. */
export interface Parts {
  readonly resources: ResourceProviders;
  readonly httpApi: HttpApi;
  readonly ses: Ses;
  readonly stripe: Stripe;
  start(): Promise<void>;
  /** Resolves once every function has an environment that waits for work. */
  warm(): Promise<void>;
  /** Stops the parts that bring work in before those that do it. */
  stop(): Promise<void>;
}

/** What the parts are made with. */
export interface PartsOptions {
  readonly iam: Iam;
  readonly endpointUrl: () => string;
  /** Parameters that no template declares. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What the payment gateway signs its events with, where an app hears them. */
  readonly webhookSecret?: string | undefined;
}

/** Makes the parts on `ground` and registers their services at its dispatcher. */
export function assemble(ground: Ground, { iam, endpointUrl, parameters, webhookSecret }: PartsOptions): Parts {
  const logs = createLogs(ground);
  const ses = createSes(ground);
  const stripe = createStripe(ground, { webhookSecret });
  const httpApi = createHttpApi(ground, logs);
  const lambda = createLambda(ground, { accessKeyFor: (roleArn) => iam.accessKeyFor(roleArn), endpointUrl, logs });
  // What is done later in the list is fed by what stands before it; stopping goes the same way.
  const parts: readonly Part[] = [
    httpApi,
    createEvents(ground),
    createStates(ground),
    lambda,
    createSqs(ground, { endpointUrl }),
    createDynamoDb(ground),
    ses,
    createSsm(ground, { seed: parameters }),
    logs,
    createSts(),
  ];
  for (const { services } of parts) {
    for (const [id, service] of Object.entries(services)) ground.dispatcher.register(id, service);
  }
  return {
    resources: merged([iam.resources, ...parts.map(({ resources }) => resources)]),
    httpApi,
    ses,
    stripe,
    async start() {
      for (const part of parts.toReversed()) await part.start?.();
    },
    warm: () => lambda.warm(),
    async stop() {
      stripe.stop();
      for (const part of parts) await part.stop?.();
    },
  };
}

/** One table of providers; two parts for one type would hide each other. */
function merged(all: readonly ResourceProviders[]): ResourceProviders {
  const table: Record<string, ResourceProviders[string]> = {};
  for (const [type, declare] of all.flatMap((providers) => Object.entries(providers))) {
    if (type in table) throw new Error(`two parts take the resource type ${type}`);
    table[type] = declare;
  }
  return table;
}
