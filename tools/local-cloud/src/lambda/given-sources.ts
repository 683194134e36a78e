/** A queue and a stream in memory, small enough to see that they are right, for the event source mappings to read. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import type { Ground } from '../part.ts';
import { operation, parser, type AwsService, type Permission } from '../service.ts';
import { queueArn } from './given-lambda.ts';

interface Message {
  readonly id: number;
  readonly body: string;
  visibleAt: number;
  receives: number;
}

const QUEUE_ACTIONS = {
  GetQueueAttributes: 'sqs:GetQueueAttributes',
  ReceiveMessage: 'sqs:ReceiveMessage',
  DeleteMessageBatch: 'sqs:DeleteMessage',
  SendMessage: 'sqs:SendMessage',
};
const VISIBILITY_TIMEOUT = 30_000;
const receiveInput = z.object({ QueueUrl: z.string(), MaxNumberOfMessages: z.number() });
const deleteInput = z.object({
  QueueUrl: z.string(),
  Entries: z.array(z.object({ Id: z.string(), ReceiptHandle: z.string() })),
});
const sendInput = z.object({ QueueUrl: z.string(), MessageBody: z.string() });

function service(name: string, operations: AwsService['operations']): AwsService {
  return { name, wire: { protocol: 'json', version: '1.0', targetPrefix: name, errorNamespace: '' }, operations };
}

/** Queues that come to be when they are first named; visibility timeout 30 seconds. */
export class GivenQueues {
  readonly #ground: Ground;
  readonly #queues = new Map<string, Message[]>();
  readonly receiveSizes: number[] = [];
  #count = 0;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  send(queue: string, ...bodies: readonly string[]): void {
    for (const body of bodies) this.#queue(queue).push({ id: ++this.#count, body, visibleAt: 0, receives: 0 });
    this.#ground.signals.notify(queueArn(queue));
  }

  bodies(queue: string): readonly string[] {
    return this.#queue(queue).map((message) => message.body);
  }

  get service(): AwsService {
    const needs =
      (action: keyof typeof QUEUE_ACTIONS) =>
      (input: { readonly QueueUrl: string }): readonly Permission[] => [
        { action: QUEUE_ACTIONS[action], resource: queueArn(nameOf(input.QueueUrl)) },
      ];
    const parseAttributes = parser(z.looseObject({ QueueUrl: z.string() }));
    const parseReceive = parser(receiveInput);
    const parseDelete = parser(deleteInput);
    const parseSend = parser(sendInput);
    return service('sqs', {
      GetQueueAttributes: operation({
        parse: parseAttributes,
        needs: needs('GetQueueAttributes'),
        run: () => ({ Attributes: { VisibilityTimeout: String(VISIBILITY_TIMEOUT / 1000) } }),
      }),
      ReceiveMessage: operation({
        parse: parseReceive,
        needs: needs('ReceiveMessage'),
        run: (input) => this.#receive(nameOf(input.QueueUrl), input.MaxNumberOfMessages),
      }),
      DeleteMessageBatch: operation({
        parse: parseDelete,
        needs: needs('DeleteMessageBatch'),
        run: (input) =>
          this.#delete(
            nameOf(input.QueueUrl),
            input.Entries.map((entry) => Number(entry.ReceiptHandle)),
          ),
      }),
      SendMessage: operation({
        parse: parseSend,
        needs: needs('SendMessage'),
        run: (input) => this.send(nameOf(input.QueueUrl), input.MessageBody),
      }),
    });
  }

  #queue(name: string): Message[] {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    return queue;
  }

  #receive(name: string, most: number): object {
    const now = this.#ground.clock.now();
    const found = this.#queue(name)
      .filter((message) => message.visibleAt <= now)
      .slice(0, most);
    this.receiveSizes.push(found.length);
    for (const message of found) {
      message.visibleAt = now + VISIBILITY_TIMEOUT;
      message.receives++;
      this.#ground.clock.at(message.visibleAt, () => this.#ground.signals.notify(queueArn(name)));
    }
    return { Messages: found.length === 0 ? undefined : found.map(asReceived) };
  }

  #delete(name: string, ids: readonly number[]): object {
    this.#queues.set(
      name,
      this.#queue(name).filter((message) => !ids.includes(message.id)),
    );
    return { Successful: ids, Failed: [] };
  }
}

function asReceived(message: Message): object {
  return {
    MessageId: `id-${message.id}`,
    ReceiptHandle: String(message.id),
    Body: message.body,
    MD5OfBody: createHash('md5').update(message.body).digest('hex'),
    Attributes: {
      ApproximateReceiveCount: String(message.receives),
      SentTimestamp: '0',
      SenderId: 'AID',
      ApproximateFirstReceiveTimestamp: '1',
    },
    MessageAttributes: { trace: { DataType: 'String', StringValue: 'abc' } },
  };
}

function nameOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

export const STREAM = 'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000';

const readInput = z.object({ ShardIterator: z.string(), Limit: z.number() });
const iteratorInput = z.object({
  ShardId: z.string(),
  ShardIteratorType: z.enum(['TRIM_HORIZON', 'LATEST', 'AFTER_SEQUENCE_NUMBER']),
  SequenceNumber: z.string().optional(),
});

interface Shard {
  readonly id: string;
  readonly parent: string | undefined;
  readonly records: { readonly sequence: number; readonly record: object }[];
  closed: boolean;
}

/** One stream of as many shards as a test makes; iterators are `<shard>|<last sequence>`. */
export class GivenStream {
  readonly #ground: Ground;
  readonly #shards: Shard[] = [{ id: 'shard-1', parent: undefined, records: [], closed: false }];
  #count = 0;
  #generation = 0;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  put(...ids: readonly string[]): void {
    for (const id of ids) this.#append('INSERT', id);
    this.#ground.signals.notify(STREAM);
  }

  remove(id: string): void {
    this.#append('REMOVE', id);
    this.#ground.signals.notify(STREAM);
  }

  /** Closes the open shard and opens its child. */
  split(): void {
    const last = this.#last();
    last.closed = true;
    this.#shards.push({ id: `shard-${this.#shards.length + 1}`, parent: last.id, records: [], closed: false });
    this.#ground.signals.notify(STREAM);
  }

  /** Makes every iterator that was given out invalid. */
  expireIterators(): void {
    this.#generation++;
  }

  get service(): AwsService {
    const needs = (action: string) => () => [{ action: `dynamodb:${action}`, resource: STREAM }];
    const parseAny = parser(z.looseObject({}));
    const parseIterator = parser(z.looseObject(iteratorInput.shape));
    const parseRead = parser(readInput);
    return service('dynamodb', {
      DescribeStream: operation({
        parse: parseAny,
        needs: needs('DescribeStream'),
        run: () => ({
          StreamDescription: { Shards: this.#shards.map(({ id, parent }) => ({ ShardId: id, ParentShardId: parent })) },
        }),
      }),
      GetShardIterator: operation({
        parse: parseIterator,
        needs: needs('GetShardIterator'),
        run: ({ ShardId, ShardIteratorType, SequenceNumber }) => {
          const after = { TRIM_HORIZON: 0, LATEST: this.#count, AFTER_SEQUENCE_NUMBER: Number(SequenceNumber) }[
            ShardIteratorType
          ];
          return { ShardIterator: `${ShardId}|${after}|${this.#generation}` };
        },
      }),
      GetRecords: operation({
        parse: parseRead,
        needs: needs('GetRecords'),
        run: (input) => this.#read(input.ShardIterator, input.Limit),
      }),
    });
  }

  #read(iterator: string, limit: number): object {
    const [id, after, generation] = iterator.split('|');
    if (Number(generation) !== this.#generation) throw new AwsError('ExpiredIteratorException', 'Iterator expired');
    const shard = this.#shards.find((one) => one.id === id) ?? this.#last();
    const found = shard.records.filter((record) => record.sequence > Number(after)).slice(0, limit);
    const last = found.at(-1)?.sequence ?? Number(after);
    const atEnd = shard.closed && !shard.records.some((record) => record.sequence > last);
    return {
      Records: found.map((one) => one.record),
      NextShardIterator: atEnd ? undefined : `${id}|${last}|${generation}`,
    };
  }

  #append(eventName: string, id: string): void {
    const sequence = ++this.#count;
    const byService =
      eventName === 'REMOVE' ? { userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' } } : {};
    const record = {
      eventID: `event-${sequence}`,
      eventName,
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(this.#ground.clock.now() / 1000),
        Keys: { id: { S: id } },
        ...(eventName === 'INSERT' && { NewImage: { id: { S: id } } }),
        SequenceNumber: String(sequence),
        SizeBytes: 10,
        StreamViewType: 'NEW_IMAGE',
      },
      ...byService,
    };
    this.#last().records.push({ sequence, record });
  }

  #last(): Shard {
    const last = this.#shards.at(-1);
    if (last === undefined) throw new Error('a stream has a shard');
    return last;
  }
}
