/** Lambda: functions from the templates, run in worker threads of a process of their own, and what invokes them. */
import { ACCOUNT } from '../arn.ts';
import type { LogSink } from '../logs/index.ts';
import type { Ground, Part } from '../part.ts';
import type { RestRoute } from '../service.ts';
import { AsyncInvocations } from './async-invocations.ts';
import { Checkpoints } from './checkpoints.ts';
import { Concurrency } from './concurrency.ts';
import { functionOperations, mappingOperations } from './describe-operations.ts';
import { Destinations } from './destinations.ts';
import { environmentCalls } from './environment-calls.ts';
import { EnvironmentPool, type Blueprint, type PoolLimits } from './environment-pool.ts';
import { environmentVariables, type AccessKey } from './environment-variables.ts';
import { declareEventInvokeConfig } from './event-invoke-config.ts';
import { checkQueueTimeouts, refuseTwice } from './event-source-mapping-checks.ts';
import { declareEventSourceMapping, type EventSourceMapping } from './event-source-mapping.ts';
import { declareFunction, type LambdaFunction } from './function-declaration.ts';
import { openLog } from './function-log.ts';
import { Functions } from './functions.ts';
import { invokeOperation } from './invoke-operation.ts';
import { Invoker } from './invoker.ts';
import { initLine } from './platform-log.ts';
import { QueuePoller, type PollerLimits } from './queue-poller.ts';
import { StreamReader } from './stream-reader.ts';

/** What Lambda needs of the other parts, and its limits. */
export interface LambdaOptions {
  /** A key that acts as a role. */
  readonly accessKeyFor: (roleArn: string) => AccessKey;
  /** Where the functions' SDK clients send their requests. */
  readonly endpointUrl: () => string;
  readonly logs: LogSink;
  readonly limits?: Partial<PoolLimits & { readonly accountConcurrency: number; readonly batches: PollerLimits }>;
  /** Whether each function gets an environment at start, before it is called. */
  readonly warmUp?: boolean;
}

/** Lambda as a part; `warm` resolves once the environments that are prepared at start are there. */
export interface LambdaPart extends Part {
  warm(): Promise<void>;
  /** The process that hosts the execution environments, where it runs. */
  readonly hostPid: number | undefined;
}

/** Bounds that two cores can bear, at about 50 MB an environment; the account's concurrency is AWS's default. */
const LIMITS = {
  perFunction: 4,
  inAll: 40,
  starting: 2,
  patience: 100,
  idle: 600_000,
  accountConcurrency: 1000,
  batches: { patience: 100, rest: 250, most: 10 },
};

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html: nine tenths are left for the heap. */
const HEAP_SHARE = 0.9;

const FUNCTIONS = '/2015-03-31/functions';
const MAPPINGS = '/2015-03-31/event-source-mappings';
const routes: readonly RestRoute[] = [
  {
    method: 'POST',
    path: `${FUNCTIONS}/{FunctionName}/invocations`,
    operation: 'Invoke',
    payload: 'Payload',
    headers: {
      'x-amz-invocation-type': 'InvocationType',
      'x-amz-log-type': 'LogType',
      'x-amz-client-context': 'ClientContext',
      'x-amz-tenant-id': 'TenantId',
      'x-amz-durable-execution-name': 'DurableExecutionName',
    },
  },
  { method: 'GET', path: FUNCTIONS, operation: 'ListFunctions' },
  { method: 'GET', path: `${FUNCTIONS}/`, operation: 'ListFunctions' },
  { method: 'GET', path: `${FUNCTIONS}/{FunctionName}`, operation: 'GetFunction' },
  { method: 'GET', path: `${FUNCTIONS}/{FunctionName}/configuration`, operation: 'GetFunctionConfiguration' },
  { method: 'GET', path: MAPPINGS, operation: 'ListEventSourceMappings' },
  { method: 'GET', path: `${MAPPINGS}/`, operation: 'ListEventSourceMappings' },
  { method: 'GET', path: `${MAPPINGS}/{UUID}`, operation: 'GetEventSourceMapping' },
];

/** Lambda, on the given ground. */
export function createLambda(ground: Ground, options: LambdaOptions): LambdaPart {
  const limits = { ...LIMITS, ...options.limits };
  const functions = new Functions();
  const mappings = new Map<string, EventSourceMapping>();
  const pool = new EnvironmentPool(ground, limits, (declared, environment) =>
    blueprint(ground, options, declared, environment),
  );
  ground.dispatcher.watchCallers(environmentCalls(ground.faults, pool));
  const concurrency = new Concurrency(limits.accountConcurrency);
  const invoker = new Invoker(ground, pool, concurrency);
  const destinations = new Destinations(ground.dispatcher, options.endpointUrl, ground.report);
  const queue = new AsyncInvocations(ground, functions, invoker, destinations);
  const checkpoints = new Checkpoints(ground.database);
  const readers: { start(): void; stop(): void }[] = [];
  let warm = Promise.resolve();

  function readerOf(mapping: EventSourceMapping) {
    if (mapping.source === 'stream') {
      return new StreamReader(ground, invoker, destinations, checkpoints, mapping, limits.batches.rest);
    }
    const most = Math.min(limits.batches.most, limits.perFunction);
    return new QueuePoller(ground, invoker, mapping, options.endpointUrl, { ...limits.batches, most });
  }

  return {
    services: {
      lambda: {
        name: 'lambda',
        wire: { protocol: 'rest-json', routes },
        operations: {
          Invoke: invokeOperation(functions, invoker, queue),
          ...functionOperations(functions, ground.clock.now()),
          ...mappingOperations(mappings, functions),
        },
      },
    },
    resources: {
      'AWS::Lambda::Function': (resource) => {
        const declared = declareFunction(resource);
        concurrency.reserve(declared);
        functions.declare(declared);
        return { ref: declared.name, attributes: { Arn: declared.arn } };
      },
      'AWS::Lambda::EventSourceMapping': (resource) => {
        const mapping = declareEventSourceMapping(resource, functions, ground.clock.now());
        refuseTwice(mappings, mapping);
        mappings.set(mapping.uuid, mapping);
        return { ref: mapping.uuid, attributes: { Id: mapping.uuid, EventSourceMappingArn: mapping.arn } };
      },
      'AWS::Lambda::EventInvokeConfig': (resource) => {
        const config = declareEventInvokeConfig(resource);
        queue.configure(config);
        return { ref: `${config.functionName}|$LATEST|${ACCOUNT}`, attributes: {} };
      },
    },
    async start() {
      await checkQueueTimeouts(ground.dispatcher, mappings.values(), options.endpointUrl);
      queue.start();
      for (const mapping of mappings.values()) if (mapping.enabled) readers.push(readerOf(mapping));
      for (const reader of readers) reader.start();
      if (options.warmUp !== false) warm = warmUp(ground, pool, functions);
    },
    async stop() {
      queue.stop();
      for (const reader of readers.splice(0)) reader.stop();
      await pool.stop();
    },
    warm: () => warm,
    get hostPid() {
      return pool.hostPid;
    },
  };
}

/** One environment a function, one after the other, so that what is called meanwhile goes first. */
async function warmUp(ground: Ground, pool: EnvironmentPool, functions: Functions): Promise<void> {
  for (const declared of functions.all()) {
    try {
      const error = await pool.warm(declared);
      if (error !== undefined)
        ground.report(`lambda ${declared.name}: cannot be initialized: ${error.errorType}: ${error.errorMessage}`);
    } catch {
      return; // The runtime stops.
    }
  }
}

/** What a new environment of a function is made with. */
function blueprint(ground: Ground, options: LambdaOptions, declared: LambdaFunction, environment: string): Blueprint {
  const now = ground.clock.now();
  const logStream = `${new Date(now).toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${environment}`;
  const variables = environmentVariables(
    declared,
    logStream,
    { ...options.accessKeyFor(declared.role), sessionToken: environment },
    options.endpointUrl(),
  );
  const heapSize = Math.floor(declared.memorySize * HEAP_SHARE);
  const setup = {
    taskRoot: declared.taskRoot,
    handler: declared.handler,
    variables,
    heapSize,
    clockAhead: now - Date.now(),
  };
  const log = openLog(ground, options.logs, declared, logStream);
  log(initLine(declared, now).map((message) => ({ timestamp: now, message })));
  return { setup, writeLog: log };
}
