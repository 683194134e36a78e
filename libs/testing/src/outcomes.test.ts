import { casesOf, type Outcomes, outcomeTable } from './outcomes.ts';

const outcomes: readonly Outcomes[] = [
  {
    message: 'ReserveInventory',
    given: 'nothing',
    when: {
      'after its undo': { stored: 'RELEASED', announced: ['InventoryRejected', 'InventoryReleased'] },
      once: { stored: 'RESERVED', announced: ['InventoryReserved'] },
    },
  },
  { message: 'OrderCompleted', given: 'RESERVED', when: { once: { stored: 'COMMITTED', announced: [] } } },
];

it('are a case for each way of arriving that there is', () => {
  expect(casesOf(outcomes)).toEqual([
    {
      message: 'ReserveInventory',
      given: 'nothing',
      arrives: 'once',
      stored: 'RESERVED',
      announced: ['InventoryReserved'],
    },
    {
      message: 'ReserveInventory',
      given: 'nothing',
      arrives: 'after its undo',
      stored: 'RELEASED',
      announced: ['InventoryRejected', 'InventoryReleased'],
    },
    { message: 'OrderCompleted', given: 'RESERVED', arrives: 'once', stored: 'COMMITTED', announced: [] },
  ]);
});

it('are a row for each message on what is stored; a way that there is not is an empty cell', () => {
  const cells = outcomeTable(outcomes)
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(cells.slice(2, 4)).toEqual([
    [
      '',
      'ReserveInventory',
      'nothing',
      'RESERVED: InventoryReserved',
      '',
      'RELEASED: InventoryRejected, InventoryReleased',
      '',
      '',
    ],
    ['', 'OrderCompleted', 'RESERVED', 'COMMITTED: no answer', '', '', '', ''],
  ]);
});
