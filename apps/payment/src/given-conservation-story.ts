/** What may be told of the payments of a few orders: by the saga and the gateway, repeatedly, and in no order. */
import { dynamodbTroubles, type Round, roundsWith } from '@distributed-patterns/testing/adversity';
import * as fc from 'fast-check';
import { stripeTroubles } from './given-conservation-gateway.ts';

/** What comes in: the repeat of a command has a token of its own. What the gateway tells is settled for each intent of the order. */
export type Telling = 'process' | 'refund' | 'cancel requested' | 'the gateway tells';

/** A message, with its place among all of them, and how often it is delivered at the least. */
export interface Told {
  readonly telling: Telling;
  readonly place: number;
  readonly copies: number;
}

/** Where an order comes to: its money is kept, unless it is given up by the saga or cancelled by its customer. */
export interface OrderStory {
  readonly about: 'kept' | 'given up' | 'cancelled';
  readonly card: string;
  /** In minor units. */
  readonly amount: number;
  readonly told: readonly Told[];
}

/** Everything that happens in one run. */
export interface Story {
  readonly orders: readonly OrderStory[];
  readonly rounds: readonly Round[];
}

/** The cards that pay. */
export const GOOD_CARDS = ['pm_card_visa', 'pm_card_mastercard'] as const;

const card = fc.constantFrom(
  ...GOOD_CARDS,
  ...GOOD_CARDS,
  'pm_card_chargeDeclined',
  'pm_card_chargeDeclinedInsufficientFunds',
  'pm_card_authenticationRequired',
  'pm_card_unheardOf',
);

/** The gateway takes no less than this, in cents. */
export const LEAST_AMOUNT = 50;

const amount = fc.oneof(
  { weight: 19, arbitrary: fc.integer({ min: LEAST_AMOUNT, max: 100_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: LEAST_AMOUNT - 1 }) },
);

const times = (least: number, most: number, telling: Telling): fc.Arbitrary<Told[]> =>
  fc.array(fc.record({ telling: fc.constant(telling), place: fc.nat(99), copies: fc.constantFrom(1, 1, 1, 1, 2) }), {
    minLength: least,
    maxLength: most,
  });

const order = (about: OrderStory['about'], ...told: readonly fc.Arbitrary<Told[]>[]): fc.Arbitrary<OrderStory> =>
  fc.record({
    about: fc.constant(about),
    card,
    amount,
    told: fc.tuple(...told, times(0, 2, 'the gateway tells')).map((parts) => parts.flat()),
  });

const orders: fc.Arbitrary<OrderStory> = fc.oneof(
  order('kept', times(1, 3, 'process')),
  order('given up', times(0, 2, 'process'), times(1, 2, 'refund')),
  order('cancelled', times(0, 2, 'process'), times(1, 1, 'cancel requested'), times(0, 1, 'refund')),
);

/** Stories that are told in one run. */
export const stories: fc.Arbitrary<Story> = fc.record({
  // Payments know nothing of each other: two of them only share a batch.
  orders: fc.oneof({ weight: 3, arbitrary: fc.tuple(orders) }, { weight: 1, arbitrary: fc.tuple(orders, orders) }),
  rounds: roundsWith(fc.oneof(dynamodbTroubles, stripeTroubles, stripeTroubles)),
});
