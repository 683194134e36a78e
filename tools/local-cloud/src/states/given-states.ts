/** The ground that the tests of this room stand on: a frozen clock, a bus that records, a runtime that can be killed. */
import * as z from 'zod';
import { Activity } from '../activity.ts';
import { AwsError } from '../aws-error.ts';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { Dispatcher } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import type { Ground, Part } from '../part.ts';
import { operation, RawResponse, type AwsService, type Permission, type Principal } from '../service.ts';
import { Signals } from '../signals.ts';
import { createStates, type StatesOptions } from './index.ts';
import type { Json } from './json.ts';

export const ROLE = 'arn:aws:iam::000000000000:role/saga';
export const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:saga';
export const START = Date.UTC(2026, 0, 1);

const putEvents = z.object({
  Entries: z.array(
    z.object({ Source: z.string(), DetailType: z.string(), Detail: z.string(), Resources: z.array(z.string()) }),
  ),
});
const invoke = z.object({ FunctionName: z.string(), InvocationType: z.string(), Payload: z.instanceof(Uint8Array) });
const events = z.object({
  events: z.array(
    z.looseObject({ id: z.number(), type: z.string(), previousEventId: z.number(), timestamp: z.number() }),
  ),
  nextToken: z.string().optional(),
});
const description = z.looseObject({
  status: z.string(),
  output: z.string().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
});

export type Entry = z.infer<typeof putEvents>['Entries'][number];

/** A seeded sequence of numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** A bus and a function that record what they are asked, and the Step Functions part that asks them. */
export class World {
  readonly clock = new Clock({ frozenAt: START });
  database: Database;
  activity = new Activity();
  readonly faults = new Faults();
  readonly reports: string[] = [];
  /** Every entry that reached the bus, in order. */
  readonly sent: Entry[] = [];
  readonly permissions: Permission[] = [];
  readonly callers: Principal[] = [];
  /** What PutEvents answers. */
  putEvents: (entries: readonly Entry[]) => unknown = (entries) => ({
    FailedEntryCount: 0,
    Entries: entries.map((_, index) => ({ EventId: `event-${index}` })),
  });
  /** What Invoke answers. */
  invoke: (payload: string) => RawResponse | Promise<RawResponse> = (payload) =>
    new RawResponse(200, {}, Buffer.from(payload));
  part: Part;
  readonly #dispatcher: Dispatcher;
  readonly #file: string;
  readonly #options: StatesOptions;
  #definition: Json = {};

  constructor(definition?: Json, file = ':memory:', options: StatesOptions = {}) {
    this.#file = file;
    this.#options = options;
    this.database = new Database(file);
    const authorize = (_principal: Principal, permission: Permission): void => void this.permissions.push(permission);
    this.#dispatcher = new Dispatcher({ authorize }, this.faults);
    this.#dispatcher.register('events', this.#bus());
    this.#dispatcher.register('lambda', this.#functions());
    this.part = this.#boot();
    if (definition !== undefined) this.declare(definition);
  }

  /** Declares the machine `saga`, as a template does. */
  declare(definition: Json): void {
    this.#definition = definition;
    const declare = this.part.resources['AWS::StepFunctions::StateMachine'];
    declare?.({
      stack: 'stack',
      logicalId: 'Saga',
      type: 'AWS::StepFunctions::StateMachine',
      properties: { StateMachineName: 'saga', DefinitionString: JSON.stringify(definition), RoleArn: ROLE },
    });
  }

  /** Kills the runtime and starts it again on the same database, which is opened anew where it is a file. */
  async restart(definition: Json = this.#definition): Promise<void> {
    await this.part.stop?.();
    if (this.#file !== ':memory:') {
      this.database.close();
      this.database = new Database(this.#file);
    }
    this.activity = new Activity();
    this.part = this.#boot();
    this.declare(definition);
    await this.part.start?.();
    await this.idle();
  }

  /** Calls an operation of Step Functions. */
  async call(operationName: string, input: Json): Promise<unknown> {
    return this.#dispatcher.call('states', operationName, input, { type: 'administrator' });
  }

  /** The error code that an operation refuses with. */
  async refusal(operationName: string, input: Json): Promise<string> {
    try {
      await this.call(operationName, input);
    } catch (error) {
      if (error instanceof AwsError) return `${error.code}: ${error.message}`;
      throw error;
    }
    throw new Error(`${operationName} did not refuse`);
  }

  /** Starts the machine `saga` and runs it until it rests; returns the execution's ARN. */
  async start(input: Json = { orderId: 'o-1' }, name = 'order-1'): Promise<string> {
    await this.call('StartExecution', { stateMachineArn: MACHINE, name, input: JSON.stringify(input) });
    await this.idle();
    return `arn:aws:states:us-east-1:000000000000:execution:saga:${name}`;
  }

  /** Runs one definition from start to rest, and describes the execution. */
  async run(definition: Json, input: Json = {}): Promise<z.infer<typeof description>> {
    this.declare(definition);
    return this.describe(await this.start(input, `run-${this.permissions.length}`));
  }

  async describe(executionArn: string): Promise<z.infer<typeof description>> {
    return description.parse(await this.call('DescribeExecution', { executionArn }));
  }

  async history(executionArn: string, options: Readonly<Record<string, Json>> = {}): Promise<z.infer<typeof events>> {
    return events.parse(await this.call('GetExecutionHistory', { executionArn, maxResults: 1000, ...options }));
  }

  async eventTypes(executionArn: string): Promise<string[]> {
    return (await this.history(executionArn)).events.map(({ type }) => type);
  }

  /** Answers the last message that reached the bus. */
  async succeed(output: Json = {}, token = this.lastToken()): Promise<void> {
    await this.call('SendTaskSuccess', { taskToken: token, output: JSON.stringify(output) });
    await this.idle();
  }

  async fail(error: string, cause = 'because', token = this.lastToken()): Promise<void> {
    await this.call('SendTaskFailure', { taskToken: token, error, cause });
    await this.idle();
  }

  /** The token in the last message that reached the bus. */
  lastToken(): string {
    return z.object({ token: z.string() }).parse(JSON.parse(this.sent.at(-1)?.Detail ?? '{}')).token;
  }

  /** Redrives an execution and runs it until it rests. */
  async redrive(executionArn: string): Promise<void> {
    await this.call('RedriveExecution', { executionArn });
    await this.idle();
  }

  async advance(milliseconds: number): Promise<void> {
    await this.clock.advance(milliseconds, () => this.idle());
  }

  async idle(): Promise<void> {
    await this.activity.whenIdle();
  }

  #boot(): Part {
    const ground: Ground = {
      clock: this.clock,
      database: this.database,
      dispatcher: this.#dispatcher,
      signals: new Signals(),
      activity: this.activity,
      faults: this.faults,
      random: seededRandom(7),
      report: (line) => void this.reports.push(line),
    };
    const part = createStates(ground, this.#options);
    for (const [id, service] of Object.entries(part.services)) this.#dispatcher.register(id, service);
    return part;
  }

  #bus(): AwsService {
    return {
      name: 'events',
      wire: { protocol: 'json', version: '1.1', targetPrefix: 'AWSEvents', errorNamespace: 'com.amazonaws.events' },
      operations: {
        PutEvents: operation({
          parse: (raw) => putEvents.parse(raw),
          needs: () => [],
          run: ({ Entries: entries }, { principal }) => {
            this.callers.push(principal);
            const answer = this.putEvents(entries);
            this.sent.push(...entries);
            return answer;
          },
        }),
      },
    };
  }

  #functions(): AwsService {
    return {
      name: 'lambda',
      wire: { protocol: 'rest-json', routes: [] },
      operations: {
        Invoke: operation({
          parse: (raw) => invoke.parse(raw),
          needs: () => [],
          run: ({ Payload: payload }) => this.invoke(Buffer.from(payload).toString()),
        }),
      },
    };
  }
}

/** A task that publishes a command and awaits its answer. */
export function command(type: string, further: Readonly<Record<string, Json>> = {}): Readonly<Record<string, Json>> {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::events:putEvents.waitForTaskToken',
    Arguments: {
      Entries: [
        {
          Source: 'orchestrator',
          DetailType: type,
          EventBusName: 'bus',
          Detail: {
            token: '{% $states.context.Task.Token %}',
            retry: '{% $states.context.State.RetryCount %}',
            orderId: '{% $states.context.Execution.Input.orderId %}',
          },
        },
      ],
    },
    ...further,
  };
}

/** A definition in JSONata of these states, starting at the first. */
export function machine(states: Readonly<Record<string, Json>>): Json {
  return { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0] ?? '', States: states };
}
