/** What may be told of a few orders for the same few products: by the saga, repeatedly, and in no order. */
import { dynamodbTroubles, type Round, roundsWith } from '@distributed-patterns/testing/adversity';
import * as fc from 'fast-check';

/** What an order wants of a product, by the product's place on the shelf; the last place is empty. */
export interface Line {
  readonly product: number;
  readonly quantity: number;
  readonly quoted: 'its price' | 'another price';
}

/** Products on the shelf; there is one place more, which holds none. */
const PRODUCTS = 3;

/** What comes in: the repeat of a command has a token of its own. `ended` is what the first answer to ReserveInventory leads to. */
export type Telling = 'reserve' | 'release' | 'cancel requested' | 'ended' | 'failed' | 'cancelled';

/** What is sent later is sent when all that was sent first has been answered. */
export const acts = ['first', 'later'] as const;
export type Act = (typeof acts)[number];

/** A message, with its place among all that are sent in the same act, and how often it is delivered at the least. */
export interface Told {
  readonly telling: Telling;
  readonly act: Act;
  readonly place: number;
  readonly copies: number;
}

/** Where an order comes to. One that is to end ends as completed, or as failed where it was refused. */
export interface OrderStory {
  readonly about: 'open' | 'to end' | 'given up' | 'cancelled';
  readonly lines: readonly Line[];
  readonly told: readonly Told[];
}

/** Everything that happens in one run. */
export interface Story {
  /** How many pieces of each product there are. */
  readonly stock: readonly number[];
  readonly orders: readonly OrderStory[];
  readonly rounds: readonly Round[];
}

const line: fc.Arbitrary<Line> = fc.record({
  product: fc.oneof({ weight: 19, arbitrary: fc.nat(PRODUCTS - 1) }, { weight: 1, arbitrary: fc.constant(PRODUCTS) }),
  quantity: fc.constantFrom(1, 1, 2, 3),
  quoted: fc.constantFrom<Line['quoted'][]>(...Array<'its price'>(19).fill('its price'), 'another price'),
});

const times = (least: number, most: number, telling: Telling, ...within: Act[]): fc.Arbitrary<Told[]> =>
  fc.array(
    fc.record({
      telling: fc.constant(telling),
      act: fc.constantFrom(...within),
      place: fc.nat(99),
      copies: fc.constantFrom(1, 1, 1, 1, 1, 2),
    }),
    { minLength: least, maxLength: most },
  );

const order = (about: OrderStory['about'], ...told: readonly fc.Arbitrary<Told[]>[]): fc.Arbitrary<OrderStory> =>
  fc.record({
    about: fc.constant(about),
    lines: fc.array(line, { minLength: 1, maxLength: 3 }),
    told: fc.tuple(...told).map((parts) => parts.flat()),
  });

const orders: fc.Arbitrary<OrderStory> = fc.oneof(
  { weight: 1, arbitrary: order('open', times(1, 1, 'reserve', 'first'), times(0, 2, 'reserve', 'first', 'later')) },
  {
    weight: 3,
    arbitrary: order(
      'to end',
      times(1, 1, 'reserve', 'first'),
      times(0, 1, 'reserve', 'first', 'later'),
      times(1, 2, 'ended', 'later'),
    ),
  },
  {
    weight: 2,
    arbitrary: order(
      'given up',
      times(1, 2, 'reserve', 'first', 'later'),
      times(1, 2, 'release', 'first', 'later'),
      times(0, 1, 'failed', 'later'),
    ),
  },
  {
    weight: 2,
    arbitrary: order(
      'cancelled',
      times(1, 2, 'reserve', 'first', 'later'),
      times(1, 1, 'cancel requested', 'first', 'later'),
      times(0, 1, 'release', 'first', 'later'),
      times(0, 1, 'cancelled', 'later'),
    ),
  },
);

/** Stories that are told in one run. */
export const stories: fc.Arbitrary<Story> = fc.record({
  stock: fc.array(fc.nat(8), { minLength: PRODUCTS, maxLength: PRODUCTS }),
  orders: fc.array(orders, { minLength: 1, maxLength: 3 }),
  rounds: roundsWith(dynamodbTroubles),
});
