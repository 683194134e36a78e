/** A bench for tests: EventBridge with SQS behind it, and functions and state machines that take down what they get. */
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import type { Database } from '../database.ts';
import type { Authorizer } from '../dispatcher.ts';
import type { Ground } from '../part.ts';
import { operation, type AwsService } from '../service.ts';
import { createSqs } from '../sqs/index.ts';
import { testGround, type Asked } from '../sqs/test-bench.ts';
import { createEvents } from './index.ts';

const ACCOUNT_PREFIX = 'us-east-1:000000000000';
export const QUEUE_ARN = `arn:aws:sqs:${ACCOUNT_PREFIX}:inbox`;
export const DEAD_ARN = `arn:aws:sqs:${ACCOUNT_PREFIX}:dead`;

const message = z.object({
  Body: z.string(),
  MessageAttributes: z.record(z.string(), z.object({ StringValue: z.string() })).default({}),
});
const received = z.object({ Messages: z.array(message).default([]) });

/** What a function or a state machine was given. */
export interface Taken {
  readonly by: string;
  readonly input: unknown;
}

export interface EventsBench {
  readonly ground: Ground;
  readonly asked: Asked[];
  readonly reports: string[];
  readonly taken: Taken[];
  declare(
    type: string,
    logicalId: string,
    properties: Record<string, unknown>,
  ): { readonly ref: string; readonly attributes: Readonly<Record<string, string>> };
  /** Declares the bus `orders` and a rule on it for all that comes from the source `order`. */
  declareRule(name: string, properties?: Record<string, unknown>): void;
  start(): void;
  stop(): void;
  call(operation: string, input: unknown): Promise<unknown>;
  /** Puts one event on the bus `orders` and waits until all is quiet. */
  put(entry?: Record<string, unknown>): Promise<unknown>;
  /** The bodies of all messages in a queue, as JSON. */
  bodies(queue: 'inbox' | 'dead'): Promise<unknown[]>;
  messages(queue: 'inbox' | 'dead'): Promise<z.infer<typeof message>[]>;
  advance(milliseconds: number): Promise<void>;
}

const invocation = z.object({
  FunctionName: z.string(),
  InvocationType: z.string(),
  Payload: z.instanceof(Uint8Array),
});
const execution = z.object({ stateMachineArn: z.string(), input: z.string() });

/** A service with one operation that takes down its input. */
function recording(name: string, operationName: string, take: (raw: unknown) => Taken, taken: Taken[]): AwsService {
  return {
    name,
    wire: { protocol: 'json', version: '1.0', targetPrefix: name, errorNamespace: name },
    operations: {
      [operationName]: operation({
        parse: take,
        needs: ({ by }) => [{ action: `${name}:${operationName}`, resource: by }],
        run: (one) => {
          taken.push(one);
          return {};
        },
      }),
    },
  };
}

/** EventBridge on a bench; the same database given twice stands for a process that was killed and started again. */
export function eventsBench(
  options: { readonly database?: Database; readonly now?: number; readonly authorizer?: Authorizer } = {},
): EventsBench {
  const { ground, asked, reports } = testGround(options.database, options.now, options.authorizer);
  const sqs = createSqs(ground, { endpointUrl: () => 'http://localhost:4566' });
  const events = createEvents(ground);
  const taken: Taken[] = [];
  const invoke = (raw: unknown): Taken => {
    const { FunctionName, Payload } = invocation.parse(raw);
    return { by: FunctionName, input: JSON.parse(Buffer.from(Payload).toString()) };
  };
  const startExecution = (raw: unknown): Taken => {
    const { stateMachineArn, input } = execution.parse(raw);
    return { by: stateMachineArn, input: JSON.parse(input) };
  };
  const services = {
    ...sqs.services,
    ...events.services,
    lambda: recording('lambda', 'Invoke', invoke, taken),
    states: recording('states', 'StartExecution', startExecution, taken),
  };
  for (const [id, service] of Object.entries(services)) ground.dispatcher.register(id, service);

  const declare: EventsBench['declare'] = (type, logicalId, properties) => {
    const provider = sqs.resources[type] ?? events.resources[type];
    if (provider === undefined) throw new Error(`no provider of ${type}`);
    return provider({ stack: 'stack', logicalId, type, properties });
  };
  for (const QueueName of ['inbox', 'dead']) declare('AWS::SQS::Queue', QueueName, { QueueName, VisibilityTimeout: 0 });
  declare('AWS::Events::EventBus', 'Bus', { Name: 'orders' });

  const messages: EventsBench['messages'] = async (queue) => {
    const given = {
      QueueUrl: `http://localhost:4566/000000000000/${queue}`,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
    };
    return received.parse(await ground.dispatcher.call('sqs', 'ReceiveMessage', given, { type: 'administrator' }))
      .Messages;
  };
  const call: EventsBench['call'] = (operationName, input) =>
    ground.dispatcher.call('events', operationName, input, {
      type: 'role',
      arn: 'arn:aws:iam::000000000000:role/relay',
    });
  return {
    ground,
    asked,
    reports,
    taken,
    declare,
    declareRule: (name, properties = {}) => {
      declare('AWS::Events::Rule', name, {
        Name: name,
        EventBusName: 'orders',
        EventPattern: { source: ['order'] },
        Targets: [{ Id: 'inbox', Arn: QUEUE_ARN }],
        ...properties,
      });
    },
    start: () => {
      void sqs.start?.();
      void events.start?.();
    },
    stop: () => {
      void events.stop?.();
      void sqs.stop?.();
    },
    call,
    put: async (entry = {}) => {
      const whole = {
        EventBusName: 'orders',
        Source: 'order',
        DetailType: 'OrderPlaced',
        Detail: '{"orderId":"o-1"}',
        ...entry,
      };
      const answer = await call('PutEvents', { Entries: [whole] });
      await ground.activity.whenIdle();
      return answer;
    },
    messages,
    bodies: async (queue) => (await messages(queue)).map(({ Body }): unknown => JSON.parse(Body)),
    advance: (milliseconds) => ground.clock.advance(milliseconds, () => ground.activity.whenIdle()),
  };
}

/** An authorizer that denies one action. */
export function denying(action: string): Authorizer {
  return {
    authorize: (_principal, permission) => {
      if (permission.action === action)
        throw new AwsError('AccessDeniedException', `not authorized to perform: ${action}`);
    },
  };
}
