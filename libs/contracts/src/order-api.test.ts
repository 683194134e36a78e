import { orderLimits, placeOrderRequestSchema } from './order-api.ts';
import { brokenLimitSchema } from './problem.ts';

const item = { productId: 'laptop', quantity: 1, price: 1299.99 };
const mouse = { productId: 'mouse', quantity: 1, price: 39.99 };
const times = (count: number, line: object) => Array.from({ length: count }, () => line);

/** What is wrong with an order of these lines: where, and the problem of the limit that is broken. */
const mistakes = (items: readonly object[], more: object = {}) => {
  const { error } = placeOrderRequestSchema.safeParse({ customerId: 'ann', items, ...more });
  return (error?.issues ?? []).map((issue) => [
    `/${issue.path.join('/')}`,
    brokenLimitSchema.safeParse(issue.code === 'custom' ? issue.params : undefined).data?.problem,
  ]);
};

describe('an order', () => {
  it.each<[string, readonly object[]]>([
    ['one line', [item]],
    ['as many lines as it may', times(orderLimits.lines, item)],
    ['lines of one product, at one price', [item, mouse, { ...item, quantity: 2, price: 1299.99 }]],
    ['as many pieces as a line may', [{ ...item, quantity: orderLimits.quantity, price: 1000 }]],
    ['one line that costs all that it may', [{ ...item, price: orderLimits.total }]],
    ['many lines that cost all that they may', times(20, { ...item, quantity: 1_000, price: 50 })],
    [
      'cents that only binary fractions would make too many',
      [...times(3, { ...item, price: 333_333.33 }), { ...mouse, price: 0.01 }],
    ],
  ])('may have %s', (_what, items) => {
    expect(mistakes(items)).toEqual([]);
  });

  it.each<[string, readonly object[], string, string]>([
    ['a line too many', times(21, { ...item, price: 1 }), '/items', 'too-many-lines'],
    ['a line too many, and too dear as well', times(21, { ...item, price: 500_000 }), '/items', 'too-many-lines'],
    ['a piece too many', [{ ...item, quantity: 1_001, price: 1 }], '/items/0/quantity', 'quantity-out-of-range'],
    ['a piece too many, and so too dear', [{ ...item, quantity: 1_001 }], '/items/0/quantity', 'quantity-out-of-range'],
    ['no piece', [{ ...item, quantity: -0 }], '/items/0/quantity', 'quantity-out-of-range'],
    ['a price that is more than all may cost', [{ ...item, price: 1_000_000.01 }], '/items/0/price', 'total-too-large'],
    [
      'a cent too much',
      [
        { ...item, quantity: 100, price: 10_000 },
        { ...mouse, price: 0.01 },
      ],
      '/items',
      'total-too-large',
    ],
    [
      'the most that can be written',
      times(20, { ...item, quantity: 1_000, price: 1_000_000 }),
      '/items',
      'total-too-large',
    ],
    ['a product that is none', [{ ...item, productId: 'a/b' }], '/items/0/productId', 'invalid-identifier'],
  ])('with %s breaks that limit, and no other', (_what, items, place, problem) => {
    expect(mistakes(items)).toEqual([[place, problem]]);
  });

  it('is too dear, whatever else is wrong beside its lines', () => {
    expect(mistakes(times(2, { ...item, price: 600_000 }), { customerId: '' })).toEqual([
      ['/customerId', 'invalid-identifier'],
      ['/items', 'total-too-large'],
    ]);
  });

  it('quotes one price for a product: every line with another than the first is named, with what it must be', () => {
    const items = [item, mouse, { ...item, price: 1299.98 }, { ...mouse, price: 40 }, mouse];
    const { error } = placeOrderRequestSchema.safeParse({ customerId: 'ann', items });
    expect(error?.issues).toMatchObject([
      { path: ['items', 2, 'price'], message: expect.stringMatching(/^must be 1299\.99, as on an earlier line/) },
      { path: ['items', 3, 'price'], message: expect.stringMatching(/^must be 39\.99,/) },
    ]);
  });

  it('is of no limit where its prices disagree, and is not judged by its total then', () => {
    const items = [item, { ...item, price: 999_999 }];
    expect(mistakes(items)).toEqual([['/items/1/price', undefined]]);
  });

  it.each<[string, readonly object[], [string, string | undefined][]]>([
    [
      'has a limit that it breaks',
      [item, { ...item, price: 1, quantity: 0 }],
      [['/items/1/quantity', 'quantity-out-of-range']],
    ],
    ['has too many lines', [item, ...times(20, { ...item, price: 1 })], [['/items', 'too-many-lines']]],
    ['has no price at all', [item, { ...item, price: -1 }], [['/items/1/price', undefined]]],
  ])('that %s is told so, and nothing of its prices', (_what, items, expected) => {
    expect(mistakes(items)).toEqual(expected);
  });
});
