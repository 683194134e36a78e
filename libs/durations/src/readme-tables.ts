/** The tables of the README: every duration, and what must be shorter than what. */
import { table, type Tables } from '@distributed-patterns/readme-tables';
import { agreements, type Named } from './agreements.ts';
import {
  conflictAttempts,
  conflictPauses,
  deliveries,
  functionTimeout,
  gatewayCall,
  idempotencyInProgress,
  idempotencyKey,
  idempotencyRecord,
  longestCall,
  mailCall,
  notificationClaim,
  outboxAges,
  queueStalledAfter,
  reconciliation,
  sdkCall,
  type Call,
  type Seconds,
  timeToAnswer,
  visibilityTimeout,
} from './durations.ts';
import {
  forward,
  longest,
  longestSaga,
  overdue,
  type Patience,
  pausesOf,
  steadfast,
  stepsBeforePivot,
  watchdog,
} from './patience.ts';

function durations(): string[][] {
  const { order, inventory, payment, notification, start, reply } = functionTimeout;
  const sixTimes = 'six times the function';
  return [
    ['gateway request', shown(gatewayCall.timeout), 'chosen'],
    ['gateway request, all attempts', shown(longestCall(gatewayCall)), attemptsOf(gatewayCall)],
    ['mail request', shown(mailCall.timeout), `chosen; ${attemptsOf(mailCall)}`],
    ['AWS request', shown(sdkCall.timeout), `chosen; a connection within ${shown(sdkCall.connection)}`],
    ['AWS request, all attempts', shown(longestCall(sdkCall)), `${attemptsOf(sdkCall)}, as the SDK has them`],
    [
      'conflicting transaction',
      shown(conflictPauses(conflictAttempts.transaction)),
      `the pauses between ${conflictAttempts.transaction} attempts`,
    ],
    [
      'contested decision',
      shown(conflictPauses(conflictAttempts.decision)),
      `the pauses between ${conflictAttempts.decision} decisions`,
    ],
    ['HTTP function', shown(functionTimeout.http), 'chosen'],
    ['function of messages: order, inventory, start of the saga', listed([order, inventory, start]), 'chosen'],
    ['function of messages: payment, notification', listed([payment, notification]), 'chosen'],
    ['function of messages: replies to the saga', shown(reply), 'chosen'],
    ['relay, sweeper', shown(functionTimeout.outbox), 'chosen'],
    ['a function of messages answers before its end', shown(timeToAnswer), 'chosen'],
    [
      'visibility: order, inventory, start of the saga',
      listed([order, inventory, start].map(visibilityTimeout)),
      sixTimes,
    ],
    ['visibility: payment, notification', listed([payment, notification].map(visibilityTimeout)), sixTimes],
    ['visibility: replies to the saga', shown(visibilityTimeout(reply)), sixTimes],
    ['a queue stands still', shown(queueStalledAfter), `chosen; more than ${deliveries} deliveries`],
    ['an attempt of a step forward', shown(forward.timeout), 'chosen'],
    ['an attempt of an undo, the pivot or the end', shown(steadfast.timeout), 'chosen'],
    ['longest step forward', shown(longest(forward)), 'its attempts and pauses'],
    ['longest undo, pivot or end', shown(longest(steadfast)), 'its attempts and pauses'],
    [
      'longest saga that is not parked',
      shown(longestSaga()),
      `${stepsBeforePivot} steps, the pivot refused, ${stepsBeforePivot} undos, the end`,
    ],
    ['an order is open for too long', shown(watchdog.openFor), 'the longest saga and an hour'],
    ['a reservation is overdue', shown(overdue.reservedFor), 'the longest saga and four hours'],
    ['from watch to watch over either', listed([watchdog.every, overdue.every]), 'chosen'],
    ['a page of either', listed([watchdog.page, overdue.page]), 'chosen'],
    ['watch over either', shown(functionTimeout.watch), 'chosen'],
    [
      'idempotency key',
      shown(idempotencyKey.standard),
      `\`idempotencySeconds\` of the stage, ${idempotencyKey.shortest} to ${idempotencyKey.longest}`,
    ],
    ['idempotency record, in progress', shown(idempotencyInProgress()), 'the HTTP function'],
    [
      'idempotency record, answered',
      shown(idempotencyRecord(idempotencyKey.standard)),
      'the key, less the HTTP function and a second',
    ],
    ['claim of a mail', shown(notificationClaim), 'chosen'],
    ['reconciliation of payments', shown(functionTimeout.reconcile), 'chosen'],
    ['a page of the reconciliation', shown(reconciliation.page), 'chosen'],
    ['from reconciliation to reconciliation', shown(reconciliation.every), 'chosen'],
    ['a payment is asked about', shown(reconciliation.unsettledFor), 'chosen'],
    ['from sweep to sweep', shown(outboxAges.sweptEvery), 'chosen'],
    ['a message is swept', shown(outboxAges.sweptAfter), 'chosen'],
    ['the stream lets go of a message', shown(outboxAges.streamedFor), 'chosen'],
    ['a message is stuck in the outbox', shown(outboxAges.stuckAfter), 'chosen'],
  ];
}

function step(kind: string, patience: Patience): string[] {
  return [kind, shown(patience.timeout), String(patience.retries + 1), pauses(patience), shown(longest(patience))];
}

/** The pauses up to the first that is as long as any: the rest are the same. */
function pauses(patience: Patience): string {
  const all = pausesOf(patience);
  const first = all.slice(0, 3).join(', ');
  return `up to ${all.length > 3 ? `${first} … ${Math.max(...all)}` : first} s`;
}

function attemptsOf({ attempts, pauses: between }: Call): string {
  if (attempts === 1) return 'one attempt';
  return `${attempts} attempts, pauses of ${shown(between)} in all`;
}

function withLength({ what, seconds }: Named): string {
  return `${what}: ${shown(seconds)}`;
}

/** Several that are the same are one. */
function listed(lengths: readonly Seconds[]): string {
  return [...new Set(lengths)].map(shown).join(', ');
}

const MINUTE: Seconds = 60;
const HOUR: Seconds = 60 * MINUTE;

/** Seconds, and what they are in minutes or hours where there are many. */
function shown(seconds: Seconds): string {
  const exact = `${Number(seconds.toFixed(3))} s`;
  if (seconds > HOUR) return `${exact} (${(seconds / HOUR).toFixed(1)} h)`;
  if (seconds >= 5 * MINUTE) return `${exact} (${Number((seconds / MINUTE).toFixed(1))} min)`;
  return exact;
}

/** By the names that they have in the README. */
export const tables: Tables = {
  durations: table(['what', 'how long', 'from'], durations()),
  steps: table(
    ['kind of step', 'an attempt waits', 'attempts', 'pauses, with full jitter', 'given up after, at the longest'],
    [step('forward (reserve, process, send)', forward), step('undo, pivot, end', steadfast)],
  ),
  agreements: table(
    ['shorter', 'longer', 'because'],
    agreements.map(({ shorter, longer, because }) => [withLength(shorter), withLength(longer), because]),
  ),
};
