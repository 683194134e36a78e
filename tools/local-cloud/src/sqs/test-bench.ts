/** A bench for tests: SQS on a database in memory, a clock that stands still, and everybody allowed. */
import * as z from 'zod';
import { Activity } from '../activity.ts';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { Dispatcher, type Authorizer } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import type { Ground } from '../part.ts';
import type { Permission, Principal } from '../service.ts';
import { Signals } from '../signals.ts';
import { createSqs } from './index.ts';

/** When the clock of a bench stands still. */
export const START = Date.UTC(2026, 0, 15, 12, 0, 0);

const message = z.object({
  MessageId: z.string(),
  ReceiptHandle: z.string(),
  MD5OfBody: z.string(),
  Body: z.string(),
  Attributes: z.record(z.string(), z.string()).optional(),
  MD5OfMessageAttributes: z.string().optional(),
  MessageAttributes: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});
const received = z.object({ Messages: z.array(message).default([]) });
const urlAnswer = z.object({ QueueUrl: z.string() });

export type ReceivedMessage = z.infer<typeof message>;

/** A call that was checked against IAM. */
export interface Asked {
  readonly principal: Principal;
  readonly permission: Permission;
}

export interface Bench {
  readonly ground: Ground;
  /** What the authorizer was asked. */
  readonly asked: Asked[];
  /** What was reported to the person at the terminal. */
  readonly reports: string[];
  declareQueue(name: string, properties?: Record<string, unknown>): string;
  start(): void;
  call(operation: string, input: unknown, principal?: Principal): Promise<unknown>;
  send(queueUrl: string, body: string, more?: Record<string, unknown>): Promise<void>;
  receive(queueUrl: string, more?: Record<string, unknown>): Promise<ReceivedMessage[]>;
  advance(milliseconds: number): Promise<void>;
}

/** The ground that parts stand on in tests; `authorizer` allows everything unless it is given. */
export function testGround(
  database = new Database(':memory:'),
  now = START,
  authorizer?: Authorizer,
): { ground: Ground; asked: Asked[]; reports: string[] } {
  const asked: Asked[] = [];
  const reports: string[] = [];
  const faults = new Faults();
  const recording: Authorizer = {
    authorize: (principal, permission) => {
      asked.push({ principal, permission });
      authorizer?.authorize(principal, permission);
    },
  };
  const ground: Ground = {
    clock: new Clock({ frozenAt: now }),
    database,
    dispatcher: new Dispatcher(recording, faults),
    signals: new Signals(),
    activity: new Activity(),
    faults,
    random: () => 0,
    report: (line) => reports.push(line),
  };
  return { ground, asked, reports };
}

/** SQS on a bench; the same database given twice stands for a process that was killed and started again. */
export function sqsBench(database?: Database, now?: number): Bench {
  const { ground, asked, reports } = testGround(database, now);
  const part = createSqs(ground, { endpointUrl: () => 'http://localhost:4566' });
  for (const [id, service] of Object.entries(part.services)) ground.dispatcher.register(id, service);
  const call: Bench['call'] = (operation, input, principal = { type: 'administrator' }) =>
    ground.dispatcher.call('sqs', operation, input, principal);
  return {
    ground,
    asked,
    reports,
    declareQueue: (name, properties = {}) => {
      const declare = part.resources['AWS::SQS::Queue'];
      const resource = {
        stack: 'stack',
        logicalId: name,
        type: 'AWS::SQS::Queue',
        properties: { QueueName: name, ...properties },
      };
      return declare?.(resource).ref ?? '';
    },
    start: () => void part.start?.(),
    call,
    send: async (queueUrl, body, more = {}) => {
      await call('SendMessage', { QueueUrl: queueUrl, MessageBody: body, ...more });
    },
    receive: async (queueUrl, more = {}) =>
      received.parse(await call('ReceiveMessage', { QueueUrl: queueUrl, ...more })).Messages,
    advance: (milliseconds) => ground.clock.advance(milliseconds, () => ground.activity.whenIdle()),
  };
}

/** The URL in the answer of GetQueueUrl. */
export function urlIn(answer: unknown): string {
  return urlAnswer.parse(answer).QueueUrl;
}
