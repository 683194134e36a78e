/** Operations that look at buses, rules and archives, and the one that tries a pattern. */
import * as z from 'zod';
import { arn } from '../arn.ts';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { operation, parser, type BoundOperation } from '../service.ts';
import type { ArchiveStore } from './archive-store.ts';
import { compilePattern } from './pattern.ts';
import {
  busArn,
  busNameOf,
  DEFAULT_BUS,
  ruleArn,
  type Archive,
  type Bus,
  type Declarations,
  type Rule,
} from './rule.ts';

const LONGEST_PAGE = 100;
const page = { NextToken: z.string().optional(), Limit: z.number().int().min(1).max(LONGEST_PAGE).optional() };
const bus = { EventBusName: z.string().optional() };

const listRules = parser(z.strictObject({ NamePrefix: z.string().optional(), ...bus, ...page }));
const describeRule = parser(z.strictObject({ Name: z.string(), ...bus }));
const listTargets = parser(z.strictObject({ Rule: z.string(), ...bus, ...page }));
const listBuses = parser(z.strictObject({ NamePrefix: z.string().optional(), ...page }));
const describeBus = parser(z.strictObject({ Name: z.string().optional() }));
const listArchives = parser(
  z.strictObject({
    NamePrefix: z.string().optional(),
    EventSourceArn: z.string().optional(),
    State: z.string().optional(),
    ...page,
  }),
);
const describeArchive = parser(z.strictObject({ ArchiveName: z.string() }));
const testPattern = parser(z.strictObject({ EventPattern: z.string().max(4096), Event: z.string() }));

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html */
export function describeOperations(
  declarations: Declarations,
  archives: ArchiveStore,
  clock: Clock,
): Record<string, BoundOperation> {
  const busOf = (nameOrArn: string | undefined): Bus => {
    const name = busNameOf(nameOrArn ?? DEFAULT_BUS);
    const found = declarations.buses.get(name);
    if (found === undefined) throw notFound(`Event bus ${name} does not exist.`);
    return found;
  };
  const ruleOf = (name: string, busName: string | undefined): Rule => {
    const owner = busOf(busName);
    const found = declarations.rules.get(ruleArn(owner.name, name));
    if (found === undefined) throw notFound(`Rule ${name} does not exist on EventBus ${owner.name}.`);
    return found;
  };
  const archiveOf = (name: string): Archive => {
    const found = declarations.archives.get(name);
    if (found === undefined) throw notFound(`Archive ${name} does not exist.`);
    return found;
  };
  const ruleResource = (name: string, busName = DEFAULT_BUS): string => ruleArn(busNameOf(busName), name);

  return {
    ListRules: operation({
      parse: listRules,
      needs: () => [{ action: 'events:ListRules', resource: '*' }],
      run: ({ NamePrefix = '', EventBusName, ...paging }) => {
        const owner = busOf(EventBusName);
        const rules = [...declarations.rules.values()].filter(
          (rule) => rule.busName === owner.name && rule.name.startsWith(NamePrefix),
        );
        return pageOf('Rules', rules.map(presentRule), paging);
      },
    }),
    DescribeRule: operation({
      parse: describeRule,
      needs: ({ Name, EventBusName }) => [
        { action: 'events:DescribeRule', resource: ruleResource(Name, EventBusName) },
      ],
      run: ({ Name, EventBusName }) => presentRule(ruleOf(Name, EventBusName)),
    }),
    ListTargetsByRule: operation({
      parse: listTargets,
      needs: (given) => [
        { action: 'events:ListTargetsByRule', resource: ruleResource(given.Rule, given.EventBusName) },
      ],
      run: ({ Rule: name, EventBusName, ...paging }) => {
        const targets = [...ruleOf(name, EventBusName).targets.values()].map(({ declared }) => declared);
        return pageOf('Targets', targets, paging);
      },
    }),
    ListEventBuses: operation({
      parse: listBuses,
      needs: () => [{ action: 'events:ListEventBuses', resource: '*' }],
      run: ({ NamePrefix = '', ...paging }) => {
        const buses = [...declarations.buses.values()].filter(({ name }) => name.startsWith(NamePrefix));
        return pageOf('EventBuses', buses.map(presentBus), paging);
      },
    }),
    DescribeEventBus: operation({
      parse: describeBus,
      needs: ({ Name }) => [{ action: 'events:DescribeEventBus', resource: busArn(busNameOf(Name ?? DEFAULT_BUS)) }],
      run: ({ Name }) => presentBus(busOf(Name)),
    }),
    ListArchives: operation({
      parse: listArchives,
      needs: () => [{ action: 'events:ListArchives', resource: '*' }],
      run: ({ NamePrefix, EventSourceArn, State, ...paging }) => {
        if ([NamePrefix, EventSourceArn, State].filter((one) => one !== undefined).length > 1) {
          throw new AwsError(
            'ValidationException',
            'At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.',
          );
        }
        const found = [...declarations.archives.values()].filter(
          ({ name, busName }) =>
            name.startsWith(NamePrefix ?? '') &&
            (EventSourceArn ?? busArn(busName)) === busArn(busName) &&
            (State ?? 'ENABLED') === 'ENABLED',
        );
        return pageOf(
          'Archives',
          found.map((archive) => presentArchive(archive, archives)),
          paging,
        );
      },
    }),
    DescribeArchive: operation({
      parse: describeArchive,
      needs: ({ ArchiveName }) => [
        { action: 'events:DescribeArchive', resource: arn('events', `archive/${ArchiveName}`) },
      ],
      run: ({ ArchiveName }) => {
        const archive = archiveOf(ArchiveName);
        archives.expire(archive, clock.now());
        const { pattern, description, arn: ArchiveArn } = archive;
        return {
          ArchiveArn,
          Description: description,
          EventPattern: pattern?.text,
          ...presentArchive(archive, archives),
        };
      },
    }),
    TestEventPattern: operation({
      parse: testPattern,
      needs: () => [{ action: 'events:TestEventPattern', resource: '*' }],
      run: ({ EventPattern, Event }) => ({ Result: compilePattern(EventPattern)(eventOf(Event)) }),
    }),
  };
}

function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message);
}

/** A page; the token of the next is where it starts. */
function pageOf<Name extends string, Item>(
  name: Name,
  items: readonly Item[],
  paging: { readonly NextToken?: string | undefined; readonly Limit?: number | undefined },
): Record<string, unknown> {
  const start = paging.NextToken === undefined ? 0 : Number(Buffer.from(paging.NextToken, 'base64').toString());
  if (!Number.isInteger(start) || start < 0) throw new AwsError('ValidationException', 'The token is invalid.');
  const end = start + (paging.Limit ?? LONGEST_PAGE);
  const next = end < items.length ? Buffer.from(String(end)).toString('base64') : undefined;
  return { [name]: items.slice(start, end), NextToken: next };
}

function presentRule(rule: Rule): Record<string, unknown> {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventPattern: rule.pattern?.text,
    State: rule.isEnabled ? 'ENABLED' : 'DISABLED',
    Description: rule.description,
    ScheduleExpression: rule.schedule?.expression,
    EventBusName: rule.busName,
  };
}

function presentBus(owner: Bus): Record<string, unknown> {
  return { Name: owner.name, Arn: owner.arn, Description: owner.description };
}

function presentArchive(archive: Archive, archives: ArchiveStore): Record<string, unknown> {
  const { events, bytes } = archives.sizeOf(archive.name);
  return {
    ArchiveName: archive.name,
    EventSourceArn: busArn(archive.busName),
    State: 'ENABLED',
    RetentionDays: archive.retentionDays,
    SizeBytes: bytes,
    EventCount: events,
    CreationTime: archives.createdAt(archive.name) / 1000,
  };
}

const REQUIRED = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html names the mandatory fields. */
function eventOf(text: string): unknown {
  const parsed = z.record(z.string(), z.unknown()).safeParse(jsonOf(text));
  const missing = parsed.success ? REQUIRED.find((field) => parsed.data[field] === undefined) : undefined;
  if (!parsed.success)
    throw new AwsError('ValidationException', 'Parameter Event is not valid. Reason: it is no JSON object.');
  if (missing !== undefined)
    throw new AwsError('ValidationException', `Parameter Event is not valid. Reason: ${missing} is a required field.`);
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
