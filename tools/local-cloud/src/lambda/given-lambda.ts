/** A Lambda to test: real child process, handlers written to a folder of the test's own, everything else in memory. */
import { createServer } from 'node:http';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Activity } from '../activity.ts';
import { arn } from '../arn.ts';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { Dispatcher, type Authorizer } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import { createLogs } from '../logs/index.ts';
import type { Ground, Part } from '../part.ts';
import { RawResponse, type Principal } from '../service.ts';
import { Signals } from '../signals.ts';
import { createLambda, type LambdaOptions, type LambdaPart } from './index.ts';

/** What the functions of a test run as. */
export const ROLE = 'arn:aws:iam::000000000000:role/given';

const administrator: Principal = { type: 'administrator' };

/** What Invoke answered. */
export interface Answer {
  readonly status: number;
  readonly functionError: string | undefined;
  readonly payload: unknown;
  readonly log: string;
}

/** The parts under test, and what a test asks of them. */
export interface GivenLambda {
  readonly ground: Ground;
  readonly lambda: LambdaPart;
  readonly reports: string[];
  /** Declares a function whose module is `code`. */
  declare(name: string, code: string, properties?: Readonly<Record<string, unknown>>): void;
  /** Declares a resource of another type. */
  declareResource(type: string, properties: Readonly<Record<string, unknown>>): void;
  invoke(name: string, event?: unknown, more?: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** The messages of a function's log, in the order of writing. */
  logOf(name: string): Promise<readonly string[]>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** How a test's Lambda differs from the usual one. */
export interface GivenOptions {
  readonly frozenAt?: number;
  readonly database?: Database;
  readonly authorizer?: Authorizer;
  readonly services?: (ground: Ground) => Part['services'];
  readonly lambda?: Partial<LambdaOptions>;
}

/** A Lambda that is not started yet; it is to be stopped at the end of the test. */
export function givenLambda(options: GivenOptions = {}): GivenLambda {
  const folder = mkdtempSync(join(tmpdir(), 'given-lambda-'));
  const reports: string[] = [];
  const ground = givenGround(options, reports);
  const logs = createLogs(ground);
  const lambda = createLambda(ground, {
    accessKeyFor: (roleArn) => ({ accessKeyId: `key of ${roleArn}`, secretAccessKey: 'secret' }),
    endpointUrl: () => 'http://127.0.0.1:1',
    logs,
    warmUp: false,
    ...options.lambda,
  });
  const services = { ...logs.services, ...lambda.services, ...options.services?.(ground) };
  for (const [id, service] of Object.entries(services)) ground.dispatcher.register(id, service);
  const resources = { ...logs.resources, ...lambda.resources };

  const declareResource: GivenLambda['declareResource'] = (type, properties) => {
    resources[type]?.({ stack: 'given', logicalId: `Given${Object.keys(properties).length}`, type, properties });
  };
  return {
    ground,
    lambda,
    reports,
    declareResource,
    declare(name, code, properties = {}) {
      const AssetPath = join(folder, name);
      mkdirSync(AssetPath, { recursive: true });
      writeFileSync(join(AssetPath, 'index.mjs'), code);
      declareResource('AWS::Lambda::Function', {
        FunctionName: name,
        Code: { AssetPath },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Role: ROLE,
        ...properties,
      });
    },
    async invoke(name, event, more = {}) {
      const Payload = event === undefined ? undefined : Buffer.from(JSON.stringify(event));
      const raw = await ground.dispatcher.call(
        'lambda',
        'Invoke',
        { FunctionName: name, Payload, ...more },
        administrator,
      );
      return asAnswer(raw);
    },
    async logOf(name) {
      const query = { logGroupName: `/aws/lambda/${name}` };
      const found: unknown = await ground.dispatcher.call('logs', 'FilterLogEvents', query, administrator);
      return messagesOf(found);
    },
    async start() {
      await logs.start?.();
      await lambda.start?.();
    },
    async stop() {
      await lambda.stop?.();
      await logs.stop?.();
      ground.clock.stop();
      if (options.database === undefined) ground.database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function givenGround(options: GivenOptions, reports: string[]): Ground {
  const faults = new Faults();
  return {
    clock: new Clock(options.frozenAt === undefined ? {} : { frozenAt: options.frozenAt }),
    database: options.database ?? new Database(':memory:'),
    dispatcher: new Dispatcher(options.authorizer ?? { authorize: () => undefined }, faults),
    signals: new Signals(),
    activity: new Activity(),
    faults,
    random: () => 0.5,
    report: (line) => reports.push(line),
  };
}

function asAnswer(raw: unknown): Answer {
  if (!(raw instanceof RawResponse)) throw new TypeError('Invoke answers a RawResponse');
  const text = Buffer.from(raw.body).toString('utf8');
  const payload: unknown = text === '' ? undefined : JSON.parse(text);
  const log = Buffer.from(raw.headers['x-amz-log-result'] ?? '', 'base64').toString('utf8');
  return { status: raw.status, functionError: raw.headers['x-amz-function-error'], payload, log };
}

function messagesOf(found: unknown): readonly string[] {
  const events: unknown = typeof found === 'object' && found !== null && 'events' in found ? found.events : [];
  return Array.isArray(events) ? events.map((event: { readonly message: string }) => event.message) : [];
}

/** The ARN of a queue of the account. */
export function queueArn(name: string): string {
  return arn('sqs', name);
}

/** A place where handlers wait, with `fetch(url)`, until so many of them are there. */
export async function givenMeeting(size: number): Promise<{ readonly url: string; close(): Promise<void> }> {
  const arrived: (() => void)[] = [];
  const server = createServer((_request, response) => {
    arrived.push(() => response.end());
    if (arrived.length === size) for (const leave of arrived.splice(0)) leave();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server that listens has an address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
