/** Which duration must be shorter than which, and why: what the test checks and the README prints. */
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
  type Seconds,
  timeToAnswer,
  visibilityTimeout,
} from './durations.ts';
import { forward, longest, longestSaga, overdue, steadfast, watchdog } from './patience.ts';

/** A duration by its name. */
export interface Named {
  readonly what: string;
  readonly seconds: Seconds;
}

/** One duration is shorter than another one. */
export interface Agreement {
  readonly shorter: Named;
  readonly longer: Named;
  readonly because: string;
}

/** The longest that API Gateway waits for a function (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html). */
const API_GATEWAY_WAITS: Seconds = 30;

const { order, inventory, payment, notification, start, reply } = functionTimeout;
const commandConsumers = { order, inventory, payment, notification };
const consumers = { ...commandConsumers, start, reply };
const longestConsumer = Math.max(...Object.values(consumers));
const shortestConsumer = Math.min(order, inventory, payment, notification, start);
const slowestCommand = Math.max(...Object.values(commandConsumers));

const named = (what: string, seconds: Seconds): Named => ({ what, seconds });
const working = (timeout: Seconds): Seconds => timeout - timeToAnswer;

export const agreements: readonly Agreement[] = [
  {
    shorter: named('a call of the gateway, all its attempts', longestCall(gatewayCall)),
    longer: named("payment's function, until it answers", working(payment)),
    because: 'the function learns what became of the call',
  },
  {
    shorter: named('a mail handed over', longestCall(mailCall)),
    longer: named("notification's function, until it answers", working(notification)),
    because: 'the function learns what became of the mail',
  },
  {
    shorter: named('an AWS call, all its attempts', longestCall(sdkCall)),
    longer: named('an HTTP function', functionTimeout.http),
    because: 'the caller gets an answer of ours',
  },
  {
    shorter: named('an AWS call, all its attempts', longestCall(sdkCall)),
    longer: named('a function of messages, until it answers', working(shortestConsumer)),
    because: 'a hung connection is got over at once',
  },
  {
    shorter: named('an AWS call, one attempt', sdkCall.timeout),
    longer: named('the function of replies, until it answers', working(reply)),
    because: 'a second attempt begins; the queue makes the others',
  },
  {
    shorter: named(
      'all pauses for transactions and decisions',
      conflictPauses(conflictAttempts.transaction) + conflictPauses(conflictAttempts.decision),
    ),
    longer: named('an HTTP function', functionTimeout.http),
    because: 'giving up is dear; functions of messages have more time',
  },
  {
    shorter: named("an HTTP function, the gateway's webhook among them", Math.max(functionTimeout.http, payment)),
    longer: named('API Gateway', API_GATEWAY_WAITS),
    because: 'it does not give up first',
  },
  {
    shorter: named('the longest function of messages', longestConsumer),
    longer: named('its visibility timeout', visibilityTimeout(longestConsumer)),
    because: 'nobody else works on its messages',
  },
  {
    shorter: named('the slowest service', slowestCommand),
    longer: named('an attempt of a step', forward.timeout),
    because: 'a command is not sent again while it is carried out',
  },
  {
    shorter: named('the visibility timeout of replies', visibilityTimeout(reply)),
    longer: named('an attempt of a step', forward.timeout),
    because: 'an answer that was not handed over comes again while its step waits',
  },
  {
    shorter: named('all deliveries of a message', deliveries * visibilityTimeout(longestConsumer)),
    longer: named('a queue stands still', queueStalledAfter),
    because: 'the alarm means the consumer, not a message',
  },
  {
    shorter: named('the slowest service', slowestCommand),
    longer: named('the claim of a mail', notificationClaim),
    because: 'whose claim is over has been killed',
  },
  {
    shorter: named('the claim of a mail', notificationClaim),
    longer: named('all attempts of a step but the last', forward.timeout * forward.retries),
    because: 'the last attempt of the step may send the mail',
  },
  {
    shorter: named('an attempt of a step forward', forward.timeout),
    longer: named('an attempt of an undo', steadfast.timeout),
    because: 'what must not be given up waits longer',
  },
  {
    shorter: named('a step forward', longest(forward)),
    longer: named('an undo, the pivot, the end', longest(steadfast)),
    because: 'giving up a step forward is safe',
  },
  {
    shorter: named('an undo, the pivot, the end', longest(steadfast)),
    longer: named('a saga', longestSaga()),
    because: 'it has all of them',
  },
  {
    shorter: named('a saga', longestSaga()),
    longer: named('an order is open for too long', watchdog.openFor),
    because: 'no order is looked after whose saga is still at work',
  },
  {
    shorter: named('an order is open for too long, and is found', watchdog.openFor + watchdog.every),
    longer: named('a reservation is overdue', overdue.reservedFor),
    because: 'the watchdog has had its chance',
  },
  {
    shorter: named('a page of orders or reservations', Math.max(watchdog.page, overdue.page)),
    longer: named('the watch over orders and reservations', functionTimeout.watch),
    because: 'each run gets on',
  },
  {
    shorter: named('the watch over orders and reservations', functionTimeout.watch),
    longer: named('from watch to watch', Math.min(watchdog.every, overdue.every)),
    because: 'no two of them overlap',
  },
  {
    shorter: named("the visibility timeout of payment's messages", visibilityTimeout(payment)),
    longer: named('a payment is asked about', reconciliation.unsettledFor),
    because: 'the message itself comes again first',
  },
  {
    shorter: named('a call of the gateway, all its attempts', longestCall(gatewayCall)),
    longer: named('a page of payments', reconciliation.page),
    because: 'all of a page are asked about at once',
  },
  {
    shorter: named('a page of payments', reconciliation.page),
    longer: named('the reconciliation', functionTimeout.reconcile),
    because: 'each run gets on',
  },
  {
    shorter: named('the reconciliation', functionTimeout.reconcile),
    longer: named('from reconciliation to reconciliation', reconciliation.every),
    because: 'no two of them overlap',
  },
  {
    shorter: named('relay and sweeper', functionTimeout.outbox),
    longer: named('from sweep to sweep', outboxAges.sweptEvery),
    because: 'no two sweeps overlap',
  },
  {
    shorter: named('relay and sweeper', functionTimeout.outbox),
    longer: named('a message is swept', outboxAges.sweptAfter),
    because: 'the relay has had its chance',
  },
  {
    shorter: named('the stream lets go of a message', outboxAges.streamedFor),
    longer: named('a message is stuck', outboxAges.stuckAfter),
    because: 'the sweeper has had its chance too',
  },
  {
    shorter: named('an idempotency record in progress', idempotencyInProgress()),
    longer: named('the record of the shortest key', idempotencyRecord(idempotencyKey.shortest)),
    because: 'a key is bound for longer than its request runs',
  },
  {
    shorter: named(
      'the record of the shortest key, written last',
      idempotencyInProgress() + idempotencyRecord(idempotencyKey.shortest),
    ),
    longer: named('the shortest key', idempotencyKey.shortest),
    because: 'no record outlives its guard',
  },
];
