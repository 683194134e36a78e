/** What each message leads to, by what is stored when it comes: the tests check it, and the README prints it. */
import type { Left, Outcomes } from '@distributed-patterns/testing';
import type { Kind } from './notification.ts';

const SENT = 'NotificationSent';
const REFUSED = 'NotificationFailed (NOTIFICATION_REJECTED)';
const GIVEN_UP = 'NotificationFailed (ALREADY_CANCELLED)';
const CANCELLED = 'NotificationCancelled';

/** What is added to what is stored: each mail that goes out, and that the message is not handled, since it has to wait. */
export const mailed = (kind: Kind): string => ` + ${kind} mail`;
export const COMES_AGAIN = ', comes again';

const OWED = 'CANCELLED, correction owed';
const OWED_AND_MAILED = `${OWED}${mailed('paid')}`;
const SENDING = `SENDING${COMES_AGAIN}`;
const WAITING = `WAITING${COMES_AGAIN}`;

/** A correction that is owed is told of once, however often the event comes: nobody waits for an answer. */
const toldOnce: Outcomes['when'] = { once: left(OWED, CANCELLED), twice: left(OWED, CANCELLED) };

/** `or` says that it depends on the moment at which the undo comes. */
export const outcomes: readonly Outcomes[] = [
  telling('nothing', left(`SENT${mailed('paid')}`, SENT), 'CANCELLED', OWED_AND_MAILED),
  telling('nothing, and no address', left('SKIPPED', SENT), 'CANCELLED'),
  telling('nothing, and an address that bounced', left('SKIPPED', SENT), 'CANCELLED'),
  telling('nothing, and an address that is refused', left('REJECTED', REFUSED), 'CANCELLED'),
  telling('nothing, and SES takes no mail now', left(WAITING), 'CANCELLED'),
  { message: 'SendNotification', given: 'nothing, and SES breaks down', when: silent(SENDING) },
  { message: 'SendNotification', given: 'SENDING', when: { ...silent(SENDING), 'after its undo': left(SENDING) } },
  telling('SENDING, sender dead', left(`SENT${mailed('paid')}`, SENT), OWED, OWED_AND_MAILED),
  telling('WAITING', left(`SENT${mailed('paid')}`, SENT), 'CANCELLED', OWED_AND_MAILED),
  telling('SENT', left('SENT', SENT), OWED),
  telling('SKIPPED', left('SKIPPED', SENT), 'CANCELLED'),
  telling('REJECTED', left('REJECTED', REFUSED), 'CANCELLED'),
  { message: 'SendNotification', given: 'CANCELLED', when: answered('CANCELLED', GIVEN_UP) },
  { message: 'SendNotification', given: OWED, when: answered(OWED, GIVEN_UP) },

  cancelling('nothing', answered('CANCELLED', CANCELLED)),
  cancelling('SENDING', silent(SENDING)),
  cancelling('SENDING, sender dead', answered(OWED, CANCELLED)),
  cancelling('WAITING', answered('CANCELLED', CANCELLED)),
  cancelling('SENT', answered(OWED, CANCELLED)),
  cancelling('SKIPPED', answered('CANCELLED', CANCELLED)),
  cancelling('REJECTED', answered('CANCELLED', CANCELLED)),
  cancelling('CANCELLED', answered('CANCELLED', CANCELLED)),
  cancelling(OWED, answered(OWED, CANCELLED)),

  cancellingEarly('nothing', silent('CANCELLED')),
  cancellingEarly('SENDING', silent(SENDING)),
  cancellingEarly('SENDING, sender dead', toldOnce),
  cancellingEarly('WAITING', silent('CANCELLED')),
  cancellingEarly('SENT', toldOnce),
  cancellingEarly('SKIPPED', silent('CANCELLED')),
  cancellingEarly('REJECTED', silent('CANCELLED')),
  cancellingEarly('CANCELLED', silent('CANCELLED')),
  cancellingEarly(OWED, silent(OWED)),

  { message: 'NotificationCancelled', given: 'CANCELLED', when: silent('CANCELLED') },
  ...writing('NotificationCancelled', 'correction', (stored) => `CANCELLED, correction ${stored}`, 'owed'),
  ...writing('OrderFailed', 'failed'),
  ...writing('OrderCancelled', 'cancelled'),
];

function left(stored: string, ...announced: readonly string[]): Left {
  return { stored, announced: [...announced].sort() };
}

/** Nothing is announced, however often it comes. */
function silent(stored: string): Outcomes['when'] {
  return { once: left(stored), twice: left(stored) };
}

/** Each time it comes it is answered, with the same. */
function answered(stored: string, answer: string): Outcomes['when'] {
  return { once: left(stored, answer), twice: left(stored, answer, answer) };
}

/** @param undone what is left after the undo, and where a mail went out before it */
function telling(given: string, once: Left, ...undone: readonly [string, ...string[]]): Outcomes {
  const answers = [...new Set([...once.announced, GIVEN_UP])].sort().join(' or ');
  return {
    message: 'SendNotification',
    given,
    when: {
      once,
      twice: left(once.stored, ...once.announced, ...once.announced),
      'after its undo': left(undone[0], CANCELLED, GIVEN_UP),
      'concurrently with its undo': left(undone.join(' or '), CANCELLED, answers),
    },
  };
}

function cancelling(given: string, when: Outcomes['when']): Outcomes {
  return { message: 'CancelNotification', given, when };
}

function cancellingEarly(given: string, when: Outcomes['when']): Outcomes {
  return { message: 'OrderCancelRequested', given, when };
}

/**
 * A mail that nobody waits for: it goes out once, and nothing is announced.
 * @param named what is stored as a person calls it
 * @param none what a person calls it that nothing is stored of this kind
 */
function writing(
  message: string,
  kind: Kind,
  named = (stored: string): string => stored,
  none = 'nothing',
): readonly Outcomes[] {
  const outcome = (given: string, stored: string): Outcomes => ({
    message,
    given: named(given),
    when: silent(named(stored)),
  });
  const sent = `SENT${mailed(kind)}`;
  return [
    outcome(none, sent),
    outcome('SENDING', SENDING),
    outcome('SENDING, sender dead', sent),
    outcome('WAITING', sent),
    outcome('SENT', 'SENT'),
    outcome('SKIPPED', 'SKIPPED'),
    outcome('REJECTED', 'REJECTED'),
  ];
}
