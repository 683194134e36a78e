/** The operations of DynamoDB Streams: every stream has one shard, which is closed only when the stream is disabled. */
import * as z from 'zod';
import { arn } from '../arn.ts';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { type BoundOperation, operation } from '../service.ts';
import { checkRequest } from './dynalite-rules.ts';
import { ITERATOR_LIFE, rowOf, sequenceNumber, type StreamLog } from './stream-log.ts';
import type { Table, TableStream } from './table-definition.ts';
import type { TableStore } from './table-store.ts';

const MOST_RECORDS = 1_000;
const MOST_LISTED = 100;

const STREAM_ARN = { type: 'String', lengthGreaterThanOrEqual: 37, lengthLessThanOrEqual: 1024 };
const SHARD_ID = { type: 'String', lengthGreaterThanOrEqual: 28, lengthLessThanOrEqual: 65 };
const POSITIVE = { type: 'Integer', greaterThanOrEqual: 1 };
/** The constraints of the API reference, in dynalite's notation. */
const rules = {
  ListStreams: {
    TableName: {
      type: 'String',
      regex: '[a-zA-Z0-9_.-]+',
      lengthGreaterThanOrEqual: 3,
      lengthLessThanOrEqual: 255,
    },
    Limit: { ...POSITIVE, lessThanOrEqual: 100 },
    ExclusiveStartStreamArn: STREAM_ARN,
  },
  DescribeStream: {
    StreamArn: { ...STREAM_ARN, notNull: true },
    Limit: { ...POSITIVE, lessThanOrEqual: 100 },
    ExclusiveStartShardId: SHARD_ID,
  },
  GetShardIterator: {
    StreamArn: { ...STREAM_ARN, notNull: true },
    ShardId: { ...SHARD_ID, notNull: true },
    ShardIteratorType: {
      type: 'String',
      notNull: true,
      enum: ['TRIM_HORIZON', 'LATEST', 'AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER'],
    },
    SequenceNumber: { type: 'String', lengthGreaterThanOrEqual: 21, lengthLessThanOrEqual: 40 },
  },
  GetRecords: {
    ShardIterator: { type: 'String', notNull: true, lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 2048 },
    Limit: { ...POSITIVE, lessThanOrEqual: 1_000 },
  },
};

interface ListStreams {
  readonly TableName?: string;
  readonly Limit?: number;
  readonly ExclusiveStartStreamArn?: string;
}
interface DescribeStream {
  readonly StreamArn: string;
  readonly ExclusiveStartShardId?: string;
}
interface GetShardIterator {
  readonly StreamArn: string;
  readonly ShardId: string;
  readonly ShardIteratorType: 'TRIM_HORIZON' | 'LATEST' | 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER';
  readonly SequenceNumber?: string;
}
interface GetRecords {
  readonly ShardIterator: string;
  readonly Limit?: number;
}

/** What an iterator carries: the row after which it reads, and when it was made. */
const position = z.strictObject({ after: z.int(), madeAt: z.number() });

interface StreamRoom {
  readonly tables: TableStore;
  readonly streams: StreamLog;
  readonly clock: Clock;
}

/** A stream, and the table whose changes it records. */
interface Found {
  readonly table: Table;
  readonly stream: TableStream;
}

/** The operations on streams. */
export function streamOperations(room: StreamRoom): Readonly<Record<string, BoundOperation>> {
  return {
    ListStreams: operation<ListStreams, object>({
      parse: (raw) => checkRequest('ListStreams', raw ?? {}, rules.ListStreams),
      needs: () => [{ action: 'dynamodb:ListStreams', resource: '*' }],
      run: (request) => list(room, request),
    }),
    DescribeStream: operation<DescribeStream, object>({
      parse: (raw) => checkRequest('DescribeStream', raw, rules.DescribeStream),
      needs: ({ StreamArn: stream }) => [{ action: 'dynamodb:DescribeStream', resource: stream }],
      run: (request) => describe(room, request),
    }),
    GetShardIterator: operation<GetShardIterator, object>({
      parse: (raw) => checkRequest('GetShardIterator', raw, rules.GetShardIterator),
      needs: ({ StreamArn: stream }) => [{ action: 'dynamodb:GetShardIterator', resource: stream }],
      run: (request) => {
        const found = find(room, request.StreamArn);
        if (request.ShardId !== shardId(found))
          throw notFound(`Requested resource not found: Shard does not exist: ${request.ShardId}`);
        return { ShardIterator: iterator(found, startOf(room, found, request), room.clock.now()) };
      },
    }),
    GetRecords: operation({
      parse: (raw) => {
        const request = checkRequest<GetRecords>('GetRecords', raw, rules.GetRecords);
        return { limit: request.Limit ?? MOST_RECORDS, ...readIterator(request.ShardIterator) };
      },
      needs: ({ stream }) => [{ action: 'dynamodb:GetRecords', resource: stream }],
      run: (request) => getRecords(room, request),
    }),
  };
}

function getRecords(
  room: StreamRoom,
  { stream: arn, after, madeAt, limit }: ReturnType<typeof readIterator> & { limit: number },
): object {
  const { streams, clock } = room;
  const now = clock.now();
  if (now - madeAt > ITERATOR_LIFE) {
    throw new AwsError(
      'ExpiredIteratorException',
      'The shard iterator has expired and can no longer be used to retrieve stream records.',
    );
  }
  const found = find(room, arn);
  const { table, stream } = found;
  if (streams.isTrimmed(table, stream, after, madeAt)) throw trimmed();
  const { records, last } = streams.read(table, stream, after, limit);
  const ended = stream.end !== undefined && streams.read(table, stream, last, 1).records.length === 0;
  return { Records: records, ...(!ended && { NextShardIterator: iterator(found, last, now) }) };
}

function list({ tables, streams }: StreamRoom, request: ListStreams): object {
  const { Limit: limit = MOST_LISTED, TableName: only, ExclusiveStartStreamArn: after } = request;
  const all = tables
    .all()
    .filter(({ name }) => (only ?? name) === name)
    .flatMap((table) =>
      streams.streamsOf(table).map(({ arn, label }) => ({ StreamArn: arn, StreamLabel: label, TableName: table.name })),
    );
  const from = all.findIndex(({ StreamArn: stream }) => stream === after) + 1;
  const page = all.slice(from, from + limit);
  return {
    Streams: page,
    ...(from + page.length < all.length && { LastEvaluatedStreamArn: page.at(-1)?.StreamArn }),
  };
}

function describe(room: StreamRoom, request: DescribeStream): object {
  const found = find(room, request.StreamArn);
  const { table, stream } = found;
  const { end } = stream;
  const first = room.streams.first(table, stream) ?? end?.last ?? room.streams.latest() + 1;
  const shard = {
    ShardId: shardId(found),
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceNumber(first),
      ...(end !== undefined && { EndingSequenceNumber: sequenceNumber(end.last) }),
    },
  };
  return {
    StreamDescription: {
      StreamArn: stream.arn,
      StreamLabel: stream.label,
      StreamStatus: end === undefined ? 'ENABLED' : 'DISABLED',
      StreamViewType: stream.viewType,
      CreationRequestDateTime: beginning(stream) / 1000,
      TableName: table.name,
      KeySchema: table.definition.keySchema,
      Shards: request.ExclusiveStartShardId === undefined ? [shard] : [],
    },
  };
}

/** The row after which a new iterator reads. @throws AwsError where its sequence number is unknown or trimmed */
function startOf({ streams }: StreamRoom, { table, stream }: Found, request: GetShardIterator): number {
  const latest = stream.end?.last ?? streams.latest();
  switch (request.ShardIteratorType) {
    case 'TRIM_HORIZON':
      return stream.after;
    case 'LATEST':
      return latest;
    default: {
      if (request.SequenceNumber === undefined) throw invalid('SequenceNumber is required for this ShardIteratorType');
      const row = rowOf(request.SequenceNumber);
      if (row === undefined || row > latest) throw invalid(`Invalid SequenceNumber: ${request.SequenceNumber}`);
      if (row < (streams.first(table, stream) ?? latest + 1)) throw trimmed();
      return request.ShardIteratorType === 'AT_SEQUENCE_NUMBER' ? row - 1 : row;
    }
  }
}

function find({ tables, streams }: StreamRoom, arn: string): Found {
  for (const table of tables.all()) {
    const stream = streams.streamsOf(table).find((candidate) => candidate.arn === arn);
    if (stream !== undefined) return { table, stream };
  }
  throw notFound(`Requested resource not found: Stream: ${arn} not found`);
}

function beginning({ label }: TableStream): number {
  return Date.parse(`${label}Z`);
}

/** The id of the only shard of a table's stream; it changes with the stream. */
function shardId({ table, stream }: Found): string {
  return `shardId-${String(beginning(stream)).padStart(20, '0')}-${table.definition.tableId.slice(0, 8)}`;
}

/** AWS's iterators are `<stream ARN>|<version>|<opaque>`. */
function iterator({ stream }: Found, after: number, madeAt: number): string {
  return `${stream.arn}|1|${Buffer.from(JSON.stringify({ after, madeAt })).toString('base64url')}`;
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

function trimmed(): AwsError {
  return new AwsError(
    'TrimmedDataAccessException',
    'The operation attempted to read past the oldest stream record in a shard.',
  );
}

function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
