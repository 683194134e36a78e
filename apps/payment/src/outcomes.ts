/** What each message leads to, by what is stored when it comes: the tests check it, and the README prints it. */
import type { Left, Outcomes } from '@distributed-patterns/testing';

const GIVEN_UP = 'PaymentDeclined (ALREADY_REFUNDED)';
const GIVEN_BACK = 'PaymentRefunded';

/**
 * The gateway holds the total where a payment is left PROCESSED, and nothing in every other case. `or` says that the
 * answer depends on the moment at which the undo comes; what is left never does.
 */
export const outcomes: readonly Outcomes[] = [
  processing('nothing', left('PROCESSED', 'PaymentProcessed')),
  processing('nothing, and the card is declined', left('DECLINED', 'PaymentDeclined (PAYMENT_DECLINED)')),
  processing('nothing, and the card needs its customer', left('DECLINED', 'PaymentDeclined (PAYMENT_NEEDS_ACTION)')),
  processing('nothing, and there is no such card', left('DECLINED', 'PaymentDeclined (PAYMENT_METHOD_UNKNOWN)')),
  processing('CREATED, not confirmed', left('PROCESSED', 'PaymentProcessed'), 'PaymentDeclined (PAYMENT_CANCELLED)'),
  processing('CREATED, charged', left('PROCESSED', 'PaymentProcessed')),
  processing('CREATED, charged and given back', left('REFUNDED', GIVEN_UP)),
  processing('CREATED, declined', left('DECLINED', 'PaymentDeclined (PAYMENT_DECLINED)')),
  processing('CREATED, needs its customer', left('DECLINED', 'PaymentDeclined (PAYMENT_NEEDS_ACTION)')),
  processing('PROCESSED', left('PROCESSED', 'PaymentProcessed')),
  processing('DECLINED', left('DECLINED', 'PaymentDeclined (PAYMENT_DECLINED)')),
  processing('REFUNDED', left('REFUNDED', GIVEN_UP)),

  refunding('nothing'),
  refunding('CREATED, not confirmed'),
  refunding('CREATED, charged'),
  refunding('CREATED, charged and given back'),
  refunding('CREATED, declined'),
  refunding('CREATED, needs its customer'),
  refunding('PROCESSED'),
  refunding('DECLINED'),
  refunding('REFUNDED'),

  cancelling('nothing', left('REFUNDED')),
  cancelling('CREATED, not confirmed', left('REFUNDED')),
  cancelling('CREATED, charged', left('REFUNDED', GIVEN_BACK)),
  cancelling('CREATED, charged and given back', left('REFUNDED', GIVEN_BACK)),
  cancelling('CREATED, declined', left('REFUNDED')),
  cancelling('CREATED, needs its customer', left('REFUNDED')),
  cancelling('PROCESSED', left('REFUNDED', GIVEN_BACK)),
  cancelling('DECLINED', left('REFUNDED')),
  cancelling('REFUNDED', left('REFUNDED')),
];

function left(stored: string, ...announced: readonly string[]): Left {
  return { stored, announced };
}

/**
 * Whoever asks again is answered again; after the undo, and whenever it comes in between, the charge is given up.
 * @param between what else is answered while the undo has settled at the gateway and not yet left its tombstone
 */
function processing(given: string, once: Left, ...between: readonly string[]): Outcomes {
  const answers = [...new Set([GIVEN_UP, ...between, ...once.announced])].sort();
  return {
    message: 'ProcessPayment',
    given,
    when: {
      once,
      twice: left(once.stored, ...once.announced, ...once.announced),
      'after its undo': left('REFUNDED', GIVEN_UP, GIVEN_BACK),
      'concurrently with its undo': left('REFUNDED', answers.join(' or '), GIVEN_BACK),
    },
  };
}

/** The undo itself: answered each time, whatever there was to give back. */
function refunding(given: string): Outcomes {
  return {
    message: 'RefundPayment',
    given,
    when: { once: left('REFUNDED', GIVEN_BACK), twice: left('REFUNDED', GIVEN_BACK, GIVEN_BACK) },
  };
}

/** Nobody waits for an answer: money that comes back is told of, once. */
function cancelling(given: string, once: Left): Outcomes {
  return { message: 'OrderCancelRequested', given, when: { once, twice: once } };
}
