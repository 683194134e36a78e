/** What each message leads to, by what is stored when it comes: the tests check it, and the README prints it. */
import type { Left, Outcomes } from '@distributed-patterns/testing';

const RESERVED = 'InventoryReserved';
const RELEASED = 'InventoryReleased';
const OUT_OF_STOCK = 'InventoryRejected (OUT_OF_STOCK)';
const GIVEN_UP = 'InventoryRejected (ALREADY_RELEASED)';

/** What is added to what is stored, where a person has to look. */
export const DEAD_LETTER = ', dead letter';
export const ALARM = ', alarm';

/** Nothing is answered, however often it comes. */
const silent = (stored: string): Outcomes['when'] => ({ once: left(stored), twice: left(stored) });

/** Each time it comes it is answered, with the same. */
const answered = (stored: string, answer: string): Outcomes['when'] => ({
  once: left(stored, answer),
  twice: left(stored, answer, answer),
});

/** Stock comes back the first time; nobody waits for an answer. */
const givenBack: Outcomes['when'] = { once: left('RELEASED', RELEASED), twice: left('RELEASED', RELEASED) };

/** A command that its undo overtakes, or meets. */
const undone = (answer: string): Outcomes['when'] => ({
  'after its undo': left('RELEASED', RELEASED, GIVEN_UP),
  'concurrently with its undo': left('RELEASED', RELEASED, `${answer} or ${GIVEN_UP}`),
});

export const outcomes: readonly Outcomes[] = [
  {
    message: 'ReserveInventory',
    given: 'nothing',
    when: { ...answered('RESERVED', RESERVED), ...undone(RESERVED) },
  },
  {
    message: 'ReserveInventory',
    given: 'nothing, and too little stock',
    when: { ...answered('REJECTED', OUT_OF_STOCK), ...undone(OUT_OF_STOCK) },
  },
  {
    message: 'ReserveInventory',
    given: 'RESERVED',
    when: { ...answered('RESERVED', RESERVED), ...undone(RESERVED) },
  },
  { message: 'ReserveInventory', given: 'COMMITTED', when: answered('COMMITTED', RESERVED) },
  {
    message: 'ReserveInventory',
    given: 'REJECTED',
    when: { ...answered('REJECTED', OUT_OF_STOCK), ...undone(OUT_OF_STOCK) },
  },
  { message: 'ReserveInventory', given: 'RELEASED', when: answered('RELEASED', GIVEN_UP) },

  { message: 'ReleaseInventory', given: 'nothing', when: answered('RELEASED', RELEASED) },
  { message: 'ReleaseInventory', given: 'RESERVED', when: answered('RELEASED', RELEASED) },
  { message: 'ReleaseInventory', given: 'COMMITTED', when: silent(`COMMITTED${DEAD_LETTER}`) },
  { message: 'ReleaseInventory', given: 'REJECTED', when: answered('RELEASED', RELEASED) },
  { message: 'ReleaseInventory', given: 'RELEASED', when: answered('RELEASED', RELEASED) },

  ...['OrderCancelRequested', 'OrderFailed', 'OrderCancelled'].flatMap((message): Outcomes[] => [
    { message, given: 'nothing', when: silent('RELEASED') },
    { message, given: 'RESERVED', when: givenBack },
    { message, given: 'COMMITTED', when: silent(`COMMITTED${DEAD_LETTER}`) },
    { message, given: 'REJECTED', when: silent('REJECTED') },
    { message, given: 'RELEASED', when: silent('RELEASED') },
  ]),

  { message: 'OrderCompleted', given: 'nothing', when: silent(`nothing${ALARM}`) },
  { message: 'OrderCompleted', given: 'RESERVED', when: silent('COMMITTED') },
  { message: 'OrderCompleted', given: 'COMMITTED', when: silent('COMMITTED') },
  { message: 'OrderCompleted', given: 'REJECTED', when: silent(`REJECTED${ALARM}`) },
  { message: 'OrderCompleted', given: 'RELEASED', when: silent(`RELEASED${ALARM}`) },
];

function left(stored: string, ...announced: readonly string[]): Left {
  return { stored, announced: [...announced].sort() };
}
