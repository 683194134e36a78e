/** HTTP APIs to test: a real server, a frozen clock, and a function that does what the test says. */
import * as z from 'zod';
import { Activity } from '../activity.ts';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { Dispatcher } from '../dispatcher.ts';
import type { DocsPage } from '../docs-page/index.ts';
import { Faults } from '../faults.ts';
import type { ResourceIdentity } from '../resource.ts';
import { operation, type Principal, RawResponse } from '../service.ts';
import { createLogs } from '../logs/index.ts';
import { Signals } from '../signals.ts';
import { createHttpApi } from './index.ts';

/** The function behind every route. */
export const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:place-order';
/** When the clock stands. */
export const NOW = Date.UTC(2026, 10, 23, 9, 5, 7, 250);

/** What the function got, and from whom. */
export interface Invocation {
  readonly principal: Principal;
  readonly functionName: string;
  readonly event: Record<string, unknown>;
}

/** An answer over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Properties that differ from the usual ones, by resource, and the API's routes. */
export interface ApiOptions {
  readonly api?: object;
  readonly stage?: object;
  readonly integration?: object;
  /** Makes an authorizer, which every route then asks. */
  readonly authorizer?: object;
  /** What every route has besides. */
  readonly route?: object;
  readonly routes?: readonly string[];
}

export interface GivenHttpApi {
  readonly clock: Clock;
  readonly port: number;
  readonly url: string;
  readonly reported: readonly string[];
  readonly invocations: readonly Invocation[];
  /** What the function does. */
  behaviour: () => Promise<RawResponse>;
  /** Declares a resource of type `AWS::ApiGatewayV2::<type>`. */
  declare(type: string, logicalId: string, properties: Readonly<Record<string, unknown>>): ResourceIdentity;
  /** Declares an API with its function, routes and the stage `dev`. */
  declareApi(options?: ApiOptions): ResourceIdentity;
  request(path: string, init?: RequestInit): Promise<HttpAnswer>;
  /** Makes a log group, and returns the properties that send an access log of this format there. */
  accessLog(format: string): object;
  /** The lines of that access log. */
  logged(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** What an authorizer needs to be one. */
const JWT = {
  Name: 'tokens',
  AuthorizerType: 'JWT',
  IdentitySource: ['$request.header.Authorization'],
  JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['shop'] },
};

const invokeInput = z.object({ FunctionName: z.string(), Payload: z.instanceof(Uint8Array) });
const logOutput = z.object({ events: z.array(z.object({ message: z.string() })) });
const parseEvent = (payload: Uint8Array) =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.from(payload).toString()));

/** A function that returns `value` as JSON. */
export function returns(value: unknown): () => Promise<RawResponse> {
  return () => Promise.resolve(new RawResponse(200, {}, Buffer.from(JSON.stringify(value))));
}

/** Serves HTTP APIs on a free port, behind a page for people where one is given; nothing is declared yet. */
export async function givenHttpApi(page?: DocsPage): Promise<GivenHttpApi> {
  const clock = new Clock({ frozenAt: NOW });
  const faults = new Faults();
  const dispatcher = new Dispatcher({ authorize: () => undefined }, faults);
  const reported: string[] = [];
  const invocations: Invocation[] = [];
  const database = new Database(':memory:');
  const activity = new Activity();
  const report = (line: string) => void reported.push(line);
  const ground = { clock, database, dispatcher, signals: new Signals(), activity, faults, random: () => 0.5, report };
  const logs = createLogs(ground);
  const httpApi = createHttpApi(ground, logs);
  for (const [id, service] of Object.entries(logs.services)) dispatcher.register(id, service);
  const { port } = await httpApi.listen(0, page);
  const given: GivenHttpApi = {
    clock,
    port,
    url: `http://127.0.0.1:${port}`,
    reported,
    invocations,
    behaviour: returns({ ok: true }),
    declare(type, logicalId, properties) {
      const full = `AWS::ApiGatewayV2::${type}`;
      const identity = httpApi.resources[full]?.({ stack: 'shop', logicalId, type: full, properties });
      if (identity === undefined) throw new Error(`${full} has no provider`);
      return identity;
    },
    declareApi: (options) => declareApi(given, options),
    async request(path, init) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
      return { status: response.status, headers: response.headers, body: await response.text() };
    },
    accessLog(format) {
      const LogGroupName = '/aws/vendedlogs/shop';
      const type = 'AWS::Logs::LogGroup';
      const group = logs.resources[type]?.({ stack: 'shop', logicalId: 'Log', type, properties: { LogGroupName } });
      return { AccessLogSettings: { DestinationArn: group?.attributes['Arn'], Format: format } };
    },
    async logged() {
      await activity.whenIdle();
      const input = { logGroupName: '/aws/vendedlogs/shop' };
      const found = await dispatcher.call('logs', 'FilterLogEvents', input, { type: 'administrator' });
      return logOutput.parse(found).events.map(({ message }) => message);
    },
    async stop() {
      await httpApi.stop?.();
      await logs.stop?.();
      database.close();
    },
  };
  const invoke = operation({
    parse: (raw) => invokeInput.parse(raw),
    needs: () => [],
    run: ({ FunctionName, Payload }, { principal }) => {
      invocations.push({ principal, functionName: FunctionName, event: parseEvent(Payload) });
      return given.behaviour();
    },
  });
  const wire = { protocol: 'rest-json', routes: [] } as const;
  dispatcher.register('lambda', { name: 'lambda', wire, operations: { Invoke: invoke } });
  return given;
}

function declareApi({ declare }: GivenHttpApi, options: ApiOptions = {}): ResourceIdentity {
  const api = declare('Api', 'Api', { Name: 'shop-order-dev', ProtocolType: 'HTTP', ...options.api });
  const integration = declare('Integration', 'Integration', {
    ApiId: api.ref,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: FUNCTION,
    PayloadFormatVersion: '2.0',
    ...options.integration,
  });
  const authorization = options.authorizer && {
    AuthorizationType: 'JWT',
    AuthorizerId: declare('Authorizer', 'Authorizer', { ApiId: api.ref, ...JWT, ...options.authorizer }).ref,
  };
  for (const RouteKey of options.routes ?? ['POST /orders', 'GET /orders/{orderId}']) {
    const route = { ApiId: api.ref, RouteKey, Target: `integrations/${integration.ref}` };
    declare('Route', RouteKey, { ...route, ...authorization, ...options.route });
  }
  declare('Stage', 'Stage', { ApiId: api.ref, StageName: 'dev', AutoDeploy: true, ...options.stage });
  return api;
}
