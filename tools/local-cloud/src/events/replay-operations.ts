/** StartReplay, DescribeReplay, ListReplays and CancelReplay. */
import * as z from 'zod';
import { arn } from '../arn.ts';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { operation, parser, type BoundOperation, type Permission } from '../service.ts';
import { findBus, notFound } from './lookup.ts';
import { checkOneFilter, page, pageOf } from './page.ts';
import { REPLAY_STATES, type NewReplay, type Replay, type ReplayStore } from './replay-store.ts';
import { busArn, type Declarations } from './rule.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MOST_ACTIVE = 10;

const replayName = z.string().regex(/^[.\-_A-Za-z0-9]{1,64}$/);
const startRequest = z.strictObject({
  ReplayName: replayName,
  Description: z.string().max(512).optional(),
  EventSourceArn: z.string().min(1).max(1600),
  EventStartTime: z.number(),
  EventEndTime: z.number(),
  Destination: z.strictObject({
    Arn: z.string().min(1).max(1600),
    FilterArns: z.array(z.string().min(1).max(1600)).optional(),
  }),
});
type StartRequest = z.infer<typeof startRequest>;

const start = parser(startRequest);
const list = parser(
  z.strictObject({
    NamePrefix: z.string().optional(),
    EventSourceArn: z.string().optional(),
    State: z.enum(REPLAY_STATES).optional(),
    ...page,
  }),
);
const byName = parser(z.strictObject({ ReplayName: replayName }));

interface Given {
  readonly declarations: Declarations;
  readonly store: ReplayStore;
  readonly clock: Clock;
  readonly begin: (name: string) => void;
}

/**
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html and its neighbours. Who needs which
 * permission: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html.
 */
export function replayOperations(given: Given): Record<string, BoundOperation> {
  const { store, clock } = given;
  const replayOf = (name: string): Replay => {
    const found = store.get(name);
    if (found === undefined) throw notFound(`Replay ${name} does not exist.`);
    return found;
  };
  return {
    StartReplay: operation({
      parse: start,
      needs: ({ ReplayName, EventSourceArn, Destination }) =>
        [EventSourceArn, Destination.Arn, replayArn(ReplayName)].map((resource): Permission => ({
          action: 'events:StartReplay',
          resource,
        })),
      run: (request) => {
        const now = clock.now();
        const known = store.list(now);
        if (known.some(({ name }) => name === request.ReplayName))
          throw new AwsError('ResourceAlreadyExistsException', `Replay ${request.ReplayName} already exists.`);
        const replay = newReplay(request, given.declarations);
        if (known.filter(({ ended_at: endedAt }) => endedAt === null).length >= MOST_ACTIVE)
          throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
        store.add(replay, now);
        given.begin(replay.name);
        return { ReplayArn: replayArn(replay.name), State: 'STARTING', ReplayStartTime: now / 1000 };
      },
    }),
    DescribeReplay: operation({
      parse: byName,
      needs: ({ ReplayName }) => [{ action: 'events:DescribeReplay', resource: replayArn(ReplayName) }],
      run: ({ ReplayName }) => {
        const replay = replayOf(ReplayName);
        return {
          ...presentReplay(replay),
          ReplayArn: replayArn(replay.name),
          Description: replay.description ?? undefined,
          Destination: { Arn: busArn(replay.bus), FilterArns: replay.filter_arns },
        };
      },
    }),
    ListReplays: operation({
      parse: list,
      needs: () => [{ action: 'events:ListReplays', resource: '*' }],
      run: ({ NamePrefix, EventSourceArn, State, ...paging }) => {
        checkOneFilter('ListReplays', { NamePrefix, EventSourceArn, State });
        const found = store
          .list(clock.now())
          .filter(
            ({ name, archive, state }) =>
              name.startsWith(NamePrefix ?? '') &&
              (EventSourceArn ?? archiveArn(archive)) === archiveArn(archive) &&
              (State ?? state) === state,
          );
        return pageOf('Replays', found.map(presentReplay), paging);
      },
    }),
    CancelReplay: operation({
      parse: byName,
      needs: ({ ReplayName }) => [{ action: 'events:CancelReplay', resource: replayArn(ReplayName) }],
      run: ({ ReplayName }) => {
        const { state } = replayOf(ReplayName);
        if (state !== 'STARTING' && state !== 'RUNNING') {
          const message = `Replay ${ReplayName} is not in a valid state for this operation.`;
          throw new AwsError('IllegalStatusException', message);
        }
        store.setState(ReplayName, 'CANCELLING');
        return { ReplayArn: replayArn(ReplayName), State: 'CANCELLING' };
      },
    }),
  };
}

/** Checks what is asked for in AWS's order. */
function newReplay(request: StartRequest, declarations: Declarations): NewReplay {
  const { EventStartTime, EventEndTime, EventSourceArn, Destination } = request;
  if (EventStartTime >= EventEndTime) throw invalid('EventEndTime', 'EventStartTime must be before EventEndTime.');
  const name = EventSourceArn.split('/').slice(1).join('/');
  const archive = declarations.archives.get(name);
  if (archive === undefined || archive.arn !== EventSourceArn)
    throw invalid('EventSourceArn', `Archive ${name} does not exist.`);
  const bus = findBus(declarations, Destination.Arn);
  if (bus.name !== archive.busName) throw invalid('Destination.Arn', 'Cross event bus replay is not permitted.');
  for (const filter of Destination.FilterArns ?? []) {
    if (declarations.rules.get(filter)?.busName !== bus.name)
      throw notFound(`Rule ${filter.split('/').at(-1) ?? ''} does not exist on EventBus ${bus.name}.`);
  }
  return {
    name: request.ReplayName,
    description: request.Description,
    archive: archive.name,
    bus: bus.name,
    filterArns: Destination.FilterArns,
    eventStart: Math.round(EventStartTime * 1000),
    eventEnd: Math.round(EventEndTime * 1000),
  };
}

function invalid(parameter: string, reason: string): AwsError {
  return new AwsError('ValidationException', `Parameter ${parameter} is not valid. Reason: ${reason}`);
}

function replayArn(name: string): string {
  return arn('events', `replay/${name}`);
}

function archiveArn(name: string): string {
  return arn('events', `archive/${name}`);
}

function presentReplay(replay: Replay): Record<string, unknown> {
  return {
    ReplayName: replay.name,
    EventSourceArn: archiveArn(replay.archive),
    State: replay.state,
    StateReason: replay.state_reason ?? undefined,
    EventStartTime: replay.event_start / 1000,
    EventEndTime: replay.event_end / 1000,
    EventLastReplayedTime: seconds(replay.last_event_time),
    ReplayStartTime: replay.started_at / 1000,
    ReplayEndTime: seconds(replay.ended_at),
  };
}

function seconds(milliseconds: number | null): number | undefined {
  return milliseconds === null ? undefined : milliseconds / 1000;
}
