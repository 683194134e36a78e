/** What the tests of this part stand on: DynamoDB in memory, a clock that stands still, and nobody denied anything. */
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { Dispatcher } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import type { Part } from '../part.ts';
import type { Permission } from '../service.ts';
import { Signals } from '../signals.ts';
import { createDynamoDb } from './index.ts';

/** Noon of 1 January 2026, UTC. */
export const NOON = Date.UTC(2026, 0, 1, 12);

const item = z.record(z.string(), z.unknown());
/** The members of answers that tests look into; the others are there as well. */
const answer = z.looseObject({
  Item: item.optional(),
  Items: z.array(item).default([]),
  Attributes: item.optional(),
  LastEvaluatedKey: item.optional(),
  ShardIterator: z.string().default(''),
  NextShardIterator: z.string().default(''),
  Records: z
    .array(z.looseObject({ eventName: z.string(), dynamodb: z.looseObject({ SequenceNumber: z.string() }) }))
    .default([]),
  Table: z.looseObject({ LatestStreamArn: z.string().default('') }).optional(),
  StreamDescription: z.looseObject({ Shards: z.array(z.looseObject({ ShardId: z.string() })) }).optional(),
});
export type Answer = z.infer<typeof answer>;

/** A running part and what tests do with it. */
export interface Workbench {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly signals: Signals;
  readonly part: Part;
  /** What callers had to be allowed, in order. */
  readonly asked: Permission[];
  /** Calls an operation of DynamoDB or, where DynamoDB has none of that name, of its streams. */
  call(operation: string, input?: object): Promise<Answer>;
  /** The error that a call is answered with. */
  refusal(operation: string, input?: object): Promise<AwsError>;
  close(): void;
}

/** Opens a part on a database file, in memory unless told otherwise. */
export function openWorkbench({ file = ':memory:', now = NOON }: { file?: string; now?: number } = {}): Workbench {
  const clock = new Clock({ frozenAt: now });
  const database = new Database(file);
  const faults = new Faults();
  const signals = new Signals();
  const asked: Permission[] = [];
  const dispatcher = new Dispatcher({ authorize: (_, permission) => void asked.push(permission) }, faults);
  const part = createDynamoDb({ clock, database, faults, signals });
  for (const [id, service] of Object.entries(part.services)) dispatcher.register(id, service);
  void part.start?.();

  const call = async (operation: string, input: object = {}): Promise<Answer> => {
    const id = part.services.dynamodb?.operations[operation] === undefined ? 'dynamodbstreams' : 'dynamodb';
    const wire: unknown = JSON.parse(JSON.stringify(input));
    return answer.parse(
      JSON.parse(JSON.stringify(await dispatcher.call(id, operation, wire, { type: 'administrator' }))),
    );
  };
  return {
    clock,
    faults,
    signals,
    part,
    asked,
    call,
    refusal: async (operation, input) => {
      try {
        await call(operation, input);
      } catch (error) {
        if (error instanceof AwsError) return error;
        throw error;
      }
      throw new Error(`${operation} was not refused`);
    },
    close: () => {
      void part.stop?.();
      clock.stop();
      database.close();
    },
  };
}

/** CreateTable's input for a table with the key `pk` and perhaps `sk`, each a name or `name:type`. */
export function tableWith(name: string, pk: string, sk?: string, further: object = {}): object {
  const keys = [pk, ...(sk === undefined ? [] : [sk])].map((key) => key.split(':'));
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keys.map(([attribute], at) => ({ AttributeName: attribute, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
    AttributeDefinitions: keys.map(([attribute, type = 'S']) => ({ AttributeName: attribute, AttributeType: type })),
    ...further,
  };
}
