/** Operations that look at buses, rules and archives, and the one that tries a pattern. */
import * as z from 'zod';
import { ACCOUNT, arn } from '../arn.ts';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { operation, parser, type BoundOperation } from '../service.ts';
import type { ArchiveStore } from './archive-store.ts';
import { findArchive, findBus, findRule } from './lookup.ts';
import { checkOneFilter, page, pageOf } from './page.ts';
import { compilePattern, LONGEST_PATTERN } from './pattern.ts';
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
import type { RuleStates } from './rule-states.ts';

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
    State: z.enum(['ENABLED', 'DISABLED', 'CREATING', 'UPDATING', 'CREATE_FAILED', 'UPDATE_FAILED']).optional(),
    ...page,
  }),
);
const describeArchive = parser(z.strictObject({ ArchiveName: z.string() }));
const testPattern = parser(z.strictObject({ EventPattern: z.string().max(LONGEST_PATTERN), Event: z.string() }));

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html */
export function describeOperations(given: {
  readonly declarations: Declarations;
  readonly archives: ArchiveStore;
  readonly states: RuleStates;
  readonly clock: Clock;
}): Record<string, BoundOperation> {
  const { declarations, archives, states, clock } = given;
  const ruleResource = (name: string, busName = DEFAULT_BUS): string => ruleArn(busNameOf(busName), name);
  const presentRule = (rule: Rule): Record<string, unknown> => ruleAs(rule, states.isEnabled(rule));

  return {
    ListRules: operation({
      parse: listRules,
      needs: () => [{ action: 'events:ListRules', resource: '*' }],
      run: ({ NamePrefix = '', EventBusName, ...paging }) => {
        const owner = findBus(declarations, EventBusName);
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
      run: ({ Name, EventBusName }) => ({
        ...presentRule(findRule(declarations, Name, EventBusName)),
        CreatedBy: ACCOUNT,
      }),
    }),
    ListTargetsByRule: operation({
      parse: listTargets,
      needs: (given) => [
        { action: 'events:ListTargetsByRule', resource: ruleResource(given.Rule, given.EventBusName) },
      ],
      run: ({ Rule: name, EventBusName, ...paging }) => {
        const targets = [...findRule(declarations, name, EventBusName).targets.values()].map(
          ({ declared }) => declared,
        );
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
      run: ({ Name }) => presentBus(findBus(declarations, Name)),
    }),
    ListArchives: operation({
      parse: listArchives,
      needs: () => [{ action: 'events:ListArchives', resource: '*' }],
      run: ({ NamePrefix, EventSourceArn, State, ...paging }) => {
        checkOneFilter('ListArchives', { NamePrefix, EventSourceArn, State });
        if (EventSourceArn !== undefined) findBus(declarations, EventSourceArn);
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
        const archive = findArchive(declarations, ArchiveName);
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

function ruleAs(rule: Rule, isEnabled: boolean): Record<string, unknown> {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventPattern: rule.pattern?.text,
    State: isEnabled ? 'ENABLED' : 'DISABLED',
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

/** The API reference names `resources` among these; AWS takes an event without it. */
const REQUIRED = ['id', 'account', 'source', 'time', 'region', 'detail-type'];

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html names the mandatory fields. */
function eventOf(text: string): unknown {
  const parsed = z.record(z.string(), z.unknown()).safeParse(jsonOf(text));
  if (!parsed.success || REQUIRED.some((field) => parsed.data[field] === undefined))
    throw new AwsError('ValidationException', 'Parameter Event is not valid.');
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
