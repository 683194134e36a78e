/** The operations that describe and read (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html). */
import * as z from 'zod';
import { arn } from '../arn.ts';
import { operationsWith, type BoundOperation } from '../service.ts';
import type { EventStore, LogGroup, StoredEvent } from './event-store.ts';
import { compileFilterPattern } from './filter-pattern.ts';
import { existing, invalid, logGroup, missing, nameOf, onGroup, onStream, stream } from './names.ts';

/** FilterLogEvents and GetLogEvents answer this many events, and this many bytes, at most. */
const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_048_576;

const time = z.int().min(0);
const times = { startTime: time.default(0), endTime: time.default(Number.MAX_SAFE_INTEGER) };
const limit = z.int().min(1).max(MOST_EVENTS).default(MOST_EVENTS);
const descriptions = { nextToken: z.string().optional(), limit: z.int().min(1).max(50).default(50) };

type Operations = Readonly<Record<string, BoundOperation>>;

const checked = operationsWith('InvalidParameterException');

/** DescribeLogGroups, DescribeLogStreams. */
export function describingOperations(store: EventStore): Operations {
  return {
    DescribeLogGroups: checked(z.strictObject({ ...descriptions, logGroupNamePrefix: z.string().default('') }), {
      needs: () => [{ action: 'logs:DescribeLogGroups', resource: arn('logs', 'log-group::log-stream:') }],
      run(input) {
        const { items, nextToken } = pageOf(store.groups(input.logGroupNamePrefix), input);
        return { logGroups: items.map((group) => describedGroup(group, store.sizeOf(group.name))), nextToken };
      },
    }),
    DescribeLogStreams: checked(
      z.strictObject({
        ...descriptions,
        ...logGroup,
        logStreamNamePrefix: z.string().default(''),
        orderBy: z.enum(['LogStreamName', 'LastEventTime']).default('LogStreamName'),
        descending: z.boolean().default(false),
      }),
      {
        needs: (input) => onStream('DescribeLogStreams', nameOf(input), ''),
        run(input) {
          const group = existing(store, nameOf(input));
          if (input.orderBy === 'LastEventTime' && input.logStreamNamePrefix !== '') {
            throw invalid('Cannot order by LastEventTime with a logStreamNamePrefix.');
          }
          const streams = [...store.streams(group.name, input.logStreamNamePrefix)];
          if (input.orderBy === 'LastEventTime')
            streams.sort((one, other) => (one.last ?? one.created) - (other.last ?? other.created));
          if (input.descending) streams.reverse();
          const { items, nextToken } = pageOf(streams, input);
          const logStreams = items.map((found) => ({
            logStreamName: found.name,
            creationTime: found.created,
            firstEventTimestamp: found.first ?? undefined,
            lastEventTimestamp: found.last ?? undefined,
            lastIngestionTime: found.ingested ?? undefined,
            arn: arn('logs', `log-group:${group.name}:log-stream:${found.name}`),
            storedBytes: 0,
          }));
          return { logStreams, nextToken };
        },
      },
    ),
  };
}

/** FilterLogEvents, GetLogEvents. */
export function readingOperations(store: EventStore): Operations {
  return {
    FilterLogEvents: checked(
      z.strictObject({
        ...logGroup,
        ...times,
        limit,
        logStreamNames: z.array(stream).min(1).max(100).optional(),
        logStreamNamePrefix: stream.optional(),
        filterPattern: z.string().max(1024).default(''),
        interleaved: z.boolean().optional(),
        nextToken: z.string().optional(),
      }),
      {
        needs: (input) => onGroup('FilterLogEvents', nameOf(input)),
        run(input) {
          if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined) {
            throw invalid('Only one of logStreamNames and logStreamNamePrefix can be used.');
          }
          const group = existing(store, nameOf(input));
          if (input.logStreamNames?.some((name) => !store.hasStream(group.name, name)) === true)
            throw missing('stream');
          const matches = compileFilterPattern(input.filterPattern);
          const wanted = (event: StoredEvent) =>
            (input.logStreamNames?.includes(event.stream) ?? true) &&
            event.stream.startsWith(input.logStreamNamePrefix ?? '') &&
            matches(event.message);
          const after = input.nextToken === undefined ? undefined : positionOf(input.nextToken);
          const { events, last } = take(
            store.events({ group: group.name, from: input.startTime, to: input.endTime, after }),
            wanted,
            input.limit,
          );
          return {
            events: events.map((event) => ({
              logStreamName: event.stream,
              ...asOutput(event),
              eventId: String(event.id).padStart(56, '0'),
            })),
            searchedLogStreams: [],
            nextToken: last === undefined ? undefined : tokenOf(last),
          };
        },
      },
    ),
    GetLogEvents: checked(
      z.strictObject({
        ...logGroup,
        ...times,
        limit,
        logStreamName: stream,
        startFromHead: z.boolean().default(false),
        nextToken: z.string().optional(),
      }),
      {
        needs: (input) => onStream('GetLogEvents', nameOf(input), input.logStreamName),
        run(input) {
          const group = existing(store, nameOf(input));
          if (!store.hasStream(group.name, input.logStreamName)) throw missing('stream');
          const token =
            input.nextToken === undefined
              ? undefined
              : { way: input.nextToken.slice(0, 2), after: positionOf(input.nextToken.slice(2)) };
          const backwards = token === undefined ? !input.startFromHead : token.way === 'b/';
          const found = store.events({
            group: group.name,
            from: input.startTime,
            // Here, unlike in FilterLogEvents, the end does not belong to the time that is asked for.
            to: input.endTime - 1,
            after: token?.after,
            backwards,
          });
          const { events } = take(found, (event) => event.stream === input.logStreamName, input.limit);
          if (backwards) events.reverse();
          const start = events[0] ?? token?.after ?? { timestamp: input.endTime, id: 0 };
          const end = events.at(-1) ?? token?.after ?? { timestamp: input.startTime, id: 0 };
          return {
            events: events.map(asOutput),
            nextForwardToken: `f/${tokenOf(end)}`,
            nextBackwardToken: `b/${tokenOf(start)}`,
          };
        },
      },
    ),
  };
}

interface Position {
  readonly timestamp: number;
  readonly id: number;
}

/** Events up to the limits; `last` is where to go on, if there may be more. */
function take(
  found: Iterable<StoredEvent>,
  wanted: (event: StoredEvent) => boolean,
  most: number,
): { events: StoredEvent[]; last: Position | undefined } {
  const events: StoredEvent[] = [];
  let bytes = 0;
  for (const event of found) {
    if (!wanted(event)) continue;
    bytes += Buffer.byteLength(event.message);
    if (events.length === most || (bytes > MOST_BYTES && events.length > 0)) return { events, last: events.at(-1) };
    events.push(event);
  }
  return { events, last: undefined };
}

function asOutput(event: StoredEvent): object {
  return { timestamp: event.timestamp, message: event.message, ingestionTime: event.ingested };
}

function tokenOf(position: Position): string {
  return `${position.timestamp}.${position.id}`;
}

function positionOf(token: string): Position {
  const match = /^(\d+)\.(\d+)$/.exec(token);
  if (match === null) throw invalid('The specified nextToken is invalid.');
  return { timestamp: Number(match[1]), id: Number(match[2]) };
}

function pageOf<Item>(
  all: readonly Item[],
  { nextToken, limit: size }: { readonly nextToken?: string | undefined; readonly limit: number },
) {
  const from = nextToken === undefined ? 0 : Number(nextToken);
  if (!Number.isInteger(from) || from < 0) throw invalid('The specified nextToken is invalid.');
  const end = from + size;
  return { items: all.slice(from, end), nextToken: end < all.length ? String(end) : undefined };
}

function describedGroup(group: LogGroup, storedBytes: number): object {
  const groupArn = arn('logs', `log-group:${group.name}`);
  return {
    logGroupName: group.name,
    creationTime: group.created,
    retentionInDays: group.retention ?? undefined,
    metricFilterCount: 0,
    arn: `${groupArn}:*`,
    logGroupArn: groupArn,
    storedBytes,
    logGroupClass: 'STANDARD',
  };
}
