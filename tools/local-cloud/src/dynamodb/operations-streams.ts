/** The operations of DynamoDB Streams: every stream has one shard, which is never closed. */
import * as z from 'zod';
import { arn } from '../arn.ts';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { type BoundOperation, operation, parser } from '../service.ts';
import { rowOf, sequenceNumber, type StreamLog } from './stream-log.ts';
import type { Table } from './table-definition.ts';
import type { TableStore } from './table-store.ts';

/** How long an iterator can be used, in milliseconds (API reference, GetShardIterator). */
const ITERATOR_LIFE = 15 * 60_000;
const MOST_RECORDS = 1_000;

const listStreams = z.strictObject({
  TableName: z.string().optional(),
  Limit: z.int().min(1).max(100).default(100),
  ExclusiveStartStreamArn: z.string().optional(),
});
const describeStream = z.strictObject({
  StreamArn: z.string(),
  Limit: z.int().min(1).max(100).optional(),
  ExclusiveStartShardId: z.string().optional(),
});
const getShardIterator = z.strictObject({
  StreamArn: z.string(),
  ShardId: z.string(),
  ShardIteratorType: z.enum(['TRIM_HORIZON', 'LATEST', 'AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER']),
  SequenceNumber: z.string().optional(),
});
const getRecords = z.strictObject({
  ShardIterator: z.string(),
  Limit: z.int().min(1).max(MOST_RECORDS).default(MOST_RECORDS),
});
/** What an iterator carries: the row after which it reads, and when it was made. */
const position = z.strictObject({ after: z.int(), madeAt: z.number() });

interface StreamRoom {
  readonly tables: TableStore;
  readonly streams: StreamLog;
  readonly clock: Clock;
}

/** The operations on streams. */
export function streamOperations(room: StreamRoom): Readonly<Record<string, BoundOperation>> {
  return {
    ListStreams: operation<z.infer<typeof listStreams>, object>({
      parse: parser(listStreams),
      needs: () => [{ action: 'dynamodb:ListStreams', resource: '*' }],
      run: (request) => list(room, request),
    }),
    DescribeStream: operation<z.infer<typeof describeStream>, object>({
      parse: parser(describeStream),
      needs: ({ StreamArn: stream }) => [{ action: 'dynamodb:DescribeStream', resource: stream }],
      run: (request) => describe(room, request),
    }),
    GetShardIterator: operation<z.infer<typeof getShardIterator>, object>({
      parse: parser(getShardIterator),
      needs: ({ StreamArn: stream }) => [{ action: 'dynamodb:GetShardIterator', resource: stream }],
      run: (request) => {
        const table = tableOfStream(room.tables, request.StreamArn);
        if (request.ShardId !== shardId(table))
          throw notFound(`Requested resource not found: Shard does not exist: ${request.ShardId}`);
        return { ShardIterator: iterator(table, startOf(room, table, request), room.clock.now()) };
      },
    }),
    GetRecords: operation({
      parse: (raw) => {
        const request = parser(getRecords)(raw);
        return { ...request, ...readIterator(request.ShardIterator) };
      },
      needs: ({ stream }) => [{ action: 'dynamodb:GetRecords', resource: stream }],
      run: ({ stream, after, madeAt, Limit: limit }) => {
        const now = room.clock.now();
        if (now - madeAt > ITERATOR_LIFE) {
          throw new AwsError(
            'ExpiredIteratorException',
            'The shard iterator has expired and can no longer be used to retrieve stream records.',
          );
        }
        const table = tableOfStream(room.tables, stream);
        const { records, last } = room.streams.read(table, after, limit);
        return { Records: records, NextShardIterator: iterator(table, last, now) };
      },
    }),
  };
}

function list({ tables }: StreamRoom, request: z.infer<typeof listStreams>): object {
  const all = tables
    .all()
    .filter(({ name, stream }) => stream !== undefined && (request.TableName ?? name) === name)
    .map((table) => ({ StreamArn: table.stream?.arn, StreamLabel: table.stream?.label, TableName: table.name }));
  const from = all.findIndex(({ StreamArn: stream }) => stream === request.ExclusiveStartStreamArn) + 1;
  const page = all.slice(from, from + request.Limit);
  return {
    Streams: page,
    ...(from + page.length < all.length && { LastEvaluatedStreamArn: page.at(-1)?.StreamArn }),
  };
}

function describe({ tables, streams }: StreamRoom, request: z.infer<typeof describeStream>): object {
  const table = tableOfStream(tables, request.StreamArn);
  const shard = {
    ShardId: shardId(table),
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceNumber(streams.extent(table)?.first ?? streams.latest() + 1),
    },
  };
  return {
    StreamDescription: {
      StreamArn: request.StreamArn,
      StreamLabel: table.stream?.label,
      StreamStatus: 'ENABLED',
      StreamViewType: table.stream?.viewType,
      CreationRequestDateTime: Date.parse(`${table.stream?.label}Z`) / 1000,
      TableName: table.name,
      KeySchema: table.definition.keySchema,
      Shards: request.ExclusiveStartShardId === undefined ? [shard] : [],
    },
  };
}

/** The row after which a new iterator reads. @throws AwsError where its sequence number is unknown or trimmed */
function startOf({ streams }: StreamRoom, table: Table, request: z.infer<typeof getShardIterator>): number {
  switch (request.ShardIteratorType) {
    case 'TRIM_HORIZON':
      return 0;
    case 'LATEST':
      return streams.latest();
    default: {
      if (request.SequenceNumber === undefined) throw invalid('SequenceNumber is required for this ShardIteratorType');
      const row = rowOf(request.SequenceNumber);
      if (row === undefined || row > streams.latest())
        throw invalid(`Invalid SequenceNumber: ${request.SequenceNumber}`);
      if (row < (streams.extent(table)?.first ?? streams.latest() + 1)) {
        throw new AwsError(
          'TrimmedDataAccessException',
          'The operation attempted to read past the oldest stream record in a shard.',
        );
      }
      return request.ShardIteratorType === 'AT_SEQUENCE_NUMBER' ? row - 1 : row;
    }
  }
}

function tableOfStream(tables: TableStore, stream: string): Table {
  const table = tables.all().find((candidate) => candidate.stream?.arn === stream);
  if (table === undefined) throw notFound(`Requested resource not found: Stream: ${stream} not found`);
  return table;
}

/** The id of the only shard of a table's stream; it changes with the stream. */
function shardId({ definition, stream }: Table): string {
  const began = String(Date.parse(`${stream?.label}Z`)).padStart(20, '0');
  return `shardId-${began}-${definition.tableId.slice(0, 8)}`;
}

/** AWS's iterators are `<stream ARN>|<version>|<opaque>`. */
function iterator(table: Table, after: number, madeAt: number): string {
  return `${table.stream?.arn}|1|${Buffer.from(JSON.stringify({ after, madeAt })).toString('base64url')}`;
}

function readIterator(text: string): z.infer<typeof position> & { stream: string } {
  const [stream = '', version, opaque = ''] = text.split('|');
  const read = position.safeParse(parseJson(Buffer.from(opaque, 'base64url').toString()));
  if (version !== '1' || !read.success || !stream.startsWith(arn('dynamodb', 'table/')))
    throw invalid('Invalid ShardIterator');
  return { stream, ...read.data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
