/** PutEvents: accepts events, matches them, and owes them to their targets, all in one transaction. */
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import { operation, parser, type BoundOperation, type Permission, type Principal } from '../service.ts';
import type { ArchiveStore } from './archive-store.ts';
import type { Deliveries } from './deliveries.ts';
import { makeEvent, type BusEvent } from './event.ts';
import { busArn, busNameOf, DEFAULT_BUS, type Declarations } from './rule.ts';
import type { RuleStates } from './rule-states.ts';

const MOST_ENTRIES = 10;
/** The sum of all entries must be less: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html. */
const LARGEST_REQUEST = 1_048_576;
const TIME_SIZE = 14;
const LONGEST_DETAIL_TYPE = 128;
/** The API reference says how deep the JSON of a detail may be nested. */
const DEEPEST_DETAIL = 1100;
/** 9999-12-31T23:59:59Z, the last second whose year has four digits. */
const LAST_SECOND = 253_402_300_799;

const entry = z.strictObject({
  Time: z.number().min(0).max(LAST_SECOND).optional(),
  Source: z.string().optional(),
  Resources: z.array(z.string()).optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z
    .string()
    .max(1600)
    .regex(/^(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:\d{12}:event-bus\/)?[/.\-_A-Za-z0-9]+$/)
    .optional(),
});
const request = parser(z.strictObject({ Entries: z.array(entry) }));

type Entry = z.infer<typeof entry>;
interface Result {
  readonly EventId?: string;
  readonly ErrorCode?: string;
  readonly ErrorMessage?: string;
}

/** An entry that is refused while others of its request are accepted. */
class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Given {
  readonly declarations: Declarations;
  readonly deliveries: Deliveries;
  readonly archives: ArchiveStore;
  readonly states: RuleStates;
  readonly database: Database;
  readonly clock: Clock;
  readonly report: (line: string) => void;
}

/** The operation; what an entry is refused for is in its result, what the request is refused for is thrown. */
export function putEventsOperation(given: Given): BoundOperation {
  const accept = (one: Entry, principal: Principal): { readonly busName: string; readonly event: BusEvent } => {
    const busName = busNameOf(one.EventBusName ?? DEFAULT_BUS);
    return { busName, event: eventOf(one, given.clock.now(), principal) };
  };

  /** A bus that does not exist swallows events, on AWS too. */
  const publish = (busName: string, event: BusEvent): void => {
    const now = given.clock.now();
    if (!given.declarations.buses.has(busName))
      given.report(`events: ${event.detailType} was put on ${busName}, which does not exist`);
    for (const archive of given.declarations.matchingArchives(busName, event)) given.archives.keep(archive, event, now);
    for (const rule of given.declarations.matchingRules(busName, event)) {
      if (given.states.isEnabled(rule)) given.deliveries.owe(event, rule, now);
    }
  };

  const put = (one: Entry, principal: Principal): Result => {
    try {
      const { busName, event } = accept(one, principal);
      publish(busName, event);
      return { EventId: event.id };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { ErrorCode: error.code, ErrorMessage: error.message };
    }
  };

  return operation({
    parse: request,
    // A service of AWS needs nobody's leave to tell of itself.
    needs: ({ Entries }, { principal }) => (principal.type === 'service' ? [] : permissions(Entries)),
    run: ({ Entries }, { principal }) => {
      checkRequest(Entries);
      const results = given.database.transaction(() => Entries.map((one) => put(one, principal)));
      return { FailedEntryCount: results.filter((result) => result.ErrorCode !== undefined).length, Entries: results };
    },
  });
}

/**
 * `events:PutEvents` on each bus, with the sources and detail types of all its entries
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html): both keys are multi-valued.
 */
function permissions(entries: readonly Entry[]): Permission[] {
  const buses = new Set(entries.map((one) => busNameOf(one.EventBusName ?? DEFAULT_BUS)));
  return [...buses].map((name) => {
    const own = entries.filter((one) => busNameOf(one.EventBusName ?? DEFAULT_BUS) === name);
    return {
      action: 'events:PutEvents',
      resource: busArn(name),
      context: {
        'events:source': distinct(own.map((one) => one.Source)),
        'events:detail-type': distinct(own.map((one) => one.DetailType)),
      },
    };
  });
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

/**
 * That none of the entries is complete fails the request, the docs say; AWS fails each entry instead.
 * @throws AwsError ValidationException
 */
function checkRequest(entries: readonly Entry[]): void {
  if (entries.length === 0) throw constraint(entries, 'greater than or equal to 1');
  if (entries.length > MOST_ENTRIES) throw constraint(entries, `less than or equal to ${MOST_ENTRIES}`);
  const size = entries.reduce((sum, one) => sum + sizeOf(one), 0);
  if (size >= LARGEST_REQUEST) {
    throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
}

function constraint(entries: readonly Entry[], limit: string): AwsError {
  const value = `[${entries.map(written).join(', ')}]`;
  const problem = `Value '${value}' at 'entries' failed to satisfy constraint: Member must have length ${limit}`;
  return new AwsError('ValidationException', `1 validation error detected: ${problem}`);
}

/** An entry as AWS writes it into that message. */
function written(one: Entry): string {
  const { Time: time, Source: source, Resources: resources, DetailType: detailType, Detail: detail } = one;
  const known = { time, source, resources, detailType, detail, eventBusName: one.EventBusName };
  const members = { ...known, traceHeader: null, kmsKeyIdentifier: null, internalMetadata: null };
  const texts = Object.entries(members).map(([name, member]) => `${name}=${String(member ?? null)}`);
  return `PutEventsRequestEntry(${texts.join(', ')})`;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
function sizeOf(one: Entry): number {
  const texts = [one.Source ?? '', one.DetailType ?? '', one.Detail ?? '', ...(one.Resources ?? [])];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), one.Time === undefined ? 0 : TIME_SIZE);
}

function missingArgument(one: Entry): string | undefined {
  if (one.Source === undefined || one.Source === '') return 'Source';
  if (one.DetailType === undefined || one.DetailType === '') return 'DetailType';
  return one.Detail === undefined || one.Detail === '' ? 'Detail' : undefined;
}

/** @throws Refused with the error codes that the API reference lists for an entry */
function eventOf(one: Entry, now: number, principal: Principal): BusEvent {
  const missing = missingArgument(one);
  if (missing !== undefined) {
    throw new Refused(
      'InvalidArgument',
      `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.`,
    );
  }
  const { Source: source = '', DetailType: detailType = '', Detail: detail = '', Resources: resources = [] } = one;
  if (source.startsWith('aws.') && principal.type !== 'service') {
    throw new Refused('NotAuthorizedForSourceException', 'Not authorized for the source.');
  }
  if (detailType.length > LONGEST_DETAIL_TYPE) {
    throw new Refused(
      'InvalidArgument',
      `Parameter DetailType is not valid. Reason: it is longer than ${LONGEST_DETAIL_TYPE} characters.`,
    );
  }
  const time = one.Time === undefined ? now : one.Time * 1000;
  return makeEvent({ source, detailType, detail, resources, time }, parseDetail(detail));
}

function parseDetail(detail: string): unknown {
  const malformed = new Refused('MalformedDetail', 'Detail is malformed.');
  try {
    const value: unknown = JSON.parse(detail);
    const isShallow = detail.length < 2 * DEEPEST_DETAIL || depthOf(value) <= DEEPEST_DETAIL;
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && isShallow) return value;
  } catch {
    throw malformed;
  }
  throw malformed;
}

/** How many objects and arrays stand in one another. */
function depthOf(value: unknown): number {
  let depth = 0;
  for (let level: unknown[] = [value]; ; depth++) {
    const containers = level.filter((one) => typeof one === 'object' && one !== null);
    if (containers.length === 0) return depth;
    level = containers.flatMap((container): unknown[] => Object.values(container));
  }
}
