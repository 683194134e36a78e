/** The whole runtime: one database, one clock, every part, the templates' resources, and two ports in front. */
import { Activity } from './activity.ts';
import { ADMIN_PREFIX, createAdmin } from './admin/index.ts';
import { stripeListener } from './admin/stripe-mount.ts';
import type { Clock } from './clock.ts';
import { sqliteResultOf, takeDataDirectory, unusable } from './data-directory.ts';
import { Database } from './database.ts';
import { Dispatcher } from './dispatcher.ts';
import { createDocsPage, DOCS_PATH } from './docs-page/index.ts';
import { durableClock } from './durable-clock.ts';
import { createEndpoint } from './endpoint/index.ts';
import { listen, type AwsServer } from './endpoint/server.ts';
import { Faults } from './faults.ts';
import { handSetParameters, WEBHOOK_PATH, webhookSecretFor } from './hand-set-parameters.ts';
import { createIam, type Iam } from './iam/index.ts';
import { createIssuer, ISSUER_PATH } from './issuer/index.ts';
import type { Ground } from './part.ts';
import { assemble, type Parts } from './parts.ts';
import { Signals } from './signals.ts';
import { findStacks, loadStacks, type LoadedStack, type SynthesizedStack } from './templates/index.ts';
import { stackOf } from './error-text.ts';

/** What a runtime is started with. */
export interface CloudOptions {
  /** The directory of the apps, each with its synthesized `cdk.out`; or the stacks themselves. */
  readonly apps: string | readonly SynthesizedStack[];
  /** Where the durable state lies; `:memory:` keeps nothing. */
  readonly dataDirectory: string;
  /** The port of the HTTP APIs; 0 takes a free one. */
  readonly apiPort: number;
  /** The port of the AWS endpoint; 0 takes a free one. */
  readonly awsPort: number;
  /** The OpenAPI document of the HTTP APIs, for a page about them on their port; there is none where this is not given. */
  readonly openapi?: string | undefined;
  /** Another clock than the machine's. */
  readonly clock?: Clock;
  /** A number in [0, 1); `Math.random` where it is not given. */
  readonly random?: () => number;
  /** Takes lines for the person at the terminal. */
  readonly report?: (line: string) => void;
}

/** A runtime that is serving. */
export interface Cloud {
  readonly apiUrl: string;
  /** The page about the HTTP APIs, where there is one. */
  readonly docsUrl: string | undefined;
  readonly awsUrl: string;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly activity: Activity;
  readonly stacks: readonly LoadedStack[];
  /** Resolves once every function has an environment that waits for work: what is called before only takes longer. */
  warm(): Promise<void>;
  /** Ends every process, timer and connection; the durable state stays. */
  stop(): Promise<void>;
}

/**
 * Starts the runtime and resolves once everything is served.
 * @throws Error in one sentence where it cannot: a taken port or directory, a damaged database, an unsupported template
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const undo: (() => void | Promise<void>)[] = [];
  const stop = once(async () => {
    for (const step of undo.reverse()) await step();
  });
  try {
    return await start(options, undo, stop);
  } catch (error) {
    await stop();
    throw sqliteResultOf(error) === undefined ? error : unusable(options.dataDirectory, error);
  }
}

async function start(
  options: CloudOptions,
  undo: (() => void | Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Cloud> {
  const synthesized = typeof options.apps === 'string' ? findStacks(options.apps) : options.apps;
  const docs = options.openapi === undefined ? undefined : createDocsPage(options.openapi);
  const directory = takeDataDirectory(options.dataDirectory);
  undo.push(() => directory.release());
  const database = new Database(directory.databaseFile);
  undo.push(() => database.close());
  const { ground, iam } = layGround(options, database);
  undo.push(() => ground.clock.stop());
  const aws = await orTaken(listen(options.awsPort), options.awsPort, 'AWS_PORT');
  undo.push(() => aws.close());

  const parameters = handSetParameters(
    synthesized.map(({ name }) => name),
    aws.url,
  );
  const webhookSecret = webhookSecretFor(synthesized);
  const parts = assemble(ground, { iam, endpointUrl: () => aws.url, parameters, webhookSecret });
  undo.push(() => parts.stop());
  const stacks = loadStacks(synthesized, parts.resources);
  answer(aws, ground, iam, parts);
  await parts.start();
  const api = await orTaken(parts.httpApi.listen(options.apiPort, docs), options.apiPort, 'API_PORT');
  const { clock, faults, activity } = ground;
  const apiUrl = `http://127.0.0.1:${api.port}`;
  parts.stripe.deliverTo(`${apiUrl}${WEBHOOK_PATH}`);
  return {
    apiUrl,
    docsUrl: docs && `${apiUrl}${DOCS_PATH}`,
    awsUrl: aws.url,
    clock,
    faults,
    activity,
    stacks,
    warm: () => parts.warm(),
    stop,
  };
}

/** What every part of a runtime on this database stands on. */
export function layGround(
  options: Pick<CloudOptions, 'clock' | 'random' | 'report'>,
  database: Database,
): { readonly ground: Ground; readonly iam: Iam } {
  const { random = Math.random, report = () => undefined } = options;
  const failed = (error: unknown): void => report(internalError(error));
  const { clock = durableClock(database, failed) } = options;
  const iam = createIam({ report });
  const faults = new Faults();
  const dispatcher = new Dispatcher(iam, faults);
  return {
    ground: {
      clock,
      database,
      dispatcher,
      signals: new Signals(),
      activity: new Activity(failed),
      faults,
      random,
      report,
    },
    iam,
  };
}

function answer(aws: AwsServer, ground: Ground, iam: Iam, parts: Parts): void {
  const { clock, activity, faults, dispatcher, report } = ground;
  const endpoint = createEndpoint({ dispatcher, clock, principalOf: (key) => iam.principalOf(key), report });
  const stripe = stripeListener(parts.stripe, report);
  const issuer = createIssuer(ground);
  const admin = createAdmin({
    clock,
    activity,
    faults,
    mailbox: parts.ses,
    payments: () => parts.stripe.payments(),
    iam,
    stripe,
  });
  aws.answerWith((request, response) => {
    const { url = '/' } = request;
    // The `stripe` SDK can be given a host and a port but no path in front of its own; no AWS service here has that path.
    if (url.startsWith('/v1/')) stripe(request, response);
    else if (url.startsWith(`${ISSUER_PATH}/`)) issuer(request, response);
    else if (url.startsWith(`${ADMIN_PREFIX}/`)) admin(request, response);
    else endpoint(request, response);
  });
}

/** The line about what broke inside: the durable state is whole all the same. */
export function internalError(error: unknown): string {
  return `internal error: ${stackOf(error)}`;
}

async function orTaken<T>(listening: Promise<T>, port: number, variable: string): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE') {
      throw new Error(`port ${port} is taken; set ${variable} to another one`, { cause: error });
    }
    throw error;
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
