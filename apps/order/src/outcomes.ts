/** What each message leads to, by what is stored when it comes: the tests check it, and the README prints it. */
import type { Left, Outcomes } from '@distributed-patterns/testing';

/** What is added to what is stored, where the message comes again and then waits for a person. */
export const DEAD_LETTER = ', dead letter';

/** PENDING, INVENTORY_RESERVED or PAYMENT_PROCESSED: each stays what it is where nothing else is said. */
export const UNDER_WAY = 'under way';
/** COMPLETED, FAILED or CANCELLED, likewise. */
export const ENDED = 'ended';
/** What is added to a status while the customer's wish to cancel is noted. */
export const TO_BE_CANCELLED = ', to be cancelled';

const ON_ITS_WAY_BACK = `${UNDER_WAY}${TO_BE_CANCELLED}`;
const UNDONE_FOR_ITS_CUSTOMER = `COMPENSATING${TO_BE_CANCELLED}`;

const REFUSED = 'CompletionRefused (CANCELLED_BY_CUSTOMER)';
const CANCELLED = 'OrderCancelled (CANCELLED_BY_CUSTOMER)';
/** The one that the command names, and the one that an order has failed for before. */
const [FAILED_NOW, FAILED_BEFORE] = ['OrderFailed (PAYMENT_DECLINED)', 'OrderFailed (OUT_OF_STOCK)'];

export const outcomes: readonly Outcomes[] = [
  { message: 'CompleteOrder', given: 'nothing', when: silent(`nothing${DEAD_LETTER}`) },
  {
    message: 'CompleteOrder',
    given: UNDER_WAY,
    when: {
      ...answered('COMPLETED', 'OrderCompleted'),
      'after its undo': left(ON_ITS_WAY_BACK, REFUSED, 'OrderCancelRequested'),
      'concurrently with its undo': left(
        `COMPLETED or ${ON_ITS_WAY_BACK}`,
        `OrderCompleted or ${REFUSED} and OrderCancelRequested`,
      ),
    },
  },
  { message: 'CompleteOrder', given: ON_ITS_WAY_BACK, when: answered(ON_ITS_WAY_BACK, REFUSED) },
  {
    message: 'CompleteOrder',
    given: 'COMPENSATING',
    when: answered('COMPENSATING', 'CompletionRefused (COMPENSATING)'),
  },
  {
    message: 'CompleteOrder',
    given: UNDONE_FOR_ITS_CUSTOMER,
    when: answered(UNDONE_FOR_ITS_CUSTOMER, 'CompletionRefused (COMPENSATING)'),
  },
  { message: 'CompleteOrder', given: 'COMPLETED', when: answered('COMPLETED', 'OrderCompleted') },
  { message: 'CompleteOrder', given: 'FAILED', when: answered('FAILED', 'CompletionRefused (OUT_OF_STOCK)') },
  { message: 'CompleteOrder', given: 'CANCELLED', when: answered('CANCELLED', REFUSED) },

  { message: 'FailOrder', given: 'nothing', when: silent(`nothing${DEAD_LETTER}`) },
  { message: 'FailOrder', given: UNDER_WAY, when: answered('FAILED', FAILED_NOW) },
  { message: 'FailOrder', given: ON_ITS_WAY_BACK, when: answered('CANCELLED', CANCELLED) },
  { message: 'FailOrder', given: 'COMPENSATING', when: answered('FAILED', FAILED_NOW) },
  { message: 'FailOrder', given: UNDONE_FOR_ITS_CUSTOMER, when: answered('CANCELLED', CANCELLED) },
  { message: 'FailOrder', given: 'COMPLETED', when: silent(`COMPLETED${DEAD_LETTER}`) },
  { message: 'FailOrder', given: 'FAILED', when: answered('FAILED', FAILED_BEFORE) },
  { message: 'FailOrder', given: 'CANCELLED', when: answered('CANCELLED', CANCELLED) },

  { message: 'a cancellation', given: 'nothing', when: silent('nothing') },
  { message: 'a cancellation', given: UNDER_WAY, when: noted(ON_ITS_WAY_BACK) },
  { message: 'a cancellation', given: ON_ITS_WAY_BACK, when: silent(ON_ITS_WAY_BACK) },
  { message: 'a cancellation', given: 'COMPENSATING', when: noted(UNDONE_FOR_ITS_CUSTOMER) },
  { message: 'a cancellation', given: UNDONE_FOR_ITS_CUSTOMER, when: silent(UNDONE_FOR_ITS_CUSTOMER) },
  { message: 'a cancellation', given: 'COMPLETED', when: silent('COMPLETED') },
  { message: 'a cancellation', given: 'FAILED', when: silent('FAILED') },
  { message: 'a cancellation', given: 'CANCELLED', when: silent('CANCELLED') },

  { message: 'ReservationOverdue', given: 'nothing', when: silent(`nothing${DEAD_LETTER}`) },
  { message: 'ReservationOverdue', given: UNDER_WAY, when: answered(UNDER_WAY, 'OrderPlaced') },
  { message: 'ReservationOverdue', given: ON_ITS_WAY_BACK, when: answered(ON_ITS_WAY_BACK, 'OrderPlaced') },
  { message: 'ReservationOverdue', given: 'COMPENSATING', when: answered('COMPENSATING', 'OrderPlaced') },
  {
    message: 'ReservationOverdue',
    given: UNDONE_FOR_ITS_CUSTOMER,
    when: answered(UNDONE_FOR_ITS_CUSTOMER, 'OrderPlaced'),
  },
  { message: 'ReservationOverdue', given: 'COMPLETED', when: answered('COMPLETED', 'OrderCompleted') },
  { message: 'ReservationOverdue', given: 'FAILED', when: answered('FAILED', FAILED_BEFORE) },
  { message: 'ReservationOverdue', given: 'CANCELLED', when: answered('CANCELLED', CANCELLED) },

  { message: 'InventoryReserved', given: 'nothing', when: silent(`nothing${DEAD_LETTER}`) },
  { message: 'InventoryReserved', given: 'PENDING', when: followed('INVENTORY_RESERVED') },
  { message: 'InventoryReserved', given: 'INVENTORY_RESERVED', when: followed('INVENTORY_RESERVED') },
  { message: 'InventoryReserved', given: 'PAYMENT_PROCESSED', when: followed('PAYMENT_PROCESSED') },
  { message: 'InventoryReserved', given: 'COMPENSATING', when: silent('COMPENSATING') },
  { message: 'InventoryReserved', given: ENDED, when: silent(ENDED) },

  { message: 'PaymentProcessed or NotificationSent', given: 'nothing', when: silent(`nothing${DEAD_LETTER}`) },
  { message: 'PaymentProcessed or NotificationSent', given: UNDER_WAY, when: followed('PAYMENT_PROCESSED') },
  { message: 'PaymentProcessed or NotificationSent', given: 'COMPENSATING', when: silent('COMPENSATING') },
  { message: 'PaymentProcessed or NotificationSent', given: ENDED, when: silent(ENDED) },

  { message: 'the answer of an undo', given: 'nothing', when: silent(`nothing${DEAD_LETTER}`) },
  { message: 'the answer of an undo', given: UNDER_WAY, when: silent('COMPENSATING') },
  { message: 'the answer of an undo', given: 'COMPENSATING', when: silent('COMPENSATING') },
  { message: 'the answer of an undo', given: ENDED, when: silent(ENDED) },
];

function left(stored: string, ...announced: readonly string[]): Left {
  return { stored, announced };
}

/** Nothing is announced, however often it comes. */
function silent(stored: string): Outcomes['when'] {
  return { once: left(stored), twice: left(stored) };
}

/** Each time it comes the same is said. */
function answered(stored: string, answer: string): Outcomes['when'] {
  return { once: left(stored, answer), twice: left(stored, answer, answer) };
}

/** The wish is told once, however often it is made. */
function noted(stored: string): Outcomes['when'] {
  const told = left(stored, 'OrderCancelRequested');
  return { once: told, twice: told };
}

/** Heard after the answer of its undo, or while that is being handled, it leaves the order on its way back. */
function followed(stored: string): Outcomes['when'] {
  const undone = left('COMPENSATING');
  return { ...silent(stored), 'after its undo': undone, 'concurrently with its undo': undone };
}
